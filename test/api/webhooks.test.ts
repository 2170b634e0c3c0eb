import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendActivity } from '../../src/store/activity.ts';
import { type Courier, createCourier } from '../../src/webhooks/courier.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { silent } from '../help/harvest.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../help/webhook-receiver.ts';

let api: TestApi;
let courier: Courier;
let receiver: WebhookReceiver;
let secret = '';
let clock = 0;

beforeAll(async () => {
  api = await startTestApi();
  receiver = await startWebhookReceiver({ secret: () => secret });
  courier = createCourier({
    ...api.deps,
    log: silent,
    now: () => Date.now() + 1000 + clock,
    random: Math.random,
    callMs: 1000,
  });
});

afterAll(async () => {
  await courier.stop();
  await receiver.close();
  await api.close();
});

const add = (body: object = {}) =>
  api.call('POST', '/webhooks', { url: receiver.url, events: ['pbx.blocked'], ...body });
const deliveries = async (id: string, query = '') =>
  (await api.call('GET', `/webhooks/${id}/deliveries${query}`)).json.items;
const incident = (pbxName: string) =>
  appendActivity(api.store.database.db, [
    {
      tenantId: api.store.tenantId,
      pbxName,
      actor: 'system',
      verb: 'pbx.unreachable',
      outcome: 'failed',
      code: 'HOST_CIRCUIT_OPEN',
      sentence: 'The PBX cannot be reached.',
      event: 'pbx.blocked',
    },
  ]);

test('S1 the secret of a webhook is shown once, and stored sealed', async () => {
  const made = await add({ description: 'ours' });
  expect(made.status).toBe(201);
  secret = made.json.secret;
  expect(secret).toMatch(/^whsec_[\w-]{43}$/);
  expect(made.headers.get('location')).toBe(`/api/v1/webhooks/${made.json.id}`);
  const read = await api.call('GET', `/webhooks/${made.json.id}`);
  expect(read.json).toMatchObject({ description: 'ours', enabled: true, events: ['pbx.blocked'], failingSince: null });
  const list = await api.call('GET', '/webhooks');
  const [row] = await api.store.database.sql`select secret_sealed from webhooks where id = ${made.json.id}`;
  for (const text of [read.text, list.text, row?.secret_sealed, api.logged.join('\n')]) {
    expect(text).not.toContain(secret.slice(6, 20));
  }
  const renewed = await api.call('POST', `/webhooks/${made.json.id}/rotate-secret`);
  expect(renewed.json.secret).toMatch(/^whsec_/);
  expect(renewed.json.secret).not.toBe(secret);
  const gone = await api.call('DELETE', `/webhooks/${made.json.id}`, undefined, { 'if-match': '*' });
  expect(gone.status).toBe(204);
  expect((await api.call('GET', `/webhooks/${made.json.id}`)).status).toBe(404);
});

test('a ping arrives, signed with the secret in force, and its answer is shown', async () => {
  const made = await add();
  secret = made.json.secret;
  const ping = await api.call('POST', `/webhooks/${made.json.id}/ping`);
  expect(ping.status).toBe(202);
  expect(ping.json).toMatchObject({ event: 'ping', state: 'pending', attempts: 0 });
  await courier.deliverDue();
  expect(receiver.taken.at(-1)?.body).toEqual({
    id: ping.json.id,
    type: 'ping',
    at: expect.any(String),
    tenantId: api.store.tenantId,
  });
  expect(await deliveries(made.json.id)).toMatchObject([
    { id: ping.json.id, state: 'delivered', attempts: 1, responseStatus: 204, error: null, nextAttemptAt: null },
  ]);
  const whole = await api.call('GET', `/webhooks/${made.json.id}/deliveries/${ping.json.id}`);
  expect(whole.json).toMatchObject({ state: 'delivered', body: receiver.taken.at(-1)?.text });
  secret = (await api.call('POST', `/webhooks/${made.json.id}/rotate-secret`)).json.secret;
  await api.call('POST', `/webhooks/${made.json.id}/ping`);
  await courier.deliverDue();
  expect((await deliveries(made.json.id)).map((one: { state: string }) => one.state)).toEqual([
    'delivered',
    'delivered',
  ]);
  await api.call('DELETE', `/webhooks/${made.json.id}`, undefined, { 'if-match': '*' });
});

