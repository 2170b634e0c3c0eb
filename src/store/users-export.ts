// Users on their way out, page by page: the export, and assigned MACs for the admin of a PBX. No secret is read. Knows
// no HTTP and no CSV.
import { type SQL, sql } from 'drizzle-orm';
import type { HandOverUser } from '../intake/hand-over.ts';
import type { ExportedUser } from '../intake/user-cells.ts';
import type { Db } from './database.ts';
import { USERS_FROM, type UserFilter, userConditions } from './users.ts';

const PAGE = 1000;

/**
 * All users that match, in the order of creation. One page is held at a time, and the next one is asked for when the
 * reader wants it: no transaction stays open for a slow reader, so that a user who changes meanwhile comes as the page
 * finds it. Nobody comes twice.
 */
export function exportUsers(db: Db, filter: UserFilter): AsyncGenerator<readonly ExportedUser[]> {
  return pages(async (beyond) => {
    const rows = await db.execute<Record<string, unknown>>(sql`
      select u.id, u.name, u.teams_user_id as "teamsUserId", u.sip_user_id as "sipUserId", u.did, u.mac,
        p.name as "pbxName", u.auto_provision as "autoProvision", u.line_rule as "lineRule",
        u.prov_username as "provUsername", u.user_tag as "userTag", v.name as "voiceRoute", u.user_type as "userType",
        u.use_teams_voicemail as "useTeamsVoicemail", u.sip_auth_id as "sipAuthId",
        u.portal_login_name as "portalLoginName", u.default_did_index as "defaultDidIndex", u.did_list as "didList"
      ${USERS_FROM} left join voice_routes v on v.id = u.voice_route_id
      where ${userConditions(filter)} and ${beyond} order by u.id limit ${PAGE}`);
    return rows as unknown as (ExportedUser & { readonly id: string })[];
  });
}

/**
 * Users of a PBX with an assigned pseudo-MAC.
 * @param pendingOnly only those that are on and for whom no file ever came: the PBX is not known to have the MAC
 */
export function exportAssignedMacs(
  db: Db,
  pbx: { readonly id: string; readonly tenantId: string },
  pendingOnly: boolean,
): AsyncGenerator<readonly HandOverUser[]> {
  // A PBX that was down when it was asked leaves users `failed`; one that answered 404 for a week, too.
  const pending = sql`(u.status = 'waiting' or (u.status = 'failed' and u.lines_version is null))`;
  return pages(async (beyond) => {
    const rows = await db.execute<Record<string, unknown>>(sql`
      select u.id, u.name, u.teams_user_id as "teamsUserId", u.sip_user_id as "sipUserId", u.did, u.mac,
        u.line_rule as "lineRule", u.status, u.reason_code as "reasonCode"
      from users u
      where u.tenant_id = ${pbx.tenantId} and u.pbx_id = ${pbx.id} and u.mac_assigned and u.mac is not null
        ${pendingOnly ? sql`and ${pending}` : sql``} and ${beyond}
      order by u.id limit ${PAGE}`);
    return rows as unknown as (HandOverUser & { readonly id: string })[];
  });
}

async function* pages<T extends { readonly id: string }>(
  read: (beyond: SQL) => Promise<readonly T[]>,
): AsyncGenerator<readonly T[]> {
  let beyond = sql`true`;
  for (;;) {
    const rows = await read(beyond);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    beyond = sql`u.id > ${last.id}::uuid`;
  }
}
