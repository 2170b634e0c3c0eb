// Webhooks: what happens in a tenant and below, told to another system. Payloads, signature and retries: docs/api.md.
import { z } from 'zod';
import { WEBHOOK_EVENTS } from '../../webhooks/events.ts';
import { id, idParams, newTenantId, operation, time, version } from './operation.ts';
import { pageOf, pageQuery, tenantQuery } from './page.ts';

const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .max(2000)
  .meta({ description: 'Without a user name or password.', example: 'https://hooks.example.com/provender' });
const events = z
  .array(z.enum(WEBHOOK_EVENTS))
  .min(1)
  .transform((list) => [...new Set(list)])
  .meta({ description: 'What it is told of.' });
const description = z.string().max(200).nullable();
const enabled = z.boolean().meta({
  description: 'While it is off, nothing new is written for it, and what waits stays.',
});

const newWebhook = z
  .strictObject({
    tenantId: newTenantId,
    url,
    events,
    description: description.default(null),
    enabled: enabled.default(true),
  })
  .meta({ id: 'NewWebhook' });
const webhookChanges = z.strictObject({ url, events, description, enabled }).partial().meta({ id: 'WebhookChanges' });

const webhook = z
  .object({
    id,
    tenantId: id,
    version,
    url: z.string(),
    events: z.array(z.enum(WEBHOOK_EVENTS)),
    description: z.string().nullable(),
    enabled: z.boolean(),
    failingSince: time.nullable().meta({ description: 'No delivery was taken since; null: the last one was.' }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Webhook' });

export type WebhookView = z.input<typeof webhook>;

const secret = z.string().meta({
  description: 'Signs the deliveries. Shown this once.',
  example: 'whsec_2Xl6vH0rXb1l0m1p1yq7cV5m3hQkK1w9y6aZt8uE4fs',
});

const STATES = ['pending', 'delivered', 'dead'] as const;

const delivery = z
  .object({
    id: id.meta({ description: 'Of the event: the same at every try and at every webhook.' }),
    event: z.string(),
    state: z.enum(STATES).meta({ description: '`dead`: given up after three days.' }),
    attempts: z.int(),
    createdAt: time,
    lastAttemptAt: time.nullable(),
    nextAttemptAt: time.nullable(),
    responseStatus: z.int().nullable().meta({ description: 'Of the last try; null: no answer came.' }),
    responseMs: z.int().nullable(),
    error: z.string().nullable().meta({
      description:
        'Why the last try failed: `WEBHOOK_STATUS` (the answer was not 2xx), or a reason code such as TLS_UNTRUSTED.',
    }),
    answer: z.string().nullable().meta({ description: 'The beginning of the last answer, at most 1 KB.' }),
  })
  .meta({ id: 'WebhookDelivery' });

const wholeDelivery = delivery
  .extend({ body: z.string().meta({ description: 'What is sent, byte for byte: JSON.' }) })
  .meta({ id: 'WholeWebhookDelivery' });

export type DeliveryView = z.input<typeof delivery>;

const tag = 'webhooks';

export const webhookContract = {
  createWebhook: operation({
    method: 'post',
    path: '/webhooks',
    action: 'webhook.change',
    tag,
    summary: 'Add a webhook',
    description: 'It is told of what happens in its tenant and in those below. The answer holds its secret, this once.',
    body: newWebhook,
    status: 201,
    response: webhook.extend({ secret }).meta({ id: 'CreatedWebhook' }),
  }),
  listWebhooks: operation({
    method: 'get',
    path: '/webhooks',
    action: 'webhook.read',
    tag,
    summary: 'List webhooks, newest first',
    query: z.strictObject({ cursor: pageQuery.cursor, limit: pageQuery.limit, ...tenantQuery }),
    status: 200,
    response: pageOf(webhook),
  }),
  getWebhook: operation({
    method: 'get',
    path: '/webhooks/{id}',
    action: 'webhook.read',
    tag,
    summary: 'Read a webhook, but for its secret',
    params: idParams,
    status: 200,
    response: webhook,
  }),
  updateWebhook: operation({
    method: 'patch',
    path: '/webhooks/{id}',
    action: 'webhook.change',
    tag,
    summary: 'Change a webhook',
    params: idParams,
    body: webhookChanges,
    status: 200,
    response: webhook,
  }),
  deleteWebhook: operation({
    method: 'delete',
    path: '/webhooks/{id}',
    action: 'webhook.change',
    tag,
    summary: 'Delete a webhook and its deliveries',
    params: idParams,
    status: 204,
  }),
  rotateWebhookSecret: operation({
    method: 'post',
    path: '/webhooks/{id}/rotate-secret',
    action: 'webhook.change',
    tag,
    summary: 'Give a webhook a new secret; the old one signs nothing any more',
    params: idParams,
    status: 200,
    response: webhook.extend({ secret }).meta({ id: 'RotatedWebhook' }),
  }),
  pingWebhook: operation({
    method: 'post',
    path: '/webhooks/{id}/ping',
    action: 'webhook.change',
    tag,
    summary: 'Send a webhook a delivery of type `ping`',
    description: 'Look into its deliveries for how it went.',
    params: idParams,
    status: 202,
    response: delivery,
  }),
  listWebhookDeliveries: operation({
    method: 'get',
    path: '/webhooks/{id}/deliveries',
    action: 'webhook.read',
    tag,
    summary: 'List the deliveries of a webhook, newest first',
    description: 'Delivered ones are kept for 7 days, dead ones for 30.',
    params: idParams,
    query: z.strictObject({
      cursor: pageQuery.cursor,
      limit: pageQuery.limit,
      state: z.enum(STATES).optional(),
    }),
    status: 200,
    response: pageOf(delivery),
  }),
  streamWebhookDeliveries: operation({
    method: 'get',
    path: '/webhooks/{id}/deliveries/stream',
    action: 'webhook.read',
    tag,
    summary: 'Follow the deliveries of a webhook, live',
    description:
      'Server-sent events: `event: delivery` for each that is new or has changed, the data is a WebhookDelivery as JSON, as it is now. With Last-Event-ID it first gives what was missed. At most 10 streams per credential.',
    params: idParams,
    status: 200,
    produces: 'text/event-stream',
  }),
  getWebhookDelivery: operation({
    method: 'get',
    path: '/webhooks/{id}/deliveries/{deliveryId}',
    action: 'webhook.read',
    tag,
    summary: 'Read a delivery with what is sent',
    params: z.strictObject({ id, deliveryId: id }),
    status: 200,
    response: wholeDelivery,
  }),
  resendWebhookDelivery: operation({
    method: 'post',
    path: '/webhooks/{id}/deliveries/{deliveryId}/resend',
    action: 'webhook.change',
    tag,
    summary: 'Send a delivery again, whether it was taken or not',
    description: 'With the same id and body; its three days begin anew.',
    params: z.strictObject({ id, deliveryId: id }),
    status: 202,
    response: delivery,
  }),
  resendDeadDeliveries: operation({
    method: 'post',
    path: '/webhooks/{id}/resend',
    action: 'webhook.change',
    tag,
    summary: 'Send all dead deliveries again',
    params: idParams,
    body: z
      .strictObject({ since: time.optional().meta({ description: 'Only of events from then on.' }) })
      .meta({ id: 'ResendDead' }),
    status: 202,
    response: z.object({ count: z.int() }).meta({ id: 'ResentDeliveries' }),
  }),
};
