// Users of PBXs: list, read, change, delete, their harvested lines. Making them is in new-users.ts. Knows no HTTP.
import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { RowProblem } from '../intake/csv.ts';
import { checkUser, type PbxFacts, type UserInput } from '../intake/row.ts';
import { checkPatch, clearsLogin, clearsPortalLogin, type UserPatch } from '../intake/user-patch.ts';
import type { UserType } from '../intake/user-types.ts';
import type { HarvestedContent, RetryClass } from '../sync/outcome.ts';
import { appendActivity } from './activity.ts';
import type { Database, Db, Tx } from './database.ts';
import { estimateRows } from './estimate.ts';
import type { KeyRing } from './key-ring.ts';
import { findKeyConflicts, insertUsers, lockPbxFacts } from './new-users.ts';
import { findPbx } from './pbxs.ts';
import type { MakeMac } from './pseudo-macs.ts';
import { pbxsWithin, type Reach, reachesPbx } from './reach.ts';
import { harvestedLines, users } from './schema.ts';
import { keysOf, lockUsers, planChange, targetOf, whyNotWritten, writeChanges } from './user-changes.ts';
import { holdUserLimits } from './user-limits.ts';
import { holdVoiceRoute } from './voice-routes.ts';

export type ShownStatus = 'off' | 'waiting' | 'fetching' | 'provisioned' | 'stale' | 'failed';

