// Lists of users in order, page after page, come from an index: at 100,000 users a sort of all took half a second for each page.
import { expect, test } from 'vitest';
import { listUsers, type UserFilter, type UserSort } from '../../src/store/users.ts';
import { openIntakeApi } from '../help/api-client.ts';

test('by name and by creation: complete, in order, along an index, in the whole tenant and at a PBX', async () => {
  const api = await openIntakeApi();
  try {
    const { db, sql } = api.database;
    const [one, other] = [await api.addPbx(), await api.addPbx()];
    const add = (pbxId: string, count: number) => sql`
      insert into users (id, tenant_id, pbx_id, name, mac, source, status)
      select uuidv7(), ${api.tenantId}, ${pbxId}, case when n % 3 > 0 then upper(md5(n::text)) end,
        lpad(to_hex(n), 6, '0') || right(replace(${pbxId}, '-', ''), 6), 'api', 'waiting'
      from generate_series(1, ${count}::int) n`;
    await add(one, 6_000);
    await add(other, 3_000);
    await sql`analyze users`;
    const reach = { tenants: 'all' as const, pbxs: [] };
    const scroll = async (filter: Partial<UserFilter>, sort: UserSort, descending: boolean, index: string) => {
      const seen: { id: string; key: string }[] = [];
      for (;;) {
        const last = seen.at(-1);
        const page = await db.transaction(async (tx) => {
          const scans = async () => {
            const [row] = await tx.execute<{ n: number }>(
              `select pg_stat_get_xact_numscans('${index}'::regclass)::int as n`,
            );
            return row?.n ?? 0;
          };
          const before = await scans();
          const rows = await listUsers(tx, { reach, ...filter }, { sort, descending, limit: 100, after: last });
          // On later pages the planner looks into it too.
          if (last === undefined) expect([sort, (await scans()) - before]).toEqual([sort, 1]);
          return rows;
        });
        seen.push(...page.map(({ id, sortKey }) => ({ id, key: sortKey })));
        if (page.length < 100 || seen.length >= 1_000) return seen;
      }
    };
    for (const descending of [false, true]) {
      for (const filter of [{}, { tenantId: api.tenantId }, { pbxId: one }]) {
        const byName = await scroll(filter, 'name', descending, 'users_name');
        expect(new Set(byName.map(({ id }) => id)).size).toBe(1_000);
        const keys = byName.map(({ key }) => key);
        const sorted = keys.toSorted();
        expect(keys).toEqual(descending ? sorted.toReversed() : sorted);
      }
      const byCreation = await scroll({}, 'createdAt', descending, 'users_pkey');
      const ids = byCreation.map(({ id }) => id);
      expect(ids).toEqual(descending ? ids.toSorted().toReversed() : ids.toSorted());
    }
  } finally {
    await api.close();
  }
});
