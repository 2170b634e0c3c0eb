// MACs without users: spellings checked, pseudo-MACs made for use elsewhere.
import { z } from 'zod';
import { operation } from './operation.ts';

export const macContract = {
  checkMacs: operation({
    method: 'post',
    path: '/macs/check',
    action: 'mac.make',
    audited: false,
    tag: 'macs',
    summary: 'Check MACs in any spelling; nothing is stored',
    body: z.strictObject({ macs: z.array(z.string().max(200)).min(1).max(1000) }),
    status: 200,
    response: z.object({
      items: z.array(
        z.object({
          input: z.string(),
          mac: z.string().nullable().meta({ description: 'Twelve lower-case hex digits.', example: '00005e005301' }),
          colon: z.string().nullable().meta({ example: '00:00:5e:00:53:01' }),
          locallyAdministered: z.boolean().nullable(),
          problems: z.array(z.object({ code: z.string(), detail: z.string() })),
        }),
      ),
    }),
  }),
  makeMacs: operation({
    method: 'post',
    path: '/macs',
    action: 'mac.make',
    audited: false,
    tag: 'macs',
    summary: 'Make pseudo-MACs that no user has; nothing is stored',
    body: z.strictObject({
      count: z.int().min(1).max(1000).default(1),
      oui: z
        .string()
        .max(20)
        .nullable()
        .default(null)
        .meta({ description: 'Six hex digits; null: locally administered.', example: '001565' }),
    }),
    status: 200,
    response: z.object({ macs: z.array(z.string()) }),
  }),
};