describe('C7 dead letters', () => {
  test('are listed with the status, the time and the beginning of the answer, and sent again one by one or all at once', async () => {
    const made = await add();
    secret = made.json.secret;
    const { id } = made.json;
    receiver.behave((_received, response) => response.writeHead(500).end('x'.repeat(5000)));
    for (const name of ['one', 'two', 'three']) await incident(name);
    for (let hour = 0; hour < 74; hour += 1) {
      clock += 3_600_000;
      await courier.deliverDue();
    }
    const dead = await deliveries(id, '?state=dead');
    expect(dead).toHaveLength(3);
    expect(dead[0]).toMatchObject({ responseStatus: 500, error: 'WEBHOOK_STATUS', answer: 'x'.repeat(1024) });
    expect(dead[0].responseMs).toBeGreaterThanOrEqual(0);
    expect((await api.call('GET', `/webhooks/${id}`)).json.failingSince).not.toBeNull();
    const page = await api.call('GET', `/webhooks/${id}/deliveries?limit=2`);
    const rest = await api.call('GET', `/webhooks/${id}/deliveries?limit=2&cursor=${page.json.nextCursor}`);
    expect([...page.json.items, ...rest.json.items].map((one: { id: string }) => one.id)).toEqual(
      dead.map((one: { id: string }) => one.id),
    );

    receiver.behave(null);
    receiver.taken.splice(0);
    await courier.deliverDue();
    expect(receiver.taken).toHaveLength(0);
    clock = 0;
    expect((await api.call('POST', `/webhooks/${id}/deliveries/${dead[1].id}/resend`)).status).toBe(202);
    await courier.deliverDue();
    expect(receiver.taken.map(({ body }) => body.pbx ?? body.code)).toHaveLength(1);
    const later = new Date(Date.now() + 60_000).toISOString();
    expect((await api.call('POST', `/webhooks/${id}/resend`, { since: later })).json).toEqual({ count: 0 });
    expect((await api.call('POST', `/webhooks/${id}/resend`, {})).json).toEqual({ count: 2 });
    await courier.deliverDue();
    expect(receiver.taken.map((one) => one.id).sort()).toEqual(dead.map((one: { id: string }) => one.id).sort());
    expect(await deliveries(id, '?state=dead')).toEqual([]);
    expect((await api.call('GET', `/webhooks/${id}`)).json.failingSince).toBeNull();
    // What arrived can be asked for once more: with the same id.
    await api.call('POST', `/webhooks/${id}/deliveries/${dead[0].id}/resend`);
    await courier.deliverDue();
    expect(receiver.taken.at(-1)?.id).toBe(dead[0].id);
    const foreign = await api.call('POST', `/webhooks/${id}/deliveries/${id}/resend`);
    expect(foreign.status).toBe(404);
  });
});

test('O1 O5 an address that is not asked is refused when it is entered', async () => {
  const strict = await startTestApi({ mode: 'public' });
  try {
    for (const [url, code] of [
      ['https://127.0.0.1/', 'TARGET_REFUSED'],
      ['https://169.254.169.254/', 'TARGET_REFUSED'],
      ['https://[::ffff:10.0.0.1]/', 'TARGET_REFUSED'],
      ['https://hooks.example.com:5432/', 'TARGET_REFUSED'],
      ['https://user:pass@hooks.example.com/', 'TARGET_REFUSED'],
      ['http://hooks.example.com/', 'WEBHOOK_PLAIN_HTTP'],
    ]) {
      const answer = await strict.call('POST', '/webhooks', { url, events: ['user.failed'] });
      expect([url, answer.status, answer.json.errors?.[0]]).toEqual([
        url,
        422,
        expect.objectContaining({ pointer: '#/body/url', code }),
      ]);
    }
    for (const url of ['file:///etc/passwd', 'gopher://hooks.example.com/', 'not an address', '']) {
      expect((await strict.call('POST', '/webhooks', { url, events: ['user.failed'] })).status).toBe(422);
    }
    const fine = await strict.call('POST', '/webhooks', {
      url: 'https://hooks.example.com/a?token=canary',
      events: ['user.failed', 'user.failed'],
    });
    expect(fine.json.events).toEqual(['user.failed']);
    const moved = await strict.call(
      'PATCH',
      `/webhooks/${fine.json.id}`,
      { url: 'https://10.0.0.1/' },
      { 'if-match': '*' },
    );
    expect(moved.status).toBe(422);
    // Neither path nor query gets into the feed: some receivers have their password there.
    expect((await strict.call('GET', '/activity')).text).not.toContain('canary');
  } finally {
    await strict.close();
  }
});

test('T15 when a certificate ends is a metric too, of the PBXs that the caller may see', async () => {
  const id = '01a1fd94-06ea-74e4-b19b-0dd520170b01';
  const { sql } = api.store.database;
  await sql`insert into pbxs (id, tenant_id, name, provisioning_url)
    values (${id}, ${api.store.tenantId}, ${'Acme "x"\n'}, 'https://pbx.example.com/')`;
  await sql`insert into pbx_runs (pbx_id, server_cert_fingerprint, server_cert_subject, server_cert_valid_to)
    values (${id}, 'AA:BB', 'CN=pbx', '2030-01-31T12:00:00Z')`;
  const metrics = await api.call('GET', '/metrics');
  expect(metrics.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(metrics.text.split('\n')).toContain(
    `provender_certificate_expires_timestamp_seconds{pbx="${id}",name="Acme \\"x\\"\\n",kind="server",fingerprint="AA:BB"} 1896091200`,
  );
  expect(metrics.text).toMatch(/^provender_webhook_deliveries\{state="delivered"\} \d+$/m);
});
