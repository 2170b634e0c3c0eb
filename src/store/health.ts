// Whether the database answers, and how far behind the work is.
import { sql } from 'drizzle-orm';
import type { Database, Db, Tx } from './database.ts';
import { type Reach, reachesPbx } from './reach.ts';
import { ASKS, DUE } from './slices.ts';

/** Costs next to nothing: everybody may ask for it. */
export async function pingDatabase(database: Database): Promise<void> {
  await database.db.execute(sql`select 1`);
}

/** Users due now, and how many seconds the oldest of them has waited. */
export async function readDueLoad(
  database: Database,
): Promise<{ readonly due: number; readonly overdueSeconds: number }> {
  const [row] = await database.db.execute<{ due: number; overdue: number }>(sql`
    select count(*)::int as due, coalesce(extract(epoch from now() - min(due_at)), 0)::int as overdue
    from users where due_at <= now()`);
  return { due: row?.due ?? 0, overdueSeconds: row?.overdue ?? 0 };
}

/**
 * Users within somebody's reach that could be asked now and are not yet. Those of a PBX that is paused, or whose login
 * was refused, wait for something else than the queue. @returns oldestSeconds null: nobody waits
 */
export async function readQueueLoad(
  db: Db | Tx,
  reach: Reach,
  tenantId: string | undefined,
): Promise<{ readonly due: number; readonly oldestSeconds: number | null }> {
  const [row] = await db.execute<{ due: number; oldest: number | null }>(sql`
    select count(*)::int as due, floor(extract(epoch from now() - min(u.due_at)))::int as oldest
    from users u join pbxs p on p.id = u.pbx_id left join pbx_runs r on r.pbx_id = u.pbx_id
    where ${DUE} and ${ASKS} and (u.claim_epoch = r.slice_epoch) is not true
      and ${reachesPbx(reach, sql`u.tenant_id`, sql`u.pbx_id`)}
      ${tenantId === undefined ? sql`` : sql`and u.tenant_id = ${tenantId}`}`);
  return { due: row?.due ?? 0, oldestSeconds: row?.oldest ?? null };
}
