// A transaction that is tried again when PostgreSQL ended it in favour of another one.
import type { Database, Tx } from './database.ts';

const TRIES = 4;

/** serialization_failure and deadlock_detected: nothing was done, and the same again will do. */
function lostToAnother(error: unknown): boolean {
  for (let seen = error; seen instanceof Error; seen = seen.cause) {
    if ('code' in seen && (seen.code === '40001' || seen.code === '40P01')) return true;
  }
  return false;
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
