// The monthly partitions of the feed: made ahead, dropped when they are old. Months are UTC.
import type postgres from 'postgres';

const PARTITION_LOCK = 7_264_002;

function monthStart(now: Date, ahead: number): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
}

function partitionName(start: Date): string {
  return `activity_${start.toISOString().slice(0, 7).replace('-', '_')}`;
}

/** Months that have a partition, oldest first. */
async function existing(sql: postgres.Sql | postgres.TransactionSql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'activity'::regclass and c.relname ~ '^activity_[0-9]{4}_[0-9]{2}$' order by 1`;
  return rows.map((row) => row.name);
}

/**
 * Partitions for this month and the next two. Entries that came before their partition wait in the default one and
 * are moved. Waits at most 5 s for writers of the feed; try again at the next housekeeping.
 */
export async function ensurePartitions(sql: postgres.Sql, now: Date): Promise<void> {
  const starts = [0, 1, 2].map((ahead) => [monthStart(now, ahead), monthStart(now, ahead + 1)] as const);
  const there = new Set(await existing(sql));
  if (starts.every(([from]) => there.has(partitionName(from)))) return;
  await sql.begin(async (tx) => {
    await tx`set local lock_timeout = '5s'`;
    await tx`select pg_advisory_xact_lock(${PARTITION_LOCK})`;
    const made = new Set(await existing(tx));
    for (const [from, to] of starts) {
      const name = partitionName(from);
      if (made.has(name)) continue;
      const [first, last] = [from.toISOString(), to.toISOString()];
      await tx`lock table activity_default in access exclusive mode`;
      await tx.unsafe(`create table ${name} (like activity including defaults including constraints)`);
      await tx.unsafe(
        `with moved as (delete from activity_default where at >= '${first}' and at < '${last}' returning *)
         insert into ${name} select * from moved`,
      );
      await tx.unsafe(`alter table activity attach partition ${name} for values from ('${first}') to ('${last}')`);
    }
  });
}

/**
 * Drops the months that ended more than `retentionDays` ago, and such entries of the default partition. Gives the
 * names of what was dropped. A month goes whole: entries live up to 31 days longer than the setting.
 */
export async function dropOldPartitions(sql: postgres.Sql, now: Date, retentionDays: number): Promise<string[]> {
  const cutoff = new Date(now.getTime() - retentionDays * 86_400_000);
  const oldest = partitionName(cutoff);
  const old = (await existing(sql)).filter((name) => name < oldest);
  for (const name of old)
    await sql.begin(async (tx) => {
      await tx`set local lock_timeout = '5s'`;
      await tx.unsafe(`drop table if exists ${name}`);
    });
  await sql`delete from activity_default where at < ${monthStart(cutoff, 0)}`;
  return old;
}
