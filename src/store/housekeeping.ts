// What is thrown away by time: old feed partitions, answered idempotency keys, deliveries of webhooks, links that ended.
// Runs on any machine at any time.
import { sql } from 'drizzle-orm';
import { dropOldWarnings } from './certificates.ts';
import type { Database } from './database.ts';
import { dropOldRuns } from './file-runs.ts';
import { UNDO_HOURS } from './import-jobs.ts';
import { dropOldMailNotices } from './mail-notices.ts';
import { dropOldPartitions, ensurePartitions } from './partitions.ts';
import { dropOldDeliveries } from './webhook-deliveries.ts';
import { dropOldWhyLinks } from './why-links.ts';

export async function keepHouse(database: Database, now: Date, activityRetentionDays: number): Promise<void> {
  await ensurePartitions(database.sql, now);
  await dropOldPartitions(database.sql, now, activityRetentionDays);
  await database.db.execute(sql`delete from idempotency_keys where created_at < now() - interval '24 hours'`);
  await database.db.execute(sql`delete from sessions where expire < now()`);
  await database.db.execute(
    sql`delete from throttles where expire < extract(epoch from now() - interval '1 hour') * 1000`,
  );
  await database.db.execute(sql`delete from one_time_links where expires_at < now() - interval '30 days'`);
  await dropOldWhyLinks(database.db);
  await dropOldDeliveries(database.db);
  await dropOldMailNotices(database.db);
  await dropOldWarnings(database.db);
  await dropOldRuns(database.db);
  // Uploads of a program that was killed while they came.
  await database.db.execute(
    sql`delete from imports where state = 'uploading' and updated_at < now() - interval '1 hour'`,
  );
  // What users had before an update is for the undo alone.
  await database.db.execute(sql`
    update import_rows r set before_sealed = null from imports i
    where i.id = r.import_id and r.before_sealed is not null and i.job is null
      and i.submitted_at between now() - interval '50 hours' and now() - ${UNDO_HOURS + 1} * interval '1 hour'`);
  // Raw rows of an upload hold what somebody typed, passwords included: they are kept for 30 days.
  await database.db.execute(sql`
    delete from import_rows r using imports i where i.id = r.import_id and i.created_at < now() - interval '30 days'`);
}
