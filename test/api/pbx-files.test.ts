// Files of a PBX uploaded as a zip: users of a PBX without an address become provisioned.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../help/api.ts';
import { yealinkFile } from '../help/harvest.ts';
import { makeZip, type ZipEntry } from '../help/zip.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(() => api.close());

let number = 0;
async function addPbx(settings: Record<string, unknown> = {}): Promise<string> {
  number += 1;
  const reply = await api.call('POST', '/pbxs', {
    name: `PBX ${number}`,
    country: 'US',
    didField: 'label',
    ...settings,
  });
  expect(reply.status).toBe(201);
  return reply.json.id;
}
const addUser = async (pbxId: string, mac: string): Promise<string> =>
  (await api.call('POST', '/users', { pbxId, mac, name: `User ${mac}` })).json.id;
const upload = (pbxId: string, body: Uint8Array, fileName = 'backup.zip', type = 'application/zip') =>
  api.call('POST', `/pbxs/${pbxId}/files?fileName=${encodeURIComponent(fileName)}`, body, { 'content-type': type });
const file = (mac: string) =>
  yealinkFile({ userName: `u-${mac}`, password: `hush-${mac}`, mac, label: `+1 202 555 ${mac.slice(-4)}` });
const entry = (mac: string, more: Partial<ZipEntry> = {}): ZipEntry => ({
  name: `a/${mac}.cfg`,
  body: file(mac),
  ...more,
});

test('a PBX without an address is switched on and provisioned by an upload; nothing secret is told or kept', async () => {
  const pbxId = await addPbx();
  const mac = '00005e005301';
  const userId = await addUser(pbxId, mac);
  const off = await upload(pbxId, makeZip([entry(mac)]));
  expect(off).toMatchObject({ status: 200, json: { users: 0, provisioned: 0, off: 1 } });

  await api.call('PATCH', `/pbxs/${pbxId}`, { autoProvision: true }, { 'if-match': '*' });
  expect((await api.call('GET', `/users/${userId}`)).json).toMatchObject({ status: 'waiting' });
  const report = await upload(pbxId, makeZip([entry(mac), entry('00005e005399')]), 'C:\\Users\\ann\\tftp backup.zip');
  expect(report.json).toEqual({
    users: 1,
    provisioned: 1,
    unchanged: 0,
    failed: 0,
    off: 0,
    left: 0,
    unknownMacs: ['00005e005399'],
    failures: [],
  });
  expect((await api.call('GET', `/users/${userId}`)).json).toMatchObject({
    status: 'provisioned',
    did: '+12025555301',
  });
  const feed = await api.call('GET', `/activity?pbxId=${pbxId}`);
  expect(feed.json.items[0]).toMatchObject({
    verb: 'pbx.files',
    sentence: 'Files of tftp backup.zip: 1 users provisioned, 0 unchanged, 0 failed, 1 MACs that no user has.',
  });
  expect(feed.json.items[1]).toMatchObject({ userId, sentence: expect.stringContaining('tftp backup.zip/a/') });
  expect(JSON.stringify([feed.text, report.text, api.logged])).not.toContain('hush-');
  // No address was asked.
  expect((await api.call('GET', `/pbxs/${pbxId}`)).json).toMatchObject({ run: { login: 'none', pausedUntil: null } });
});

test('what is wrong with a zip is said, and nothing is changed', async () => {
  const pbxId = await addPbx({ autoProvision: true });
  const userId = await addUser(pbxId, '00005e005302');
  const blanks = Buffer.alloc(2 * 1024 * 1024);
  const cases = [
    [Buffer.from('hello'), 422, 'archive-unreadable'],
    [Buffer.alloc(0), 422, 'archive-unreadable'],
    [makeZip([entry('00005e005302', { name: '../00005e005302.cfg' })]), 422, 'archive-path'],
    [makeZip(Array.from({ length: 20 }, (_, i) => ({ name: `${i}.cfg`, body: blanks }))), 413, 'archive-too-large'],
  ] as const;
  for (const [body, status, code] of cases) {
    const reply = await upload(pbxId, body);
    expect(reply).toMatchObject({ status, json: { code, errors: [{ pointer: '#/body' }] } });
  }
  expect((await upload(pbxId, makeZip([]), 'x.zip', 'application/json')).status).toBe(415);
  expect((await upload('01a1fd94-06ea-74e4-b19b-0dd520170800', makeZip([]))).status).toBe(404);
  expect((await api.call('GET', `/users/${userId}`)).json).toMatchObject({ status: 'waiting', reasonCode: 'QUEUED' });
});

