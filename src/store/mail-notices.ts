// E-mails to the admins of a PBX that are to be sent, and who these are. Knows no SMTP.
import { sql } from 'drizzle-orm';
import type { WebhookEvent } from '../webhooks/events.ts';
import type { Database, Db, Tx } from './database.ts';

/** A worker that took a notice and said nothing for so long is dead. */
const LEASE_MINUTES = 5;
/** What could not be sent for so long is no news any more. */
const KEPT_DAYS = 3;

export interface MailNotice {
  readonly id: string;
  readonly tenantId: string;
  readonly pbxId: string | null;
  readonly importId: string | null;
  readonly event: WebhookEvent;
  readonly pbxName: string | null;
  readonly sentence: string;
  readonly nextAction: string | null;
  readonly attempt: number;
}

/** Takes one that is due, from whoever had it. */
export async function claimMailNotice(database: Database): Promise<MailNotice | null> {
  const [row] = await database.db.execute<Record<keyof MailNotice, never>>(sql`
    update mail_notices set attempt = attempt + 1, due_at = now() + ${LEASE_MINUTES}::int * interval '1 minute'
    where id = (select id from mail_notices where due_at <= now() order by due_at limit 1 for update skip locked)
    returning id, tenant_id as "tenantId", pbx_id as "pbxId", import_id as "importId", event, pbx_name as "pbxName",
      sentence, next_action as "nextAction", attempt`);
  return row ?? null;
}

export async function endMailNotice(db: Db | Tx, id: string): Promise<void> {
  await db.execute(sql`delete from mail_notices where id = ${id}`);
}

export async function delayMailNotice(db: Db | Tx, id: string, seconds: number): Promise<void> {
  await db.execute(
    sql`update mail_notices set due_at = now() + ${seconds}::int * interval '1 second' where id = ${id}`,
  );
}

/** Those that nobody sends, since no SMTP is set, or the server takes none. */
export async function dropOldMailNotices(db: Db | Tx): Promise<void> {
  await db.execute(sql`
    delete from mail_notices where created_at < now() - ${KEPT_DAYS}::int * interval '1 day'`);
}

/**
 * Addresses of those who look after the PBX: its PBX admins; where there are none, the admins of the reseller; or else
 * the owners. An import of several PBXs goes to the admins of any of them.
 */
export async function findAdmins(
  db: Db | Tx,
  notice: Pick<MailNotice, 'tenantId' | 'pbxId' | 'importId'>,
): Promise<string[]> {
  const pbxIds =
    notice.pbxId === null
      ? sql`(select coalesce(array_agg(distinct u.pbx_id), '{}') from users u where u.import_id = ${notice.importId}::uuid)`
      : sql`array[${notice.pbxId}::uuid]`;
  const rows = await db.execute<{ email: string; role: string }>(sql`
    select distinct m.email, r.role from members m
    join member_roles r on r.member_id = m.id
    join tenants t on t.id = ${notice.tenantId} and r.tenant_id = any(t.path)
    where m.joined_at is not null and m.disabled_at is null and (r.pbx_ids is null or r.pbx_ids && ${pbxIds})`);
  for (const role of ['pbxAdmin', 'resellerAdmin', 'owner']) {
    const emails = rows.filter((row) => row.role === role).map((row) => row.email);
    if (emails.length > 0) return emails.sort();
  }
  return [];
}
