// Brings the database to the shape of schema.ts: migrations, the partitions of the feed, the operator tenant.
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { v7 as uuidv7 } from 'uuid';
import { MIGRATIONS_FOLDER } from '../package-root.ts';
import { connectionOptions, type Database } from './database.ts';
import { databaseAccess } from './database-tls.ts';
import { ensurePartitions } from './partitions.ts';
import { StoreError } from './store-error.ts';

/** Our advisory lock for "the shape is being changed"; a number of no meaning. */
const SHAPE_LOCK = 7_264_001;

/** How many migrations the database lacks, and how many it has that this version does not know. */
export async function compareMigrations(sql: postgres.Sql): Promise<{ lacking: number; unknown: number }> {
  const known = new Set(readMigrationFiles({ migrationsFolder: MIGRATIONS_FOLDER }).map(({ hash }) => hash));
  const [there] = await sql<{ yes: boolean }[]>`select to_regclass('drizzle.__drizzle_migrations') is not null as yes`;
  const applied = there?.yes ? await sql<{ hash: string }[]>`select hash from drizzle.__drizzle_migrations` : [];
  const hashes = new Set(applied.map(({ hash }) => hash));
  return { lacking: known.difference(hashes).size, unknown: hashes.difference(known).size };
}

/**
 * Safe when several processes call it at once: one works, the others wait and find nothing to do.
 * drizzle's own migrator takes no lock. The lock belongs to a connection, so everything runs on the one that holds it.
 * @throws StoreError DATABASE_NEWER, and nothing is changed
 */
export async function migrate(database: Database, now: Date = new Date()): Promise<void> {
  const { address, ssl } = databaseAccess(database.url.reveal());
  const options = { ...connectionOptions('provender migrate'), ssl, max: 1, max_lifetime: null, idle_timeout: 0 };
  const sql = postgres(address, options);
  try {
    await sql`select pg_advisory_lock(${SHAPE_LOCK})`;
    const { unknown } = await compareMigrations(sql);
    if (unknown > 0)
      throw new StoreError(
        'DATABASE_NEWER',
        `The database was used with a newer Provender: this version does not know ${unknown} of its changes, and would damage what it does not know. Nothing was changed. Install the newer version, or restore a back-up from before it.`,
      );
    await applyMigrations(drizzle(sql), { migrationsFolder: MIGRATIONS_FOLDER });
    await sql`
      insert into tenants (id, parent_id, kind, name)
      select ${uuidv7()}, null, 'operator', 'Default' where not exists (select from tenants where parent_id is null)`;
    await ensurePartitions(sql, now);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
