// Changing users, one or a thousand in one statement: what is set, and what follows from it for the harvest. Knows no
// HTTP and not who asked. Making users is in new-users.ts.
import { inArray, sql } from 'drizzle-orm';
import { Secret } from '../../fetchers/secret.ts';
import type { RowProblem } from '../intake/csv.ts';
import type { PbxFacts, UserChanges } from '../intake/row.ts';
import type { Db, Tx } from './database.ts';
import { jsonText } from './json-text.ts';
import type { KeyRing } from './key-ring.ts';
import {
  type ConflictView,
  findKeyConflicts,
  initialState,
  isEnabled,
  noFreeMac,
  SECRET_FIELDS,
  type SecretField,
  secretPlace,
  USER_SECRETS,
  type UserKeys,
} from './new-users.ts';
import { type MakeMac, PICK_ROUNDS, pickPseudoMacs } from './pseudo-macs.ts';
import { users } from './schema.ts';
import { unlessTaken } from './transaction.ts';

/** What can be set of a user, but for its secrets. */
const SETTABLE = {
  name: users.name,
  teamsUserId: users.teamsUserId,
  sipUserId: users.sipUserId,
  userTag: users.userTag,
  userType: users.userType,
  voiceRouteId: users.voiceRouteId,
  useTeamsVoicemail: users.useTeamsVoicemail,
  sipAuthId: users.sipAuthId,
  portalLoginName: users.portalLoginName,
  didList: users.didList,
  defaultDidIndex: users.defaultDidIndex,
  autoProvision: users.autoProvision,
  lineRule: users.lineRule,
  provUsername: users.provUsername,
  did: users.did,
  didSource: users.didSource,
  mac: users.mac,
  macAssigned: users.macAssigned,
};

type UserRow = typeof users.$inferSelect;
type Settable = Pick<UserRow, keyof typeof SETTABLE>;

/** A user whose row is locked. */
export type LockedUser = Settable &
  Pick<
    UserRow,
    | 'id'
    | 'version'
    | 'tenantId'
    | 'pbxId'
    | 'status'
    | 'linesVersion'
    | 'sipPasswordSealed'
    | 'portalLoginPasswordSealed'
    | 'provPasswordSealed'
  >;

