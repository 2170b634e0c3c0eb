// About how many rows a query gives, from the planner: lists show it without counting.
import { type SQL, sql } from 'drizzle-orm';
import type { Db, Tx } from './database.ts';

/** Exact enough below a thousand rows only by luck: say "about" where it is shown. */
export async function estimateRows(db: Db | Tx, query: SQL): Promise<number> {
  const rows = await db.execute<{ 'QUERY PLAN': unknown }>(sql`explain (format json) ${query}`);
  const answer = rows[0]?.['QUERY PLAN'];
  const plans = (typeof answer === 'string' ? JSON.parse(answer) : answer) as readonly {
    Plan: { 'Plan Rows': number };
  }[];
  return Math.round(plans[0]?.Plan['Plan Rows'] ?? 0);
}
