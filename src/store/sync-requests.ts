// SQL of the Sync button.
import { sql } from 'drizzle-orm';
import type { Database, Tx } from './database.ts';
import type { Reach } from './reach.ts';
import { withinReach } from './users.ts';

/** Writes the entry of the audit: what cannot be audited is not done. */
export interface SyncAudit {
  write(tx: Tx, note: { readonly after: object }): Promise<void>;
}

interface Requested {
  readonly requested: number;
  readonly pbxIds: readonly string[];
}

/** A user that is due at once, before all others; its clocks of failures begin anew. */
const DUE_NOW = sql`due_at = now(), priority = 10, attempt = 0, absent_since = null, sync_requested_at = clock_timestamp()`;

/** Users that may be asked: enabled, with a MAC, at a PBX with an address. */
const MAY_BE_ASKED = sql`u.mac is not null and u.status <> 'off' and p.provisioning_url is not null`;

export async function requestSyncOfUsers(
  database: Database,
  reach: Reach,
  userIds: readonly string[],
  by: string,
  accept: string | undefined,
  audit: SyncAudit | undefined,
): Promise<Requested> {
  return database.db.transaction(async (tx) => {
    const done = await markForSync(tx, reach, userIds, by, accept);
    await audit?.write(tx, { after: { userIds, ...(accept !== undefined && { accept }), requested: done.requested } });
    return done;
  });
}

/** In the caller's transaction; its PBXs are to be woken after the commit. */
export async function markForSync(
  tx: Tx,
  reach: Reach,
  userIds: readonly string[],
  by: string,
  accept: string | undefined,
): Promise<Requested> {
  if (userIds.length === 0) return { requested: 0, pbxIds: [] };
  const rows = await tx.execute<{ pbx_id: string; own_login: boolean }>(sql`
    update users u set ${DUE_NOW}, sync_requested_by = ${by}, accept_once = ${accept ?? null}
    from pbxs p
    where p.id = u.pbx_id and ${withinReach(reach)}
      and u.id in ${[...userIds]}
      and ${MAY_BE_ASKED}
    returning u.pbx_id, u.prov_username is not null as own_login`);
  const pbxIds = [...new Set(rows.map((row) => row.pbx_id))];
  const withPbxLogin = [...new Set(rows.filter((row) => !row.own_login).map((row) => row.pbx_id))];
  for (const pbxId of pbxIds) await resume(tx, pbxId, withPbxLogin.includes(pbxId));
  return { requested: rows.length, pbxIds };
}

export async function requestSyncOfPbx(
  database: Database,
  reach: Reach,
  pbxId: string,
  by: string,
  audit: SyncAudit | undefined,
): Promise<Requested> {
  return database.db.transaction(async (tx) => {
    const rows = await tx.execute<{ id: string }>(sql`
      update users u set ${DUE_NOW}, sync_requested_by = ${by}
      from pbxs p
      where p.id = u.pbx_id and ${withinReach(reach)} and u.pbx_id = ${pbxId} and ${MAY_BE_ASKED}
      returning u.id`);
    await resume(tx, pbxId, true);
    await audit?.write(tx, { after: { requested: rows.length } });
    return { requested: rows.length, pbxIds: rows.length > 0 ? [pbxId] : [] };
  });
}

/**
 * What we had stopped ourselves begins again, with one probe. A pause that the server asked for (Retry-After) stays. A
 * running slice is fenced off: it would write back what it knew before.
 * @param withLogin the PBX's own login is tried again too
 */
async function resume(tx: Tx, pbxId: string, withLogin: boolean): Promise<void> {
  await tx.execute(sql`
    update pbx_runs set paused_until = null, pause_code = null, slice_epoch = slice_epoch + 1
    where pbx_id = ${pbxId} and paused_until > now() and pause_code not in ('HTTP_429', 'HTTP_5XX')`);
  if (!withLogin) return;
  const resumed = await tx.execute(sql`
    update pbx_runs set login = login || '{"state": "probing", "refusedMacs": []}', slice_epoch = slice_epoch + 1
    where pbx_id = ${pbxId} and login ->> 'state' = 'refused' returning pbx_id`);
  if (resumed.length === 0) return;
  await tx.execute(sql`
    update users set due_at = now(), priority = greatest(priority, 5), attempt = 0
    where pbx_id = ${pbxId} and due_at is null and prov_username is null and mac is not null and status <> 'off'`);
}
