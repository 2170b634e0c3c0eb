// Users coming in, one or thousands: who has their names and MACs already, the insert, the pseudo-MACs. Knows no HTTP.
import { type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { RowProblem } from '../intake/csv.ts';
import type { PbxFacts, UserDraft } from '../intake/row.ts';
import type { Db, Tx } from './database.ts';
import type { KeyRing } from './key-ring.ts';
import { type MakeMac, PICK_ROUNDS, pickPseudoMacs } from './pseudo-macs.ts';
import { unlessTaken } from './transaction.ts';
import type { UserStore } from './users.ts';

/** PBXs of a tenant as far as their users are concerned. Null ids: all of them. */
export async function readPbxFacts(db: Db | Tx, tenantId: string, ids: readonly string[] | null): Promise<PbxFacts[]> {
  return selectPbxFacts(db, tenantId, ids, sql``);
}

/**
 * The same, held until the transaction ends: a switch that is turned meanwhile waits, and then finds the new users.
 * Locked in the order of their ids.
 */
export async function lockPbxFacts(tx: Tx, tenantId: string, ids: readonly string[]): Promise<PbxFacts[]> {
  return selectPbxFacts(tx, tenantId, ids, sql`for share`);
}

async function selectPbxFacts(
  db: Db | Tx,
  tenantId: string,
  ids: readonly string[] | null,
  lock: ReturnType<typeof sql>,
): Promise<PbxFacts[]> {
  if (ids?.length === 0) return [];
  const rows = await db.execute<{
    id: string;
    name: string;
    auto_provision: boolean;
    auto_assign_mac: boolean;
    pseudo_mac_oui: string | null;
    country: string | null;
    provisioning_url: string | null;
  }>(sql`
    select id, name, auto_provision, auto_assign_mac, pseudo_mac_oui, country, provisioning_url from pbxs
    where tenant_id = ${tenantId} ${ids === null ? sql`` : sql`and id in ${[...ids]}`} order by id ${lock}`);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    autoProvision: row.auto_provision,
    autoAssignMac: row.auto_assign_mac,
    pseudoMacOui: row.pseudo_mac_oui,
    country: row.country,
    host: hostOf(row.provisioning_url),
  }));
}

