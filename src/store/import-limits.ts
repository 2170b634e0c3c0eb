// Whether an import would bring in more users than its tenant may have: as far as a check has found what its rows are.
import { sql } from 'drizzle-orm';
import type { Db, Tx } from './database.ts';
import { type ImportRecord, isOpen } from './imports.ts';
import type { Reach } from './reach.ts';
import { findPassedLimit, hasUserLimit, type PassedLimit } from './user-limits.ts';

/** Null: they all fit, or it makes none any more. @param reach of whom it is told */
export async function findPassedLimitOf(db: Db | Tx, reach: Reach, record: ImportRecord): Promise<PassedLimit | null> {
  if (!isOpen(record) && record.job !== 'submit') return null;
  // Half a million rows are counted only where somebody wants to know.
  if (!(await hasUserLimit(db, record.tenantId))) return null;
  const [row] = await db.execute<{ adding: number }>(sql`
    select count(*)::int as adding from import_rows
    where import_id = ${record.id} and outcome is null and action = 'create' and errors = '[]'`);
  return findPassedLimit(db, reach, record.tenantId, row?.adding ?? 0);
}
