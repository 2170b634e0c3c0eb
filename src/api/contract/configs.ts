// Vendors, and configuration files read, written and converted on the spot: nothing is stored.
import { z } from 'zod';
import { VENDORS } from '../../../vendors/registry.ts';
import { writtenConfig } from '../../intake/written-config.ts';
import { lineFields } from './line.ts';
import { operation } from './operation.ts';

const vendorId = z
  .enum(VENDORS.map(({ id }) => id))
  .meta({ description: 'One of `GET /vendors`.', example: 'yealink' });
const mac = z.string().max(40).meta({ description: 'In any spelling.', example: '00:00:5e:00:53:01' });
const model = z.string().min(1).max(64).nullable().default(null).meta({
  description: 'Lines and keys that it does not have are refused.',
  example: 'T46U',
});

const format = z
  .string()
  .min(1)
  .max(64)
  .nullable()
  .default(null)
  .meta({ description: 'One of `writes` of `GET /vendors`; the first of them otherwise.', example: 'fanvil-text' });

const file = {
  name: z
    .string()
    .min(1)
    .max(255)
    .meta({ description: 'Of the file: a MAC in it counts.', example: '00005e005301.cfg' }),
  text: z.string().optional().meta({ description: 'The file, as text. Either this or `base64`.' }),
  base64: z
    .base64()
    .optional()
    .meta({ description: 'The bytes of the file: encrypted, compressed, of another encoding.' }),
  vendor: vendorId.optional().meta({ description: 'Reads it as this vendor\u2019s, whatever it looks like.' }),
  key: z.string().min(1).max(8192).optional().meta({ description: 'Of an encrypted file.' }),
};
const oneOf = { message: 'Send either `text` or `base64`.', path: ['text'] };
const hasOne = (body: { text?: string | undefined; base64?: string | undefined }): boolean =>
  (body.text === undefined) !== (body.base64 === undefined);

const line = z.object({ ...lineFields, password: z.string().nullable() }).meta({ id: 'ConfigLine' });

const written = z
  .object({
    vendor: z.string(),
    files: z
      .array(z.object({ name: z.string(), text: z.string() }))
      .meta({ description: 'The phone\u2019s own first.' }),
    warnings: z.array(z.string()).meta({ description: 'What the format has no place for.' }),
  })
  .meta({ id: 'WrittenConfig' });

export const configContract = {
  listVendors: operation({
    method: 'get',
    path: '/vendors',
    action: 'pbx.read',
    tag: 'configs',
    summary: 'Whose files are read and written',
    status: 200,
    response: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          reads: z.array(z.string()),
          writes: z.array(z.string()),
          didFields: z
            .array(z.string())
            .meta({ description: 'For the Provisioning Field for DID, the default first.' }),
          models: z.array(
            z.object({
              id: z.string(),
              lines: z.int(),
              keys: z.int(),
              modules: z.int(),
              keysPerModule: z.int(),
            }),
          ),
        }),
      ),
    }),
  }),
  parseConfig: operation({
    method: 'post',
    path: '/configs/parse',
    action: 'pbx.read',
    audited: false,
    tag: 'configs',
    summary: 'Read a configuration file; nothing is stored',
    body: z.strictObject({ ...file, showSecrets: z.boolean().default(false) }).refine(hasOne, oneOf),
    status: 200,
    response: z.object({
      vendor: z.string(),
      format: z.string(),
      lines: z.array(line),
      fields: z.record(z.string(), z.string()),
      includes: z.array(z.string()),
      warnings: z.array(z.string()),
    }),
  }),
  renderConfig: operation({
    method: 'post',
    path: '/configs/render',
    action: 'pbx.read',
    audited: false,
    tag: 'configs',
    summary: 'Write the configuration file of a phone; nothing is stored',
    body: writtenConfig.extend({ vendor: vendorId, mac, model, format }),
    status: 200,
    response: written,
  }),
  convertConfig: operation({
    method: 'post',
    path: '/configs/convert',
    action: 'pbx.read',
    audited: false,
    tag: 'configs',
    summary: "Write one vendor's file as another's; nothing is stored",
    body: z.strictObject({ ...file, to: vendorId, model, format }).refine(hasOne, oneOf),
    status: 200,
    response: written,
  }),
};
