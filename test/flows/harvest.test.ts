import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tenantReach } from '../../src/store/reach.ts';
import { harvestedLines, pbxs, users } from '../../src/store/schema.ts';
import { claimDueUsers, readContent, startSlice, writeResults } from '../../src/store/slices.ts';
import { requestSync } from '../../src/sync/requests.ts';
import { type Harvest, openHarvest, yealinkFile } from '../help/harvest.ts';
import { MEAN_CLOCK, startPbx } from '../help/mean-pbx.ts';
import type { ProvisioningServer } from '../help/provisioning-server.ts';

let harvest: Harvest;
const servers: ProvisioningServer[] = [];

beforeAll(async () => {
  harvest = await openHarvest();
  await harvest.startWorker(MEAN_CLOCK);
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await harvest.close();
});

async function serve(options: Parameters<typeof startPbx>[0] = {}): Promise<ProvisioningServer> {
  const server = await startPbx(options);
  servers.push(server);
  return server;
}

const status = (id: string) => () => harvest.user(id);
const press = (userIds: string[], accept?: 'MAC_MISMATCH' | 'AOR_CONFLICT') =>
  requestSync(harvest, { reach: tenantReach(harvest.tenantId), of: { userIds }, by: 'ann@acme.example', accept });
let next = 0x5300;
const newMac = () => `00005e00${(next++).toString(16)}`;

async function contentOf(id: string) {
  return readContent(harvest.database, harvest.ring, await harvest.user(id));
}

test('fetches, parses, stores sealed and reports; a second run that changes nothing writes no entry', async () => {
  const mac = newMac();
  const server = await serve({
    calm: 'requests and entries are counted',
    files: { [`/${mac}.cfg`]: yealinkFile({ userName: '2101', password: 'p#ss=w;rd', mac }) },
  });
  const pbxId = await harvest.addPbx({ provisioningUrl: `${server.origin}/` });
  const id = await harvest.addUser(pbxId, { mac });
  await harvest.queue.enqueue(pbxId, 5);
  const user = await harvest.until('provisioned', status(id), (row) => row.status === 'provisioned');
  expect(user).toMatchObject({
    did: '+12025550142',
    didSource: 'harvest',
    linesVersion: 1,
    claimEpoch: null,
    priority: 0,
  });
  expect(user.dueAt?.getTime()).toBeGreaterThan(Date.now() + 11 * 3_600_000);
  expect((await contentOf(id))?.lines[0]?.password).toBe('p#ss=w;rd');
  const [row] = await harvest.database.db.select().from(harvestedLines).where(eq(harvestedLines.userId, id));
  expect(row?.contentSealed).not.toContain('p#ss');

  const before = await harvest.feed({ userId: id });
  expect(before.map((entry) => [entry.outcome, entry.actor])).toEqual([['ok', 'system']]);
  expect(before[0]?.steps.map((step) => step.step)).toEqual(['fetch', 'parse', 'choose', 'did', 'compare']);
  await harvest.database.db.update(users).set({ dueAt: new Date() }).where(eq(users.id, id));
  await harvest.until('checked again', status(id), (now) => (now.lastCheckedAt ?? 0) > (user.lastCheckedAt ?? 0));
  expect(await harvest.feed({ userId: id })).toHaveLength(1);
  // One request per user in the steady state.
  expect(server.requests).toHaveLength(2);
});

test('a changed password is reported by name and never shown; the version before is kept', async () => {
  const mac = newMac();
  const server = await serve({
    calm: 'the entry names who pressed Sync, and only that of the very next try does',
    files: { [`/${mac}.cfg`]: yealinkFile({ userName: '2102', password: 'old-Secret-1', label: '+12025550143' }) },
  });
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin });
  const id = await harvest.addUser(pbxId, { mac });
  await harvest.until('provisioned', status(id), (row) => row.status === 'provisioned');
  server.set(`/${mac}.cfg`, yealinkFile({ userName: '2102', password: 'new-Secret-2', label: '+12025550143' }));
  await press([id]);
  await harvest.until('version 2', status(id), (row) => row.linesVersion === 2);
  const [entry] = await harvest.feed({ userId: id });
  expect(entry).toMatchObject({ actor: 'ann@acme.example', detail: { changes: ['password'] } });
  expect(JSON.stringify(entry)).not.toMatch(/Secret-[12]/);
});

