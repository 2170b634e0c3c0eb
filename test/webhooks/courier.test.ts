// What is told to webhooks arrives: signed, at least once, also when the receiver is down for days and when a worker dies.
// The clock is the courier's own.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGuard, type OutboundMode } from '../../fetchers/guard.ts';
import type { Resolve } from '../../fetchers/http.ts';
import { Secret } from '../../fetchers/secret.ts';
import { appendActivity, listActivity, type NewActivity } from '../../src/store/activity.ts';
import { tenantReach } from '../../src/store/reach.ts';
import { createWebhook, type WebhookSettings } from '../../src/store/webhooks.ts';
import { type Courier, createCourier } from '../../src/webhooks/courier.ts';
import { WEBHOOK_EVENTS } from '../../src/webhooks/events.ts';
import { newWebhookSecret } from '../../src/webhooks/signature.ts';
import { type TestDatabase, testDatabase } from '../help/database.ts';
import { silent } from '../help/harvest.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../help/webhook-receiver.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SECRET = newWebhookSecret();

let store: TestDatabase;
let clock = Date.now();
const cleanUps: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  store = await testDatabase();
  clock = Date.now();
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  await store.close();
});

async function receiver(options: Parameters<typeof startWebhookReceiver>[0] = {}): Promise<WebhookReceiver> {
  const started = await startWebhookReceiver({ secret: () => SECRET, now: () => clock / 1000, ...options });
  cleanUps.push(() => started.close());
  return started;
}

function courier(options: { mode?: OutboundMode; resolve?: Resolve; callMs?: number } = {}): Courier {
  const made = createCourier({
    database: store.database,
    ring: store.ring,
    guard: createGuard({ mode: options.mode ?? 'local' }),
    log: silent,
    feed: { touch: () => {} },
    now: () => clock,
    random: Math.random,
    callMs: options.callMs ?? 1000,
    ...(options.resolve && { resolve: options.resolve }),
  });
  cleanUps.push(() => made.stop());
  return made;
}

function hook(url: string, settings: Partial<WebhookSettings> = {}, tenantId = store.tenantId) {
  const all = { description: null, url, events: WEBHOOK_EVENTS, enabled: true, ...settings };
  return createWebhook(store.database.db, store.ring, tenantId, all, new Secret(SECRET));
}

let number = 0;
function provisioned(rest: Partial<NewActivity> = {}): NewActivity {
  number += 1;
  return {
    tenantId: store.tenantId,
    pbxId: '01a1fd94-06ea-74e4-b19b-0dd520170800',
    pbxName: 'Acme',
    userId: '01a1fd94-06ea-74e4-b19b-0dd520170801',
    userName: `User ${number}`,
    actor: 'system',
    verb: 'sync',
    outcome: 'ok',
    status: 'provisioned',
    sentence: 'Provisioned with +12025550142.',
    event: 'user.provisioned',
    ...rest,
  };
}

async function tell(entries: readonly NewActivity[]): Promise<void> {
  await appendActivity(store.database.db, entries);
  // The database dates what it is told by its own clock.
  clock = Math.max(clock, Date.now() + 1);
}

/** Time goes on in steps; what is due at each is sent. */
async function go(made: Courier, ms: number, step: number): Promise<void> {
  for (const end = clock + ms; clock < end; ) {
    clock = Math.min(end, clock + step);
    await made.deliverDue();
  }
}

const states = async () =>
  store.database.sql<{ state: string; n: number }[]>`
    select state, count(*)::int as n from webhook_deliveries group by state order by state`.then((rows) =>
    Object.fromEntries(rows.map((row) => [row.state, row.n])),
  );
const verbs = async () =>
  (await listActivity(store.database.db, { reach: tenantReach(store.tenantId) }, { limit: 500 }))
    .map((entry) => entry.verb)
    .filter((verb) => verb !== 'sync')
    .reverse();

test('tells what happened, signed, once, and to those who want it', async () => {
  const target = await receiver();
  await hook(target.url);
  const wantsFailures = await receiver();
  await hook(wantsFailures.url, { events: ['user.failed'] });
  const off = await receiver();
  await hook(off.url, { enabled: false });
  await tell([provisioned({ userName: 'J\u00fcrgen "x"', detail: { changes: ['password'] } })]);
  await tell([provisioned({ event: null })]);
  const made = courier();
  await made.deliverDue();
  await made.deliverDue();
  expect(target.taken).toHaveLength(1);
  expect(target.taken[0]).toMatchObject({ event: 'user.provisioned', attempt: 1 });
  expect(target.taken[0]?.body).toEqual({
    id: target.taken[0]?.id,
    type: 'user.provisioned',
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    tenantId: store.tenantId,
    pbx: { id: '01a1fd94-06ea-74e4-b19b-0dd520170800', name: 'Acme' },
    user: { id: '01a1fd94-06ea-74e4-b19b-0dd520170801', name: 'J\u00fcrgen "x"' },
    outcome: 'ok',
    status: 'provisioned',
    sentence: 'Provisioned with +12025550142.',
    detail: { changes: ['password'] },
  });
  expect(wantsFailures.requests()).toBe(0);
  expect(off.requests()).toBe(0);
  expect(await states()).toEqual({ delivered: 1 });
});