/** A user as it may be shown: no secret in it. */
export interface UserRecord {
  readonly id: string;
  readonly version: number;
  readonly tenantId: string;
  readonly pbxId: string;
  readonly pbxName: string;
  readonly name: string | null;
  readonly teamsUserId: string | null;
  readonly sipUserId: string | null;
  readonly userTag: string | null;
  readonly source: 'manual' | 'import' | 'api';
  readonly importId: string | null;
  readonly mac: string | null;
  readonly macAssigned: boolean;
  readonly lineRule: string | null;
  readonly autoProvision: 'inherit' | 'on' | 'off';
  readonly enabled: boolean;
  readonly provUsername: string | null;
  readonly provPasswordSet: boolean;
  readonly userType: UserType;
  /** Null: the tenant's default route. */
  readonly voiceRouteId: string | null;
  readonly useTeamsVoicemail: boolean | null;
  readonly sipAuthId: string | null;
  readonly sipPasswordSet: boolean;
  readonly portalLoginName: string | null;
  readonly portalLoginPasswordSet: boolean;
  readonly didList: readonly string[] | null;
  readonly defaultDidIndex: number | null;
  readonly did: string | null;
  readonly didSource: 'manual' | 'harvest' | null;
  /** `fetching` while a claim of the running slice is younger than 60 s. */
  readonly status: ShownStatus;
  readonly statusAt: Date;
  readonly reasonCode: string | null;
  readonly reason: string | null;
  /** How the failure was judged at the last try; null: not tried since the last change. */
  readonly retryClass: RetryClass | null;
  readonly nextTryAt: Date | null;
  readonly attempt: number;
  readonly lastCheckedAt: Date | null;
  readonly lastSuccessAt: Date | null;
  readonly linesVersion: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** As SQL over USERS_FROM: the user's own switch, or else the PBX's. */
export const ENABLED = sql`case u.auto_provision when 'inherit' then p.auto_provision else u.auto_provision = 'on' end`;
/** Its lower case is what the index users_name holds, word for word. */
const LABEL = sql`coalesce(u.name, u.teams_user_id, u.sip_user_id, u.mac, u.id::text)`;
// A claim of a slice that has ended, or whose process died, says nothing.
const STATUS = sql`case when u.claim_epoch = r.slice_epoch and u.claimed_at > now() - interval '60 seconds'
  then 'fetching' else u.status end`;
/** Where userConditions hold: `u` is the user, `p` its PBX, `r` how that runs. */
export const USERS_FROM = sql`from users u join pbxs p on p.id = u.pbx_id left join pbx_runs r on r.pbx_id = u.pbx_id`;
const COLUMNS = sql`u.id, u.version, u.tenant_id as "tenantId", u.pbx_id as "pbxId", p.name as "pbxName", u.name,
  u.teams_user_id as "teamsUserId", u.sip_user_id as "sipUserId", u.user_tag as "userTag", u.source,
  u.import_id as "importId", u.mac, u.mac_assigned as "macAssigned", u.line_rule as "lineRule",
  u.auto_provision as "autoProvision", ${ENABLED} as enabled, u.prov_username as "provUsername",
  u.prov_password_sealed is not null as "provPasswordSet", u.user_type as "userType",
  u.voice_route_id as "voiceRouteId", u.use_teams_voicemail as "useTeamsVoicemail", u.sip_auth_id as "sipAuthId",
  u.sip_password_sealed is not null as "sipPasswordSet", u.portal_login_name as "portalLoginName",
  u.portal_login_password_sealed is not null as "portalLoginPasswordSet", u.did_list as "didList",
  u.default_did_index as "defaultDidIndex", u.did, u.did_source as "didSource", ${STATUS} as status,
  u.status_at as "statusAt", u.reason_code as "reasonCode", u.reason,
  u.retry_class as "retryClass", u.due_at as "nextTryAt", u.attempt,
  u.last_checked_at as "lastCheckedAt", u.last_success_at as "lastSuccessAt", u.lines_version as "linesVersion",
  u.created_at as "createdAt", u.updated_at as "updatedAt"`;

/** By what a list can be sorted. Each is a text, so that one kind of cursor goes with all. */
const SORTS = {
  createdAt: sql`u.id::text`,
  name: sql`lower(${LABEL})`,
  teamsUserId: sql`lower(coalesce(u.teams_user_id, ''))`,
  mac: sql`coalesce(u.mac, '')`,
  did: sql`coalesce(u.did, '')`,
  pbx: sql`lower(p.name)`,
  status: sql`${STATUS}`,
  statusAt: sql`to_char(u.status_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS')`,
  lastCheckedAt: sql`coalesce(to_char(u.last_checked_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS'), '')`,
} as const;

export type UserSort = keyof typeof SORTS;

export interface UserFilter {
  readonly reach: Reach;
  /** Of this tenant only. */
  readonly tenantId?: string | undefined;
  readonly q?: string | undefined;
  readonly statuses?: readonly string[] | undefined;
  readonly reasonCodes?: readonly string[] | undefined;
  readonly pbxId?: string | undefined;
  readonly importId?: string | undefined;
  readonly voiceRouteId?: string | undefined;
  readonly userTypes?: readonly UserType[] | undefined;
  readonly sources?: readonly string[] | undefined;
  readonly enabled?: boolean | undefined;
  /** Users that their PBX has not known since then, or since longer. */
  readonly absentSince?: Date | undefined;
}

export interface UserPage {
  readonly sort: UserSort;
  readonly descending: boolean;
  readonly limit: number;
  /** Sort key and id of the last user of the page before. */
  readonly after?: { readonly key: string; readonly id: string } | undefined;
}

/** The same, of what may be seen. */
export function withinReach(reach: Reach): SQL {
  return reachesPbx(reach, sql`u.tenant_id`, sql`u.pbx_id`);
}

/** A condition over USERS_FROM. */
export function userConditions(filter: UserFilter): SQL {
  const all: SQL[] = [withinReach(filter.reach)];
  if (filter.tenantId !== undefined) all.push(sql`u.tenant_id = ${filter.tenantId}`);
  if (filter.pbxId !== undefined) all.push(sql`u.pbx_id = ${filter.pbxId}`);
  if (filter.importId !== undefined) all.push(sql`u.import_id = ${filter.importId}`);
  if (filter.voiceRouteId !== undefined) all.push(sql`u.voice_route_id = ${filter.voiceRouteId}`);
  if (filter.userTypes?.length) all.push(sql`u.user_type in ${[...filter.userTypes]}`);
  if (filter.sources?.length) all.push(sql`u.source in ${[...filter.sources]}`);
  if (filter.reasonCodes?.length) all.push(sql`u.reason_code in ${[...filter.reasonCodes]}`);
  if (filter.absentSince !== undefined)
    all.push(sql`u.absent_since <= ${filter.absentSince.toISOString()}::timestamptz`);
  if (filter.enabled !== undefined) all.push(sql`(${ENABLED}) = ${filter.enabled}`);
  if (filter.statuses?.length) all.push(sql`${STATUS} in ${[...filter.statuses]}`);
  const q = filter.q?.trim() ?? '';
  if (q !== '') {
    const like = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    const digits = q.replace(/[\s:.-]+/g, '').toLowerCase();
    const fields = sql`concat_ws(chr(10), u.name, u.teams_user_id, u.sip_user_id, u.user_tag, u.did)`;
    const byMac = /^[0-9a-f]{2,12}$/.test(digits) ? sql`or u.mac like ${like(digits)}` : sql``;
    all.push(sql`(${fields} ilike ${like(q)} ${byMac})`);
  }
  return sql.join(all, sql` and `);
}

/** One page, with the sort key of each user. */
export async function listUsers(
  db: Db | Tx,
  filter: UserFilter,
  page: UserPage,
): Promise<(UserRecord & { readonly sortKey: string })[]> {
  const key = SORTS[page.sort];
  const order = page.descending ? sql`desc` : sql`asc`;
  const beyond = page.descending ? sql`<` : sql`>`;
  // By the id alone where the key is its text: as a text no index knows it.
  const isById = page.sort === 'createdAt';
  const by = isById ? sql`u.id ${order}` : sql`${key} ${order}, u.id ${order}`;
  const last = page.after;
  const after =
    last === undefined
      ? sql``
      : isById
        ? sql`and u.id ${beyond} ${last.id}::uuid`
        : sql`and (${key}, u.id) ${beyond} (${last.key}, ${last.id}::uuid)`;
  const rows = await db.execute<Record<string, unknown>>(sql`
    select ${COLUMNS}, ${key} as "sortKey" ${USERS_FROM} where ${userConditions(filter)} ${after}
    order by ${by} limit ${page.limit}`);
  return rows.map((row) => row as unknown as UserRecord & { sortKey: string });
}

/** About how many users match (the planner's guess). */
export async function estimateUsers(db: Db | Tx, filter: UserFilter): Promise<number> {
  return estimateRows(db, sql`select 1 ${USERS_FROM} where ${userConditions(filter)}`);
}

/** Null: there is none with this id within reach. */
export async function readUser(db: Db | Tx, reach: Reach, id: string): Promise<UserRecord | null> {
  const rows = await db.execute<Record<string, unknown>>(
    sql`select ${COLUMNS} ${USERS_FROM} where ${withinReach(reach)} and u.id = ${id}`,
  );
  return (rows[0] as unknown as UserRecord | undefined) ?? null;
}

const COUNTED = 10_000;

/**
 * How many users of its PBX go before one that waits for its turn, in the order in which they are claimed; 10,000: so many
 * or more. Null: it does not wait for that.
 */
export async function countBefore(db: Db | Tx, user: UserRecord): Promise<number | null> {
  if (user.status !== 'waiting' || user.reasonCode !== 'QUEUED' || user.nextTryAt === null) return null;
  // Along users_due, and no further than is counted.
  const [row] = await db.execute<{ before: number }>(sql`
    select count(*)::int as before from (
      select 1 from users o join users u on u.id = ${user.id} and o.pbx_id = u.pbx_id
      where o.due_at <= now() and o.mac is not null and o.priority >= u.priority
        and (o.priority > u.priority or o.due_at < u.due_at)
      limit ${COUNTED}) o`);
  return row?.before ?? 0;
}

/** What people call a user. */
export function labelOf(user: Pick<UserRecord, 'name' | 'teamsUserId' | 'sipUserId' | 'mac' | 'id'>): string {
  return user.name ?? user.teamsUserId ?? user.sipUserId ?? user.mac ?? user.id;
}

/** What writing users takes. */
export interface UserTools {
  readonly ring: KeyRing;
  readonly makeMac: MakeMac;
  /** As the feed names who did it. */
  readonly actor: string;
}

/** The tenant whose users are written. */
export interface UserStore extends UserTools {
  readonly tenantId: string;
  /** The PBXs of which is told; null: all of the tenant. */
  readonly pbxIds: readonly string[] | null;
}

export type ChangeResult =
  | { readonly ok: true; readonly user: UserRecord; readonly warnings: readonly RowProblem[] }
  | {
      readonly ok: false;
      /** `taken`: another user has a name or MAC of it. */
      readonly kind: 'invalid' | 'taken' | 'no-pbx';
      readonly problems: readonly RowProblem[];
    };

function storeOf(tools: UserTools, reach: Reach, tenantId: string): UserStore {
  return { ...tools, tenantId, pbxIds: pbxsWithin(reach, tenantId) };
}

/**
 * Makes one user, with a pseudo-MAC where one is due. Nothing is stored when the result is not ok.
 * @throws UserLimitPassed to roll back
 */
export async function createUser(
  tx: Tx,
  tools: UserTools,
  reach: Reach,
  pbxId: string,
  input: UserInput & { readonly voiceRouteId?: string | null | undefined },
  source: 'manual' | 'api',
): Promise<ChangeResult> {
  const found = await findPbx(tx, reach, pbxId);
  if (found === null) return { ok: false, kind: 'no-pbx', problems: [] };
  const store = storeOf(tools, reach, found.tenantId);
  const { tenantId } = store;
  const [pbx] = await lockPbxFacts(tx, tenantId, [pbxId]);
  if (pbx === undefined) return { ok: false, kind: 'no-pbx', problems: [] };
  const voiceRouteId = input.voiceRouteId ?? null;
  if (!(await holdVoiceRoute(tx, tenantId, voiceRouteId))) return unknownRoute();
  const checked = checkUser(input, pbx, { voiceRouteId });
  if (checked.draft === null) return { ok: false, kind: 'invalid', problems: checked.errors };
  const origin = { source, importId: null };
  const [outcome] = await insertUsers(tx, store, origin, [{ draft: checked.draft, pbx }]);
  if (outcome === undefined) throw new Error('an insert gave no outcome');
  if (!outcome.ok) return { ok: false, kind: 'taken', problems: outcome.problems };
  await holdUserLimits(tx, reach, tenantId, 1);
  const user = await mustRead(tx, reach, outcome.id);
  const { mac } = checked.draft;
  const typed = { ...checked.draft, pbxId, mac: mac.kind === 'typed' ? mac.mac : null, userId: user.id };
  const [conflicts] = await findKeyConflicts(tx, store, [typed]);
  const assigned = user.macAssigned ? `, with the pseudo-MAC ${user.mac}` : '';
  await report(tx, store.actor, user, 'user.create', `${labelOf(user)} was created at ${pbx.name}${assigned}.`);
  return { ok: true, user, warnings: [...checked.warnings, ...(conflicts?.warnings ?? [])] };
}

async function mustRead(tx: Tx, reach: Reach, id: string): Promise<UserRecord> {
  const user = await readUser(tx, reach, id);
  if (user === null) throw new Error('a user that was written cannot be read');
  return user;
}

async function report(
  tx: Tx,
  actor: string,
  user: UserRecord,
  verb: string,
  sentence: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await appendActivity(tx, [
    {
      tenantId: user.tenantId,
      pbxId: user.pbxId,
      pbxName: user.pbxName,
      userId: user.id,
      userName: labelOf(user),
      importId: user.importId,
      actor,
      verb,
      outcome: user.reasonCode === 'MAC_MISSING' ? 'waiting' : 'info',
      status: user.status,
      code: user.reasonCode,
      sentence,
      detail,
    },
  ]);
}

/** Locks the user, and its PBX before it, for a change. Null: there is none. */
export async function lockUser(
  tx: Tx,
  reach: Reach,
  id: string,
): Promise<{ readonly user: UserRecord; readonly pbx: PbxFacts } | null> {
  const [where] = await tx
    .select({ pbxId: users.pbxId, tenantId: users.tenantId })
    .from(users)
    .where(and(eq(users.id, id), reachesPbx(reach, users.tenantId, users.pbxId)));
  if (where === undefined) return null;
  const [pbx] = await lockPbxFacts(tx, where.tenantId, [where.pbxId]);
  const locked = await tx.execute(sql`select 1 from users where id = ${id} for update`);
  if (pbx === undefined || locked.length === 0) return null;
  return { user: await mustRead(tx, reach, id), pbx };
}

function unknownRoute(): ChangeResult {
  const problem: RowProblem = {
    column: 'voice_route',
    code: 'VOICE_ROUTE_UNKNOWN',
    message: 'There is no voice route with this id.',
    fix: 'Take an id from the list of voice routes, or null for the default one.',
  };
  return { ok: false, kind: 'invalid', problems: [problem] };
}

/**
 * Changes a user that lockUser gave. What decides which file is fetched, with which login, or what is taken out of it
 * makes the user due now; a fetch that runs meanwhile writes nothing.
 */
export async function updateUser(
  tx: Tx,
  tools: UserTools,
  reach: Reach,
  { user, pbx }: { readonly user: UserRecord; readonly pbx: PbxFacts },
  patch: UserPatch,
): Promise<ChangeResult> {
  const store = storeOf(tools, reach, user.tenantId);
  if (patch.voiceRouteId && !(await holdVoiceRoute(tx, store.tenantId, patch.voiceRouteId))) return unknownRoute();
  const checked = checkPatch(user, patch, pbx);
  const { draft } = checked;
  if (draft === null) return { ok: false, kind: 'invalid', problems: checked.errors };

  const { mac, did, provPassword, sipPassword, portalLoginPassword, ...values } = draft;
  const [locked] = (await lockUsers(tx, [user.id])).values();
  if (locked === undefined) throw new Error('a locked user is gone');
  const target = targetOf(locked, {
    ...values,
    ...(patch.mac === null ? { mac: { kind: 'none' } } : mac.kind !== 'none' && { mac }),
    ...(patch.did !== undefined && (did !== user.did || user.didSource === 'harvest') && { did }),
    ...((patch.provPassword !== undefined || clearsLogin(patch)) && { provPassword }),
    ...(patch.sipPassword !== undefined && { sipPassword }),
    ...((patch.portalLoginPassword !== undefined || clearsPortalLogin(patch)) && { portalLoginPassword }),
  });
  const plan = planChange(store.ring, locked, target, pbx);
  const [conflicts] = await findKeyConflicts(tx, store, [keysOf(plan)]);
  if (conflicts !== undefined && conflicts.errors.length > 0) {
    return { ok: false, kind: 'taken', problems: conflicts.errors };
  }
  const [version = null] = await writeChanges(tx, store, [plan]);
  if (version === null) return { ok: false, kind: 'taken', problems: await whyNotWritten(tx, store, plan) };
  const after = await mustRead(tx, reach, user.id);
  const changes = changedFields(user, after, [
    ...(patch.provPassword !== undefined || (clearsLogin(patch) && user.provPasswordSet)
      ? ['provisioning password']
      : []),
    ...(patch.sipPassword !== undefined ? ['SIP password'] : []),
    ...(patch.portalLoginPassword !== undefined || (clearsPortalLogin(patch) && user.portalLoginPasswordSet)
      ? ['portal password']
      : []),
  ]);
  if (changes.length > 0) {
    const verb = user.enabled && !after.enabled ? 'user.disable' : 'user.update';
    await report(tx, store.actor, after, verb, describeChange(user, after, changes.join(', ')), { changes });
  }
  return { ok: true, user: after, warnings: [...checked.warnings, ...(conflicts?.warnings ?? [])] };
}

const NAMED = [
  ['name', 'name'],
  ['teamsUserId', 'Teams user'],
  ['sipUserId', 'SIP user'],
  ['userTag', 'tag'],
  ['mac', 'MAC'],
  ['lineRule', 'line rule'],
  ['autoProvision', 'automatic provisioning'],
  ['provUsername', 'provisioning user name'],
  ['did', 'DID'],
  ['userType', 'user type'],
  ['voiceRouteId', 'voice route'],
  ['useTeamsVoicemail', 'voicemail'],
  ['sipAuthId', 'SIP authentication name'],
  ['portalLoginName', 'portal login'],
  ['didList', 'list of DIDs'],
  ['defaultDidIndex', 'default DID'],
] as const satisfies readonly (readonly [keyof UserRecord, string])[];

/** Names of what differs, never values. */
function changedFields(before: UserRecord, after: UserRecord, secrets: readonly string[]): string[] {
  const changed = NAMED.filter(([field]) => String(before[field]) !== String(after[field])).map(([, name]) => name);
  return [...changed, ...secrets];
}

function describeChange(before: UserRecord, after: UserRecord, what: string): string {
  const label = labelOf(after);
  if (before.enabled && !after.enabled) return `${label} was switched off; what is stored is kept. Changed: ${what}.`;
  if (!before.enabled && after.enabled) return `${label} was switched on. Changed: ${what}.`;
  return `${label} was changed: ${what}.`;
}

/** Deletes a user that lockUser gave, with its credentials. Its timeline stays. */
export async function deleteUser(tx: Tx, actor: string, user: UserRecord): Promise<void> {
  await tx.delete(users).where(eq(users.id, user.id));
  const sentence = `${labelOf(user)} was deleted from ${user.pbxName}, with its credentials.`;
  await report(tx, actor, { ...user, status: 'off', reasonCode: null }, 'user.delete', sentence);
}

export interface HarvestedVersion {
  readonly version: number;
  readonly at: Date;
  readonly vendor: string;
  readonly format: string;
  readonly sourceUrl: string;
  readonly tlsFingerprint: string | null;
  /** Names of what differs from the version before. */
  readonly changes: readonly string[];
  readonly content: HarvestedContent;
}

/** The kept versions of a user's lines, newest first. With passwords: mask them before they leave. */
export async function readHarvestedVersions(
  database: Database,
  ring: KeyRing,
  { id: userId, tenantId }: Pick<UserRecord, 'id' | 'tenantId'>,
): Promise<HarvestedVersion[]> {
  const rows = await database.db
    .select()
    .from(harvestedLines)
    .where(and(eq(harvestedLines.userId, userId), eq(harvestedLines.tenantId, tenantId)))
    .orderBy(desc(harvestedLines.version));
  return rows.map((row) => ({
    version: row.version,
    at: row.at,
    vendor: row.vendor,
    format: row.format,
    sourceUrl: row.sourceUrl,
    tlsFingerprint: row.tlsFingerprint,
    changes: row.changes,
    content: JSON.parse(ring.unseal(row.contentSealed, linesPlace(tenantId, userId, row.version)).reveal()),
  }));
}

export function linesPlace(tenant: string, userId: string, version: number) {
  return { tenant, table: 'harvested_lines', row: `${userId}.${version}`, column: 'content' };
}
