// Webhooks: where events are sent, and what was sent there. Knows no HTTP.
import { eq, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Secret } from '../../fetchers/secret.ts';
import type { WebhookEvent } from '../webhooks/events.ts';
import type { Db, Tx } from './database.ts';
import type { KeyRing, Place } from './key-ring.ts';
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

/** A delivery that tells nothing but that it arrived. @returns its id */
export async function addPing(tx: Db | Tx, webhook: Pick<Webhook, 'id' | 'tenantId'>, now: Date): Promise<string> {
  const id = uuidv7();
  const payload = JSON.stringify({ id, type: 'ping', at: now.toISOString(), tenantId: webhook.tenantId });
  await tx.insert(webhookDeliveries).values({ webhookId: webhook.id, id, event: 'ping', payload });
  return id;
}

/** What waits behind a pause goes at the next look. */
export async function endPause(tx: Db | Tx, webhookId: string): Promise<void> {
  await tx.update(webhooks).set({ pausedUntil: sql`null` }).where(eq(webhooks.id, webhookId));
}