test('the last ten versions of the lines are kept', async () => {
  const mac = newMac();
  let change = 1;
  const server = await serve({
    calm: 'the versions are counted',
    otherwise: (_, response) => response.end(yealinkFile({ userName: '2112', password: `pw-${change}`, mac })),
  });
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin, didField: 'none' });
  const id = await harvest.addUser(pbxId, { mac });
  await harvest.until('version 1', status(id), (row) => row.linesVersion === 1);
  for (change = 2; change <= 12; change += 1) {
    await harvest.database.db.update(users).set({ dueAt: new Date() }).where(eq(users.id, id));
    await harvest.queue.enqueue(pbxId, 5);
    await harvest.until(`version ${change}`, status(id), (row) => row.linesVersion === change);
  }
  const rows = await harvest.database.db
    .select({ version: harvestedLines.version })
    .from(harvestedLines)
    .where(eq(harvestedLines.userId, id))
    .orderBy(harvestedLines.version);
  expect(rows.map((row) => row.version)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test('an HTML page, a foreign file or an empty one never overwrites good credentials: the user is stale', async () => {
  const mac = newMac();
  const good = yealinkFile({ userName: '2103', password: 'keep-me', label: '+12025550144' });
  const server = await serve({ files: { [`/${mac}.cfg`]: good } });
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin });
  const id = await harvest.addUser(pbxId, { mac });
  await harvest.until('provisioned', status(id), (row) => row.status === 'provisioned');
  const cases: [string, string][] = [
    ['<!DOCTYPE html><html><body>Please log in</body></html>', 'BODY_HTML'],
    ['', 'BODY_EMPTY'],
    [yealinkFile({ userName: '9999', password: 'foreign', mac: '00005e0053ff' }), 'MAC_MISMATCH'],
    [yealinkFile({ userName: '2103', password: '' }), 'FIELD_MISSING'],
    [yealinkFile({ userName: '2103', password: '{$password}', label: '+12025550144' }), 'CREDENTIAL_PLACEHOLDER'],
    [yealinkFile({ userName: '2103', password: 'keep-me', label: 'Reception' }), 'DID_INVALID'],
  ];
  for (const [body, code] of cases) {
    server.set(`/${mac}.cfg`, body);
    await press([id]);
    const row = await harvest.until(code, status(id), (seen) => seen.reasonCode === code);
    expect(row.status).toBe('stale');
    expect((await contentOf(id))?.lines[0]?.password).toBe('keep-me');
    if (code === 'DID_INVALID') expect(row.reason).toContain('Reception');
    const entry = (await harvest.feed({ userId: id })).find((one) => one.code === code);
    expect(entry).toMatchObject({ outcome: 'failed', nextAction: expect.any(String) });
  }
  server.set(`/${mac}.cfg`, good);
  await press([id]);
  await harvest.until('well again', status(id), (row) => row.status === 'provisioned');
});

test('a foreign file can be accepted once', async () => {
  const mac = newMac();
  const server = await serve({
    calm: 'a fault that gives another foreign file would be accepted in its place',
    files: {
      [`/${mac}.cfg`]: yealinkFile({ userName: '2104', password: 'x1', mac: '00005e0053fe', label: '+12025550145' }),
    },
  });
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin });
  const id = await harvest.addUser(pbxId, { mac });
  await harvest.until('refused', status(id), (row) => row.reasonCode === 'MAC_MISMATCH');
  expect((await harvest.feed({ userId: id }))[0]?.detail).toMatchObject({ acceptable: true });
  await press([id], 'MAC_MISMATCH');
  await harvest.until('accepted', status(id), (row) => row.status === 'provisioned');
  expect((await harvest.feed({ userId: id }))[0]?.detail).toMatchObject({ accepted: 'MAC_MISMATCH' });
  server.set(
    `/${mac}.cfg`,
    yealinkFile({ userName: '2104', password: 'x2', mac: '00005e0053fe', label: '+12025550145' }),
  );
  await press([id]);
  await harvest.until('once only', status(id), (row) => row.reasonCode === 'MAC_MISMATCH');
});

test('what a person accepted stands while the server is busy', async () => {
  const mac = newMac();
  const foreign = yealinkFile({ userName: '2105', password: 'x1', mac: '00005e0053fe', label: '+12025559146' });
  const server = await serve({ calm: 'it is about one 503', files: { [`/${mac}.cfg`]: foreign } });
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin });
  const id = await harvest.addUser(pbxId, { mac });
  await harvest.until('refused', status(id), (row) => row.reasonCode === 'MAC_MISMATCH');
  server.set(`/${mac}.cfg`, { status: 503, body: 'busy' });
  await press([id], 'MAC_MISMATCH');
  await harvest.until('busy', status(id), (row) => row.reasonCode !== 'MAC_MISMATCH' && row.status === 'failed');
  server.set(`/${mac}.cfg`, foreign);
  await harvest.until('accepted', status(id), (row) => row.status === 'provisioned');
});

