// The feed: append, list, read on from a position. Knows no HTTP.
import { and, asc, desc, eq, gte, ilike, inArray, lt, or, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { isMailed, type WebhookEvent } from '../webhooks/events.ts';
import type { Db, Tx } from './database.ts';
import { estimateRows } from './estimate.ts';
import { type FeedPosition, isAfter, isSettled } from './feed-position.ts';
import { jsonText } from './json-text.ts';
import { type Reach, reachesPbx } from './reach.ts';
import { type ActivityStep, activity } from './schema.ts';

export interface NewActivity {
  readonly tenantId: string;
  readonly pbxId?: string | null;
  readonly pbxName?: string | null;
  readonly userId?: string | null;
  readonly userName?: string | null;
  readonly importId?: string | null;
  readonly actor: string;
  readonly verb: string;
  readonly outcome: 'ok' | 'waiting' | 'failed' | 'info';
  readonly status?: string | null;
  readonly code?: string | null;
  readonly sentence: string;
  readonly nextAction?: string | null;
  readonly steps?: readonly ActivityStep[];
  readonly detail?: Readonly<Record<string, unknown>>;
  /** What webhooks are told of it; absent: nothing. */
  readonly event?: WebhookEvent | null;
}

export interface ActivityEntry extends Required<Omit<NewActivity, 'event'>> {
  readonly id: string;
  readonly at: Date;
  /** Where a stream goes on after this entry. */
  readonly position: FeedPosition;
}

export interface ActivityFilter {
  readonly reach: Reach;
  /** Of this tenant only. */
  readonly tenantId?: string | undefined;
  readonly pbxId?: string | undefined;
  readonly userId?: string | undefined;
  readonly importId?: string | undefined;
  readonly statuses?: readonly string[] | undefined;
  readonly codes?: readonly string[] | undefined;
  readonly outcomes?: readonly string[] | undefined;
  readonly verbs?: readonly string[] | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Part of the sentence, or of the name of the user or PBX. */
  readonly q?: string | undefined;
}

/** Writes entries in the caller's transaction. Afterwards, outside of it, the caller touches the feed signal. */
export async function appendActivity(db: Db | Tx, entries: readonly NewActivity[]): Promise<void> {
  if (entries.length > 0) await db.execute(insertActivity(entries));
}

/**
 * The statement of appendActivity. What webhooks and admins are told of the entries is written with them, so that neither
 * is lost nor tells what was rolled back; without webhooks that is a look into an empty table.
 */
export function insertActivity(entries: readonly NewActivity[]): SQL {
  const rows = entries.map((entry) => ({
    id: uuidv7(),
    tenant_id: entry.tenantId,
    pbx_id: entry.pbxId,
    pbx_name: entry.pbxName,
    user_id: entry.userId,
    user_name: entry.userName,
    import_id: entry.importId,
    actor: entry.actor,
    verb: entry.verb,
    outcome: entry.outcome,
    status: entry.status,
    code: entry.code,
    sentence: entry.sentence,
    next_action: entry.nextAction,
    steps: entry.steps ?? [],
    detail: entry.detail ?? {},
    event: entry.event,
    mailed: isMailed(entry),
  }));
  // Milliseconds only: pages go on by (at, id), and a Date cannot say microseconds.
  const given = sql`
    select r.*, date_trunc('milliseconds', now()) as at
    from jsonb_to_recordset(${jsonText(rows)}::jsonb) as r(id uuid, tenant_id uuid, pbx_id uuid, pbx_name text,
      user_id uuid, user_name text, import_id uuid, actor text, verb text, outcome text, status text, code text,
      sentence text, next_action text, steps jsonb, detail jsonb, event text, mailed boolean)`;
  const told = sql`
    insert into activity (id, at, tenant_id, pbx_id, pbx_name, user_id, user_name, import_id, actor, verb, outcome,
      status, code, sentence, next_action, steps, detail)
    select id, at, tenant_id, pbx_id, pbx_name, user_id, user_name, import_id, actor, verb, outcome, status, code,
      sentence, next_action, steps, detail
    from r`;
  if (!rows.some((row) => row.event)) return sql`with r as (${given}) ${told}`;
  const mailed = sql`, mailed as (
    insert into mail_notices (id, tenant_id, pbx_id, import_id, event, pbx_name, sentence, next_action)
    select id, tenant_id, pbx_id, import_id, event, pbx_name, sentence, next_action from r where r.mailed)`;
  return sql`
    with r as materialized (${given}), told as (${told})${rows.some((row) => row.mailed) ? mailed : sql``}
    insert into webhook_deliveries (webhook_id, id, event, payload)
    select w.id, r.id, r.event, jsonb_strip_nulls(jsonb_build_object('id', r.id, 'type', r.event,
      'at', to_char(r.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'tenantId', r.tenant_id,
      'pbx', case when r.pbx_id is not null then jsonb_build_object('id', r.pbx_id, 'name', r.pbx_name) end,
      'user', case when r.user_id is not null then jsonb_build_object('id', r.user_id, 'name', r.user_name) end,
      'importId', r.import_id, 'outcome', r.outcome, 'status', r.status, 'code', r.code, 'sentence', r.sentence,
      'nextAction', r.next_action, 'detail', nullif(r.detail, '{}')))::text
    from r join webhooks w on w.enabled and r.event = any(w.events)
      and w.tenant_id = any((select t.path from tenants t where t.id = r.tenant_id)::uuid[])`;
}

/** In the words of the index activity_trouble: a plan for any parameter does not see that it fits. */
const IS_TROUBLE = sql`${activity.outcome} in ('failed', 'waiting')`;

function conditions(filter: ActivityFilter): SQL[] {
  const all: SQL[] = [reachesPbx(filter.reach, activity.tenantId, activity.pbxId)];
  if (filter.tenantId !== undefined) all.push(eq(activity.tenantId, filter.tenantId));
  if (filter.pbxId !== undefined) all.push(eq(activity.pbxId, filter.pbxId));
  if (filter.userId !== undefined) all.push(eq(activity.userId, filter.userId));
  if (filter.importId !== undefined) all.push(eq(activity.importId, filter.importId));
  if (filter.statuses?.length) all.push(inArray(activity.status, [...filter.statuses]));
  if (filter.codes?.length) all.push(inArray(activity.code, [...filter.codes]));
  if (filter.outcomes?.length) {
    all.push(sql`${activity.outcome} in ${[...filter.outcomes]}`);
    if (filter.outcomes.every((outcome) => outcome === 'failed' || outcome === 'waiting')) all.push(IS_TROUBLE);
  }
  if (filter.verbs?.length) all.push(inArray(activity.verb, [...filter.verbs]));
  if (filter.from !== undefined) all.push(gte(activity.at, filter.from));
  if (filter.to !== undefined) all.push(lt(activity.at, filter.to));
  if (filter.q !== undefined) {
    const like = `%${filter.q.replaceAll(/[\\%_]/g, '\\$&')}%`;
    const named = or(ilike(activity.sentence, like), ilike(activity.userName, like), ilike(activity.pbxName, like));
    if (named !== undefined) all.push(named);
  }
  return all;
}

function toEntry(row: typeof activity.$inferSelect): ActivityEntry {
  const { xid, ...entry } = row;
  return { ...entry, position: { xid, id: row.id } };
}

/** A place in the order of lists. */
interface ListPosition {
  readonly at: Date;
  readonly id: string;
}

interface ListPage {
  readonly limit: number;
  /** The last entry of the page before. */
  readonly before?: ListPosition | undefined;
  /** The last entry that is looked at. */
  readonly until?: ListPosition | null | undefined;
}

function compare(position: ListPosition, sign: '<' | '>='): SQL {
  return sql`(${activity.at}, ${activity.id}) ${sql.raw(sign)} (${position.at.toISOString()}::timestamptz, ${position.id}::uuid)`;
}

/** Entries that one search looks at: no index finds a part of a text, and this many are read in a moment. */
const SEARCHED = 20_000;

/** Where a search for `q` from `before` on has looked at enough; null: it comes to the end of the feed. */
export async function endOfSearch(
  db: Db | Tx,
  { q: _, ...filter }: ActivityFilter,
  before: ListPosition | undefined,
  searched = SEARCHED,
): Promise<ListPosition | null> {
  const [end] = await db
    .select({ at: activity.at, id: activity.id })
    .from(activity)
    .where(and(...conditions(filter), before && compare(before, '<')))
    .orderBy(desc(activity.at), desc(activity.id))
    .offset(searched - 1)
    .limit(1);
  return end ?? null;
}

/** Newest first. */
export async function listActivity(db: Db | Tx, filter: ActivityFilter, page: ListPage): Promise<ActivityEntry[]> {
  const where = conditions(filter);
  if (page.before) where.push(compare(page.before, '<'));
  if (page.until) where.push(compare(page.until, '>='));
  const rows = await db
    .select()
    .from(activity)
    .where(and(...where))
    .orderBy(desc(activity.at), desc(activity.id))
    .limit(page.limit);
  return rows.map(toEntry);
}

const EXPORT_PAGE = 1_000;
/** Entries of one export, the newest. */
const MOST_EXPORTED = 100_000;
/** A search of an export looks so often at SEARCHED entries: a million. */
const EXPORT_SEARCHES = 50;

/** What matches, newest first, page by page; the next one is asked for when the reader wants it. */
export async function* exportActivity(
  db: Db | Tx,
  filter: ActivityFilter,
  most = MOST_EXPORTED,
): AsyncGenerator<readonly ActivityEntry[]> {
  let before: ListPosition | undefined;
  let left = most;
  for (let searches = 0; left > 0 && searches < EXPORT_SEARCHES; ) {
    const until = filter.q === undefined ? null : await endOfSearch(db, filter, before);
    const limit = Math.min(EXPORT_PAGE, left);
    const rows = await listActivity(db, filter, { limit, before, until });
    if (rows.length > 0) yield rows;
    left -= rows.length;
    if (rows.length === limit) before = rows.at(-1);
    else if (until === null) return;
    else {
      before = until;
      searches += 1;
    }
  }
}

/** Oldest first, what comes after a position. */
export async function readActivityAfter(
  db: Db | Tx,
  position: FeedPosition,
  filter: ActivityFilter,
  limit: number,
): Promise<ActivityEntry[]> {
  const rows = await db
    .select()
    .from(activity)
    .where(and(...conditions(filter), isAfter(position, activity.xid, activity.id), isSettled(activity.xid)))
    .orderBy(asc(activity.xid), asc(activity.id))
    .limit(limit);
  return rows.map(toEntry);
}

/** About how many entries match (the planner's guess). */
export async function estimateActivity(db: Db | Tx, filter: ActivityFilter): Promise<number> {
  return await estimateRows(db, sql`select 1 from ${activity} where ${and(...conditions(filter))}`);
}

/** Entries of one PBX that went wrong in the same way. */
export interface ActivityGroup {
  readonly tenantId: string;
  readonly pbxId: string | null;
  readonly code: string | null;
  readonly outcome: 'failed' | 'waiting';
  readonly count: number;
  readonly users: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** Of the newest of them. */
  readonly pbxName: string | null;
  readonly sentence: string;
  readonly nextAction: string | null;
}

type TroubleFilter = Pick<ActivityFilter, 'reach' | 'tenantId' | 'pbxId' | 'codes' | 'from' | 'to'> & {
  readonly outcomes: readonly ('failed' | 'waiting')[];
};

/** Entries that are grouped at most, the newest: a bound on what one request can cost. */
const GROUPED = 200_000;

/**
 * What went wrong, repeats as one; the group with the newest entry first. Read from the index activity_trouble alone.
 * @returns reachesTo: the oldest entry that was looked at, where there were more; null: all were
 */
export async function groupTrouble(
  db: Db | Tx,
  filter: TroubleFilter,
  limit: number,
  grouped = GROUPED,
): Promise<{ readonly groups: ActivityGroup[]; readonly total: number; readonly reachesTo: Date | null }> {
  const rows = await db.execute<Record<string, unknown>>(sql`
    with seen as materialized (
      select tenant_id, pbx_id, code, outcome, user_id, at from activity where ${and(...conditions(filter), IS_TROUBLE)}
      order by at desc, id desc limit ${grouped}
    ), by_user as (
      select tenant_id, pbx_id, code, outcome, user_id, count(*) as n, min(at) as first_at, max(at) as last_at
      from seen group by tenant_id, pbx_id, code, outcome, user_id
    ), groups as (
      select tenant_id, pbx_id, code, outcome, sum(n)::int as count, count(user_id)::int as users,
        min(first_at) as first_at, max(last_at) as last_at
      from by_user group by tenant_id, pbx_id, code, outcome
    ), shown as (
      select *, count(*) over ()::int as total, sum(count) over ()::int as looked_at, min(first_at) over () as oldest
      from groups order by last_at desc, count desc, pbx_id, code limit ${limit}
    )
    select s.tenant_id as "tenantId", s.pbx_id as "pbxId", s.code, s.outcome, s.count, s.users, s.first_at as "firstAt",
      s.last_at as "lastAt", s.total, s.looked_at as "lookedAt", s.oldest, newest.pbx_name as "pbxName", newest.sentence,
      newest.next_action as "nextAction"
    from shown s cross join lateral (
      select a.pbx_name, a.sentence, a.next_action from activity a
      where a.at = s.last_at and a.tenant_id = s.tenant_id and a.pbx_id is not distinct from s.pbx_id
        and a.code is not distinct from s.code and a.outcome = s.outcome
      order by a.id desc limit 1) newest
    order by s.last_at desc, s.count desc, s.pbx_id, s.code`);
  const all = rows as unknown as readonly (ActivityGroup & {
    readonly total: number;
    readonly lookedAt: number;
    readonly oldest: Date;
  })[];
  const [first] = all;
  return {
    groups: all.map(({ total: _, lookedAt: __, oldest: ___, ...group }) => group),
    total: first?.total ?? 0,
    reachesTo: first !== undefined && first.lookedAt >= grouped ? first.oldest : null,
  };
}
