// Deliveries of webhooks: which are due, taken by whom, and how they ended. Any number of workers take from the same
// table; an attempt that was taken over by another worker writes nothing. Knows no HTTP. Time comes in: tests have days.
import { sql } from 'drizzle-orm';
import { appendActivity } from './activity.ts';
import type { Database, Db, Tx } from './database.ts';
import { jsonText } from './json-text.ts';

/** A worker that took a delivery and said nothing for so long is dead: the delivery is due again. */
export const LEASE_MS = 60_000;
/** Of one receiver and worker at once. */
const BATCH = 16;

export interface ClaimedDelivery {
  readonly webhookId: string;
  readonly id: string;
  readonly tenantId: string;
  readonly url: string;
  readonly secretSealed: string;
  readonly event: string;
  readonly payload: string;
  readonly attempt: number;
  readonly startedAtMs: number;
  /** Of the webhook, before this try. */
  readonly failuresInARow: number;
}

export interface DeliveryResult {
  readonly id: string;
  readonly attempt: number;
  readonly state: 'pending' | 'delivered' | 'dead';
  /** Of pending ones. */
  readonly dueAtMs: number | null;
  readonly responseStatus: number | null;
  readonly responseMs: number;
  readonly error: string | null;
  readonly answer: string | null;
}

const at = (ms: number) => new Date(ms).toISOString();

/** Webhooks that have something to send now. */
export async function findDueWebhooks(database: Database, nowMs: number): Promise<string[]> {
  const rows = await database.db.execute<{ id: string }>(sql`
    select w.id from webhooks w
    where w.enabled and (w.paused_until is null or w.paused_until <= ${at(nowMs)}::timestamptz) and exists (
      select 1 from webhook_deliveries d
      where d.webhook_id = w.id and d.state = 'pending' and d.due_at <= ${at(nowMs)}::timestamptz)`);
  return rows.map((row) => row.id);
}

/**
 * Takes due deliveries of one webhook, oldest first; one only while its receiver counts as down.
 * @param down failures in a row from which on it does
 */
export async function claimDeliveries(
  database: Database,
  webhookId: string,
  nowMs: number,
  down: number,
): Promise<ClaimedDelivery[]> {
  const rows = await database.db.execute<{
    id: string;
    tenant_id: string;
    url: string;
    secret_sealed: string;
    event: string;
    payload: string;
    attempt: number;
    started_at_ms: number;
    failures_in_a_row: number;
  }>(sql`
    with hook as (
      select * from webhooks
      where id = ${webhookId} and enabled and (paused_until is null or paused_until <= ${at(nowMs)}::timestamptz)),
    picked as (
      select d.id from webhook_deliveries d join hook on d.webhook_id = hook.id
      where d.state = 'pending' and d.due_at <= ${at(nowMs)}::timestamptz
      order by d.due_at, d.id
      limit (select case when failures_in_a_row >= ${down} then 1 else ${BATCH}::int end from hook)
      for update of d skip locked)
    update webhook_deliveries d set attempt = d.attempt + 1, last_attempt_at = ${at(nowMs)}::timestamptz,
      due_at = ${at(nowMs + LEASE_MS)}::timestamptz
    from picked, hook where d.webhook_id = hook.id and d.id = picked.id
    returning d.id, hook.tenant_id, hook.url, hook.secret_sealed, d.event, d.payload, d.attempt,
      (extract(epoch from d.started_at) * 1000)::float8 as started_at_ms, hook.failures_in_a_row`);
  return rows.map((row) => ({
    webhookId,
    id: row.id,
    tenantId: row.tenant_id,
    url: row.url,
    secretSealed: row.secret_sealed,
    event: row.event,
    payload: row.payload,
    attempt: row.attempt,
    startedAtMs: row.started_at_ms,
    failuresInARow: row.failures_in_a_row,
  }));
}

export interface Settlement {
  readonly webhookId: string;
  readonly results: readonly DeliveryResult[];
  readonly nowMs: number;
  /** Failures in a row from which on a receiver counts as down. */
  readonly down: number;
  /** When a receiver that failed so often in a row is asked again; null: at once. */
  readonly pause: (failuresInARow: number) => number | null;
  readonly deadAfterMs: number;
}

/** Writes how tries ended, and what that says of the receiver. */
export async function settleDeliveries(database: Database, settlement: Settlement): Promise<void> {
  await database.db.transaction(async (tx) => {
    await writeResults(tx, settlement);
    const worked = settlement.results.some((result) => result.state === 'delivered');
    if (worked) await receiverWorks(tx, settlement);
    else await receiverFails(tx, settlement);
    const dead = settlement.results.filter((result) => result.state === 'dead').length;
    if (dead > 0) await reportDead(tx, settlement.webhookId, dead);
  });
}

async function writeResults(tx: Tx, { webhookId, results, nowMs }: Settlement): Promise<void> {
  const rows = results.map((result) => ({
    id: result.id,
    attempt: result.attempt,
    state: result.state,
    due_at: result.dueAtMs === null ? null : at(result.dueAtMs),
    ended_at: result.state === 'pending' ? null : at(nowMs),
    response_status: result.responseStatus,
    response_ms: result.responseMs,
    error: result.error,
    answer: result.answer,
  }));
  await tx.execute(sql`
    update webhook_deliveries d set state = r.state, due_at = coalesce(r.due_at, d.due_at), ended_at = r.ended_at,
      response_status = r.response_status, response_ms = r.response_ms, error = r.error, answer = r.answer
    from jsonb_to_recordset(${jsonText(rows)}::jsonb) as r(id uuid, attempt int, state text, due_at timestamptz,
      ended_at timestamptz, response_status int, response_ms int, error text, answer text)
    where d.webhook_id = ${webhookId} and d.id = r.id and d.attempt = r.attempt and d.state = 'pending'`);
}