test('a webhook is told of its tenant and of those below, never of others', async () => {
  const [reseller, customer, other] = ['reseller', 'customer', 'reseller'].map(
    (_, n) => `01a1fd94-06ea-74e4-b19b-0dd52017090${n}`,
  ) as [string, string, string];
  await store.database.sql`insert into tenants (id, parent_id, kind, name) values
    (${reseller}, ${store.tenantId}, 'reseller', 'R1'), (${other}, ${store.tenantId}, 'reseller', 'R2')`;
  await store.database
    .sql`insert into tenants (id, parent_id, kind, name) values (${customer}, ${reseller}, 'customer', 'C')`;
  const [top, mine, foreign, below] = [await receiver(), await receiver(), await receiver(), await receiver()];
  await hook(top.url);
  await hook(mine.url, {}, reseller);
  await hook(foreign.url, {}, other);
  await hook(below.url, {}, customer);
  await tell([provisioned({ tenantId: customer, userName: 'of the customer' })]);
  await tell([provisioned({ tenantId: reseller, userName: 'of the reseller' })]);
  await courier().deliverDue();
  const names = (target: WebhookReceiver) => target.taken.map(({ body }) => body.user.name).sort();
  expect(names(top)).toEqual(['of the customer', 'of the reseller']);
  expect(names(mine)).toEqual(['of the customer', 'of the reseller']);
  expect(names(below)).toEqual(['of the customer']);
  expect(names(foreign)).toEqual([]);
});

test('what is rolled back is told to nobody', async () => {
  const target = await receiver();
  await hook(target.url);
  await store.database.db
    .transaction(async (tx) => {
      await appendActivity(tx, [provisioned()]);
      throw new Error('never mind');
    })
    .catch(() => undefined);
  await courier().deliverDue();
  expect(target.requests()).toBe(0);
  expect(await states()).toEqual({});
});

test('C7 a receiver that is down for two days loses nothing, is left in peace meanwhile, and has all of it soon after', async () => {
  const target = await receiver();
  await hook(target.url);
  target.behave(503);
  const made = courier();
  const before = 300;
  await tell(Array.from({ length: before }, () => provisioned()));
  await go(made, HOUR, 5 * MINUTE);
  // Things go on happening while it is down.
  await tell(Array.from({ length: 200 }, () => provisioned()));
  await go(made, 47 * HOUR, 10 * MINUTE);
  expect(target.taken).toHaveLength(0);
  expect(await states()).toEqual({ pending: 500 });
  // Far less than one try per delivery and hour: one probes for all.
  expect(target.requests()).toBeLessThan(800);
  target.behave(null);
  await go(made, 20 * MINUTE, MINUTE);
  expect(await states()).toEqual({ delivered: 500 });
  expect(new Set(target.taken.map(({ id }) => id)).size).toBe(500);
  expect(await verbs()).toEqual(['webhook.failing', 'webhook.recovered']);
});

test('C7 what nobody takes for three days is dead, is told once, and can be resent', async () => {
  const target = await receiver();
  const { id } = await hook(target.url);
  target.behave('cut');
  const made = courier();
  await tell(Array.from({ length: 40 }, () => provisioned()));
  await go(made, 71 * HOUR, HOUR / 4);
  expect(await states()).toEqual({ pending: 40 });
  await go(made, 2 * HOUR, MINUTE * 5);
  expect(await states()).toEqual({ dead: 40 });
  expect(new Set(await verbs())).toEqual(new Set(['webhook.failing', 'webhook.dead']));
  const asked = target.requests();
  await go(made, 24 * HOUR, HOUR);
  expect(target.requests()).toBe(asked);
  const rows = await store.database.sql`
    select distinct error from webhook_deliveries where webhook_id = ${id}`;
  expect(rows.map((row) => row.error)).toEqual(['TCP_RESET']);
});

