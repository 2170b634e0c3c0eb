// The live streams of the audit and of deliveries: the feed's own tests are in activity.test.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAuditAfter } from '../../src/store/audit.ts';
import { type Courier, createCourier } from '../../src/webhooks/courier.ts';
import { addKey, addTenant } from '../help/access.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { followStream } from '../help/event-stream.ts';
import { silent } from '../help/harvest.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../help/webhook-receiver.ts';

let api: TestApi;
let courier: Courier;
let receiver: WebhookReceiver;
let secret = '';
beforeAll(async () => {
  api = await startTestApi();
  receiver = await startWebhookReceiver({ secret: () => secret });
  courier = createCourier({ ...api.deps, log: silent, now: () => Date.now() + 1000, random: Math.random });
});
afterAll(async () => {
  await courier.stop();
  await receiver.close();
  await api.close();
});

interface Entry {
  readonly id: string;
  readonly action: string;
  readonly objectName: string | null;
}
const openAudit = (query = '', headers: Record<string, string> = {}) =>
  followStream<Entry>(api, `/audit/stream${query}`, headers);
let number = 0;
const change = async (headers: Record<string, string> = {}) => {
  const name = `route ${++number}`;
  await api.call('POST', '/voice-routes', { name }, headers);
  return name;
};

describe('the live audit', () => {
  it('gives each entry that is written from now on, as the list has it', async () => {
    await change();
    const stream = await openAudit();
    const names = [await change(), await change()];
    const frames = await stream.frames(2);
    stream.close();
    expect(frames.map(({ event, data }) => [event, data.objectName])).toEqual(names.map((name) => ['audit', name]));
    const [newest] = (await api.call('GET', '/audit?limit=1')).json.items;
    expect(frames[1]?.data).toEqual(newest);
    expect((await api.call('GET', `/audit/${newest.id}`)).json).toEqual(newest);
  });

  it('goes on after Last-Event-ID, each entry once, also for a client that had seen none', async () => {
    const first = await openAudit();
    const id = await first.lastId();
    first.close();
    const missed = [await change(), await change()];
    const second = await openAudit('', { 'last-event-id': id });
    const live = await change();
    const frames = await second.frames(3);
    second.close();
    expect(frames.map(({ data }) => data.objectName)).toEqual([...missed, live]);
    const third = await openAudit('', { 'last-event-id': frames[0]?.id ?? '' });
    expect((await third.frames(2)).map(({ data }) => data.objectName)).toEqual([missed[1], live]);
    third.close();
    const refused = await api.call('GET', '/audit/stream', undefined, { 'last-event-id': 'x' });
    expect(refused.json).toMatchObject({ status: 400, code: 'bad-last-event-id' });
  });

  it('filters as the list does, and shows nobody what is of another tenant', async () => {
    const tenant = await addTenant(api.store, 'Acme');
    const key = await addKey(api.store, tenant);
    const theirs = await openAudit('', key);
    const ours = await openAudit(`?action=pbx.create&tenantId=${api.store.tenantId}`);
    await change();
    const name = await change(key);
    await api.call('POST', '/pbxs', { name: 'Head office' });
    expect((await theirs.frames(1)).map(({ data }) => data.objectName)).toEqual([name]);
    expect((await ours.frames(1)).map(({ data }) => [data.action, data.objectName])).toEqual([
      ['pbx.create', 'Head office'],
    ]);
    theirs.close();
    ours.close();
    const narrow = await addKey(api.store, tenant, { scopes: ['users:read'] });
    expect((await api.call('GET', '/audit/stream', undefined, narrow)).status).toBe(403);
    const [{ id }] = (await api.call('GET', `/audit?objectType=pbx&limit=1`)).json.items;
    expect((await api.call('GET', `/audit/${id}`, undefined, key)).status).toBe(404);
  });

  it('does not lose an entry whose transaction commits after a later one', async () => {
    const stream = await openAudit();
    const { sql } = api.store.database;
    let commit: () => void = () => undefined;
    const waits = new Promise<void>((resolve) => {
      commit = resolve;
    });
    const isWritten = Promise.withResolvers<void>();
    const slow = sql.begin(async (tx) => {
      await tx`insert into audit (id, actor, actor_name, action, object_type, object_name, tenant_id)
        values (gen_random_uuid(), 'system', 'system', 'test.slow', 'test', 'slow', ${api.store.tenantId})`;
      isWritten.resolve();
      await waits;
    });
    await isWritten.promise;
    const quick = await change();
    commit();
    await slow;
    expect((await stream.frames(2)).map(({ data }) => data.objectName)).toEqual(['slow', quick]);
    stream.close();
  });

  it('asks the database once for all who follow it, and not at all when nobody does', async () => {
    const streams = await Promise.all([openAudit(), openAudit(), openAudit()]);
    const name = await change();
    for (const stream of streams) expect((await stream.frames(1))[0]?.data.objectName).toBe(name);
    const looks = async () => {
      const [row] = await api.store.database.sql<{ n: number }[]>`
        select coalesce(idx_scan, 0)::int as n from pg_stat_user_indexes where indexrelname = 'audit_stream'`;
      return row?.n ?? 0;
    };
    await settledStats();
    const before = await looks();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await settledStats();
    // Three seconds, a look each: three viewers that asked by themselves would have asked nine times.
    expect((await looks()) - before).toBeLessThanOrEqual(5);
    for (const stream of streams) stream.close();
  });

  it('takes what was there before there was a stream for older than all', async () => {
    const { db, sql } = api.store.database;
    await sql`insert into audit (id, xid, actor, actor_name, action, object_type)
      values (gen_random_uuid(), '0', 'system', 'system', 'test.old', 'test')`;
    const [row] = await sql<{ xid: string }[]>`select pg_current_xact_id()::text as xid`;
    const none = '00000000-0000-0000-0000-000000000000';
    const reach = { tenants: 'all' as const, pbxs: [] };
    const after = await readAuditAfter(db, { xid: row?.xid ?? '', id: none }, { reach }, 10);
    expect(after.map(({ action }) => action)).not.toContain('test.old');
  });
});

