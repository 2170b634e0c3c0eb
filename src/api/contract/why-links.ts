// Links to the "why?" page of one user: for somebody without an account, such as the owner of the PBX.
import { z } from 'zod';
import { id, idParams, operation, time } from './operation.ts';
import { USER_STATUSES } from './users.ts';

const whyLink = z
  .object({
    id,
    createdBy: z.string().meta({ description: 'As the audit names them.' }),
    createdAt: time,
    expiresAt: time,
    lastOpenedAt: time.nullable().meta({ description: 'Null: never opened.' }),
  })
  .meta({ id: 'WhyLink' });

const step = z.object({
  step: z.string(),
  ok: z.boolean(),
  ms: z.number().optional(),
  text: z.string().meta({ description: 'May be empty.' }),
});

const whyEntry = z
  .object({
    at: time,
    outcome: z.enum(['ok', 'waiting', 'failed', 'info']),
    code: z.string().nullable(),
    sentence: z.string(),
    nextAction: z.string().nullable(),
    steps: z.array(step),
  })
  .meta({ id: 'WhyEntry' });

export type WhyEntryView = z.input<typeof whyEntry>;

const whyPage = z
  .object({
    tenantName: z.string(),
    pbxName: z.string(),
    userName: z.string().nullable(),
    mac: z.string().nullable(),
    did: z.string().nullable().meta({ description: 'The last four digits only.', example: '…0142' }),
    status: z.enum(USER_STATUSES),
    statusAt: time,
    reasonCode: z.string().nullable(),
    reason: z.string().nullable(),
    nextAction: z.string().nullable(),
    nextTryAt: time.nullable().meta({ description: 'Null: not asked by itself.' }),
    timeline: z.array(whyEntry).meta({ description: 'The last 20, newest first.' }),
    expiresAt: time.meta({ description: 'When the link ends.' }),
  })
  .meta({ id: 'WhyPage' });

export type WhyPageView = z.input<typeof whyPage>;

const tag = 'why-links';

export const whyLinkContract = {
  createWhyLink: operation({
    method: 'post',
    path: '/users/{id}/why-links',
    action: 'user.read',
    tag,
    summary: 'Make a link that shows somebody without an account why a user is as it is',
    description:
      'Shows no password, no login name, no other user and nobody of yours. At most 20 at a time for one user (409 `too-many-links`).',
    params: idParams,
    body: z
      .strictObject({ hours: z.int().min(1).max(336).default(72).meta({ description: 'How long it is good.' }) })
      .default({ hours: 72 }),
    status: 201,
    // The link is stored nowhere, as an answer neither.
    keepsAnswer: false,
    response: whyLink.extend({
      link: z.string().meta({ description: 'Shown this once. What lets in stands behind `#`, which no log sees.' }),
    }),
  }),
  listWhyLinks: operation({
    method: 'get',
    path: '/users/{id}/why-links',
    action: 'user.read',
    tag,
    summary: 'List the links that are good, newest first',
    params: idParams,
    status: 200,
    response: z.object({ items: z.array(whyLink) }),
  }),
  revokeWhyLink: operation({
    method: 'delete',
    path: '/why-links/{id}',
    action: 'user.read',
    tag,
    summary: 'Revoke a link',
    params: idParams,
    ifMatch: false,
    status: 204,
  }),
  readWhy: operation({
    method: 'post',
    path: '/why',
    tag,
    summary: 'What a link shows',
    description:
      'One answer for links that never were, ended, were revoked, or whose user is gone: 404 `link-invalid`. After 60 from one address 429 with Retry-After.',
    public: true,
    // Changes nothing but when it was opened last, which the list says.
    audited: false,
    body: z.strictObject({
      token: z.string().min(1).max(200).meta({ description: 'What stands behind `#` in the link.' }),
    }),
    status: 200,
    response: whyPage,
  }),
};