test('C7 one delivery that is refused holds up no other, and its tries spread with full jitter', async () => {
  const target = await receiver();
  await hook(target.url);
  const tries: number[] = [];
  target.behave((received, response) => {
    if (received.body.user.name !== 'poison') {
      target.taken.push(received);
      return void response.writeHead(200).end();
    }
    tries.push(clock);
    response.writeHead(400).end('no\u0000 thanks\n'.repeat(500));
  });
  const made = courier();
  await tell([provisioned({ userName: 'poison' })]);
  for (let hour = 0; hour < 24; hour += 1) {
    await tell([provisioned()]);
    await go(made, HOUR, MINUTE);
  }
  expect(target.taken).toHaveLength(24);
  expect(tries.length).toBeGreaterThan(15);
  const gaps = tries.slice(1).map((at, n) => at - (tries[n] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(HOUR + 2 * MINUTE);
  expect(new Set(gaps.slice(8)).size).toBeGreaterThan(3);
  const [row] = await store.database.sql`select * from webhook_deliveries where state = 'pending'`;
  expect(row).toMatchObject({ response_status: 400, error: 'WEBHOOK_STATUS', attempt: tries.length });
  expect(row?.answer).toMatch(/^no {2}?thanks no/);
  expect(Buffer.byteLength(row?.answer)).toBeLessThanOrEqual(1024);
});

test('C7 two workers share the work: nothing is lost, nothing is sent twice', async () => {
  const target = await receiver();
  const second = await receiver();
  await hook(target.url);
  await hook(second.url);
  for (let round = 0; round < 10; round += 1) await tell(Array.from({ length: 50 }, () => provisioned()));
  await Promise.all([courier(), courier(), courier()].map((made) => made.deliverDue()));
  for (const { taken } of [target, second]) {
    expect(taken).toHaveLength(500);
    expect(new Set(taken.map(({ id }) => id)).size).toBe(500);
  }
  // Both are told of the same events.
  expect(target.taken.map(({ id }) => id).sort()).toEqual(second.taken.map(({ id }) => id).sort());
});

test('C7 a worker that was taken for dead and comes back writes nothing over the one that went on', async () => {
  const target = await receiver();
  await hook(target.url);
  await tell([provisioned()]);
  let answerFirst = () => {};
  target.behave((received, response) => {
    target.taken.push(received);
    if (received.attempt > 1) return void response.writeHead(200).end('second');
    answerFirst = () => response.writeHead(500).end('first, late');
  });
  const slow = courier({ callMs: 20_000 });
  const late = slow.deliverDue();
  while (target.taken.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  clock += 2 * MINUTE;
  await courier().deliverDue();
  expect(await states()).toEqual({ delivered: 1 });
  answerFirst();
  await late;
  const [row] = await store.database.sql`select state, attempt, response_status, answer from webhook_deliveries`;
  expect(row).toEqual({ state: 'delivered', attempt: 2, response_status: 200, answer: 'second' });
  // The duplicate has the same id: that is how a receiver knows it.
  expect(new Set(target.taken.map(({ id, text }) => `${id} ${text}`)).size).toBe(1);
});

test('a slow receiver holds up nobody else', async () => {
  const slow = await receiver();
  const quick = await receiver();
  await hook(slow.url);
  await hook(quick.url);
  slow.behave('silent');
  await tell(Array.from({ length: 100 }, () => provisioned()));
  const made = courier({ callMs: 2000 });
  const all = made.deliverDue();
  while (quick.taken.length < 100) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(slow.taken).toHaveLength(0);
  await made.stop();
  await all;
  // Called off is not tried: it is due again when its lease ends.
  expect(await states()).toEqual({ delivered: 100, pending: 100 });
});

test('O1 O3 O5 O6 webhooks obey the guard, whatever their address says, and follow no redirect', async () => {
  const canary = await receiver();
  for (const url of [
    `http://127.0.0.1:${canary.port}/`,
    `http://2130706433:${canary.port}/`,
    `http://[::ffff:127.0.0.1]:${canary.port}/`,
    `http://localhost:${canary.port}/`,
    `http://rebound.example.com:${canary.port}/`,
    'http://169.254.169.254/latest/api/token',
    'http://metadata.google.internal/',
    'http://hooks.example.com:6379/',
  ]) {
    await hook(url);
  }
  await tell([provisioned()]);
  await courier({ mode: 'public', resolve: async () => [{ address: '127.0.0.1', family: 4 }] }).deliverDue();
  expect(canary.connections()).toBe(0);
  const rows = await store.database.sql`select distinct error, state from webhook_deliveries`;
  expect([...rows]).toEqual([{ error: 'TARGET_REFUSED', state: 'pending' }]);

  const leading = await receiver();
  leading.behave((_received, response) => response.writeHead(307, { location: canary.url }).end());
  const { id } = await hook(leading.url);
  await tell([provisioned()]);
  await courier().deliverDue();
  expect(leading.requests()).toBe(1);
  const [row] = await store.database
    .sql`select error, response_status from webhook_deliveries where webhook_id = ${id}`;
  expect(row).toEqual({ error: 'WEBHOOK_STATUS', response_status: 307 });
});
