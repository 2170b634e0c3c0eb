// What every failure looks like: RFC 9457 with our code, the request id, and the fields that are wrong.
import { z } from 'zod';

export const fieldError = z
  .object({
    pointer: z.string().meta({ description: 'JSON pointer into the request', example: '#/body/provisioningUrl' }),
    detail: z.string(),
    code: z.string().optional().meta({ example: 'PLAIN_HTTP_REFUSED' }),
  })
  .meta({ id: 'FieldError' });

export const problem = z
  .object({
    type: z.string().meta({ example: 'urn:provender:problem:validation' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().meta({ description: 'Stable; clients may branch on it.', example: 'validation' }),
    requestId: z.string(),
    errors: z.array(fieldError).optional(),
    currentVersion: z.int().optional().meta({ description: 'With 412: the version in force.' }),
    currentEtag: z.string().optional().meta({ description: 'With 412: the ETag in force.' }),
    current: z
      .unknown()
      .optional()
      .meta({ description: 'With 412: the object as it is now, so that both can be shown.' }),
  })
  .meta({ id: 'Problem' });

export type FieldError = z.infer<typeof fieldError>;
