// Test connection as it happens: events in order, the same result, and an end when nobody looks any more.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../help/api.ts';
import { type ProvisioningServer, startProvisioningServer } from '../help/provisioning-server.ts';

const config = `#!version:1.0.0.1
account.1.enable = 1
account.1.label = Reception (202) 555-0142
account.1.user_name = 101
account.1.password = canary-sip-password
account.1.sip_server.1.address = sip.example.com
`;

let api: TestApi;
let server: ProvisioningServer;
beforeAll(async () => {
  api = await startTestApi();
  server = await startProvisioningServer({ files: { '/00005e005301.cfg': config } });
});
afterAll(async () => {
  await server.close();
  await api.close();
});

let number = 0;
async function addPbx(more: object = {}): Promise<string> {
  const body = { name: `PBX ${++number}`, provisioningUrl: `${server.origin}/{mac}.cfg`, country: 'US', ...more };
  return (await api.call('POST', '/pbxs', body)).json.id;
}

interface Frame {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

function framesOf(text: string): Frame[] {
  return text
    .split('\n\n')
    .filter((frame) => frame.includes('data: '))
    .map((frame) => ({
      event: /^event: (.*)$/m.exec(frame)?.[1] ?? '',
      data: JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? ''),
    }));
}

const stream = (id: string, body: unknown, headers: Record<string, string> = {}) =>
  api.call('POST', `/pbxs/${id}/test/stream`, body, headers);

/** The times of one run differ from those of another. */
function withoutTimes(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner) => (key === 'ms' ? 0 : inner)));
}

test('each step is told as it begins and as it ends, then the result that the other operation gives', async () => {
  const id = await addPbx();
  const reply = await stream(id, { mac: '00005e005301' });
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const frames = framesOf(reply.text);
  const told = frames.filter(({ event }) => event === 'step').map(({ data }) => `${data.step} ${data.state}`);
  expect(told).toEqual([
    'tcp began',
    'tcp ended',
    'http began',
    'http ended',
    'sniff began',
    'sniff ended',
    'parse ended',
    'did ended',
  ]);
  const result = frames.at(-1);
  expect(result?.event).toBe('result');
  const ended = frames.filter(({ data }) => data.state === 'ended').map(({ data: { state: _, ...step } }) => step);
  expect(result?.data.steps).toEqual(ended);
  const whole = await api.call('POST', `/pbxs/${id}/test`, { mac: '00005e005301' });
  expect(withoutTimes(result?.data)).toEqual(withoutTimes(whole.json));
  expect(reply.text).not.toContain('canary');
});

test('a step that fails is told, and what is wrong with the request is answered before the stream opens', async () => {
  const away = await addPbx({ provisioningUrl: 'http://127.0.0.1:1/{mac}.cfg' });
  const frames = framesOf((await stream(away, { mac: '00005e005301' })).text);
  expect(frames).toMatchObject([
    { event: 'step', data: { step: 'tcp', state: 'began' } },
    { event: 'step', data: { step: 'tcp', state: 'ended', ok: false } },
    { event: 'result', data: { ok: false, code: 'TCP_REFUSED' } },
  ]);
  expect((await stream(away, { mac: 'zz' })).json).toMatchObject({ status: 422, errors: [{ pointer: '#/body/mac' }] });
  expect((await stream(away, {})).status).toBe(422);
});

test('an Idempotency-Key is not looked at: each stream is a test of its own', async () => {
  const id = await addPbx();
  const key = { 'idempotency-key': 'the same' };
  const asked = server.requests.length;
  for (const _ of [1, 2]) {
    const reply = await stream(id, { mac: '00005e005301' }, key);
    expect(reply.headers.get('idempotency-replayed')).toBeNull();
    expect(framesOf(reply.text).at(-1)?.data).toMatchObject({ ok: true });
  }
  expect(server.requests.length - asked).toBe(2);
});

test('ending the stream ends the fetch', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<ServerResponse>();
  server.set('/slow/00005e005301.cfg', (_request, response) => resolve(response));
  const id = await addPbx({ provisioningUrl: `${server.origin}/slow/{mac}.cfg` });
  const gone = new AbortController();
  const opened = await fetch(`${api.url}/api/v1/pbxs/${id}/test/stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ mac: '00005e005301' }),
    signal: gone.signal,
  });
  expect(opened.status).toBe(200);
  const response = await asked;
  const closed = once(response, 'close');
  gone.abort();
  await closed;
  expect(response.writableFinished).toBe(false);
});

test('O12: of a refused target the stream tells what the answer tells, and no step of the way', async () => {
  const strict = await startTestApi({ mode: 'public' });
  try {
    const made = await strict.call('POST', '/pbxs', { name: 'x', provisioningUrl: 'https://pbx.example.com/' });
    for (const address of [server.origin, 'https://10.0.0.1']) {
      await strict.store.database.sql`update pbxs set provisioning_url = ${`${address}/{mac}.cfg`}`;
      const before = performance.now();
      const reply = await strict.call('POST', `/pbxs/${made.json.id}/test/stream`, { mac: '00005e005301' });
      expect(performance.now() - before).toBeGreaterThan(390);
      expect(framesOf(reply.text)).toMatchObject([
        { event: 'step', data: { step: 'guard', state: 'ended', ok: false, ms: 0 } },
        { event: 'result', data: { code: 'TARGET_REFUSED', steps: [{ step: 'guard' }] } },
      ]);
    }
  } finally {
    await strict.close();
  }
});