async function receiverWorks(tx: Tx, { webhookId, nowMs, down }: Settlement): Promise<void> {
  const [before] = await tx.execute<{ failures_in_a_row: number; tenant_id: string; url: string }>(sql`
    with old as (select failures_in_a_row from webhooks where id = ${webhookId} for update)
    update webhooks w set failures_in_a_row = 0, failing_since = null, paused_until = null
    from old where w.id = ${webhookId} and w.failures_in_a_row > 0
    returning old.failures_in_a_row, w.tenant_id, w.url`);
  if (before === undefined || before.failures_in_a_row < down) return;
  // It is up again: what waits for its turn goes now. What another worker is trying stays with that one.
  await tx.execute(sql`
    update webhook_deliveries set due_at = ${at(nowMs)}::timestamptz
    where webhook_id = ${webhookId} and state = 'pending' and due_at > ${at(nowMs)}::timestamptz
      and (last_attempt_at is null or last_attempt_at <= ${at(nowMs - LEASE_MS)}::timestamptz)`);
  await appendActivity(tx, [
    {
      tenantId: before.tenant_id,
      actor: 'system',
      verb: 'webhook.recovered',
      outcome: 'ok',
      sentence: `The webhook receiver ${hostOf(before.url)} takes events again; what waited is sent now.`,
    },
  ]);
}

async function receiverFails(tx: Tx, settlement: Settlement): Promise<void> {
  const { webhookId, results, nowMs, down, deadAfterMs } = settlement;
  const [hook] = await tx.execute<{ failures: number; tenant_id: string; url: string; failing_since_ms: number }>(sql`
    update webhooks set failures_in_a_row = failures_in_a_row + ${results.length}::int,
      failing_since = coalesce(failing_since, ${at(nowMs)}::timestamptz)
    where id = ${webhookId}
    returning failures_in_a_row as failures, tenant_id, url,
      (extract(epoch from failing_since) * 1000)::float8 as failing_since_ms`);
  if (hook === undefined) return;
  const pause = settlement.pause(hook.failures);
  if (pause === null) return;
  await tx.execute(sql`
    update webhooks set paused_until = ${at(nowMs + pause)}::timestamptz where id = ${webhookId}`);
  if (hook.failures - results.length < down) {
    await appendActivity(tx, [
      {
        tenantId: hook.tenant_id,
        actor: 'system',
        verb: 'webhook.failing',
        outcome: 'failed',
        code: results[0]?.error ?? null,
        sentence: `The webhook receiver ${hostOf(hook.url)} takes no events (${results[0]?.error ?? 'unknown'}). They are kept, and tried again for three days.`,
        nextAction: 'Look into the deliveries of the webhook, and mend its receiver or its address.',
      },
    ]);
  }
  // A receiver that is down is probed with one delivery at a time: those that wait behind it end with their time too.
  const longDown = hook.failing_since_ms <= nowMs - deadAfterMs;
  const given = await tx.execute<{ n: number }>(sql`
    with dead as (
      update webhook_deliveries set state = 'dead', ended_at = ${at(nowMs)}::timestamptz,
        error = coalesce(error, ${results[0]?.error ?? null}::text)
      where webhook_id = ${webhookId} and state = 'pending' and started_at <= ${at(nowMs - deadAfterMs)}::timestamptz
        and (last_attempt_at is null or last_attempt_at <= ${at(nowMs - LEASE_MS)}::timestamptz)
        and (attempt > 0 or ${longDown}::boolean)
      returning 1)
    select count(*)::int as n from dead`);
  const n = given[0]?.n ?? 0;
  if (n > 0) await reportDead(tx, webhookId, n);
}

async function reportDead(tx: Tx, webhookId: string, count: number): Promise<void> {
  const [hook] = await tx.execute<{ tenant_id: string; url: string }>(sql`
    select tenant_id, url from webhooks where id = ${webhookId}`);
  if (hook === undefined) return;
  await appendActivity(tx, [
    {
      tenantId: hook.tenant_id,
      actor: 'system',
      verb: 'webhook.dead',
      outcome: 'failed',
      code: 'WEBHOOK_DEAD',
      sentence: `${count} ${count === 1 ? 'event was' : 'events were'} given up: the webhook receiver ${hostOf(hook.url)} did not take ${count === 1 ? 'it' : 'them'} for three days.`,
      nextAction: 'Mend the receiver, then resend what is dead.',
      detail: { webhookId, count },
    },
  ]);
}

/** Never the path: some receivers have their password in it. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'of a webhook';
}

/** Delivered ones are kept for a look back, dead ones so long that somebody can still resend them. */
export const DELIVERED_DAYS = 7;
export const DEAD_DAYS = 30;

export async function dropOldDeliveries(db: Db | Tx): Promise<void> {
  await db.execute(sql`
    delete from webhook_deliveries where ended_at < now() - case state when 'dead' then ${DEAD_DAYS}::int
      else ${DELIVERED_DAYS}::int end * interval '1 day'`);
}
