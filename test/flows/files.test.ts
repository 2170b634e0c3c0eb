// Users of a PBX that lets nobody in, provisioned from a zip of its files: the same checks and entries as for a fetch.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readZip } from '../../fetchers/zip.ts';
import { openFeedSignal } from '../../src/store/feed-signal.ts';
import { cancelRun, type FileRun, keepZip, publishRun, readRun } from '../../src/store/file-runs.ts';
import { fileRunParts, harvestedLines, pbxs, users } from '../../src/store/schema.ts';
import { readContent } from '../../src/store/slices.ts';
import { doFileRuns } from '../../src/sync/files-worker.ts';
import { syncFromFiles } from '../../src/sync/from-files.ts';
import { type Harvest, openHarvest, silent, yealinkFile } from '../help/harvest.ts';
import { MEAN_CLOCK, startPbx } from '../help/mean-pbx.ts';
import { makeZip, type ZipEntry } from '../help/zip.ts';

let harvest: Harvest;
let feed: Awaited<ReturnType<typeof openFeedSignal>>;

beforeAll(async () => {
  harvest = await openHarvest();
  feed = await openFeedSignal(harvest.database, () => {});
});

afterAll(async () => {
  await feed.close();
  await harvest.close();
});

let next = 0x5300;
const newMacs = (count: number) => Array.from({ length: count }, () => `00005e00${(next++).toString(16)}`);
const file = (mac: string, password = `pw-${mac}`) =>
  yealinkFile({ userName: `u-${mac}`, password, mac, label: `+1202555${Number.parseInt(mac.slice(-4), 16) % 10_000}` });

/** Hands a zip over. @returns the id of the run */
async function handOver(pbxId: string, entries: readonly ZipEntry[]): Promise<string> {
  const { database, ring, tenantId } = harvest;
  const handed = { tenantId, pbxId, fileName: 'backup.zip', by: 'ann@acme.example', bytes: makeZip(entries) };
  const id = await keepZip(database, ring, handed);
  expect(await database.db.transaction((tx) => publishRun(tx, id))).toMatchObject({ state: 'waiting' });
  return id;
}

const work = (pbxId: string, signal = new AbortController().signal) =>
  doFileRuns({ ...harvest, feed, log: silent, signal }, pbxId);

async function runOf(pbxId: string, id: string): Promise<FileRun> {
  const run = await readRun(harvest.database.db, pbxId, id);
  if (run === null) throw new Error('no run');
  return run;
}

async function upload(pbxId: string, entries: readonly ZipEntry[]): Promise<FileRun> {
  const id = await handOver(pbxId, entries);
  await work(pbxId);
  return runOf(pbxId, id);
}

const usersOf = (pbxId: string) => harvest.database.db.select().from(users).where(eq(users.pbxId, pbxId));
const passwordOf = async (id: string) =>
  (await readContent(harvest.database, harvest.ring, await harvest.user(id)))?.lines[0]?.password;

test('a PBX without an address: its users are provisioned from a zip, again without work, and anew when a file changed', async () => {
  const macs = newMacs(250);
  const pbxId = await harvest.addPbx({ provisioningUrl: null });
  const ids = await harvest.addUsers(pbxId, macs);
  const entries = macs.map((mac) => ({ name: `tftpboot/${mac.toUpperCase()}.CFG`, body: file(mac) }));
  const first = await upload(pbxId, entries);
  expect(first).toMatchObject({
    state: 'done',
    users: 250,
    provisioned: 250,
    unchanged: 0,
    failed: 0,
    off: 0,
    passedOver: 0,
    unknownMacs: [],
    failures: [],
  });
  const rows = await usersOf(pbxId);
  expect(rows.every((row) => row.status === 'provisioned' && row.dueAt === null && row.claimEpoch === null)).toBe(true);
  for (const [i, id] of ids.entries()) expect(await passwordOf(id)).toBe(`pw-${macs[i]}`);
  const [mac = ''] = macs;
  const [id = ''] = ids;
  const [entry] = await harvest.feed({ userId: id });
  expect(entry).toMatchObject({
    actor: 'ann@acme.example',
    outcome: 'ok',
    detail: { files: 'backup.zip' },
    sentence: expect.stringContaining(`read from backup.zip/tftpboot/${mac.toUpperCase()}.CFG`),
  });
  expect(entry?.steps.map((step) => step.step)).toEqual(['fetch', 'parse', 'choose', 'did', 'compare']);
  const [line] = await harvest.database.db.select().from(harvestedLines).where(eq(harvestedLines.userId, id));
  expect(line?.sourceUrl).toBe(`file:///backup.zip/tftpboot/${mac.toUpperCase()}.CFG`);

  const before = (await harvest.feed({ pbxId })).length;
  expect(await upload(pbxId, entries)).toMatchObject({ users: 250, provisioned: 0, unchanged: 250, failed: 0 });
  const [summary, ...others] = await harvest.feed({ pbxId });
  expect(others).toHaveLength(before);
  expect(summary).toMatchObject({
    verb: 'pbx.files',
    sentence: 'Files of backup.zip: 0 users provisioned, 250 unchanged, 0 failed.',
  });

  expect(await upload(pbxId, [{ name: `${mac}.cfg`, body: file(mac, 'new') }])).toMatchObject({
    users: 1,
    provisioned: 1,
  });
  expect(await passwordOf(id)).toBe('new');
  expect((await harvest.feed({ userId: id }))[0]?.detail).toMatchObject({ changes: ['password'] });
});