test('a pseudo-MAC that the PBX does not know waits; a typed one fails; both are asked again by themselves', async () => {
  const server = await serve({ calm: 'it is about 404' });
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin });
  const assigned = await harvest.addUser(pbxId, { mac: '0200000000a1', macAssigned: true });
  const typed = await harvest.addUser(pbxId, { mac: newMac() });
  const waiting = await harvest.until('asked', status(assigned), (row) => row.reasonCode === 'HTTP_404');
  expect(waiting.status).toBe('waiting');
  const failed = await harvest.until('asked', status(typed), (row) => row.reasonCode === 'HTTP_404');
  expect(failed.status).toBe('failed');
  const timesAsked = (mac: string) => server.requests.filter(({ path }) => path === `/${mac}.cfg`).length;
  const asked = async () => [timesAsked('0200000000a1'), timesAsked(failed.mac ?? '')];
  await harvest.until('asked again by themselves', asked, (times) => times.every((count) => count >= 3));
  server.set('/0200000000a1.cfg', yealinkFile({ userName: '2105', password: 'later', label: '+12025550146' }));
  await press([assigned]);
  await harvest.until('appeared', status(assigned), (row) => row.status === 'provisioned');

  await harvest.database.db
    .update(users)
    .set({ absentSince: new Date(Date.now() - 8 * 86_400_000), dueAt: new Date() })
    .where(eq(users.id, typed));
  const given = await harvest.until('given up', status(typed), (row) => row.reasonCode === 'ABSENT');
  expect(given).toMatchObject({ status: 'failed', dueAt: null });
});

test('a refused login stops after two MACs, with one feed entry; Sync sends one probe', async () => {
  const calm = 'who is asked before the login stops is counted';
  const server = await serve({ calm, login: { kind: 'digest', accounts: { prov: 'right' } } });
  const macs = Array.from({ length: 30 }, newMac);
  for (const [i, mac] of macs.entries()) {
    server.set(
      `/${mac}.cfg`,
      yealinkFile({ userName: `3${i}`, password: `pw${i}`, label: `+1202555${String(2000 + i)}` }),
    );
  }
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin, username: 'prov' });
  const place = { tenant: harvest.tenantId, table: 'pbxs', row: pbxId, column: 'password' };
  const setPassword = (password: string) =>
    harvest.database.db
      .update(pbxs)
      .set({ passwordSealed: harvest.ring.seal(password, place) })
      .where(eq(pbxs.id, pbxId));
  await setPassword('wrong');
  const ids = await harvest.addUsers(pbxId, macs);
  await harvest.until(
    'stopped',
    () => harvest.run(pbxId),
    (run) => run?.login?.state === 'refused',
  );
  const all = () => harvest.database.db.select().from(users).where(eq(users.pbxId, pbxId));
  await harvest.until('told', all, (rows) =>
    rows.every((row) => row.status === 'failed' && row.reasonCode === 'HTTP_401' && row.dueAt === null),
  );
  const asked = new Set(server.requests.map((request) => request.path)).size;
  expect(asked).toBe(2);
  expect((await harvest.feed({ pbxId })).filter((entry) => entry.verb === 'login.stop')).toHaveLength(1);

  await setPassword('right');
  await harvest.database.db.update(pbxs).set({ connectionVersion: 2 }).where(eq(pbxs.id, pbxId));
  await press([ids[0] ?? '']);
  await harvest.until('all well', all, (rows) => rows.every((row) => row.status === 'provisioned'));
});

test("a user's own login overrides the PBX's and fails that user only", async () => {
  const server = await serve({ login: { kind: 'digest', accounts: { prov: 'right', own: 'mine' } } });
  const macs = [newMac(), newMac(), newMac()];
  for (const [i, mac] of macs.entries()) {
    server.set(`/${mac}.cfg`, yealinkFile({ userName: `4${i}`, password: `pw${i}`, label: `+1202555${3000 + i}` }));
  }
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin, username: 'prov' });
  const seal = (text: string, table: string, row: string, column: string) =>
    harvest.ring.seal(text, { tenant: harvest.tenantId, table, row, column });
  await harvest.database.db
    .update(pbxs)
    .set({ passwordSealed: seal('right', 'pbxs', pbxId, 'password') })
    .where(eq(pbxs.id, pbxId));
  const [good, bad, plain] = await harvest.addUsers(pbxId, macs, { dueAt: null });
  for (const [id, password] of [
    [good, 'mine'],
    [bad, 'not-mine'],
  ] as const) {
    await harvest.database.db
      .update(users)
      .set({ provUsername: 'own', provPasswordSealed: seal(password, 'users', id ?? '', 'prov_password') })
      .where(eq(users.id, id ?? ''));
  }
  await harvest.database.db.update(users).set({ dueAt: new Date() }).where(eq(users.pbxId, pbxId));
  await harvest.until('own login', status(good ?? ''), (row) => row.status === 'provisioned');
  await harvest.until('PBX login', status(plain ?? ''), (row) => row.status === 'provisioned');
  const failed = await harvest.until('refused', status(bad ?? ''), (row) => row.reasonCode === 'HTTP_401');
  expect(failed).toMatchObject({ status: 'failed', dueAt: null });
  expect((await harvest.run(pbxId))?.login?.state).toBe('good');
});

