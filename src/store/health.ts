// Whether the database answers, and how far behind the work is.
import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';

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