test('a file that cannot be used fails its user only, with the file named, and good credentials stay', async () => {
  const [good = '', web = '', foreign = '', twin = '', locked = ''] = newMacs(5);
  const pbxId = await harvest.addPbx({ provisioningUrl: null });
  const [goodId = '', webId = '', foreignId = '', twinId = '', lockedId = ''] = await harvest.addUsers(pbxId, [
    good,
    web,
    foreign,
    twin,
    locked,
  ]);
  await upload(pbxId, [{ name: `${web}.cfg`, body: file(web) }]);
  const report = await upload(pbxId, [
    { name: `${good}.cfg`, body: file(good) },
    { name: `${web}.cfg`, body: '<!DOCTYPE html><html><body>Please log in</body></html>' },
    { name: `${foreign}.cfg`, body: file('00005e00ffff') },
    { name: `${twin}.cfg`, body: yealinkFile({ userName: `u-${good}`, password: 'twin-1' }) },
    { name: `${locked}.cfg`, body: file(locked), encrypted: true },
  ]);
  expect(report).toMatchObject({ users: 5, provisioned: 1, failed: 4 });
  expect(new Map(report.failures.map(({ userId, code }) => [userId, code]))).toEqual(
    new Map([
      [webId, 'BODY_HTML'],
      [foreignId, 'MAC_MISMATCH'],
      [twinId, 'AOR_CONFLICT'],
      [lockedId, 'HTTP_4XX'],
    ]),
  );
  expect((await harvest.user(goodId)).status).toBe('provisioned');
  expect(await harvest.user(webId)).toMatchObject({ status: 'stale', dueAt: null });
  expect(await passwordOf(webId)).toBe(`pw-${web}`);
  const [entry] = await harvest.feed({ userId: webId });
  expect(entry).toMatchObject({
    outcome: 'failed',
    code: 'BODY_HTML',
    sentence: expect.stringMatching(/^backup\.zip: /),
    nextAction: 'Export the file of this device again and upload it.',
  });
  expect((await harvest.user(lockedId)).reason).toContain('is encrypted');
});

test('users that are off or have no file are left alone; MACs that nobody has are told', async () => {
  const [on = '', off = '', without = '', unknown = ''] = newMacs(4);
  const pbxId = await harvest.addPbx({ provisioningUrl: null });
  const onId = await harvest.addUser(pbxId, { mac: on });
  const offId = await harvest.addUser(pbxId, { mac: off, status: 'off', autoProvision: 'off', dueAt: null });
  const withoutId = await harvest.addUser(pbxId, { mac: without });
  const before = [await harvest.user(offId), await harvest.user(withoutId)];
  const report = await upload(
    pbxId,
    [on, off, unknown].map((mac) => ({ name: `${mac}.cfg`, body: file(mac) })),
  );
  expect(report).toMatchObject({ users: 1, provisioned: 1, off: 1, unknownMacs: [unknown] });
  expect((await harvest.user(onId)).status).toBe('provisioned');
  expect([await harvest.user(offId), await harvest.user(withoutId)]).toEqual(before);
});

