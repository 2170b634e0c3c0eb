// One action on many users at once, by filter or by ids.
import { z } from 'zod';
import { id, operation } from './operation.ts';
import { moment, USER_SOURCES, USER_STATUSES, USER_TYPES, userType } from './users.ts';

/** PostgreSQL stores no NUL, so nobody has one. */
const noNul = /^[^\0]*$/;

/** The same as in a list, as JSON says it. */
const bulkFilter = z
  .strictObject({
    q: z.string().max(200).regex(noNul, 'must not hold a NUL'),
    status: z.array(z.enum(USER_STATUSES)).min(1),
    reasonCode: z.array(z.string().min(1).max(50).regex(noNul, 'must not hold a NUL')).min(1).max(50),
    tenantId: id,
    pbxId: id,
    importId: id,
    voiceRouteId: id,
    userType: z.array(z.enum(USER_TYPES)).min(1),
    source: z.array(z.enum(USER_SOURCES)).min(1),
    enabled: z.boolean(),
    absentSince: moment.meta({ override: { type: 'string', format: 'date-time' } }),
  })
  .partial()
  .meta({ id: 'UserFilter', description: 'As in the list of users; empty: all users.' });

const BULK_ACTIONS = ['sync', 'disable', 'enable', 'erase', 'move', 'assign', 'change'] as const;

/** Absent: unchanged. Never a password: nobody wants the same one for all. */
const bulkChanges = z
  .strictObject({
    voiceRouteId: id.nullable().meta({ description: "Null: the tenant's default voice route." }),
    userType,
    useTeamsVoicemail: z.boolean().nullable(),
    autoProvision: z.enum(['inherit', 'on', 'off']),
    userTag: z
      .string()
      .trim()
      .max(200)
      .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line without control characters')
      .nullable(),
  })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change')
  .meta({ id: 'BulkUserChanges', description: 'What is to be changed; the rest stays as it is with each.' });

const bulk = z
  .strictObject({
    filter: bulkFilter.optional(),
    userIds: z.array(id).min(1).max(10_000).optional(),
    action: z.enum(BULK_ACTIONS).meta({
      description:
        '`sync`: fetched now. `disable`: the own switch of each is set to `off`, also of those that inherit it. `enable`: those that are off get the own switch `on`. `erase`: deleted with their credentials; their timelines stay. `move`: to the PBX `pbxId` of the same tenant, where they begin like new users. `assign`: a pseudo-MAC for those who have no MAC. `change`: what `changes` names.',
    }),
    pbxId: id.optional().meta({ description: 'Where to: only to move, and needed for it.' }),
    changes: bulkChanges.optional().meta({ description: 'Only to change, and needed for it.' }),
    dryRun: z.boolean().default(false).meta({ description: 'Only say what would be done.' }),
    confirm: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'How many users match. Needed to erase; when it is wrong, nothing is done (409).' }),
  })
  .refine((body) => (body.filter === undefined) !== (body.userIds === undefined), {
    message: 'needs either filter or userIds',
  })
  .refine((body) => (body.action === 'move') === (body.pbxId !== undefined), {
    message: 'is needed to move, and goes with nothing else',
    path: ['pbxId'],
  })
  .refine((body) => (body.action === 'change') === (body.changes !== undefined), {
    message: 'is needed to change, and goes with nothing else',
    path: ['changes'],
  })
  .meta({ id: 'BulkUsers' });

const bulkResult = z
  .object({
    dryRun: z.boolean(),
    matched: z.int().meta({ description: 'Users that were meant.' }),
    changed: z.int().meta({ description: 'Users to whom it was done, or would be.' }),
    skipped: z.array(
      z.object({
        code: z.string().meta({ example: 'ALREADY_OFF' }),
        message: z.string(),
        count: z.int(),
        userIds: z.array(id).meta({ description: 'The first 20 of them.' }),
      }),
    ),
  })
  .meta({ id: 'BulkResult' });

export const userBulkContract = {
  bulkUsers: operation({
    method: 'post',
    path: '/users/bulk',
    // What `action` of the body asks for beyond this is asked by the handler.
    action: 'user.sync',
    tag: 'users',
    summary: 'Sync, switch off, switch on, move, change or erase many users, or give them pseudo-MACs',
    description:
      'In batches of 500; each is done as a whole or not at all. When one fails (503 or 500, code `bulk-stopped`), those before it stay done: `changed` says how many, and the same request again does the rest. Done only to users that matched when it began and still match when it is their turn. One entry in the feed for all.',
    body: bulk,
    status: 200,
    response: bulkResult,
  }),
};
