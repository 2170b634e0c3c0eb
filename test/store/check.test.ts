import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkInstallation, checkMigrations, checkStore } from '../../src/store/check.ts';
import { openDatabase } from '../../src/store/database.ts';
import { harvestedLines, imports, pbxRuns, pbxs, users } from '../../src/store/schema.ts';
import { emptyDatabase, type TestDatabase, testDatabase } from '../help/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

const pbxId = uuidv7();
const good = uuidv7();

beforeEach(async () => {
  const { sql, db } = t.database;
  await sql`truncate pbxs, imports, activity cascade`;
  const sealed = t.ring.seal('p', { tenant: t.tenantId, table: 'pbxs', row: pbxId, column: 'password' });
  await db.insert(pbxs).values({
    id: pbxId,
    tenantId: t.tenantId,
    name: 'A',
    autoProvision: true,
    provisioningUrl: 'https://pbx.example.com',
    passwordSealed: sealed,
  });
  await db.insert(pbxRuns).values({ pbxId, sliceEpoch: 5 });
  await addUser({ id: good, status: 'provisioned', dueAt: new Date(), linesVersion: 1 });
  await db.insert(harvestedLines).values({
    userId: good,
    version: 1,
    tenantId: t.tenantId,
    contentSealed: t.ring.seal('{}', {
      tenant: t.tenantId,
      table: 'harvested_lines',
      row: `${good}.1`,
      column: 'content',
    }),
    vendor: 'yealink',
    format: 'key-value',
    line: 1,
    sourceUrl: 'https://pbx.example.com/a.cfg',
    changes: [],
  });
  await addUser({ status: 'failed', reasonCode: 'ABSENT', retryClass: 'human', mac: '00005e005302' });
  await addUser({ status: 'waiting', reasonCode: 'MAC_MISSING', mac: null });
  await addUser({ status: 'off', autoProvision: 'off', mac: '00005e005303' });
});

let made = 16;
function addUser(values: Partial<typeof users.$inferInsert>) {
  const mac = `00005e0053${(made++ % 256).toString(16).padStart(2, '0')}`;
  return t.database.db
    .insert(users)
    .values({ id: uuidv7(), tenantId: t.tenantId, pbxId, source: 'api', status: 'waiting', mac, ...values });
}

const codes = async () => (await checkStore(t.database, t.ring)).map((finding) => `${finding.code} ${finding.count}`);

test('finds nothing in an installation that is in order', async () => {
  expect(await checkStore(t.database, t.ring)).toEqual([]);
  expect(await checkMigrations(t.database)).toEqual([]);
  expect(await checkInstallation(t.database, { keySource: { file: t.keyFile } })).toEqual([]);
  expect(await checkInstallation(t.database, { keySource: { file: `${t.keyFile}.gone` } })).toMatchObject([
    { code: 'KEY_MISSING' },
  ]);
});

test('finds users that nobody will ask again, and names them', async () => {
  const id = uuidv7();
  await addUser({ id, status: 'failed', reasonCode: 'HTTP_5XX', retryClass: 'transient' });
  expect(await checkStore(t.database, t.ring)).toMatchObject([
    { code: 'USER_NOT_SCHEDULED', severity: 'error', count: 1, examples: [id] },
  ]);
  await t.database.db.update(pbxRuns).set({ login: { connectionVersion: 1, state: 'refused', refusedMacs: [] } });
  expect(await codes()).toEqual([]);
});

test('finds statuses against the switch, claims that cannot be, and credentials that are not there', async () => {
  await addUser({ status: 'off' });
  await addUser({ status: 'waiting', autoProvision: 'off', dueAt: new Date() });
  await addUser({ dueAt: new Date(), claimEpoch: 6, claimedAt: new Date() });
  await addUser({ reasonCode: 'HTTP_401', claimEpoch: 4, claimedAt: new Date(0) });
  await addUser({ status: 'provisioned', dueAt: new Date(), linesVersion: 3 });
  expect(await codes()).toEqual(['USER_SWITCH 2', 'CLAIM_AHEAD 1', 'CLAIM_LEFT 1', 'CREDENTIALS_MISSING 1']);
});

test('finds sealed values that do not open, and leaves the others in peace', async () => {
  const { sql } = t.database;
  await addUser({
    dueAt: new Date(),
    provPasswordSealed: t.ring.seal('p', { tenant: '', table: '', row: '', column: '' }),
  });
  await sql`update harvested_lines set content_sealed = overlay(content_sealed placing 'AAAA' from 100)`;
  const found = await checkStore(t.database, t.ring);
  expect(found.map((finding) => finding.sentence.split(' does not')[0])).toEqual([
    '1 sealed value in users.prov_password',
    '1 sealed value in harvested_lines.content',
  ]);
  expect(found[1]?.examples).toEqual([`${good}.1`]);
});

test('finds uploads that stand still or are half done, users without a row, and feed entries without a month', async () => {
  const { sql, db } = t.database;
  const some = { tenantId: t.tenantId, header: [], columns: [], rowCount: 2, createdBy: 'x', updatedAt: new Date(0) };
  const half = uuidv7();
  await db.insert(imports).values([
    { ...some, id: uuidv7(), state: 'submitting', job: 'submit' },
    { ...some, id: uuidv7(), state: 'checking' },
    { ...some, id: half, state: 'ready' },
  ]);
  const place = { tenant: t.tenantId, table: 'import_rows', row: `${half}.1`, column: 'raw' };
  await sql`
    insert into import_rows (import_id, number, raw_sealed, shown, outcome)
    values (${half}, 1, ${t.ring.seal('[]', place)}, '{}', 'created')`;
  await addUser({ dueAt: new Date(), importId: half });
  await sql`
    insert into activity (id, at, tenant_id, actor, verb, outcome, sentence)
    values (${uuidv7()}, '2001-01-01', ${t.tenantId}, 'system', 'test', 'info', 'x')`;
  expect(await codes()).toEqual([
    'IMPORT_STUCK 1',
    'IMPORT_STATE 1',
    'IMPORT_HALF 1',
    'IMPORT_ROW_LOST 1',
    'ACTIVITY_PARTITION 1',
  ]);
});

test('says when the database is not of this version', async () => {
  const { url, close } = await emptyDatabase();
  const database = await openDatabase(url);
  expect(await checkMigrations(database)).toMatchObject([{ code: 'MIGRATIONS_PENDING' }]);
  await database.close();
  await close();
  await t.database.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', 1)`;
  expect(await checkMigrations(t.database)).toMatchObject([{ code: 'MIGRATIONS_UNKNOWN' }]);
  await t.database.sql`delete from drizzle.__drizzle_migrations where hash = 'x'`;
});

test('says it rightly of one and of many', async () => {
  const found = async () => (await checkStore(t.database, t.ring)).map((finding) => finding.sentence);
  await addUser({ dueAt: new Date(), claimEpoch: 6 });
  expect(await found()).toEqual(['1 user is claimed by a slice that was never begun.']);
  await addUser({ dueAt: new Date(), claimEpoch: 6 });
  expect(await found()).toEqual(['2 users are claimed by a slice that was never begun.']);
});