test('links in a zip are ignored, and each failure names its user', async () => {
  const pbxId = await addPbx({ autoProvision: true });
  const [linked, web] = ['00005e005303', '00005e005304'];
  await addUser(pbxId, linked);
  const webId = await addUser(pbxId, web);
  const report = await upload(
    pbxId,
    makeZip([
      entry(linked, { mode: 0o120777, body: '/etc/passwd' }),
      entry(web, { body: '<html><body>Hi</body></html>' }),
    ]),
  );
  expect(report.json).toMatchObject({
    users: 1,
    failed: 1,
    failures: [{ userId: webId, mac: web, code: 'BODY_HTML', message: expect.stringContaining('backup.zip') }],
  });
});

test('an upload done once is answered again for the same Idempotency-Key', async () => {
  const pbxId = await addPbx({ autoProvision: true });
  await addUser(pbxId, '00005e005305');
  const send = () =>
    api.call('POST', `/pbxs/${pbxId}/files`, makeZip([entry('00005e005305')]), {
      'content-type': 'application/zip',
      'idempotency-key': 'upload-1',
    });
  const [first, second] = [await send(), await send()];
  expect(first.json).toMatchObject({ provisioned: 1 });
  expect(second.json).toEqual(first.json);
  expect(second.headers.get('idempotency-replayed')).toBe('true');
});

const start = (pbxId: string, body: Uint8Array, headers: Record<string, string> = {}) =>
  api.call('POST', `/pbxs/${pbxId}/file-runs?fileName=backup.zip`, body, {
    'content-type': 'application/zip',
    ...headers,
  });
const settled = async (pbxId: string, id: string) => {
  for (;;) {
    const { json } = await api.call('GET', `/pbxs/${pbxId}/file-runs/${id}`);
    if (json.settled) return json;
  }
};

test('a run answers at once and is followed to its end; the list has it, newest first', async () => {
  const pbxId = await addPbx({ autoProvision: true });
  const [good, web] = ['00005e005306', '00005e005307'];
  await addUser(pbxId, good);
  const webId = await addUser(pbxId, web);
  const zip = makeZip([entry(good), entry(web, { body: '<html><body>Hi</body></html>' }), entry('00005e005308')]);
  const first = await start(pbxId, zip, { 'idempotency-key': 'run-1' });
  expect(first).toMatchObject({ status: 202, json: { pbxId, fileName: 'backup.zip', settled: false } });
  expect(first.headers.get('location')).toBe(`/api/v1/pbxs/${pbxId}/file-runs/${first.json.id}`);
  expect(await settled(pbxId, first.json.id)).toMatchObject({
    state: 'done',
    users: 2,
    provisioned: 1,
    failed: 1,
    left: 0,
    unknownCount: 1,
    unknownMacs: ['00005e005308'],
    failures: [{ userId: webId, code: 'BODY_HTML' }],
    endedAt: expect.any(String),
  });
  // The same again is no second run; another key is, and finds nothing to do.
  expect((await start(pbxId, zip, { 'idempotency-key': 'run-1' })).json.id).toBe(first.json.id);
  const second = await start(pbxId, zip);
  expect(await settled(pbxId, second.json.id)).toMatchObject({ provisioned: 0, unchanged: 1, failed: 1 });
  const { json } = await api.call('GET', `/pbxs/${pbxId}/file-runs`);
  expect(json.items.map((run: { id: string }) => run.id)).toEqual([second.json.id, first.json.id]);
  // A run of another PBX is none of this one.
  const other = await addPbx();
  expect((await api.call('GET', `/pbxs/${other}/file-runs/${first.json.id}`)).status).toBe(404);
  // Too late to cancel: it stays as it is.
  const late = await api.call('POST', `/pbxs/${pbxId}/file-runs/${first.json.id}/cancel`);
  expect(late).toMatchObject({ status: 200, json: { state: 'done' } });
});

test('a client that is gone loses nothing: the work goes on, and the run says what came of it', async () => {
  const pbxId = await addPbx({ autoProvision: true, didField: 'none' });
  const macs = Array.from({ length: 120 }, (_, i) => `00005e0054${i.toString(16).padStart(2, '0')}`);
  await Promise.all(macs.map((mac) => addUser(pbxId, mac)));
  const gone = new AbortController();
  const asked = fetch(`${api.url}/api/v1/pbxs/${pbxId}/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/zip' },
    body: makeZip(macs.map((mac) => entry(mac))) as unknown as string,
    signal: gone.signal,
  }).catch(() => 'cut');
  let runs: { id: string }[] = [];
  while (runs.length === 0) runs = (await api.call('GET', `/pbxs/${pbxId}/file-runs`)).json.items;
  gone.abort();
  expect(await asked).toBe('cut');
  const run = await settled(pbxId, runs[0]?.id ?? '');
  expect(run).toMatchObject({ state: 'done', users: 120, provisioned: 120, failed: 0 });
});
