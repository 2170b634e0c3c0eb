// Seals of the closed days of the audit, and their verification: which row was altered, deleted or slipped in afterwards.
// Nothing is chained when a row is written: that would put all changes in one line.
import { createHash } from 'node:crypto';
import type postgres from 'postgres';
import type { Database } from './database.ts';
import { type KeyRing, type Place, SealError } from './key-ring.ts';

/** A day is sealed when it is this long over; and no transaction that began in it runs any more. */
const GRACE_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** One process at a time; a number of no meaning. */
const SEAL_LOCK = 7_264_003;

const HASH_OF_NO_DAY = '0'.repeat(64);

function placeOf(day: string): Place {
  return { tenant: '', table: 'audit_days', row: day, column: 'hash' };
}

/** All columns as PostgreSQL writes them, whatever the settings of the session. */
const ROW_TEXT = `jsonb_build_array(id, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), tenant_id, actor,
  actor_name, on_behalf_of, action, object_type, object_id, object_name, before, after, request_id, ip)::text`;

/** `<id> <hash>` per row, in the order of ids. */
async function manifestOf(sql: postgres.Sql | postgres.TransactionSql, day: string): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select id || ' ' || encode(sha256(convert_to(${sql.unsafe(ROW_TEXT)}, 'UTF8')), 'hex') as line from audit
    where at >= ${day}::date::timestamp at time zone 'UTC' and at < (${day}::date + 1)::timestamp at time zone 'UTC'
    order by id`;
  return rows.map(({ line }) => line);
}

function hashOfDay(before: string, day: string, manifest: string): string {
  return createHash('sha256').update(`${before}\n${day}\n${manifest}`).digest('hex');
}

const textOf = (time: number) => new Date(time).toISOString().slice(0, 10);
const next = (day: string) => textOf(Date.parse(day) + DAY_MS);

/**
 * Seals each closed day that is not sealed yet, from the first entry on, also days without one.
 * @param onSealed for the log: whoever keeps logs elsewhere can prove more than the database alone
 */
export async function sealClosedDays(
  { sql }: Database,
  ring: KeyRing,
  now: Date,
  onSealed: (day: string, hash: string) => void,
): Promise<void> {
  const [state] = await sql<{ last: string | null; hash: string | null; first: string | null }[]>`
    select (select max(day)::text from audit_days) as last,
      (select hash from audit_days order by day desc limit 1) as hash,
      (select (min(at) at time zone 'UTC')::date::text from audit) as first`;
  let day = state?.last ? next(state.last) : state?.first;
  while (day && Date.parse(day) + DAY_MS + GRACE_MS <= now.getTime()) {
    const hash = await sealDay(sql, ring, day);
    if (hash === null) return;
    onSealed(day, hash);
    day = next(day);
  }
}

/** Null: another process does it, or a transaction of the day still runs. */
async function sealDay(sql: postgres.Sql, ring: KeyRing, day: string): Promise<string | null> {
  return sql.begin(async (tx) => {
    const [state] = await tx<{ mine: boolean; busy: boolean; before: string | null }[]>`
      select pg_try_advisory_xact_lock(${SEAL_LOCK}) as mine,
        exists (select from pg_stat_activity where datname = current_database()
          and backend_type = 'client backend' and pid <> pg_backend_pid() and xact_start < (${day}::date + 1)::timestamp at time zone 'UTC') as busy,
        (select hash from audit_days where day = ${day}::date - 1) as before`;
    if (state?.mine !== true || state.busy) return null;
    const lines = await manifestOf(tx, day);
    const manifest = lines.join('\n');
    const hash = hashOfDay(state.before ?? HASH_OF_NO_DAY, day, manifest);
    const written = await tx`
      insert into audit_days (day, row_count, manifest, hash, hash_sealed)
      values (${day}, ${lines.length}, ${manifest}, ${hash}, ${ring.seal(hash, placeOf(day))})
      on conflict do nothing returning day`;
    return written.length === 0 ? null : hash;
  });
}

export interface AuditFlaw {
  readonly day: string;
  readonly code: 'ROW_ALTERED' | 'ROW_DELETED' | 'ROW_ADDED' | 'SEAL_BROKEN' | 'SEAL_MISSING';
  /** Id of the row, where it is about one. */
  readonly id: string | null;
}

export interface AuditVerdict {
  /** Sealed days that were compared, and their rows. */
  readonly days: number;
  readonly rows: number;
  /** Of the last sealed day: keep it elsewhere, and nobody can cut off the end unseen. */
  readonly lastDay: string | null;
  readonly lastHash: string | null;
  readonly flaws: readonly AuditFlaw[];
}

interface SealedDay {
  readonly day: string;
  readonly manifest: string;
  readonly hash: string;
  readonly hash_sealed: string;
}

/** Compares every sealed day with its rows. Rows of days that are not sealed yet are not judged. */
export async function verifyAudit({ sql }: Database, ring: KeyRing): Promise<AuditVerdict> {
  const days = await sql<{ day: string }[]>`select day::text from audit_days order by day`;
  const flaws: AuditFlaw[] = [];
  let rows = 0;
  let before: { readonly day: string; readonly hash: string } | null = null;
  for (const { day } of days) {
    const [sealed] = await sql<SealedDay[]>`
      select day::text, manifest, hash, hash_sealed from audit_days where day = ${day}`;
    if (sealed === undefined) continue;
    for (let missing = before === null ? day : next(before.day); missing < day; missing = next(missing))
      flaws.push({ day: missing, code: 'SEAL_MISSING', id: null });
    const expected = hashOfDay(before?.hash ?? HASH_OF_NO_DAY, day, sealed.manifest);
    if (!isSealedAs(ring, sealed, expected)) flaws.push({ day, code: 'SEAL_BROKEN', id: null });
    const found = await manifestOf(sql, day);
    rows += found.length;
    flaws.push(...differences(day, sealed.manifest === '' ? [] : sealed.manifest.split('\n'), found));
    before = { day, hash: sealed.hash };
  }
  // Entries before the first seal were there when it was made, or came afterwards.
  if (days[0] !== undefined) {
    const strays = await sql<{ id: string; day: string }[]>`
      select id, (at at time zone 'UTC')::date::text as day from audit
      where at < ${days[0].day}::date::timestamp at time zone 'UTC' order by id`;
    flaws.push(...strays.map(({ id, day }) => ({ day, code: 'ROW_ADDED' as const, id })));
  }
  return { days: days.length, rows, lastDay: before?.day ?? null, lastHash: before?.hash ?? null, flaws };
}

/** Without the key nobody can write another seal. */
function isSealedAs(ring: KeyRing, { day, hash, hash_sealed }: SealedDay, expected: string): boolean {
  try {
    return hash === expected && ring.unseal(hash_sealed, placeOf(day)).reveal() === expected;
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}

function differences(day: string, sealed: readonly string[], found: readonly string[]): AuditFlaw[] {
  const parse = (lines: readonly string[]) =>
    new Map(lines.map((line) => line.split(' ') as [id: string, hash: string]));
  const [was, is] = [parse(sealed), parse(found)];
  return [
    ...[...was].flatMap(([id, hash]): AuditFlaw[] => {
      if (!is.has(id)) return [{ day, code: 'ROW_DELETED', id }];
      return is.get(id) === hash ? [] : [{ day, code: 'ROW_ALTERED', id }];
    }),
    ...[...is.keys()].filter((id) => !was.has(id)).map((id): AuditFlaw => ({ day, code: 'ROW_ADDED', id })),
  ];
}