test('two devices that give the same account: the second one fails and names the first', async () => {
  const [one, two] = [newMac(), newMac()];
  const file = yealinkFile({ userName: '5001', password: 'same', label: '+12025554001' });
  const server = await serve({
    calm: 'the feed is looked at after one try',
    files: { [`/${one}.cfg`]: file, [`/${two}.cfg`]: file },
  });
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin, didField: 'none' });
  const first = await harvest.addUser(pbxId, { mac: one, name: 'Front desk' });
  await harvest.until('first', status(first), (row) => row.status === 'provisioned');
  const second = await harvest.addUser(pbxId, { mac: two });
  const row = await harvest.until('second', status(second), (seen) => seen.reasonCode === 'AOR_CONFLICT');
  expect(row.reason).toContain('Front desk');
  await press([second], 'AOR_CONFLICT');
  await harvest.until('accepted', status(second), (seen) => seen.status === 'provisioned');
});

test('several users of one multi-line phone share one fetch', async () => {
  const mac = newMac();
  const file = `${yealinkFile({ userName: '6001', password: 'a', label: '+12025554101' })}${yealinkFile({ userName: '6002', password: 'b', label: '+12025554102' }).replaceAll('account.1', 'account.2')}`;
  const server = await serve({ calm: 'the requests are counted', files: { [`/${mac}.cfg`]: file } });
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin });
  const now = new Date();
  const one = await harvest.addUser(pbxId, { mac, lineRule: '1', dueAt: null });
  const two = await harvest.addUser(pbxId, { mac, lineRule: 'user:6002', dueAt: null });
  await harvest.database.db.update(users).set({ dueAt: now }).where(eq(users.pbxId, pbxId));
  await harvest.until('one', status(one), (row) => row.did === '+12025554101');
  await harvest.until('two', status(two), (row) => row.did === '+12025554102');
  expect(server.requests).toHaveLength(1);
});

test('a worker of an older slice writes nothing', async () => {
  const mac = newMac();
  const pbxId = await harvest.addPbx({ provisioningUrl: 'http://127.0.0.1:9/' });
  const id = await harvest.addUser(pbxId, { mac, dueAt: new Date(Date.now() + 3_600_000) });
  const old = await startSlice(harvest.database, harvest.ring, pbxId);
  await harvest.database.db
    .update(users)
    .set({ dueAt: new Date(Date.now() - 1000), claimEpoch: old?.epoch ?? 0 })
    .where(eq(users.id, id));
  const fresh = await startSlice(harvest.database, harvest.ring, pbxId);
  expect(fresh?.epoch).toBe((old?.epoch ?? 0) + 1);
  const claimed = await claimDueUsers(harvest.database, pbxId, old?.epoch ?? 0, 10, false);
  expect(claimed).toEqual([]);
  const [user] = await claimDueUsers(harvest.database, pbxId, fresh?.epoch ?? 0, 10, false);
  if (user === undefined) throw new Error('not claimed');
  const result = {
    user,
    status: 'failed',
    reasonCode: 'HTTP_404',
    retryClass: 'absence',
    reason: 'late',
    dueAtMs: null,
    attempt: 1,
    absentSinceMs: null,
    success: null,
    lines: null,
    entry: null,
  } as const;
  expect([...(await writeResults(harvest.database, harvest.ring, pbxId, old?.epoch ?? 0, [result]))]).toEqual([]);
  expect((await harvest.user(id)).reason).not.toBe('late');
  expect([...(await writeResults(harvest.database, harvest.ring, pbxId, fresh?.epoch ?? 0, [result]))]).toEqual([id]);
});

