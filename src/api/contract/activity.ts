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
};

export const activityContract = {
  listActivity: operation({
    method: 'get',
    path: '/activity',
    action: 'activity.read',
    tag: 'activity',
    summary: 'List what happened, newest first',
    query: z.strictObject({ ...pageQuery, ...filter }),
    status: 200,
    response: pageOf(activityEntry),
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
