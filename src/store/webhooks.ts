// Webhooks: where events are sent, and what was sent there. Knows no HTTP.
import { and, asc, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Secret } from '../../fetchers/secret.ts';
import type { WebhookEvent } from '../webhooks/events.ts';
import type { Db, Tx } from './database.ts';
import { type FeedPosition, isAfter, isSettled } from './feed-position.ts';
import type { KeyRing, Place } from './key-ring.ts';
import { type Reach, reachesTenant } from './reach.ts';
import { webhookDeliveries, webhooks } from './schema.ts';

export type Webhook = Omit<typeof webhooks.$inferSelect, 'secretSealed'>;

export interface WebhookSettings {
  readonly description: string | null;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly enabled: boolean;
}

/** What the secret of a webhook is sealed to. */
export function secretPlace(tenant: string, webhookId: string): Place {
  return { tenant, table: 'webhooks', row: webhookId, column: 'secret' };
}

function toWebhook({ secretSealed: _, ...webhook }: typeof webhooks.$inferSelect): Webhook {
  return webhook;
}

export async function createWebhook(
  tx: Db | Tx,
  ring: KeyRing,
  tenantId: string,
  settings: WebhookSettings,
  secret: Secret,
): Promise<Webhook> {
  const id = uuidv7();
  const secretSealed = ring.seal(secret, secretPlace(tenantId, id));
  const [row] = await tx
    .insert(webhooks)
    .values({ id, tenantId, ...settings, events: [...settings.events], secretSealed })
    .returning();
  if (row === undefined) throw new Error('an insert returned no row');
  return toWebhook(row);
}

/** A delivery that tells nothing but that it arrived. */
export async function addPing(tx: Db | Tx, webhook: Pick<Webhook, 'id' | 'tenantId'>, now: Date): Promise<Delivery> {
  const id = uuidv7();
  const payload = JSON.stringify({ id, type: 'ping', at: now.toISOString(), tenantId: webhook.tenantId });
  const [row] = await tx
    .insert(webhookDeliveries)
    .values({ webhookId: webhook.id, id, event: 'ping', payload })
    .returning();
  if (row === undefined) throw new Error('an insert returned no row');
  await endPause(tx, webhook.id);
  return toDelivery(row);
}

/** What waits behind a pause goes at the next look. */
async function endPause(tx: Db | Tx, webhookId: string): Promise<void> {
  await tx.update(webhooks).set({ pausedUntil: null }).where(eq(webhooks.id, webhookId));
}

/** Newest first. */
export async function listWebhooks(
  db: Db | Tx,
  reach: Reach,
  page: {
    readonly limit: number;
    readonly before?: string | undefined;
    /** Of this tenant only. */
    readonly tenantId?: string | undefined;
  },
): Promise<Webhook[]> {
  const where: (SQL | undefined)[] = [reachesTenant(reach, webhooks.tenantId)];
  if (page.tenantId !== undefined) where.push(eq(webhooks.tenantId, page.tenantId));
  if (page.before !== undefined) where.push(lt(webhooks.id, page.before));
  const rows = await db
    .select()
    .from(webhooks)
    .where(and(...where))
    .orderBy(desc(webhooks.id))
    .limit(page.limit);
  return rows.map(toWebhook);
}

/** Null: there is none with this id within reach. */
export async function readWebhook(db: Db | Tx, reach: Reach, id: string): Promise<Webhook | null> {
  const [row] = await db.select().from(webhooks).where(isWebhook(reach, id));
  return row === undefined ? null : toWebhook(row);
}

export async function lockWebhook(tx: Tx, reach: Reach, id: string): Promise<Webhook | null> {
  const [row] = await tx.select().from(webhooks).where(isWebhook(reach, id)).for('update');
  return row === undefined ? null : toWebhook(row);
}

function isWebhook(reach: Reach, id: string): SQL | undefined {
  return and(eq(webhooks.id, id), reachesTenant(reach, webhooks.tenantId));
}

/**
 * @param webhook locked. With another address, or switched on again, it is tried at once.
 */
export async function updateWebhook(tx: Tx, webhook: Webhook, settings: WebhookSettings): Promise<Webhook> {
  const fresh = settings.url !== webhook.url || (settings.enabled && !webhook.enabled);
  const [row] = await tx
    .update(webhooks)
    .set({
      ...settings,
      events: [...settings.events],
      version: sql`${webhooks.version} + 1`,
      updatedAt: sql`now()`,
      ...(fresh && { pausedUntil: null }),
    })
    .where(eq(webhooks.id, webhook.id))
    .returning();
  if (row === undefined) throw new Error('a webhook that is locked is gone');
  return toWebhook(row);
}

