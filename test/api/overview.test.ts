import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueClient, makeAuthority } from '../../src/demo/certificates.ts';
import { appendActivity } from '../../src/store/activity.ts';
import { addKey, addTenant } from '../help/access.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
let customer: string;
beforeAll(async () => {
  api = await openIntakeApi({ doesImports: false });
  customer = await addTenant(api, 'Customer');
});
afterAll(() => api.close());

const overview = async (query = '', headers?: Record<string, string>) => {
  const answer = await api.call('GET', `/overview${query}`, undefined, headers);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};
async function addPbx(name: string, settings: object = {}, run: object = {}): Promise<string> {
  const id = await api.addPbx({ name, tenantId: customer, username: 'u', ...settings });
  const row = { pbx_id: id, slice_epoch: 7, ...run };
  await api.database.sql`insert into pbx_runs ${api.database.sql(row)}`;
  return id;
}
async function addUser(pbxId: string, status: string, more: object = {}): Promise<string> {
  const row = { id: uuidv7(), tenant_id: customer, pbx_id: pbxId, source: 'api', status, ...more };
  await api.database.sql`insert into users ${api.database.sql(row)}`;
  return row.id;
}
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);

test('an empty installation has an overview of nothing', async () => {
  expect(await overview()).toEqual({
    users: { total: 0, off: 0, waiting: 0, fetching: 0, provisioned: 0, stale: 0, failed: 0 },
    queue: { due: 0, oldestSeconds: null },
    pbxs: { total: 0, on: 0, inTrouble: 0, worst: [] },
    certificates: { total: 0, soonest: [] },
    imports: { total: 0, newest: [] },
    failures: [],
  });
});

test('counts users and PBXs, names the worst, and what stops a whole PBX first', async () => {
  const { sql } = api.database;
  const refused = (connectionVersion: number) =>
    sql.json({ connectionVersion, state: 'refused', refusedMacs: [] }) as unknown as object;
  const well = await addPbx('Well');
  const few = await addPbx('Few');
  const many = await addPbx('Many');
  const away = await addPbx('Away', {}, { paused_until: ago(-600), pause_code: 'HOST_CIRCUIT_OPEN' });
  const wrong = await addPbx('Wrong login', {}, { login: refused(1) });
  await addPbx('Login changed since', { connectionVersion: 2 }, { login: refused(1) });
  await addPbx('Pause is over', {}, { paused_until: ago(5), pause_code: 'HTTP_429' });
  await addPbx('Off', { autoProvision: false }, { paused_until: ago(-600), pause_code: 'HTTP_429' });

  await addUser(well, 'provisioned');
  await addUser(well, 'provisioned', { claim_epoch: 7, claimed_at: new Date() });
  await addUser(well, 'waiting', { mac: '00005e005301', due_at: ago(90) });
  // Asked just now; of a PBX that is paused; of a login that was refused; not due yet.
  await addUser(well, 'waiting', { mac: '00005e005302', due_at: ago(900), claim_epoch: 7, claimed_at: new Date() });
  await addUser(away, 'waiting', { mac: '00005e005303', due_at: ago(900) });
  await addUser(wrong, 'waiting', { mac: '00005e005304', due_at: ago(900) });
  await addUser(well, 'stale', { mac: '00005e005305', due_at: ago(-900) });
  await addUser(few, 'failed');
  await addUser(many, 'failed');
  await addUser(many, 'failed');

  const seen = await overview();
  expect(seen.users).toEqual({ total: 10, off: 0, waiting: 3, fetching: 2, provisioned: 1, stale: 1, failed: 3 });
  expect(seen.queue.due).toBe(1);
  expect(seen.queue.oldestSeconds).toBeGreaterThanOrEqual(90);
  expect(seen.queue.oldestSeconds).toBeLessThan(400);
  expect(seen.pbxs).toMatchObject({ total: 8, on: 7, inTrouble: 4 });
  expect(seen.pbxs.worst).toMatchObject([
    { id: wrong, why: 'login', code: 'HTTP_401', nextAction: expect.stringContaining('password'), failedUsers: 0 },
    { id: away, why: 'pause', code: 'HOST_CIRCUIT_OPEN', pausedUntil: expect.any(String), tenantId: customer },
    { id: many, name: 'Many', why: 'users', code: null, failedUsers: 2 },
    { id: few, why: 'users', failedUsers: 1 },
  ]);
});

