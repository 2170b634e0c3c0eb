// The audit: who did what to what. Appended in the transaction of the change; a trigger refuses any change of it.
// Sealing of days and their verification are in audit-days.ts. Knows no HTTP.
import { and, asc, desc, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Db, Tx } from './database.ts';
import { type FeedPosition, isAfter, isSettled } from './feed-position.ts';
import { type Reach, reachesTenant } from './reach.ts';
import { type AuditValues, audit } from './schema.ts';

export type { AuditValues } from './schema.ts';

/** Who did it. `account` as the API has it: `member:<id>`, `key:<id>`; programs are `cli` and `system`. */
export interface AuditActor {
  readonly account: string;
  readonly name: string;
  readonly onBehalfOf?: string | null;
}

export interface AuditObject {
  readonly type: string;
  readonly id?: string | null;
  readonly name?: string | null;
}

export interface NewAudit {
  readonly actor: AuditActor;
  readonly action: string;
  readonly object: AuditObject;
  /** Whose object it is; null: of the installation. */
  readonly tenantId: string | null;
  /** Secrets only as keyed hashes. */
  readonly before?: AuditValues | null;
  readonly after?: AuditValues | null;
  readonly requestId?: string | null;
  readonly ip?: string | null;
}

/** The operator at the command line. */
export const COMMAND_LINE: AuditActor = { account: 'cli', name: 'command line' };

/** PostgreSQL's jsonb takes no NUL. */
function storable(values: AuditValues | null | undefined): AuditValues | null {
  if (!values) return null;
  return JSON.parse(JSON.stringify(values).replaceAll('\\u0000', '\\ufffd')) as AuditValues;
}

/** In the transaction of the change: what cannot be audited is not done. */
export async function appendAudit(db: Db | Tx, entry: NewAudit): Promise<void> {
  const { actor, object } = entry;
  await db.insert(audit).values({
    id: uuidv7(),
    // Milliseconds only: pages go on by (at, id), and a Date cannot say microseconds.
    at: sql`date_trunc('milliseconds', now())`,
    tenantId: entry.tenantId,
    actor: actor.account,
    actorName: actor.name,
    onBehalfOf: actor.onBehalfOf ?? null,
    action: entry.action,
    objectType: object.type,
    objectId: object.id ?? null,
    objectName: object.name ?? null,
    before: storable(entry.before),
    after: storable(entry.after),
    requestId: entry.requestId ?? null,
    ip: entry.ip ?? null,
  });
}

export type AuditEntry = typeof audit.$inferSelect;

export interface AuditFilter {
  /** Who reaches the whole installation sees also what is of no tenant. */
  readonly reach: Reach;
  /** Of this tenant only. */
  readonly tenantId?: string | undefined;
  readonly actor?: string | undefined;
  readonly actions?: readonly string[] | undefined;
  readonly objectType?: string | undefined;
  readonly objectId?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

function conditions(filter: AuditFilter): SQL[] {
  const all: SQL[] = [reachesTenant(filter.reach, audit.tenantId)];
  if (filter.tenantId !== undefined) all.push(eq(audit.tenantId, filter.tenantId));
  if (filter.actor !== undefined) all.push(eq(audit.actor, filter.actor));
  if (filter.actions?.length) all.push(inArray(audit.action, [...filter.actions]));
  if (filter.objectType !== undefined) all.push(eq(audit.objectType, filter.objectType));
  if (filter.objectId !== undefined) all.push(eq(audit.objectId, filter.objectId));
  if (filter.from !== undefined) all.push(gte(audit.at, filter.from));
  if (filter.to !== undefined) all.push(lt(audit.at, filter.to));
  return all;
}

/** Newest first; `before` is the last entry of the page before. */
export async function listAudit(
  db: Db | Tx,
  filter: AuditFilter,
  page: { readonly limit: number; readonly before?: { readonly at: Date; readonly id: string } | undefined },
): Promise<AuditEntry[]> {
  const where = conditions(filter);
  if (page.before !== undefined) {
    where.push(
      sql`(${audit.at}, ${audit.id}) < (${page.before.at.toISOString()}::timestamptz, ${page.before.id}::uuid)`,
    );
  }
  return db
    .select()
    .from(audit)
    .where(and(...where))
    .orderBy(desc(audit.at), desc(audit.id))
    .limit(page.limit);
}

/** Null: there is none with this id within reach. */
export async function readAudit(db: Db | Tx, reach: Reach, id: string): Promise<AuditEntry | null> {
  const [row] = await db
    .select()
    .from(audit)
    .where(and(eq(audit.id, id), ...conditions({ reach })));
  return row ?? null;
}

/** Oldest first, what comes after a position. */
export async function readAuditAfter(
  db: Db | Tx,
  position: FeedPosition,
  filter: AuditFilter,
  limit: number,
): Promise<AuditEntry[]> {
  return db
    .select()
    .from(audit)
    .where(and(...conditions(filter), isAfter(position, audit.xid, audit.id), isSettled(audit.xid)))
    .orderBy(asc(audit.xid), asc(audit.id))
    .limit(limit);
}

/** Of all tenants, the one that streams come to last. */
export async function newestAudit(db: Db | Tx): Promise<FeedPosition | null> {
  const [row] = await db
    .select({ xid: audit.xid, id: audit.id })
    .from(audit)
    .where(isSettled(audit.xid))
    .orderBy(desc(audit.xid), desc(audit.id))
    .limit(1);
  return row ?? null;
}

const EXPORT_PAGE = 1000;

/** All that match, newest first, page by page. */
export async function* exportAudit(db: Db, filter: AuditFilter): AsyncGenerator<readonly AuditEntry[]> {
  for (let before: AuditEntry | undefined; ; ) {
    const rows = await listAudit(db, filter, { limit: EXPORT_PAGE, before });
    if (rows.length > 0) yield rows;
    before = rows.at(-1);
    if (rows.length < EXPORT_PAGE) return;
  }
}

/** How often an account did something since then, for limits; others of the account wait until the transaction ends. */
export async function countSince(tx: Tx, account: string, action: string, since: Date): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${action} ${account}`}, 0))`);
  const [row] = await tx.execute<{ n: number }>(sql`
    select count(*)::int as n from audit
    where actor = ${account} and action = ${action} and at >= ${since.toISOString()}::timestamptz`);
  return row?.n ?? 0;
}
