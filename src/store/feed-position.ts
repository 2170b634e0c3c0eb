// A place in the order (transaction, id) in which streams tell what came or changed, and how they read on from it
// (docs/decisions/0008-the-order-of-the-live-feed.md).
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { Db, Tx } from './database.ts';

export interface FeedPosition {
  readonly xid: string;
  readonly id: string;
}

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Where a stream that wants only what comes from now on begins. */
export async function currentFeedPosition(db: Db | Tx): Promise<FeedPosition> {
  const [row] = await db.execute<{ xid: string }>(sql`select pg_snapshot_xmin(pg_current_snapshot())::text as xid`);
  if (row === undefined) throw new Error('no snapshot');
  return { xid: row.xid, id: NO_ID };
}

/**
 * Only transactions below the oldest that still runs: one with a lower number may yet commit, and would be lost if a stream
 * had gone past it.
 */
export function isSettled(xid: SQLWrapper): SQL {
  return sql`${xid} < pg_snapshot_xmin(pg_current_snapshot())`;
}

export function isAfter(position: FeedPosition, xid: SQLWrapper, id: SQLWrapper): SQL {
  return sql`(${xid}, ${id}) > (${position.xid}::xid8, ${position.id}::uuid)`;
}