test('names certificates that end within 30 days, the soonest first', async () => {
  const authority = await makeAuthority();
  const { cert } = await issueClient(authority, { name: 'phone' });
  const day = 86_400;
  const shown = (days: number) => ({
    server_cert_fingerprint: `F${days}`,
    server_cert_subject: 'CN=pbx',
    server_cert_valid_to: ago(-days * day),
  });
  const soon = await addPbx('Soon', {}, shown(20));
  const gone = await addPbx('Gone', {}, shown(-1));
  await addPbx('Later', { clientCertPem: cert }, shown(40));
  const { certificates } = await overview();
  expect(certificates).toMatchObject({
    total: 2,
    soonest: [
      { pbxId: gone, pbxName: 'Gone', kind: 'server', fingerprint256: 'F-1', expired: true },
      { pbxId: soon, expired: false },
    ],
  });
});

test('shows imports of which a job waits or runs, and the last failures of the feed', async () => {
  const id = await api.upload('name,mac_address\nAnn,none\n', await api.addPbx());
  await api.upload('name,mac_address\nBob,none\n', await api.addPbx());
  await api.call('POST', `/imports/${id}/validate`);
  const entry = { tenantId: api.tenantId, actor: 'system', verb: 'sync' };
  await appendActivity(
    api.database.db,
    [1, 2, 3, 4, 5, 6].map((n) => ({ ...entry, outcome: 'failed' as const, sentence: `failure ${n}` })),
  );
  await appendActivity(api.database.db, [{ ...entry, outcome: 'waiting', sentence: 'waits' }]);
  const seen = await overview();
  expect(seen.imports).toMatchObject({ total: 1, newest: [{ id, job: 'check' }] });
  expect(seen.failures.map(({ sentence }: { sentence: string }) => sentence)).toEqual(
    [6, 5, 4, 3, 2].map((n) => `failure ${n}`),
  );
});

test('shows a tenant its own, and a key what its scopes name', async () => {
  const other = await addTenant(api, 'Another customer');
  const theirs = await addKey(api, other);
  expect(await overview('', theirs)).toMatchObject({
    users: { total: 0 },
    queue: { due: 0 },
    pbxs: { total: 0, worst: [] },
    certificates: { total: 0 },
    imports: { total: 0 },
    failures: [],
  });
  expect(await overview(`?tenantId=${customer}`)).toMatchObject({
    users: { total: 10 },
    imports: { total: 0 },
    failures: [],
  });
  expect(await overview(`?tenantId=${customer}`, theirs)).toMatchObject({ users: { total: 0 }, pbxs: { total: 0 } });
  const narrow = await addKey(api, api.tenantId, { scopes: ['pbxs:read'] });
  expect(await overview('', narrow)).toMatchObject({ users: null, queue: null, imports: null, failures: null });
});

test('gives the parts that are asked for; one that is locked is called off, and holds up no other', async () => {
  expect(Object.keys(await overview('?parts=queue,certificates'))).toEqual(['queue', 'certificates']);
  const wrong = await api.call('GET', '/overview?parts=weather');
  expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([422, '#/query/parts/0']);
  const locked = Promise.withResolvers<void>();
  const ends = Promise.withResolvers<void>();
  // Only the running imports are read from this table.
  const lock = api.database.sql.begin(async (tx) => {
    await tx`lock table imports in access exclusive mode`;
    locked.resolve();
    await ends.promise;
  });
  await locked.promise;
  const imports = api.call('GET', '/overview?parts=imports');
  expect(await overview('?parts=users,queue,pbxs,certificates,failures')).toMatchObject({ users: { total: 10 } });
  expect(await imports).toMatchObject({ status: 503, body: { code: 'too-slow' } });
  expect((await imports).headers.get('retry-after')).toBe('5');
  ends.resolve();
  await lock;
  expect(await overview('?parts=imports')).toMatchObject({ imports: { total: 1 } });
});