/** Locks users until the transaction ends, in the order of their ids. Those that are gone are missing. */
export async function lockUsers(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, LockedUser>> {
  if (ids.length === 0) return new Map();
  return byId(await selectUsers(tx, ids).for('update'));
}

/** The same for what is only thought through: nobody is locked, and nothing may be written. */
export async function readUsersUnlocked(db: Db | Tx, ids: readonly string[]): Promise<ReadonlyMap<string, LockedUser>> {
  if (ids.length === 0) return new Map();
  return byId(await selectUsers(db, ids));
}

function byId(rows: readonly LockedUser[]): ReadonlyMap<string, LockedUser> {
  return new Map(rows.map((row) => [row.id, row]));
}

function selectUsers(db: Db | Tx, ids: readonly string[]) {
  return db
    .select({
      ...SETTABLE,
      id: users.id,
      version: users.version,
      tenantId: users.tenantId,
      pbxId: users.pbxId,
      status: users.status,
      linesVersion: users.linesVersion,
      sipPasswordSealed: users.sipPasswordSealed,
      portalLoginPasswordSealed: users.portalLoginPasswordSealed,
      provPasswordSealed: users.provPasswordSealed,
    })
    .from(users)
    .where(inArray(users.id, [...ids]))
    .orderBy(users.id);
}

/** What a user is to have. */
export interface UserTarget {
  readonly values: Settable;
  /** Absent: stays as it is. */
  readonly secrets: Readonly<Partial<Record<SecretField, Secret | null>>>;
  /** A pseudo-MAC is to be assigned; `values.mac` counts for nothing. */
  readonly assignMac: boolean;
}

/** Absent stays, null clears. A MAC that is to be assigned is, unless the user has one. */
export function targetOf(user: LockedUser, changes: UserChanges): UserTarget {
  const { mac, did, sipPassword, portalLoginPassword, provPassword, ...plain } = changes;
  const values: Record<string, unknown> = {};
  for (const field of Object.keys(SETTABLE) as (keyof Settable)[]) {
    const given = (plain as Partial<Record<keyof Settable, unknown>>)[field];
    values[field] = given === undefined ? user[field] : given;
  }
  if (did !== undefined) Object.assign(values, { did, didSource: did === null ? null : 'manual' });
  if (mac?.kind === 'none') Object.assign(values, { mac: null, macAssigned: false });
  if (mac?.kind === 'typed' && mac.mac !== user.mac) Object.assign(values, { mac: mac.mac, macAssigned: false });
  return {
    values: values as Settable,
    secrets: {
      ...(sipPassword !== undefined && { sipPassword }),
      ...(portalLoginPassword !== undefined && { portalLoginPassword }),
      ...(provPassword !== undefined && { provPassword }),
    },
    assignMac: mac?.kind === 'assign' && user.mac === null,
  };
}

/** What a user has, secrets opened, as JSON: a target for later (targetFrom). */
export function imageOf(ring: KeyRing, user: LockedUser): string {
  const values = Object.fromEntries((Object.keys(SETTABLE) as (keyof Settable)[]).map((field) => [field, user[field]]));
  const secrets = Object.fromEntries(
    SECRET_FIELDS.map((field) => {
      const sealed = user[`${field}Sealed`];
      const place = secretPlace(user.tenantId, user.id, USER_SECRETS[field]);
      return [field, sealed === null ? null : ring.unseal(sealed, place).reveal()];
    }),
  );
  return JSON.stringify({ values, secrets });
}

/** @param voiceRoutes that there are: one that was deleted since is none */
export function targetFrom(image: string, voiceRoutes: ReadonlySet<string>): UserTarget {
  const { values, secrets } = JSON.parse(image) as { values: Settable; secrets: Record<SecretField, string | null> };
  const voiceRouteId = voiceRoutes.has(values.voiceRouteId ?? '') ? values.voiceRouteId : null;
  const opened = SECRET_FIELDS.map((field) => [field, secrets[field] === null ? null : new Secret(secrets[field])]);
  return { values: { ...values, voiceRouteId }, secrets: Object.fromEntries(opened), assignMac: false };
}

/** A change of one user, thought through: a row of the statement that writes it. */
export interface PlannedChange {
  readonly user: LockedUser;
  readonly target: UserTarget;
  /** Where the user is afterwards. */
  readonly pbxId: string;
  /** Of the pseudo-MAC that is to be assigned. */
  readonly oui: string | null;
  /** True: the user is due now, and was changed in what decides about that. */
  readonly due: boolean;
  readonly row: Readonly<Record<string, unknown>>;
}

/**
 * What decides which file is fetched, with which login, or what is taken out of it makes the user due now; a fetch that
 * runs meanwhile writes nothing.
 * @param pbx where the user is afterwards, locked; another one than before: it is moved, and begins there like a new user
 * @param sync true: due now whatever changed, if it is to be provisioned at all
 */
export function planChange(
  ring: KeyRing,
  user: LockedUser,
  target: UserTarget,
  pbx: PbxFacts,
  sync = false,
): PlannedChange {
  const { values, secrets, assignMac } = target;
  const loginChanged = values.provUsername !== user.provUsername || secrets.provPassword !== undefined;
  // Credentials of another PBX are as good as those of another device.
  const macChanged = assignMac || values.mac !== user.mac || pbx.id !== user.pbxId;
  const forget =
    macChanged ||
    loginChanged ||
    values.lineRule !== user.lineRule ||
    values.did !== user.did ||
    values.didSource !== user.didSource;
  const enabled = isEnabled(values.autoProvision, pbx);
  const turned = enabled !== (user.status !== 'off');
  const restate = turned || forget || sync;
  // An assigned MAC is not known yet, but there will be one.
  const state = initialState(enabled, assignMac ? 'assigned' : values.mac);
  // Good credentials stay in force until the next fetch says otherwise, unless they belong to another MAC.
  const harvested = user.status === 'provisioned' || user.status === 'stale';
  const keepsStatus = !restate || (state.due && !turned && !macChanged && harvested);
  const sealed = Object.fromEntries(
    SECRET_FIELDS.map((field) => [`${USER_SECRETS[field]}_sealed`, sealAnew(ring, user, field, secrets[field])]),
  );
  return {
    user,
    target,
    pbxId: pbx.id,
    oui: pbx.pseudoMacOui,
    due: restate && state.due,
    row: {
      id: user.id,
      pbx_id: pbx.id,
      name: values.name,
      teams_user_id: values.teamsUserId,
      sip_user_id: values.sipUserId,
      user_tag: values.userTag,
      user_type: values.userType,
      voice_route_id: values.voiceRouteId,
      use_teams_voicemail: values.useTeamsVoicemail,
      sip_auth_id: values.sipAuthId,
      portal_login_name: values.portalLoginName,
      did_list: values.didList,
      default_did_index: values.defaultDidIndex,
      auto_provision: values.autoProvision,
      line_rule: values.lineRule,
      prov_username: values.provUsername,
      did: values.did,
      did_source: values.didSource,
      mac: values.mac,
      mac_assigned: values.macAssigned,
      ...sealed,
      login_changed: loginChanged,
      mac_changed: macChanged,
      forget,
      restate,
      due: state.due,
      new_status: keepsStatus ? null : state.status,
      reason_code: state.reasonCode,
      reason: state.reason,
    },
  };
}

function sealAnew(
  ring: KeyRing,
  user: LockedUser,
  field: SecretField,
  secret: Secret | null | undefined,
): string | null {
  if (secret === undefined) return user[`${field}Sealed`];
  return secret === null ? null : ring.seal(secret, secretPlace(user.tenantId, user.id, USER_SECRETS[field]));
}

/** The user's version afterwards; null: another user has a name or MAC of it, and nothing was changed. */
export type WrittenVersion = number | null;

/**
 * Writes changes of locked users, in the order given. One that another user's names or MACs forbid leaves the others
 * alone.
 */
export async function writeChanges(
  tx: Tx,
  store: ConflictView & { readonly makeMac: MakeMac },
  changes: readonly PlannedChange[],
): Promise<WrittenVersion[]> {
  const { makeMac } = store;
  const written = new Map<string, WrittenVersion>();
  const writeTogether = async (some: readonly PlannedChange[]) => {
    const versions = some.length === 0 ? new Map() : await tryToWrite(tx, await withMacs(tx, makeMac, some));
    for (const [id, version] of versions ?? []) written.set(id, version);
    return versions !== null;
  };
  const [first] = changes;
  if (first !== undefined && !(await writeTogether(changes))) {
    // Those that nobody stands in the way of, and then one by one: a name may have become free by then.
    const conflicts = await findKeyConflicts(tx, store, changes.map(keysOf));
    await writeTogether(changes.filter((_, n) => conflicts[n]?.errors.length === 0));
    for (const change of changes) {
      if (!written.has(change.user.id)) written.set(change.user.id, await writeOne(tx, makeMac, change));
    }
  }
  return changes.map((change) => written.get(change.user.id) ?? null);
}

/** The rows to be written, with the pseudo-MACs that are to be assigned. */
async function withMacs(tx: Tx, makeMac: MakeMac, changes: readonly PlannedChange[]) {
  const assigning = changes.filter((change) => change.target.assignMac);
  const macs = await pickPseudoMacs(
    tx,
    assigning.map((change) => change.oui),
    makeMac,
  );
  const picked = new Map(assigning.map((change, n) => [change, macs[n] ?? null]));
  return changes.flatMap((change) => {
    if (!change.target.assignMac) return [change.row];
    const mac = picked.get(change) ?? null;
    return mac === null ? [] : [{ ...change.row, mac, mac_assigned: true }];
  });
}

async function writeOne(tx: Tx, makeMac: MakeMac, change: PlannedChange): Promise<WrittenVersion> {
  for (let round = 0; round < (change.target.assignMac ? PICK_ROUNDS : 1); round += 1) {
    const rows = await withMacs(tx, makeMac, [change]);
    if (rows.length === 0) return null;
    const versions = await tryToWrite(tx, rows);
    if (versions !== null) return versions.get(change.user.id) ?? null;
  }
  return null;
}

/** What must be unique about a user once it is changed. */
export function keysOf({ user, target, pbxId }: PlannedChange): UserKeys {
  const { teamsUserId, sipUserId, mac, lineRule } = target.values;
  return { pbxId, teamsUserId, sipUserId, mac, lineRule, userId: user.id };
}

/** Why a change was not written. */
export async function whyNotWritten(tx: Tx, view: ConflictView, plan: PlannedChange): Promise<readonly RowProblem[]> {
  const [conflicts] = await findKeyConflicts(tx, view, [keysOf(plan)]);
  return conflicts?.errors.length ? conflicts.errors : [noFreeMac()];
}

/** In a savepoint: who loses a name or MAC to another can still say so, or pick again. Null: somebody lost. */
async function tryToWrite(
  tx: Tx,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<ReadonlyMap<string, number> | null> {
  const written = await unlessTaken(tx, (inner) =>
    inner.execute<{ id: string; version: number }>(sql`
        update users u set pbx_id = r.pbx_id, name = r.name, teams_user_id = r.teams_user_id, sip_user_id = r.sip_user_id,
          user_tag = r.user_tag, user_type = r.user_type, voice_route_id = r.voice_route_id,
          use_teams_voicemail = r.use_teams_voicemail, sip_auth_id = r.sip_auth_id,
          sip_password_sealed = r.sip_password_sealed, portal_login_name = r.portal_login_name,
          portal_login_password_sealed = r.portal_login_password_sealed, did_list = r.did_list,
          default_did_index = r.default_did_index, auto_provision = r.auto_provision, line_rule = r.line_rule,
          prov_username = r.prov_username, prov_password_sealed = r.prov_password_sealed, did = r.did,
          did_source = r.did_source, mac = r.mac, mac_assigned = r.mac_assigned,
          version = u.version + 1, updated_at = now(),
          login_version = u.login_version + r.login_changed::int,
          -- What was learned for the settings before counts no more; a running fetch loses its claim.
          answered = case when not r.forget then u.answered end,
          etag = case when not r.forget then u.etag end,
          last_modified = case when not r.forget then u.last_modified end,
          content_tag = case when not r.forget then u.content_tag end,
          aor_tag = case when not r.mac_changed then u.aor_tag end,
          claim_epoch = case when not r.restate then u.claim_epoch end,
          claimed_at = case when not r.restate then u.claimed_at end,
          attempt = case when r.restate then 0 else u.attempt end,
          absent_since = case when not r.restate then u.absent_since end,
          retry_class = case when not r.restate then u.retry_class end,
          due_at = case when not r.restate then u.due_at when r.due then now() end,
          priority = case when not r.restate then u.priority when r.due then greatest(u.priority, 5) else 0 end,
          sync_requested_at = case when r.due or not r.restate then u.sync_requested_at end,
          sync_requested_by = case when r.due or not r.restate then u.sync_requested_by end,
          accept_once = case when r.due or not r.restate then u.accept_once end,
          status = coalesce(r.new_status, u.status),
          reason_code = case when r.new_status is null then u.reason_code else r.reason_code end,
          reason = case when r.new_status is null then u.reason else r.reason end,
          status_at = case when r.new_status is null then u.status_at else now() end
        from jsonb_to_recordset(${jsonText(rows)}::jsonb) as r(id uuid, pbx_id uuid, name text, teams_user_id text,
          sip_user_id text, user_tag text, user_type text, voice_route_id uuid, use_teams_voicemail boolean,
          sip_auth_id text, sip_password_sealed text, portal_login_name text, portal_login_password_sealed text,
          did_list text[], default_did_index int, auto_provision text, line_rule text, prov_username text,
          prov_password_sealed text, did text, did_source text, mac text, mac_assigned boolean, login_changed boolean,
          mac_changed boolean, forget boolean, restate boolean, due boolean, new_status text, reason_code text,
          reason text)
        where u.id = r.id
        returning u.id, u.version`),
  );
  return written === null ? null : new Map(written.map((row) => [row.id, row.version]));
}
