import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dropOldPartitions, ensurePartitions } from '../../src/store/partitions.ts';
import { type TestDatabase, testDatabase } from '../help/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

const add = (at: string) => t.database.sql`
  insert into activity (id, at, tenant_id, actor, verb, outcome, sentence)
  values (${uuidv7()}, ${at}, ${t.tenantId}, 'system', 'test', 'info', ${at})`;

const where = async () => {
  const rows = await t.database.sql<{ partition: string; sentence: string }[]>`
    select tableoid::regclass::text as partition, sentence from activity order by at`;
  return rows.map((row) => `${row.sentence} in ${row.partition}`);
};

test('takes entries of any time, moves them when their month is made, and drops months that are old', async () => {
  const { sql } = t.database;
  await add('2031-12-31T23:59:59.999Z');
  await add('2032-01-01T00:00:00Z');
  await add('2032-02-29T12:00:00Z');
  await add('2032-06-01T00:00:00Z');
  await Promise.all([1, 2, 3].map(() => ensurePartitions(sql, new Date('2031-12-05T00:00:00Z'))));
  expect(await where()).toEqual([
    '2031-12-31T23:59:59.999Z in activity_2031_12',
    '2032-01-01T00:00:00Z in activity_2032_01',
    '2032-02-29T12:00:00Z in activity_2032_02',
    '2032-06-01T00:00:00Z in activity_default',
  ]);
  // 90 days before 31 March 2032 is 1 January: that month is still needed.
  expect(await dropOldPartitions(sql, new Date('2032-03-31T12:00:00Z'), 90)).toContain('activity_2031_12');
  expect(await where()).toHaveLength(3);
  expect(await dropOldPartitions(sql, new Date('2032-10-30T00:00:00Z'), 90)).toEqual([
    'activity_2032_01',
    'activity_2032_02',
  ]);
  expect(await where()).toEqual([]);
});

test('has the indexes and the order of the feed in every partition', async () => {
  const rows = await t.database.sql<{ n: number }[]>`
    select count(*)::int as n from pg_inherits i join pg_index x on x.indrelid = i.inhrelid
    where i.inhparent = 'activity'::regclass group by i.inhrelid`;
  expect(rows.every((row) => row.n === 6)).toBe(true);
});
