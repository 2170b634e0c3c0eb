// A transaction that is tried again when PostgreSQL ended it in favour of another one.
import { sql } from 'drizzle-orm';
import type { Database, Tx } from './database.ts';

const TRIES = 4;

function hasCode(error: unknown, codes: readonly string[]): boolean {
  for (let seen = error; seen instanceof Error; seen = seen.cause) {
    if ('code' in seen && codes.includes(String(seen.code))) return true;
  }
  return false;
}

/** serialization_failure and deadlock_detected: nothing was done, and the same again will do. */
const lostToAnother = (error: unknown) => hasCode(error, ['40001', '40P01']);

/** Runs `work` in a savepoint. Null: a unique index refused it, nothing of it was done, and the transaction goes on. */
export async function unlessTaken<T>(tx: Tx, work: (inner: Tx) => Promise<T>): Promise<T | null> {
  try {
    return await tx.transaction(work);
  } catch (error) {
    if (!hasCode(error, ['23505'])) throw error;
    return null;
  }
}

/** Changes of many users cross the slices' writes of the same rows: rare, and no reason to fail. */
export async function inTransaction<T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.db.transaction(work);
    } catch (error) {
      if (attempt === TRIES || !lostToAnother(error)) throw error;
    }
  }
}

/** A statement of `work` that takes longer, waiting for a lock too, is called off. @throws TooSlow then */
export async function withinTime<T>(database: Database, ms: number, work: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    return await database.db.transaction(
      async (tx) => {
        await tx.execute(sql`select set_config('statement_timeout', ${String(ms)}, true)`);
        return work(tx);
      },
      { accessMode: 'read only' },
    );
  } catch (error) {
    // query_canceled
    throw hasCode(error, ['57014']) ? new TooSlow('a query took too long', { cause: error }) : error;
  }
}

export class TooSlow extends Error {}