/** Variables of the address stand behind its host. */
function hostOf(provisioningUrl: string | null): string | null {
  const host = /^https?:\/\/([^/:?#]+)/i.exec(provisioningUrl ?? '')?.[1]?.toLowerCase() ?? null;
  return host === null || /^[\d.]+$|^\[|[{$]/.test(host) ? null : host;
}

/** What must be unique about a user. */
export interface UserKeys {
  readonly pbxId: string;
  readonly teamsUserId: string | null;
  readonly sipUserId: string | null;
  /** Null also for one that is to be assigned. */
  readonly mac: string | null;
  readonly lineRule: string | null;
  /** A user that is being changed, and may keep what it has. */
  readonly userId?: string | null;
}

export interface KeyProblems {
  readonly errors: RowProblem[];
  readonly warnings: RowProblem[];
}

/** Where is looked, and of which PBXs is told; null: of all. */
export type ConflictView = Pick<UserStore, 'tenantId' | 'pbxIds'>;

type ConflictKind = 'teams' | 'sip' | 'mac' | 'mac-elsewhere';

/**
 * Who has these names and MACs already, per entry. An error names the other user, if it may be seen; the same MAC at another PBX of the
 * tenant is a warning. Other tenants are never looked at.
 */
export async function findKeyConflicts(
  db: Db | Tx,
  { tenantId, pbxIds }: ConflictView,
  keys: readonly UserKeys[],
): Promise<KeyProblems[]> {
  const found: KeyProblems[] = keys.map(() => ({ errors: [], warnings: [] }));
  if (keys.length === 0) return found;
  const input = keys.map((key, n) => ({
    n,
    pbx_id: key.pbxId,
    teams: key.teamsUserId,
    sip: key.sipUserId,
    mac: key.mac,
    rule: key.lineRule ?? '',
    own: key.userId ?? null,
  }));
  const given = sql`select *, ${tenantId}::uuid as tenant_id from json_to_recordset(${JSON.stringify(input)}::json)
    as r(n int, pbx_id uuid, teams text, sip text, mac text, rule text, own uuid)`;
  const rows = await db.execute<{ n: number; kind: ConflictKind; name: string; pbx_id: string; pbx_name: string }>(sql`
    with ${hitsOf(given)}
    select h.n, h.kind, p.id as pbx_id, p.name as pbx_name,
      coalesce(u.name, u.teams_user_id, u.sip_user_id, u.mac, u.id::text) as name
    from hits h join users u on u.id = h.id join pbxs p on p.id = u.pbx_id
    where u.id is distinct from h.own
    order by h.n, h.kind desc`);
  for (const row of rows) {
    const key = keys[row.n];
    const entry = found[row.n];
    if (key === undefined || entry === undefined) continue;
    const isSeen = pbxIds === null || pbxIds.includes(row.pbx_id);
    if (!isSeen && row.kind === 'mac-elsewhere') continue;
    const problem = describeConflict(
      row.kind,
      key,
      isSeen ? `the user ${row.name} at ${row.pbx_name}` : 'another user',
    );
    if (row.kind === 'mac-elsewhere') entry.warnings.push(problem);
    else entry.errors.push(problem);
  }
  return found;
}

/** SQL of `hits`: the users that have a name or MAC of `given` already. */
function hitsOf(given: SQL): SQL {
  return sql`r as materialized (${given}),
    -- In a transaction that fills the table the planner knows nothing of it: with the tenant as a constant, or a join,
    -- it reads all of it for every thousand rows. So it finds the index of each key.
    hits as (
      select r.n, 'teams' as kind, r.own, u.id from r, lateral (
        select id from users u where u.tenant_id = r.tenant_id and lower(u.teams_user_id) = lower(r.teams) offset 0) u
      union all
      select r.n, 'sip', r.own, u.id from r, lateral (
        select id from users u where u.pbx_id = r.pbx_id and lower(u.sip_user_id) = lower(r.sip) offset 0) u
      union all
      select r.n, case when u.pbx_id = r.pbx_id then 'mac' else 'mac-elsewhere' end, r.own, u.id from r, lateral (
        select id, tenant_id, pbx_id, line_rule from users u where u.mac = r.mac offset 0) u
        where u.tenant_id = r.tenant_id and (u.pbx_id <> r.pbx_id or coalesce(u.line_rule, '') = r.rule))`;
}

/** Whether findKeyConflicts would find anything for the stored rows of an import with `above < number <= upTo`. */
export async function anyKeyTaken(
  db: Db | Tx,
  tenantId: string,
  importId: string,
  { above, upTo }: { readonly above: number; readonly upTo: number },
): Promise<boolean> {
  const given = sql`
    select i.number as n, d.pbx_id, d.teams_user_id as teams, d.sip_user_id as sip, d.mac, coalesce(d.line_rule, '') as rule,
      null::uuid as own, ${tenantId}::uuid as tenant_id
    from import_rows i, ${JUDGED}
      as d(pbx_id uuid, teams_user_id text, sip_user_id text, mac text, line_rule text)
    where i.import_id = ${importId} and i.number > ${above} and i.number <= ${upTo} and i.outcome is null
      and i.action = 'create'`;
  const rows = await db.execute(sql`with ${hitsOf(given)} select 1 from hits limit 1`);
  return rows.length > 0;
}

function describeConflict(kind: ConflictKind, key: UserKeys, other: string): RowProblem {
  switch (kind) {
    case 'teams':
      return {
        column: 'teams_user_id',
        code: 'TEAMS_USER_DUPLICATE',
        message: `${key.teamsUserId} is taken by ${other}.`,
        fix: 'Leave it out, or change or delete the other user.',
      };
    case 'sip':
      return {
        column: 'sip_user_id',
        code: 'SIP_USER_DUPLICATE',
        message: `The SIP user ${key.sipUserId} is taken by ${other}.`,
        fix: 'Leave it out, or change or delete the other user.',
      };
    case 'mac':
      return {
        column: 'mac_address',
        code: 'MAC_DUPLICATE',
        message: `The MAC ${key.mac} is taken by ${other}.`,
        fix: 'Enter another MAC. For a further line of the same phone give a line rule of its own.',
      };
    case 'mac-elsewhere':
      return {
        column: 'mac_address',
        code: 'MAC_AT_OTHER_PBX',
        message: `The MAC ${key.mac} is also that of ${other}.`,
        fix: 'Check that this phone is known to both PBXs.',
      };
  }
}

export interface NewUser {
  readonly draft: UserDraft;
  readonly pbx: PbxFacts;
}

export interface Origin {
  readonly source: 'manual' | 'import' | 'api';
  readonly importId: string | null;
}

export type InsertOutcome =
  | {
      readonly ok: true;
      readonly id: string;
      readonly mac: string | null;
      readonly macAssigned: boolean;
      readonly status: 'off' | 'waiting';
    }
  | { readonly ok: false; readonly problems: readonly RowProblem[] };

/** How a user begins, or goes on after a change: what is to be fetched is due now. */
export function initialState(enabled: boolean, mac: string | null) {
  if (!enabled) return { status: 'off', reasonCode: null, reason: null, due: false } as const;
  if (mac !== null) return { status: 'waiting', reasonCode: 'QUEUED', reason: null, due: true } as const;
  const reason = 'There is no MAC yet. Enter it, or switch on Auto Assign UUID and write AUTO_ASSIGN.';
  return { status: 'waiting', reasonCode: 'MAC_MISSING', reason, due: false } as const;
}

export function isEnabled(autoProvision: 'inherit' | 'on' | 'off', pbx: Pick<PbxFacts, 'autoProvision'>): boolean {
  return autoProvision === 'inherit' ? pbx.autoProvision : autoProvision === 'on';
}

const BATCH = 1000;

/**
 * Inserts users whose PBXs are locked by lockPbxFacts; outcomes in the order given. A user that cannot be inserted
 * leaves the others alone. MACs are assigned in the same statement; one that somebody else took meanwhile is made anew.
 */
export async function insertUsers(
  tx: Tx,
  store: UserStore,
  origin: Origin,
  users: readonly NewUser[],
): Promise<InsertOutcome[]> {
  const outcomes: InsertOutcome[] = [];
  const picked = new Set<string>();
  await lockOuis(tx, users);
  for (let start = 0; start < users.length; start += BATCH) {
    outcomes.push(...(await insertBatch(tx, store, origin, users.slice(start, start + BATCH), picked)));
  }
  return outcomes;
}

/**
 * Of 16 million MACs below an OUI two uploads of ten thousand pick some twice, and would wait for each other crosswise:
 * they take turns instead. Without an OUI there are 2^46, and it does not happen.
 */
async function lockOuis(tx: Tx, users: readonly NewUser[]): Promise<void> {
  const ouis = new Set(
    users.flatMap(({ draft, pbx }) =>
      draft.mac.kind === 'assign' && pbx.pseudoMacOui !== null ? [pbx.pseudoMacOui] : [],
    ),
  );
  for (const oui of [...ouis].sort()) {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('provender.pseudo-macs'), hashtext(${oui}))`);
  }
}

async function insertBatch(
  tx: Tx,
  store: UserStore,
  origin: Origin,
  users: readonly NewUser[],
  picked: Set<string>,
): Promise<InsertOutcome[]> {
  const outcomes: (InsertOutcome | null)[] = users.map(() => null);
  const waiting = users.map((user, index) => ({ ...user, index, id: uuidv7() }));
  for (let round = 0; round < PICK_ROUNDS && waiting.length > 0; round += 1) {
    await assignCandidates(tx, store.makeMac, waiting, outcomes, picked);
    const sealed = sealSecrets(store.ring, store.tenantId, waiting);
    const rows = waiting.map((user) => toRow(user, sealed));
    const inserted = await insertRows(tx, store.tenantId, origin, rows);
    const left = [];
    for (const [n, user] of waiting.entries()) {
      const row = rows[n];
      if (row === undefined || !inserted.has(user.id)) left.push(user);
      else
        outcomes[user.index] = {
          ok: true,
          id: row.id,
          mac: row.mac ?? null,
          macAssigned: row.mac_assigned,
          status: row.status,
        };
    }
    const conflicts = await findKeyConflicts(tx, store, left.map(keysOf));
    waiting.length = 0;
    for (const [n, user] of left.entries()) {
      const problems = conflicts[n]?.errors ?? [];
      if (problems.length > 0) outcomes[user.index] = { ok: false, problems };
      // Nobody has its names: its new MAC was taken a moment ago, or who had them is gone again.
      else waiting.push(user);
    }
  }
  return outcomes.map((outcome) => outcome ?? { ok: false, problems: [noFreeMac()] });
}

interface WaitingUser extends NewUser {
  readonly index: number;
  readonly id: string;
  candidate?: string;
}

async function assignCandidates(
  tx: Tx,
  makeMac: MakeMac,
  waiting: WaitingUser[],
  outcomes: (InsertOutcome | null)[],
  picked: Set<string>,
): Promise<void> {
  const wanting = waiting.filter((user) => user.draft.mac.kind === 'assign');
  if (wanting.length === 0) return;
  const macs = await pickPseudoMacs(
    tx,
    wanting.map((user) => user.pbx.pseudoMacOui),
    makeMac,
    picked,
  );
  for (const [n, user] of wanting.entries()) {
    const mac = macs[n] ?? null;
    if (mac !== null) user.candidate = mac;
    else {
      outcomes[user.index] = { ok: false, problems: [noFreeMac()] };
      waiting.splice(waiting.indexOf(user), 1);
    }
  }
}

export function noFreeMac(): RowProblem {
  return {
    column: 'mac_address',
    code: 'PSEUDO_MAC_SPACE',
    message: 'No free pseudo-MAC was found below the OUI of the PBX.',
    fix: 'Take another OUI at the PBX, or none.',
  };
}

function keysOf({ draft, pbx }: NewUser): UserKeys {
  return {
    pbxId: pbx.id,
    teamsUserId: draft.teamsUserId,
    sipUserId: draft.sipUserId,
    mac: draft.mac.kind === 'typed' ? draft.mac.mac : null,
    lineRule: draft.lineRule,
  };
}

/** What a draft says of the columns of a user to be made, and how that user begins; JSON leaves out what is undefined. */
function draftColumns(draft: UserDraft, pbx: PbxFacts, candidate: string | null) {
  const mac = draft.mac.kind === 'assign' ? candidate : macOf(draft);
  return { ...ownColumns(draft, mac), ...beginningColumns(draft, pbx, mac) };
}

/** Null also for one that is to be assigned. */
function macOf({ mac }: UserDraft): string | null {
  return mac.kind === 'typed' ? mac.mac : null;
}

/** What nearly every user has differently. */
function ownColumns(draft: UserDraft, mac: string | null) {
  return {
    name: draft.name ?? undefined,
    teams_user_id: draft.teamsUserId ?? undefined,
    sip_user_id: draft.sipUserId ?? undefined,
    user_tag: draft.userTag ?? undefined,
    mac: mac ?? undefined,
    line_rule: draft.lineRule ?? undefined,
    prov_username: draft.provUsername ?? undefined,
    use_teams_voicemail: draft.useTeamsVoicemail ?? undefined,
    sip_auth_id: draft.sipAuthId ?? undefined,
    portal_login_name: draft.portalLoginName ?? undefined,
    did_list: draft.didList ?? undefined,
    default_did_index: draft.defaultDidIndex ?? undefined,
    did: draft.did ?? undefined,
    did_source: draft.did === null ? undefined : 'manual',
  };
}

/** What most users of a file have in common: where they are, and how they begin. */
function beginningColumns(draft: UserDraft, pbx: PbxFacts, mac: string | null) {
  const state = initialState(isEnabled(draft.autoProvision, pbx), mac);
  return {
    pbx_id: pbx.id,
    mac_assigned: draft.mac.kind === 'assign',
    auto_provision: draft.autoProvision,
    user_type: draft.userType,
    voice_route_id: draft.voiceRouteId ?? undefined,
    status: state.status,
    reason_code: state.reasonCode ?? undefined,
    reason: state.reason ?? undefined,
    due: state.due,
  };
}

/** The same for drafts with the same draftBeginning. */
export function beginningKey({ mac, autoProvision, userType, voiceRouteId }: UserDraft, pbx: PbxFacts): string {
  return `${pbx.id} ${mac.kind} ${autoProvision} ${userType} ${voiceRouteId}`;
}

/** Of draftColumns what most users of a file have in common, none of whom has an assigned MAC yet. */
export function draftBeginning(draft: UserDraft, pbx: PbxFacts) {
  return beginningColumns(draft, pbx, macOf(draft));
}

/**
 * The rest of draftColumns, as far as the shown cells of the row do not say the same below the same name: null clears what
 * they say. Undefined: they say all of it.
 */
export function draftBesides(
  draft: UserDraft,
  shown: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> | undefined {
  const own: Readonly<Record<string, unknown>> = ownColumns(draft, macOf(draft));
  let besides: Record<string, unknown> | undefined;
  for (const column in own) {
    if (own[column] === shown[column]) continue;
    besides ??= {};
    besides[column] = own[column] ?? null;
  }
  return besides;
}

/** A row's user by the names of its columns: what the beginning and the rest are stored as stands above the shown cells. */
const JUDGED = sql.raw('jsonb_to_record(i.shown || i.draft)');

/** The columns of draftColumns, but for `due`, as a statement names them. */
const DRAFT_NAMES = sql.raw(`pbx_id, name, teams_user_id, sip_user_id, user_tag, mac, mac_assigned, line_rule,
  auto_provision, prov_username, user_type, voice_route_id, use_teams_voicemail, sip_auth_id, portal_login_name, did_list,
  default_did_index, did, did_source, status, reason_code, reason`);
const DRAFT_TYPES = sql.raw(`pbx_id uuid, name text, teams_user_id text, sip_user_id text, user_tag text, mac text,
  mac_assigned boolean, line_rule text, auto_provision text, prov_username text, user_type text, voice_route_id uuid,
  use_teams_voicemail boolean, sip_auth_id text, portal_login_name text, did_list text[], default_did_index int, did text,
  did_source text, status text, reason_code text, reason text, due boolean`);
const SECRET_NAMES = sql.raw('prov_password_sealed, sip_password_sealed, portal_login_password_sealed');
const DUE = sql.raw('case when due then now() end, case when due then 5 else 0 end');

function toRow(user: WaitingUser, sealed: SealedSecrets) {
  const { id } = user;
  return {
    id,
    ...draftColumns(user.draft, user.pbx, user.candidate ?? null),
    prov_password_sealed: sealed.provPassword.get(id),
    sip_password_sealed: sealed.sipPassword.get(id),
    portal_login_password_sealed: sealed.portalLoginPassword.get(id),
  };
}

/** The secrets that a user has of its own: the column of each, without `_sealed`. */
export const USER_SECRETS = {
  provPassword: 'prov_password',
  sipPassword: 'sip_password',
  portalLoginPassword: 'portal_login_password',
} as const;

export type SecretField = keyof typeof USER_SECRETS;
export type UserSecret = (typeof USER_SECRETS)[SecretField];
export const SECRET_FIELDS = Object.keys(USER_SECRETS) as SecretField[];

type SealedSecrets = Readonly<Record<SecretField, ReadonlyMap<string, string>>>;

/** By user id; all users of a column at once, at a third of the cost. */
function sealSecrets(ring: KeyRing, tenant: string, users: readonly WaitingUser[]): SealedSecrets {
  const sealColumn = (field: SecretField) => {
    const rows = users.flatMap(({ id, draft }) => {
      const secret = draft[field];
      return secret === null ? [] : [{ row: id, text: secret.reveal() }];
    });
    if (rows.length === 0) return new Map<string, string>();
    const values = ring.sealMany(secretHome(tenant, USER_SECRETS[field]), rows);
    return new Map(rows.map(({ row }, n) => [row, values[n] ?? '']));
  };
  return {
    provPassword: sealColumn('provPassword'),
    sipPassword: sealColumn('sipPassword'),
    portalLoginPassword: sealColumn('portalLoginPassword'),
  };
}

/** Where a secret of all users of a tenant is at home; that of one user is the row with its id. */
export function secretHome(tenant: string, column: UserSecret) {
  return { tenant, table: 'users', column };
}

/** Where a secret of a user is at home: what it is sealed to. */
export function secretPlace(tenant: string, userId: string, column: UserSecret) {
  return { ...secretHome(tenant, column), row: userId };
}

type UserRow = ReturnType<typeof toRow>;

/** The ids that went in: rows whose names or MAC are taken stay out without an error. */
async function insertRows(
  tx: Tx,
  tenantId: string,
  origin: Origin,
  rows: readonly UserRow[],
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  // `on conflict` looks into six indexes before each insert, a third of the time; nearly always nothing is there.
  const many = rows.length > 20;
  const insert = (inner: Tx, conflict: SQL) =>
    inner.execute<{ id: string }>(sql`
      insert into users (id, tenant_id, source, import_id, ${DRAFT_NAMES}, ${SECRET_NAMES}, due_at, priority)
      select id, ${tenantId}, ${origin.source}, ${origin.importId}::uuid, ${DRAFT_NAMES}, ${SECRET_NAMES}, ${DUE}
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, prov_password_sealed text,
        sip_password_sealed text, portal_login_password_sealed text, ${DRAFT_TYPES})
      ${conflict}
      returning id`);
  const inserted =
    (many ? await unlessTaken(tx, (inner) => insert(inner, sql``)) : null) ??
    (await insert(tx, sql`on conflict do nothing`));
  return new Set(inserted.map((row) => row.id));
}

/** Users that were made of rows of an import, by PBX. */
export interface MadeUsers extends Record<string, unknown> {
  readonly pbx_id: string;
  readonly users: number;
  readonly due: boolean;
}

/**
 * Inserts the users of the rows `above < number <= upTo` as they were judged and sealed at the upload, with the ids that
 * they were promised: nothing of them leaves PostgreSQL. Null: somebody has a name or MAC of theirs, and nothing was done.
 */
export async function insertJudged(
  tx: Tx,
  { id, tenantId }: { readonly id: string; readonly tenantId: string },
  { above, upTo }: { readonly above: number; readonly upTo: number },
): Promise<MadeUsers[] | null> {
  const made = await unlessTaken(tx, (inner) =>
    inner.execute<MadeUsers>(sql`
      with made as (
        insert into users (id, tenant_id, source, import_id, ${DRAFT_NAMES}, ${SECRET_NAMES}, due_at, priority)
        select i.new_user_id, ${tenantId}, 'import', i.import_id, ${DRAFT_NAMES}, ${SECRET_NAMES}, ${DUE}
        from (select * from import_rows where import_id = ${id} and number > ${above} and number <= ${upTo}
          and outcome is null and action = 'create' order by number) i,
          ${JUDGED} as d(${DRAFT_TYPES})
        returning pbx_id, due_at)
      select pbx_id, count(*)::int as users, bool_or(due_at is not null) as due from made group by pbx_id`),
  );
  return made === null ? null : [...made];
}
