// V2 of the attack list: whoever changes the audit by SQL is found out.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendAudit, COMMAND_LINE } from '../../src/store/audit.ts';
import { sealClosedDays, verifyAudit } from '../../src/store/audit-days.ts';
import { type TestDatabase, testDatabase } from '../help/database.ts';

const DAYS = ['2026-03-01', '2026-03-02', '2026-03-04'];
const NOW = new Date('2026-03-06T00:30:00Z');

let t: TestDatabase;
let ids: string[];
beforeEach(async () => {
  t = await testDatabase();
  const { sql, db } = t.database;
  for (const day of DAYS)
    for (const hour of ['00:00', '12:00', '23:59']) {
      await appendAudit(db, {
        actor: COMMAND_LINE,
        action: 'a.b',
        object: { type: 'a', id: day },
        tenantId: null,
        after: { hour },
      });
      await unguarded(`update audit set at = '${day}T${hour}:00Z' where at > now() - interval '1 hour'`);
    }
  ids = (await sql<{ id: string }[]>`select id from audit order by at`).map(({ id }) => id);
});
afterEach(() => t.close());

/** As somebody who owns the tables. */
async function unguarded(statement: string): Promise<void> {
  await t.database.sql.unsafe(`
    alter table audit disable trigger user; alter table audit_days disable trigger user;
    grant all on audit, audit_days to current_user; ${statement};
    alter table audit enable trigger user; alter table audit_days enable trigger user`);
}

const seal = () => {
  const sealed: string[] = [];
  return sealClosedDays(t.database, t.ring, NOW, (day) => void sealed.push(day)).then(() => sealed);
};
const flaws = async () => (await verifyAudit(t.database, t.ring)).flaws;

test('V2: seals each closed day once, the day before included, and finds nothing wrong with what nobody touched', async () => {
  expect(await seal()).toEqual(['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04']);
  expect(await seal()).toEqual([]);
  expect(await verifyAudit(t.database, t.ring)).toMatchObject({ days: 4, rows: 9, lastDay: '2026-03-04', flaws: [] });
  // The day before today is over for half an hour only.
  expect(await t.database.sql`select day::text from audit_days where day = '2026-03-05'`).toEqual([]);
});

test('V2: names a row that was altered, one that was deleted, and one that was slipped in', async () => {
  await seal();
  await unguarded(`update audit set actor_name = 'somebody else' where id = '${ids[1]}'`);
  await unguarded(`delete from audit where id = '${ids[5]}'`);
  await unguarded(`insert into audit (id, at, actor, actor_name, action, object_type)
    values ('00000000-0000-7000-8000-000000000001', '2026-03-04T09:00:00Z', 'x', 'x', 'x', 'x')`);
  expect(await flaws()).toEqual([
    { day: '2026-03-01', code: 'ROW_ALTERED', id: ids[1] },
    { day: '2026-03-02', code: 'ROW_DELETED', id: ids[5] },
    { day: '2026-03-04', code: 'ROW_ADDED', id: '00000000-0000-7000-8000-000000000001' },
  ]);
});

test('V2: a seal that was written anew without the key, or that is gone, is found', async () => {
  await seal();
  await unguarded(`delete from audit where id = '${ids[0]}'`);
  await unguarded(
    `update audit_days set manifest = regexp_replace(manifest, '^[^\\n]*\\n', ''), row_count = 2 where day = '2026-03-01'`,
  );
  await unguarded(`delete from audit_days where day = '2026-03-03'`);
  expect(await flaws()).toEqual([
    { day: '2026-03-01', code: 'SEAL_BROKEN', id: null },
    { day: '2026-03-03', code: 'SEAL_MISSING', id: null },
    { day: '2026-03-04', code: 'SEAL_BROKEN', id: null },
  ]);
});

test('a day is not sealed while a transaction that began in it may still write', async () => {
  const { sql } = t.database;
  await unguarded(`delete from audit`);
  await appendAudit(t.database.db, { actor: COMMAND_LINE, action: 'a.b', object: { type: 'a' }, tenantId: null });
  const wait = new AbortController();
  const open = sql.begin(async (tx) => {
    await tx`select 1`;
    await new Promise((resolve) => wait.signal.addEventListener('abort', resolve));
  });
  const [today] = await sql<{ at: Date }[]>`select now() as at`;
  const tomorrow = new Date((today?.at.getTime() ?? 0) + 2 * 86_400_000);
  const sealed: string[] = [];
  await sealClosedDays(t.database, t.ring, tomorrow, (day) => void sealed.push(day));
  const day = today?.at.toISOString().slice(0, 10);
  expect(sealed).not.toContain(day);
  wait.abort();
  await open;
  await sealClosedDays(t.database, t.ring, tomorrow, (closed) => void sealed.push(closed));
  expect(sealed).toContain(day);
});
