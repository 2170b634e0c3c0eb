// What callers of the pool may rely on: types, errors that can be read, and a database that goes away and comes back.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeCluster } from '../../src/store/cluster.ts';
import { databasePlace, isDatabaseGone, openDatabase, tooOld } from '../../src/store/database.ts';
import { startEmbedded } from '../../src/store/embedded.ts';
import { openFeedSignal } from '../../src/store/feed-signal.ts';
import { pbxRuns, pbxs, tenants } from '../../src/store/schema.ts';
import { type TestDatabase, testDatabase } from '../help/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

test('a new database has one operator tenant', async () => {
  const rows = await t.database.db.select().from(tenants);
  expect(rows).toMatchObject([{ id: t.tenantId, kind: 'operator', name: 'Default', parentId: null }]);
  expect(rows[0]?.createdAt).toBeInstanceOf(Date);
});

test('gives and takes dates, JSON and arrays alike by drizzle and by plain SQL', async () => {
  const { sql, db } = t.database;
  const [id, at] = [uuidv7(), new Date('2026-03-29T01:30:00.123Z')];
  const login = { connectionVersion: 1, state: 'good', refusedMacs: ['a"b'] } as const;
  await db
    .insert(pbxs)
    .values({ id, tenantId: t.tenantId, name: 'A', allowedOrigins: ['https://a.example.com', '{"}'] });
  await db.insert(pbxRuns).values({ pbxId: id, login, lastSuccessAt: at });
  const [plain] = await sql`
    select last_success_at, login, allowed_origins, slice_epoch from pbx_runs join pbxs on id = pbx_id
    where last_success_at = ${at} and id = ${id}`;
  expect(plain).toEqual({
    last_success_at: at,
    login,
    allowed_origins: ['https://a.example.com', '{"}'],
    slice_epoch: '0',
  });
  await sql`update pbx_runs set login = ${sql.json({ ...login, state: 'probing' })}, last_success_at = ${at} where pbx_id = ${id}`;
  await sql`update pbxs set allowed_origins = ${['x', 'y']} where id = ${id}`;
  expect(await db.select().from(pbxRuns).where(eq(pbxRuns.pbxId, id))).toMatchObject([
    { login: { ...login, state: 'probing' }, lastSuccessAt: at },
  ]);
  await sql`update pbx_runs set login = ${JSON.stringify(login)}`;
  expect(await sql`select login->>'state' as state from pbx_runs`).toEqual([{ state: 'good' }]);
});

test('says where, why and what to do when the database cannot be used, and never the password', async () => {
  const url = new URL(t.url);
  const changed = (change: (url: URL) => void) => {
    const copy = new URL(url);
    change(copy);
    return copy.href;
  };
  const free = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => free.once('listening', resolve));
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  const cases: [string, RegExp][] = [
    [
      changed((u) => (u.port = String(port))),
      new RegExp(`127\\.0\\.0\\.1:${port}/.*ECONNREFUSED.*Nothing listens there`),
    ],
    [changed((u) => (u.password = 'hunter2')), /password authentication failed.*correct DATABASE_URL/],
    [changed((u) => (u.pathname = '/nowhere')), /nowhere.*does not exist.*create it/],
    [changed((u) => (u.hostname = 'db.invalid')), /db\.invalid.*(ENOTFOUND|EAI_AGAIN).*DATABASE_URL/],
    ['mysql://u:hunter2@db/x', /must look like postgres:\/\//],
    ['hunter2', /must look like postgres:\/\//],
  ];
  for (const [address, message] of cases) {
    const error = await openDatabase(address).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toMatch(message);
    for (const secret of ['hunter2', url.password]) expect((error as Error).message).not.toContain(secret);
  }
  expect(databasePlace('postgres://u:p@db.example.com/x?sslmode=require')).toBe('db.example.com:5432/x');
});

test('every connection of a program has its name, those that listen too', async () => {
  const database = await openDatabase(t.url, { name: 'provender api' });
  const feed = await openFeedSignal(database, () => undefined);
  const named = async () =>
    (
      await database.sql<{ name: string }[]>`
      select a.application_name as name from pg_stat_activity a
      where a.datname = current_database() and a.query ilike 'listen%'`
    ).map((row) => row.name);
  expect(await named()).toEqual(['provender api']);
  await feed.close();
  await database.close();
});

test('refuses a PostgreSQL before 14', () => {
  expect(tooOld(140_000)).toBeNull();
  expect(tooOld(180_004)).toBeNull();
  expect(tooOld(130_012)).toContain('PostgreSQL 13.12 is too old');
  expect(tooOld(90_624)).toContain('PostgreSQL 9.6 is too old');
});

test('tells a database that is gone from a query that is wrong', async () => {
  const { sql, db } = t.database;
  const wrong = await sql`select * from nowhere`.catch((error: unknown) => error);
  const twice = await db
    .insert(tenants)
    .values({ id: t.tenantId, kind: 'customer', name: 'B' })
    .catch((error: unknown) => error);
  expect([wrong, twice].map(isDatabaseGone)).toEqual([false, false]);
  expect(isDatabaseGone(new Error('Connection terminated unexpectedly'))).toBe(true);
  expect(isDatabaseGone(Object.assign(new Error('x'), { code: '08006' }))).toBe(true);
  expect(isDatabaseGone(null)).toBe(false);
});

test('goes on by itself when the database went away and came back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'provender-gone-'));
  let embedded = await startEmbedded({ dataDir: folder, durable: false });
  const database = await openDatabase(embedded.url, { max: 3 });
  const ask = () => Promise.all([1, 2, 3].map(() => database.db.execute('select 1')));
  await ask();
  await embedded.stop();
  const error = await ask().catch((reason: unknown) => reason);
  expect(isDatabaseGone(error)).toBe(true);
  expect(isDatabaseGone(await openDatabase(embedded.url).catch((reason: unknown) => reason))).toBe(true);
  const { port } = embedded;
  embedded = await startEmbedded({ dataDir: folder, durable: false, port });
  expect(embedded.port).toBe(port);
  for (let tries = 0; ; tries++) {
    const answer = await ask().catch((reason: unknown) => reason);
    if (Array.isArray(answer)) break;
    expect(isDatabaseGone(answer)).toBe(true);
    expect(tries).toBeLessThan(1000);
  }
  await database.close();
  await embedded.stop();
  removeCluster(folder);
  rmSync(folder, { recursive: true });
});
