// Users on their way out, page by page: the export, and assigned MACs for the admin of a PBX. No secret is read. Knows
// no HTTP and no CSV.
import { sql } from 'drizzle-orm';
import type { ExportedUser } from '../intake/user-cells.ts';
import type { Db } from './database.ts';
import { USERS_FROM, type UserFilter, userConditions } from './users.ts';

const PAGE = 1000;

/**
 * All users that match, in the order of creation. One page is held at a time, and the next one is asked for when the
 * reader wants it: no transaction stays open for a slow reader, so that a user who changes meanwhile comes as the page
 * finds it. Nobody comes twice.
 */
export async function* exportUsers(db: Db, filter: UserFilter): AsyncGenerator<readonly ExportedUser[]> {
  for (let after: string | null = null; ; ) {
    const beyond: ReturnType<typeof sql> = after === null ? sql`` : sql`and u.id > ${after}::uuid`;
    const found = await db.execute<Record<string, unknown>>(sql`
      select u.id, u.name, u.teams_user_id as "teamsUserId", u.sip_user_id as "sipUserId", u.did, u.mac,
        p.name as "pbxName", u.auto_provision as "autoProvision", u.line_rule as "lineRule",
        u.prov_username as "provUsername", u.user_tag as "userTag", v.name as "voiceRoute", u.user_type as "userType",
        u.use_teams_voicemail as "useTeamsVoicemail", u.sip_auth_id as "sipAuthId",
        u.portal_login_name as "portalLoginName", u.default_did_index as "defaultDidIndex", u.did_list as "didList"
      ${USERS_FROM} left join voice_routes v on v.id = u.voice_route_id
      where ${userConditions(filter)} ${beyond} order by u.id limit ${PAGE}`);
    const rows = found as unknown as readonly (ExportedUser & { readonly id: string })[];
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.id;
  }
}