test('a PBX deleted while its users are fetched: the results are dropped, nothing breaks', async () => {
  const mac = newMac();
  let release = () => {};
  const server = await serve({
    calm: 'the PBX is deleted while this one answer is awaited',
    files: {
      [`/${mac}.cfg`]: (_request, response) => {
        release = () => response.end(yealinkFile({ userName: '7001', password: 'pw-7001', label: '+12025554201' }));
      },
    },
  });
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin });
  await harvest.addUser(pbxId, { mac });
  await harvest.until(
    'asked',
    async () => server.requests.length,
    (count) => count === 1,
  );
  await harvest.database.db.delete(pbxs).where(eq(pbxs.id, pbxId));
  release();
  const other = newMac();
  const server2 = await serve({
    files: { [`/${other}.cfg`]: yealinkFile({ userName: '7002', password: 'pw-7002', label: '+12025554202' }) },
  });
  const id = await harvest.addUser(await harvest.addPbx({ provisioningUrl: server2.origin }), { mac: other });
  await harvest.until('the worker goes on', status(id), (row) => row.status === 'provisioned');
});

test('Retry-After pauses the PBX: nobody is asked before it is over', async () => {
  const macs = Array.from({ length: 20 }, newMac);
  const server = await serve({ calm: 'it is about 429', otherwise: { status: 429, headers: { 'retry-after': '3' } } });
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin });
  await harvest.addUsers(pbxId, macs, { didSource: 'manual' });
  const run = await harvest.until(
    'paused',
    () => harvest.run(pbxId),
    (row) => row?.pausedUntil != null,
  );
  expect(run?.pauseCode).toBe('HTTP_429');
  const asked = server.requests.length;
  expect(asked).toBeLessThanOrEqual(4);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(server.requests).toHaveLength(asked);
});

test('Retry-After holds back what is under way too: neither a request that was cut off nor another name is asked for', async () => {
  for (const meanwhile of ['cut', 'unknown name'] as const) {
    const macs = Array.from({ length: 3 }, newMac);
    const connections = new Set<unknown>();
    const times: { at: number; busy: boolean }[] = [];
    let busyAt = 0;
    const server = await serve({
      calm: 'it is about one 503, and what comes after it',
      otherwise: (request, response) => {
        const seen = { at: Date.now(), busy: false };
        times.push(seen);
        if (times.length === 1) {
          connections.add(request.socket);
          const mac = /([0-9a-f]{12})\.cfg/.exec(request.url ?? '')?.[1] ?? '';
          response.end(yealinkFile({ userName: 'first', password: 'pw-first', mac }));
        } else if (!connections.has(request.socket) && busyAt === 0) {
          seen.busy = true;
          busyAt = seen.at;
          response.writeHead(503, { 'retry-after': '3' }).end();
        } else {
          // The warm connection: it ends, or says no, while the pause has begun.
          const late = meanwhile === 'cut' ? () => request.socket.destroy() : () => response.writeHead(404).end();
          setTimeout(late, 300);
        }
      },
    });
    const pbxId = await harvest.addPbx({ provisioningUrl: server.origin, didField: 'none', maxConcurrent: 2 });
    const ids = await harvest.addUsers(pbxId, macs);
    await harvest.queue.enqueue(pbxId, 5);
    await harvest.until(
      'paused',
      () => harvest.run(pbxId),
      (row) => row?.pauseCode === 'HTTP_5XX',
    );
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect({ meanwhile, during: times.filter(({ at, busy }) => !busy && at > busyAt + 100).length }).toEqual({
      meanwhile,
      during: 0,
    });
    // Who was held back has not failed: it is asked when the pause is over.
    const rows = await Promise.all(ids.map((id) => harvest.user(id)));
    expect(rows.filter((row) => row.reasonCode === 'TCP_RESET')).toEqual([]);
    await harvest.database.db.delete(pbxs).where(eq(pbxs.id, pbxId));
  }
});

test('a PBX that cannot be reached is one incident, not one entry per user', async () => {
  const server = await startPbx({ calm: 'it is closed before anybody asks' });
  const { origin } = server;
  await server.close();
  const pbxId = await harvest.addPbx({ provisioningUrl: origin });
  await harvest.addUsers(pbxId, Array.from({ length: 40 }, newMac));
  await harvest.until(
    'paused',
    () => harvest.run(pbxId),
    (row) => row?.pauseCode === 'HOST_CIRCUIT_OPEN',
  );
  const feed = await harvest.until(
    'told',
    () => harvest.feed({ pbxId }),
    (seen) => seen.some((entry) => entry.verb === 'pbx.unreachable'),
  );
  expect(feed.length).toBeLessThan(12);
  const rows = await harvest.database.db.select().from(users).where(eq(users.pbxId, pbxId));
  expect(rows.filter((row) => row.reasonCode === 'HOST_CIRCUIT_OPEN').length).toBeGreaterThan(25);
});