test('a file name that the address of the PBX asks for counts, and so do boot files with includes', async () => {
  const [named = '', booted = ''] = newMacs(2);
  const url = 'https://pbx.example.com/p/phone-{mac}.txt?k=1';
  const pbxId = await harvest.addPbx({ provisioningUrl: url });
  await harvest.addUsers(pbxId, [named, booted], { dueAt: null });
  const report = await upload(pbxId, [
    { name: `phone-${named}.txt`, body: file(named) },
    {
      name: `${booted}.boot`,
      body: '#!version:1.0.0.1\ninclude:config "sub/own.cfg"\ninclude:config "https://pbx.example.com/p/common.cfg"\n',
    },
    { name: 'sub/own.cfg', body: file(booted) },
    { name: 'common.cfg', body: '#!version:1.0.0.1\naccount.1.sip_server.1.address = 198.51.100.9\n' },
  ]);
  expect(report).toMatchObject({ users: 2, provisioned: 2, failed: 0 });
  // Its server is asked again at the usual time, in full.
  for (const row of await usersOf(pbxId)) {
    expect(row.dueAt?.getTime()).toBeGreaterThan(Date.now() + 3_600_000);
    expect(row).toMatchObject({ etag: null, answered: null });
  }
});

test('files come while a worker harvests the same PBX: both finish, and every version is whole', async () => {
  const macs = newMacs(400);
  const server = await startPbx({
    otherwise: (request, response) => {
      const mac = /([0-9a-f]{12})\.cfg$/.exec(request.url ?? '')?.[1] ?? '';
      setTimeout(() => response.end(file(mac)), 5);
    },
  });
  try {
    const url = `${server.origin}/{mac}.cfg`;
    const pbxId = await harvest.addPbx({ provisioningUrl: url });
    await harvest.addUsers(pbxId, macs);
    const worker = await harvest.startWorker(MEAN_CLOCK);
    await harvest.until(
      'begun',
      () => usersOf(pbxId),
      (rows) => rows.some((row) => row.status === 'provisioned'),
    );
    // The worker itself goes through them, beside its slices.
    const id = await handOver(pbxId, yealinks(macs));
    await harvest.until(
      'done',
      () => runOf(pbxId, id),
      (run) => run.state === 'done',
    );
    expect(await runOf(pbxId, id)).toMatchObject({ users: 400, failed: 0, passedOver: 0 });
    await harvest.until(
      'not due',
      () => usersOf(pbxId),
      (rows) => rows.every((row) => row.status === 'provisioned' && (row.dueAt?.getTime() ?? 0) > Date.now()),
    );
    await worker.stop();
    const rows = await usersOf(pbxId);
    expect(rows.every((row) => row.linesVersion === 1 && row.claimEpoch === null)).toBe(true);
    for (const row of rows) expect(await passwordOf(row.id)).toBe(`pw-${row.mac}`);
  } finally {
    await server.close();
  }
});

const yealinks = (macs: readonly string[]) => macs.map((mac) => ({ name: `${mac}.cfg`, body: file(mac) }));

test('a program that is stopped half-way leaves the rest to the next one, which counts on', async () => {
  const macs = newMacs(450);
  const pbxId = await harvest.addPbx({ provisioningUrl: null });
  await harvest.addUsers(pbxId, macs);
  const id = await handOver(pbxId, yealinks(macs));
  const stopping = new AbortController();
  const first = work(pbxId, stopping.signal);
  const begun = await harvest.until(
    'a group is written',
    () => runOf(pbxId, id),
    (run) => run.provisioned > 0,
  );
  stopping.abort();
  await first;
  const stopped = await runOf(pbxId, id);
  expect(stopped).toMatchObject({ state: 'running', users: 450 });
  expect(stopped.provisioned).toBeGreaterThanOrEqual(begun.provisioned);
  expect(stopped.provisioned).toBeLessThan(450);
  await work(pbxId);
  expect(await runOf(pbxId, id)).toMatchObject({
    state: 'done',
    users: 450,
    provisioned: 450,
    unchanged: 0,
    failed: 0,
  });
  const rows = await usersOf(pbxId);
  expect(rows.every((row) => row.status === 'provisioned' && row.linesVersion === 1 && row.claimEpoch === null)).toBe(
    true,
  );
});