/** Each connection hands its counts in at most once a second, when it is asked something. */
async function settledStats(): Promise<void> {
  const { sql } = api.store.database;
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await Promise.all(Array.from({ length: 12 }, () => sql`select pg_stat_force_next_flush(), pg_sleep(0.02)`));
  await sql`select 1`;
}

describe('the live deliveries of a webhook', () => {
  it('give each delivery when it is written, when it is tried and when it has arrived, and no body', async () => {
    const made = await api.call('POST', '/webhooks', { url: receiver.url, events: ['pbx.blocked'] });
    secret = made.json.secret;
    const { id } = made.json;
    const stream = await followStream<{ id: string; state: string; attempts: number; responseStatus: number | null }>(
      api,
      `/webhooks/${id}/deliveries/stream`,
    );
    const ping = (await api.call('POST', `/webhooks/${id}/ping`)).json;
    const [first] = await stream.frames(1);
    expect(first).toMatchObject({ event: 'delivery', data: { id: ping.id, state: 'pending', attempts: 0 } });
    expect(JSON.stringify(first?.data)).not.toContain('payload');

    receiver.behave(503);
    await courier.deliverDue();
    const until = async (fits: (data: NonNullable<typeof first>['data']) => boolean) => {
      for (;;) {
        const [frame] = await stream.frames(1);
        if (frame && fits(frame.data)) return frame;
      }
    };
    const failed = await until(({ responseStatus }) => responseStatus === 503);
    expect(failed.data).toMatchObject({ id: ping.id, state: 'pending', attempts: 1 });
    stream.close();

    // While nobody follows it arrives; who comes back learns of it.
    receiver.behave(null);
    await api.call('POST', `/webhooks/${id}/deliveries/${ping.id}/resend`);
    await courier.deliverDue();
    const again = await followStream<{ id: string; state: string }>(api, `/webhooks/${id}/deliveries/stream`, {
      'last-event-id': failed.id,
    });
    const [arrived] = await again.frames(1);
    expect(arrived?.data).toEqual((await api.call('GET', `/webhooks/${id}/deliveries`)).json.items[0]);
    expect(arrived?.data.state).toBe('delivered');
    again.close();
  });

  it('are those of one webhook, and of nobody else', async () => {
    const add = () => api.call('POST', '/webhooks', { url: receiver.url, events: ['pbx.blocked'] });
    const [mine, other] = [(await add()).json.id, (await add()).json.id];
    const stream = await followStream<{ id: string }>(api, `/webhooks/${mine}/deliveries/stream`);
    await api.call('POST', `/webhooks/${other}/ping`);
    const ping = (await api.call('POST', `/webhooks/${mine}/ping`)).json;
    expect((await stream.frames(1))[0]?.data.id).toBe(ping.id);
    stream.close();
    const key = await addKey(api.store, await addTenant(api.store, 'Elsewhere'));
    expect((await api.call('GET', `/webhooks/${mine}/deliveries/stream`, undefined, key)).status).toBe(404);
  });
});
