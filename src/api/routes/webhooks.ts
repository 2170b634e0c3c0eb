// Handlers of webhooks. What they are told is written by store/activity.ts and sent by the courier of a worker.
import { z } from 'zod';
import type { Guard } from '../../../fetchers/guard.ts';
import { Secret } from '../../../fetchers/secret.ts';
import { appendActivity } from '../../store/activity.ts';
import type { Tx } from '../../store/database.ts';
import {
  addPing,
  changeSecret,
  createWebhook,
  type Delivery,
  deleteWebhook,
  listDeliveries,
  listWebhooks,
  lockWebhook,
  newestDelivery,
  readDeliveriesAfter,
  readDelivery,
  readWebhook,
  resendDead,
  resendDelivery,
  updateWebhook,
  type Webhook,
} from '../../store/webhooks.ts';
import type { WebhookEvent } from '../../webhooks/events.ts';
import { newWebhookSecret } from '../../webhooks/signature.ts';
import { type Access, whyMissing } from '../access.ts';
import { chooseTenant } from '../choose-tenant.ts';
import { API_ROOT } from '../contract/operation.ts';
import type { DeliveryView, WebhookView, webhookContract } from '../contract/webhooks.ts';
import { cutPage, readCursor } from '../cursor.ts';
import { etagOf, requireMatch } from '../etag.ts';
import type { Actor, FrameDeps, Handlers } from '../handlers.ts';
import { invalid, notFound } from '../problem.ts';
import { watchRows } from '../row-watch.ts';
import { streamRows } from '../stream-rows.ts';

const LIST = 'webhooks';
const listKey = z.tuple([z.uuid()]);

export interface WebhookDeps extends FrameDeps {
  readonly guard: Guard;
}

export function webhookRoutes(deps: WebhookDeps): Handlers<typeof webhookContract> {
  const { database, ring } = deps;
  const watch = watchRows((id) => newestDelivery(database.db, id));
  const missing = (access: Access, id: string) =>
    whyMissing(access, 'This webhook', (reach) => readWebhook(database.db, reach, id));
  const locked = async (tx: Tx, access: Access, id: string): Promise<Webhook> =>
    (await lockWebhook(tx, access.reach, id)) ?? Promise.reject(await missing(access, id));
  const read = async (access: Access, id: string): Promise<Webhook> =>
    (await readWebhook(database.db, access.reach, id)) ?? Promise.reject(await missing(access, id));
  const report = (tx: Tx, { tenantId }: Webhook, actor: Actor, verb: string, sentence: string) =>
    appendActivity(tx, [{ tenantId, actor: actor.name, verb: `webhook.${verb}`, outcome: 'info', sentence }]);

  return {
    async createWebhook({ body: { tenantId: wanted, ...settings }, actor, access, audit, transact }) {
      checkAddress(deps.guard, settings.url);
      const secret = newWebhookSecret();
      const answer = await transact(async (tx) => {
        const tenant = await chooseTenant(tx, access, wanted, { lock: true });
        const webhook = await createWebhook(tx, ring, tenant.id, settings, new Secret(secret));
        audit.note({ ...about(webhook), action: 'webhook.create' });
        await report(tx, webhook, actor, 'create', `A webhook to ${hostOf(webhook)} was added.`);
        return {
          body: { ...viewOf(webhook), secret },
          etag: etagOf(webhook),
          headers: { Location: `${API_ROOT}/webhooks/${webhook.id}` },
        };
      });
      deps.feed.touch();
      return answer;
    },

    async listWebhooks({ query, access }) {
      const before = query.cursor === undefined ? undefined : readCursor(ring, LIST, query.cursor, listKey)[0];
      const { tenantId } = query;
      const found = await listWebhooks(database.db, access.reach, { limit: query.limit + 1, before, tenantId });
      const page = cutPage(ring, LIST, found, query.limit, (webhook) => [webhook.id]);
      return { body: { items: page.items.map(viewOf), nextCursor: page.nextCursor } };
    },

    async getWebhook({ params, access }) {
      return shown(await read(access, params.id));
    },

    async updateWebhook({ params, body, ifMatch, actor, access, audit, transact }) {
      if (body.url !== undefined) checkAddress(deps.guard, body.url);
      const answer = await transact(async (tx) => {
        const webhook = await locked(tx, access, params.id);
        requireMatch(ifMatch, webhook, viewOf(webhook));
        audit.note({ ...about(webhook), before: viewOf(webhook) });
        const { url = webhook.url, description = webhook.description, enabled = webhook.enabled } = body;
        const events = body.events ?? (webhook.events as WebhookEvent[]);
        const changed = await updateWebhook(tx, webhook, { url, description, enabled, events });
        await report(tx, changed, actor, 'update', `The webhook to ${hostOf(changed)} was changed.`);
        return shown(changed);
      });
      deps.feed.touch();
      return answer;
    },

    async deleteWebhook({ params, ifMatch, actor, access, audit, transact }) {
      const answer = await transact(async (tx) => {
        const webhook = await locked(tx, access, params.id);
        requireMatch(ifMatch, webhook, viewOf(webhook));
        audit.note({ ...about(webhook), action: 'webhook.delete', before: viewOf(webhook) });
        await deleteWebhook(tx, webhook.id);
        await report(tx, webhook, actor, 'delete', `The webhook to ${hostOf(webhook)} was deleted.`);
        return {};
      });
      deps.feed.touch();
      return answer;
    },

    async rotateWebhookSecret({ params, actor, access, audit, transact }) {
      const secret = newWebhookSecret();
      const answer = await transact(async (tx) => {
        const webhook = await locked(tx, access, params.id);
        audit.note({ ...about(webhook), action: 'webhook.rotateSecret' });
        const changed = await changeSecret(tx, ring, webhook, new Secret(secret));
        await report(tx, changed, actor, 'rotate-secret', `The webhook to ${hostOf(changed)} got a new secret.`);
        return { body: { ...viewOf(changed), secret }, etag: etagOf(changed) };
      });
      deps.feed.touch();
      return answer;
    },

    async pingWebhook({ params, access, audit, transact }) {
      return transact(async (tx) => {
        const webhook = await locked(tx, access, params.id);
        audit.note({ ...about(webhook), action: 'webhook.ping' });
        return { body: deliveryView(await addPing(tx, webhook, new Date())) };
      });
    },

    async listWebhookDeliveries({ params, query, access }) {
      const { id } = await read(access, params.id);
      const list = `${LIST}/${id}`;
      const before = query.cursor === undefined ? undefined : readCursor(ring, list, query.cursor, listKey)[0];
      const found = await listDeliveries(database.db, id, { limit: query.limit + 1, before, state: query.state });
      const page = cutPage(ring, list, found, query.limit, (delivery) => [delivery.id]);
      return { body: { items: page.items.map(deliveryView), nextCursor: page.nextCursor } };
    },

    async streamWebhookDeliveries({ params, request, access }) {
      const { id } = await read(access, params.id);
      return streamRows(database.db, request, {
        event: 'delivery',
        read: (position, limit) => readDeliveriesAfter(database.db, id, position, limit),
        positionOf: (delivery) => ({ xid: delivery.xid, id: delivery.id }),
        viewOf: deliveryView,
        listen: (onNews) => watch.listen(id, onNews),
        isToldAll: true,
      });
    },

    async getWebhookDelivery({ params, access }) {
      const webhook = await read(access, params.id);
      const delivery = await readDelivery(database.db, webhook.id, params.deliveryId);
      if (delivery === null) throw notFound('This delivery');
      return { body: { ...deliveryView(delivery), body: delivery.payload } };
    },

    async resendWebhookDelivery({ params, access, audit, transact }) {
      return transact(async (tx) => {
        const webhook = await locked(tx, access, params.id);
        const before = await readDelivery(tx, webhook.id, params.deliveryId);
        const again = await resendDelivery(tx, webhook.id, params.deliveryId);
        if (before === null || again === null) throw notFound('This delivery');
        audit.note({ ...about(webhook), action: 'webhook.resend', before: deliveryView(before) });
        return { body: deliveryView(again) };
      });
    },

    async resendDeadDeliveries({ params, body, access, audit, transact }) {
      return transact(async (tx) => {
        const webhook = await locked(tx, access, params.id);
        audit.note({ ...about(webhook), action: 'webhook.resend' });
        return { body: { count: await resendDead(tx, webhook.id, body.since ? new Date(body.since) : null) } };
      });
    },
  };
}

