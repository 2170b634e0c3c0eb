// One action on many PBXs at once, by filter or by ids.
import { z } from 'zod';
import { id, operation } from './operation.ts';
import { PBX_STATES } from './pbxs.ts';

const PBX_BULK_ACTIONS = ['sync', 'pause', 'resume'] as const;
export type PbxBulkAction = (typeof PBX_BULK_ACTIONS)[number];

export const pbxBulkContract = {
  bulkPbxs: operation({
    method: 'post',
    path: '/pbxs/bulk',
    action: 'pbx.sync',
    tag: 'pbxs',
    summary: 'Sync, pause or resume many PBXs',
    description:
      'One after the other, each as the operation on one PBX does it, with its entries in feed and audit; one that cannot be done does not stop the others. At most 1,000; `sync` takes what Sync takes, `pause` and `resume` what changing a PBX takes.',
    body: z
      .strictObject({
        action: z.enum(PBX_BULK_ACTIONS).meta({
          description: '`sync`: all its users are due now. `pause`: autoProvision off. `resume`: autoProvision on.',
        }),
        pbxIds: z.array(id).min(1).max(1000).optional(),
        filter: z
          .strictObject({
            tenantId: id,
            q: z
              .string()
              .max(200)
              .regex(/^[^\0]*$/, 'must not hold a NUL'),
            state: z.enum(PBX_STATES),
          })
          .partial()
          .optional()
          .meta({ description: 'As in the list of PBXs; empty: all.' }),
      })
      .refine((body) => (body.filter === undefined) !== (body.pbxIds === undefined), {
        message: 'needs either filter or pbxIds',
      })
      .meta({ id: 'BulkPbxs' }),
    status: 200,
    response: z
      .object({
        changed: z.int(),
        items: z.array(
          z.object({
            id,
            name: z
              .string()
              .nullable()
              .meta({ description: 'Null: there is no PBX with this id, or not for the caller.' }),
            result: z.enum(['done', 'skipped', 'failed']),
            code: z.string().nullable().meta({
              description: 'Why not: PBX_UNKNOWN, ALREADY_ON, ALREADY_OFF, or `internal`.',
            }),
            message: z.string().nullable(),
            requested: z.int().nullable().meta({ description: 'Of `sync`: users that are due now.' }),
          }),
        ),
      })
      .meta({ id: 'BulkPbxsResult' }),
  }),
};
