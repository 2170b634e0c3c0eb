// The feed: what happened, to whom, with a code and the next action; as pages and live.
import { z } from 'zod';
import { id, operation, time } from './operation.ts';
import { pageOf, pageQuery, tenantQuery } from './page.ts';

export const activityEntry = z
  .object({
    id,
    at: time,
    position: z
      .string()
      .meta({ description: 'Event id of the live stream; send it as Last-Event-ID to go on after it.' }),
    tenantId: id,
    pbxId: id.nullable(),
    pbxName: z.string().nullable(),
    userId: id.nullable(),
    userName: z.string().nullable(),
    importId: id.nullable(),
    actor: z.string().meta({ description: 'Who did it: `system`, an e-mail address, or the name of an API key.' }),
    verb: z.string().meta({ description: 'What was done, such as `sync` or `pbx.update`.' }),
    outcome: z.enum(['ok', 'waiting', 'failed', 'info']),
    status: z.string().nullable().meta({ description: "The user's status after it." }),
    code: z.string().nullable(),
    sentence: z.string(),
    nextAction: z.string().nullable(),
    steps: z.array(z.object({ step: z.string(), ok: z.boolean(), ms: z.number().optional(), text: z.string() })),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'ActivityEntry' });

export type ActivityView = z.input<typeof activityEntry>;

/** One value or several, separated by commas. */
const oneOrMore = z
  .string()
  .min(1)
  .max(500)
  .transform((text) => text.split(',').map((part) => part.trim()))
  .meta({ description: 'One value, or several separated by commas.' });

const filter = {
  status: oneOrMore.optional(),
  code: oneOrMore.optional(),
  outcome: oneOrMore.optional(),
  verb: oneOrMore.optional(),
  ...tenantQuery,
  pbxId: id.optional(),
  userId: id.optional(),
  importId: id.optional(),
  from: time.optional().meta({ description: 'Entries of this time and later.' }),
  to: time.optional().meta({ description: 'Entries before this time.' }),
  q: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'Part of the sentence, or of the name of user or PBX.' }),
};

const group = z
  .object({
    tenantId: id,
    pbxId: id.nullable(),
    pbxName: z.string().nullable(),
    code: z.string().nullable(),
    outcome: z.enum(['failed', 'waiting']),
    count: z.int().meta({ description: 'Entries.' }),
    users: z.int().meta({ description: 'Different users among them.' }),
    firstAt: time,
    lastAt: time,
    sentence: z.string().meta({ description: 'Of the newest entry.' }),
    nextAction: z.string().nullable(),
    open: z.boolean().meta({
      description: 'The PBX as a whole is still stopped for this: its login is refused, or it is paused.',
    }),
  })
  .meta({ id: 'ActivityGroup' });

export type ActivityGroupView = z.input<typeof group>;

const troubles = oneOrMore.pipe(z.array(z.enum(['failed', 'waiting'])));

export const activityContract = {
  listActivity: operation({
    method: 'get',
    path: '/activity',
    action: 'activity.read',
    tag: 'activity',
    summary: 'List what happened, newest first',
    description:
      'With `q` one request looks at 20,000 entries: a page may be short or empty though `nextCursor` says that there is more to look at.',
    query: z.strictObject({ ...pageQuery, ...filter }),
    status: 200,
    response: pageOf(activityEntry),
  }),
  groupActivity: operation({
    method: 'get',
    path: '/activity/groups',
    action: 'activity.read',
    tag: 'activity',
    summary: 'What went wrong, repeats as one',
    description:
      'Entries with the outcome `failed` or `waiting`, grouped by PBX, code and outcome; the group with the newest entry first. At most 200,000 entries are looked at, the newest: `reachesTo` says how far that went.',
    query: z.strictObject({
      ...tenantQuery,
      pbxId: id.optional(),
      code: oneOrMore.optional(),
      outcome: troubles.optional().meta({
        override: { type: 'string' },
        description: '`failed`, `waiting`, or both separated by a comma, as is the default.',
      }),
      from: time.optional().meta({ description: 'Entries of this time and later. Absent: of the last 24 hours.' }),
      to: time.optional().meta({ description: 'Entries before this time.' }),
      limit: z.coerce.number<string>().int().min(1).max(500).default(100),
    }),
    status: 200,
    response: z.object({
      items: z.array(group),
      total: z.int().meta({ description: 'Groups; more than are shown where the limit cut.' }),
      reachesTo: time.nullable().meta({ description: 'The oldest entry that was looked at; null: all were.' }),
    }),
  }),
  exportActivity: operation({
    method: 'get',
    path: '/activity/export.csv',
    action: 'activity.read',
    tag: 'activity',
    summary: 'What happened, as CSV',
    description:
      'The entries that match, newest first: at most the newest 100,000; with `q` of the last million. UTF-8 with byte order mark.',
    query: z.strictObject(filter),
    status: 200,
    produces: 'text/csv',
  }),
  streamActivity: operation({
    method: 'get',
    path: '/activity/stream',
    action: 'activity.read',
    tag: 'activity',
    summary: 'Follow what happens, live',
    description:
      'Server-sent events: `event: activity`, the data is an ActivityEntry as JSON. With Last-Event-ID it first gives what was missed. At most 10 streams per credential.',
    query: z.strictObject(filter),
    status: 200,
    produces: 'text/event-stream',
  }),
};