/** What can be said of an address before anything is sent there. What its name resolves to is seen at each delivery. */
function checkAddress(guard: Guard, text: string): void {
  const url = new URL(text);
  if (url.protocol === 'http:' && guard.mode === 'public') {
    refuse('must be https: whoever listens on the way reads names and numbers of users', 'WEBHOOK_PLAIN_HTTP');
  }
  if (guard.checkUrl(url) !== null) {
    refuse(
      'is not an address that this installation asks: give a public one without user name and password, on port 443 or from 1024 up',
      'TARGET_REFUSED',
    );
  }
}

function refuse(detail: string, code: string): never {
  throw invalid([{ pointer: '#/body/url', detail, code }]);
}

/** Never the path: some receivers have their password in it. */
function hostOf({ url }: Webhook): string {
  return new URL(url).host;
}

/** As the audit names it. */
function about(webhook: Webhook) {
  return { tenantId: webhook.tenantId, object: { type: 'webhook', id: webhook.id, name: hostOf(webhook) } };
}

function shown(webhook: Webhook) {
  return { body: viewOf(webhook), etag: etagOf(webhook) };
}

function viewOf(webhook: Webhook): WebhookView {
  const { id, tenantId, version, url, description, enabled } = webhook;
  return {
    id,
    tenantId,
    version,
    url,
    events: webhook.events as WebhookEvent[],
    description,
    enabled,
    failingSince: webhook.failingSince?.toISOString() ?? null,
    createdAt: webhook.createdAt.toISOString(),
    updatedAt: webhook.updatedAt.toISOString(),
  };
}

function deliveryView(delivery: Delivery): DeliveryView {
  const { id, event, state, responseStatus, responseMs, error, answer } = delivery;
  return {
    id,
    event,
    state,
    attempts: delivery.attempt,
    createdAt: delivery.createdAt.toISOString(),
    lastAttemptAt: delivery.lastAttemptAt?.toISOString() ?? null,
    nextAttemptAt: state === 'pending' ? delivery.dueAt.toISOString() : null,
    responseStatus,
    responseMs,
    error,
    answer,
  };
}
