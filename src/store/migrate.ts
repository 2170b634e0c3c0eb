// Brings the database to the shape of schema.ts: migrations, the partitions of the feed, the operator tenant.
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { v7 as uuidv7 } from 'uuid';
import { MIGRATIONS_FOLDER } from '../package-root.ts';
import { connectionOptions, type Database } from './database.ts';
import { databaseAccess } from './database-tls.ts';
import { ensurePartitions } from './partitions.ts';

/** Our advisory lock for "the shape is being changed"; a number of no meaning. */
const SHAPE_LOCK = 7_264_001;

/**
 * Safe when several processes call it at once: one works, the others wait and find nothing to do.
 * drizzle's own migrator takes no lock. The lock belongs to a connection, so everything runs on the one that holds it.
 */
export async function migrate(database: Database, now: Date = new Date()): Promise<void> {
  const { address, ssl } = databaseAccess(database.url.reveal());
  const options = { ...connectionOptions('provender migrate'), ssl, max: 1, max_lifetime: null, idle_timeout: 0 };
  const sql = postgres(address, options);
  try {
    await sql`select pg_advisory_lock(${SHAPE_LOCK})`;
    await applyMigrations(drizzle(sql), { migrationsFolder: MIGRATIONS_FOLDER });
    await sql`
      insert into tenants (id, parent_id, kind, name)
      select ${uuidv7()}, null, 'operator', 'Default' where not exists (select from tenants where parent_id is null)`;
    await ensurePartitions(sql, now);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
