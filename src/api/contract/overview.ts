// What the first page shows: how all that one may see stands, and the worst of each kind.
import { z } from 'zod';
import { activityEntry } from './activity.ts';
import { imported } from './imports.ts';
import { id, operation, time } from './operation.ts';
import { tenantQuery } from './page.ts';
import { userCounts } from './pbxs.ts';

const pbxInTrouble = z
  .object({
    id,
    name: z.string(),
    tenantId: id,
    why: z.enum(['login', 'pause', 'users']).meta({
      description:
        'The worst of it. `login`: refused, nobody asks with it. `pause`: not asked before `pausedUntil`. `users`: some failed, each for a reason of its own.',
    }),
    code: z
      .string()
      .nullable()
      .meta({ description: 'Reason code of `login` and `pause`.', example: 'HOST_CIRCUIT_OPEN' }),
    nextAction: z.string().nullable(),
    pausedUntil: time.nullable(),
    failedUsers: z.int().meta({ description: 'Users whose status is `failed`.' }),
  })
  .meta({ id: 'PbxInTrouble' });

const endingCertificate = z
  .object({
    pbxId: id,
    pbxName: z.string(),
    kind: z.enum(['server', 'client', 'ca']),
    subject: z.string(),
    fingerprint256: z.string(),
    validTo: time,
    expired: z.boolean(),
  })
  .meta({ id: 'EndingCertificate' });

const notForThem = 'Null: the caller may not read them (a key without the scope).';

const PARTS = ['users', 'queue', 'pbxs', 'certificates', 'imports', 'failures'] as const;

const overview = z
  .object({
    users: userCounts.nullable().meta({ description: `Users by provisioning status. ${notForThem}` }),
    queue: z
      .object({
        due: z.int(),
        oldestSeconds: z.int().nullable().meta({ description: 'Since when the oldest is due; null: nobody waits.' }),
      })
      .nullable()
      .meta({
        description: `Users that are due and not yet asked, without those of PBXs that are paused or refuse the login. ${notForThem}`,
      }),
    pbxs: z.object({
      total: z.int(),
      on: z.int().meta({ description: 'With autoProvision.' }),
      inTrouble: z.int().meta({ description: 'As the state `trouble` of the list of PBXs.' }),
      worst: z.array(pbxInTrouble).meta({ description: 'At most 5.' }),
    }),
    certificates: z
      .object({
        total: z.int(),
        soonest: z.array(endingCertificate).meta({ description: 'At most 5.' }),
      })
      .meta({ description: 'That PBXs depend on, and that end within 30 days or have ended.' }),
    imports: z
      .object({
        total: z.int(),
        newest: z.array(imported).meta({ description: 'At most 5.' }),
      })
      .nullable()
      .meta({ description: `Those of which a job runs or waits for a worker. ${notForThem}` }),
    failures: z
      .array(activityEntry)
      .nullable()
      .meta({ description: `The last 5 entries of the feed with the outcome \`failed\`. ${notForThem}` }),
  })
  .partial()
  .meta({ id: 'Overview' });

type AnyParts = z.input<typeof overview>;
/** All parts. */
export type OverviewView = { readonly [P in OverviewPart]-?: Exclude<AnyParts[P], undefined> };
export type OverviewPart = (typeof PARTS)[number];

export const overviewContract = {
  getOverview: operation({
    method: 'get',
    path: '/overview',
    action: 'pbx.read',
    tag: 'overview',
    summary: 'How everything stands, and the worst of each kind',
    description:
      'All parts, or those that are asked for: asked one by one, a part that is slow or cannot be read holds up no other. A part that takes longer than 5 seconds is answered 503 with the code `too-slow`.',
    query: z.strictObject({
      ...tenantQuery,
      parts: z
        .string()
        .transform((text) => text.split(','))
        .pipe(z.array(z.enum(PARTS)).min(1))
        .optional()
        .meta({ override: { type: 'string' }, description: `Some of ${PARTS.join(', ')}, separated by commas.` }),
    }),
    status: 200,
    response: overview,
  }),
};