/** @param webhook locked */
export async function changeSecret(tx: Tx, ring: KeyRing, webhook: Webhook, secret: Secret): Promise<Webhook> {
  const secretSealed = ring.seal(secret, secretPlace(webhook.tenantId, webhook.id));
  const [row] = await tx
    .update(webhooks)
    .set({ secretSealed, version: sql`${webhooks.version} + 1`, updatedAt: sql`now()` })
    .where(eq(webhooks.id, webhook.id))
    .returning();
  if (row === undefined) throw new Error('a webhook that is locked is gone');
  return toWebhook(row);
}

export async function deleteWebhook(tx: Tx, id: string): Promise<void> {
  await tx.delete(webhooks).where(eq(webhooks.id, id));
}

export type Delivery = Omit<typeof webhookDeliveries.$inferSelect, 'payload'>;

function toDelivery({ payload: _, ...delivery }: typeof webhookDeliveries.$inferSelect): Delivery {
  return delivery;
}

/** Of a webhook that the caller may read. Newest first. */
export async function listDeliveries(
  db: Db | Tx,
  webhookId: string,
  page: {
    readonly limit: number;
    readonly before?: string | undefined;
    readonly state?: Delivery['state'] | undefined;
  },
): Promise<Delivery[]> {
  const where: (SQL | undefined)[] = [eq(webhookDeliveries.webhookId, webhookId)];
  if (page.state !== undefined) where.push(eq(webhookDeliveries.state, page.state));
  if (page.before !== undefined) where.push(lt(webhookDeliveries.id, page.before));
  const rows = await db
    .select()
    .from(webhookDeliveries)
    .where(and(...where))
    .orderBy(desc(webhookDeliveries.id))
    .limit(page.limit);
  return rows.map(toDelivery);
}

/** Of a webhook that the caller may read: what came or changed after a position, as it is now; the change of longest ago first. */
export async function readDeliveriesAfter(
  db: Db | Tx,
  webhookId: string,
  position: FeedPosition,
  limit: number,
): Promise<Delivery[]> {
  const { xid, id } = webhookDeliveries;
  const rows = await db
    .select()
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.webhookId, webhookId), isAfter(position, xid, id), isSettled(xid)))
    .orderBy(asc(xid), asc(id))
    .limit(limit);
  return rows.map(toDelivery);
}

/** The delivery that streams come to last. */
export async function newestDelivery(db: Db | Tx, webhookId: string): Promise<FeedPosition | null> {
  const { xid, id } = webhookDeliveries;
  const [row] = await db
    .select({ xid, id })
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.webhookId, webhookId), isSettled(xid)))
    .orderBy(desc(xid), desc(id))
    .limit(1);
  return row ?? null;
}

/** With what is sent. */
export async function readDelivery(
  db: Db | Tx,
  webhookId: string,
  id: string,
): Promise<(Delivery & { readonly payload: string }) | null> {
  const [row] = await db
    .select()
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.id, id)));
  return row ?? null;
}

/** What a delivery becomes that is to be sent again: as if it were new, but for its tries. */
const AGAIN = { state: 'pending' as const, dueAt: sql`now()`, startedAt: sql`now()`, endedAt: null };

export async function resendDelivery(tx: Tx, webhookId: string, id: string): Promise<Delivery | null> {
  const [row] = await tx
    .update(webhookDeliveries)
    .set(AGAIN)
    .where(and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.id, id)))
    .returning();
  if (row === undefined) return null;
  await endPause(tx, webhookId);
  return toDelivery(row);
}

/** @returns how many */
export async function resendDead(tx: Tx, webhookId: string, since: Date | null): Promise<number> {
  const rows = await tx
    .update(webhookDeliveries)
    .set(AGAIN)
    .where(
      and(
        eq(webhookDeliveries.webhookId, webhookId),
        eq(webhookDeliveries.state, 'dead'),
        since === null ? undefined : gte(webhookDeliveries.createdAt, since),
      ),
    )
    .returning({ id: webhookDeliveries.id });
  if (rows.length > 0) await endPause(tx, webhookId);
  return rows.length;
}