test('what is cancelled ends at once; what a program taken for dead still does is not written', async () => {
  const macs = newMacs(450);
  const pbxId = await harvest.addPbx({ provisioningUrl: null });
  await harvest.addUsers(pbxId, macs);
  const { db } = harvest.database;
  const id = await handOver(pbxId, yealinks(macs));
  const working = work(pbxId);
  await harvest.until(
    'a group is written',
    () => runOf(pbxId, id),
    (run) => run.provisioned > 0,
  );
  const cancelled = await db.transaction((tx) => cancelRun(tx, pbxId, id));
  await working;
  const after = await runOf(pbxId, id);
  expect(after).toMatchObject({ state: 'cancelled', provisioned: cancelled?.provisioned });
  const rows = await usersOf(pbxId);
  expect(rows.filter((row) => row.status === 'provisioned')).toHaveLength(after.provisioned);
  expect(rows.every((row) => row.claimEpoch === null)).toBe(true);
  expect((await harvest.feed({ pbxId }))[0]?.sentence).toBe(
    `Files of backup.zip (cancelled): ${after.provisioned} users provisioned, 0 unchanged, 0 failed, ${450 - after.provisioned} not come to.`,
  );

  // Taken up by another program: the first one's next group finds that, and it leaves.
  const again = await handOver(pbxId, yealinks(macs));
  const slow = work(pbxId);
  await harvest.until(
    'a group is written',
    () => runOf(pbxId, again),
    (run) => run.provisioned + run.unchanged > 0,
  );
  await work(pbxId);
  await slow;
  expect(await runOf(pbxId, again)).toMatchObject({ state: 'done', provisioned: 450 - after.provisioned, failed: 0 });
});

test('zips of one PBX are gone through in turn, none is kept afterwards, and more than five do not wait', async () => {
  const [mac = ''] = newMacs(1);
  const pbxId = await harvest.addPbx({ provisioningUrl: null });
  await harvest.addUsers(pbxId, [mac]);
  const { database, ring, tenantId } = harvest;
  const ids: string[] = [];
  for (const word of ['one', 'two', 'three', 'four', 'five']) {
    ids.push(await handOver(pbxId, [{ name: `${mac}.cfg`, body: file(mac, word) }]));
  }
  const handed = { tenantId, pbxId, fileName: 'backup.zip', by: 'ann@acme.example', bytes: makeZip([]) };
  const sixth = await keepZip(database, ring, handed);
  expect(await database.db.transaction((tx) => publishRun(tx, sixth))).toBeNull();
  expect(JSON.stringify(await database.db.select().from(fileRunParts))).not.toContain('password');
  await Promise.all([work(pbxId), work(pbxId)]);
  for (const id of ids) expect(await runOf(pbxId, id)).toMatchObject({ state: 'done', failed: 0 });
  expect(await passwordOf((await usersOf(pbxId))[0]?.id ?? '')).toBe('five');
  const kept = await database.db.select({ id: fileRunParts.runId }).from(fileRunParts);
  expect(kept.filter((part) => ids.includes(part.id))).toEqual([]);
});

test('a PBX that is gone takes its run with it', async () => {
  const macs = newMacs(150);
  const pbxId = await harvest.addPbx({ provisioningUrl: null });
  await harvest.addUsers(pbxId, macs);
  const id = await handOver(pbxId, yealinks(macs));
  const working = work(pbxId);
  await harvest.database.db.delete(users).where(eq(users.pbxId, pbxId));
  await harvest.database.db.delete(pbxs).where(eq(pbxs.id, pbxId));
  await working;
  expect(await readRun(harvest.database.db, pbxId, id)).toBeNull();
});

test('a PBX that was never there has nothing to be read', async () => {
  const read = await readZip('backup.zip', makeZip([]));
  if (!read.ok) throw new Error(read.message);
  const request = { archive: read.archive, by: 'ann', after: null, signal: new AbortController().signal };
  const pbxId = '01a1fd94-06ea-74e4-b19b-0dd520170800';
  const silence = { matched: async () => undefined, group: async () => undefined };
  expect(await syncFromFiles({ ...harvest, feed }, { pbxId, ...request }, silence)).toBe(false);
});
