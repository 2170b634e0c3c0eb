// PBXs: their settings, how they fare, and what a change of settings does to their users. Knows no HTTP; secrets go in
// sealed and never come out here (src/store/slices.ts opens them for fetching).
import { and, asc, desc, eq, ilike, inArray, or, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Secret } from '../../fetchers/secret.ts';
import type { PersonaChoice, PersonaVendor } from '../../vendors/persona.ts';
import type { Db, Tx } from './database.ts';
import { estimateRows } from './estimate.ts';
import type { KeyRing } from './key-ring.ts';
import { isInTrouble, type PbxStanding, standsAs } from './pbx-trouble.ts';
import { type Reach, reachesPbx } from './reach.ts';
import { type LearnedPace, type LoginState, pbxRuns, pbxs, tenants } from './schema.ts';

/** What a PBX admin decides, secrets aside. */
export interface PbxSettings {
  readonly name: string;
  readonly autoProvision: boolean;
  readonly autoAssignMac: boolean;
  readonly pseudoMacOui: string | null;
  readonly provisioningUrl: string | null;
  readonly didField: string;
  readonly country: string | null;
  readonly lineRule: string;
  readonly username: string | null;
  readonly pinSha256: string | null;
  readonly expectedName: string | null;
  readonly legacyTls: boolean;
  readonly allowPlainHttp: boolean;
  readonly allowedOrigins: readonly string[];
  readonly personaVendor: PersonaChoice;
  readonly personaModel: string | null;
  readonly personaPhoneType: string | null;
  readonly personaFirmwareVersion: string | null;
  readonly personaUserAgent: string | null;
  readonly resyncHours: number;
  readonly maxConcurrent: number;
  readonly maxPerSecond: number | null;
}

export interface Pbx extends PbxSettings {
  readonly id: string;
  readonly tenantId: string;
  readonly version: number;
  readonly passwordSet: boolean;
  readonly passwordSetAt: Date | null;
  readonly fileKeySet: boolean;
  readonly personaFound: PersonaVendor | null;
  readonly caPem: string | null;
  readonly clientCertPem: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Absent: stays. The certificate fields are set by their own operation. */
export type PbxChanges = {
  readonly [K in keyof PbxSettings]?: PbxSettings[K];
} & {
  readonly password?: Secret | null;
  readonly fileKey?: Secret | null;
  readonly caPem?: string | null;
  /** Certificate and key go together. */
  readonly client?: { readonly certPem: string; readonly key: Secret } | null;
};

/** How a PBX fares; written by slices. */
export interface PbxRun {
  readonly pausedUntil: Date | null;
  readonly pauseCode: string | null;
  readonly refusedInARow: number;
  readonly login: LoginState | null;
  readonly pace: LearnedPace | null;
  readonly lastSuccessAt: Date | null;
  readonly inTrouble: boolean;
}

export interface UserCounts {
  readonly off: number;
  readonly waiting: number;
  readonly fetching: number;
  readonly provisioned: number;
  readonly stale: number;
  readonly failed: number;
}

export const NO_USERS: UserCounts = { off: 0, waiting: 0, fetching: 0, provisioned: 0, stale: 0, failed: 0 };

export function withTotal(counts: UserCounts): UserCounts & { readonly total: number } {
  return { total: Object.values(counts).reduce((sum: number, count: number) => sum + count, 0), ...counts };
}

/** A change of these makes stored tags and validators void: the file is read in full again. */
const MAPPING: readonly (keyof PbxChanges)[] = [
  'didField',
  'lineRule',
  'country',
  'personaVendor',
  'personaModel',
  'personaPhoneType',
  'personaFirmwareVersion',
  'personaUserAgent',
  'fileKey',
];

/** A change of these makes connections and remembered files void. */
const CONNECTION: readonly (keyof PbxChanges)[] = [
  'provisioningUrl',
  'username',
  'password',
  'caPem',
  'client',
  'pinSha256',
  'expectedName',
  'legacyTls',
  'allowPlainHttp',
  'allowedOrigins',
];

type PbxRow = typeof pbxs.$inferSelect;

function toPbx(row: PbxRow): Pbx {
  const {
    passwordSealed,
    fileKeySealed,
    clientKeySealed: _,
    mappingVersion: __,
    connectionVersion: ___,
    ...rest
  } = row;
  return {
    ...rest,
    personaVendor: row.personaVendor as PersonaChoice,
    personaFound: row.personaFound as PersonaVendor | null,
    passwordSet: passwordSealed !== null,
    fileKeySet: fileKeySealed !== null,
  };
}

function place(tenantId: string, id: string, column: 'password' | 'client_key' | 'file_key') {
  return { tenant: tenantId, table: 'pbxs', row: id, column };
}

function sealedColumns(ring: KeyRing, tenantId: string, id: string, changes: PbxChanges) {
  const { password, fileKey, client } = changes;
  return {
    ...(password !== undefined && {
      passwordSealed: password === null ? null : ring.seal(password, place(tenantId, id, 'password')),
      passwordSetAt: password === null ? null : new Date(),
    }),
    ...(fileKey !== undefined && {
      fileKeySealed: fileKey === null ? null : ring.seal(fileKey, place(tenantId, id, 'file_key')),
    }),
    // What was found belongs to the choice before.
    ...((changes.personaVendor !== undefined || changes.provisioningUrl !== undefined) && { personaFound: null }),
    ...(changes.caPem !== undefined && { caPem: changes.caPem }),
    ...(client !== undefined && {
      clientCertPem: client?.certPem ?? null,
      clientKeySealed: client ? ring.seal(client.key, place(tenantId, id, 'client_key')) : null,
    }),
  };
}

function plainColumns(changes: PbxChanges) {
  const { password: _, caPem: __, client: ___, fileKey: ____, allowedOrigins, ...plain } = changes;
  return { ...plain, ...(allowedOrigins !== undefined && { allowedOrigins: [...allowedOrigins] }) };
}

/** By what a list can be sorted. Each is a text, so that one kind of cursor goes with all. */
const SORTS = {
  name: sql<string>`lower(${pbxs.name})`,
  // Ids are UUIDv7: their order is that of creation.
  createdAt: sql<string>`${pbxs.id}::text`,
  failedUsers: sql<string>`lpad((select count(*) from users f where f.pbx_id = ${pbxs.id} and f.status = 'failed')::text, 9, '0')`,
  lastSuccessAt: sql<string>`coalesce(to_char(${pbxRuns.lastSuccessAt} at time zone 'UTC', 'YYYYMMDDHH24MISSUS'), '')`,
} as const;

export type PbxSort = keyof typeof SORTS;

export interface PbxFilter {
  readonly reach: Reach;
  /** Of this tenant only. */
  readonly tenantId?: string | undefined;
  /** Part of the name or of the address. */
  readonly q?: string | undefined;
  readonly state?: PbxStanding | undefined;
}

/** Over pbxs and pbx_runs. */
function conditions(filter: PbxFilter): SQL | undefined {
  const like = filter.q === undefined ? undefined : `%${filter.q.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return and(
    reachesPbx(filter.reach, pbxs.tenantId, pbxs.id),
    filter.tenantId === undefined ? undefined : eq(pbxs.tenantId, filter.tenantId),
    like === undefined ? undefined : or(ilike(pbxs.name, like), ilike(pbxs.provisioningUrl, like)),
    filter.state === undefined ? undefined : standsAs(filter.state),
  );
}

/** One page, with the sort key of each PBX. */
export async function listPbxs(
  db: Db | Tx,
  filter: PbxFilter,
  page: {
    readonly sort: PbxSort;
    readonly descending: boolean;
    readonly limit: number;
    /** Of the last PBX of the page before. */
    readonly after?: { readonly key: string; readonly id: string } | undefined;
  },
): Promise<{ readonly pbx: Pbx; readonly sortKey: string }[]> {
  const direction = page.descending ? desc : asc;
  const sortKey = SORTS[page.sort];
  const { after } = page;
  const beyond =
    after && sql`(${sortKey}, ${pbxs.id}) ${sql.raw(page.descending ? '<' : '>')} (${after.key}, ${after.id}::uuid)`;
  const rows = await db
    .select({ pbx: pbxs, sortKey })
    .from(pbxs)
    .leftJoin(pbxRuns, eq(pbxRuns.pbxId, pbxs.id))
    .where(and(conditions(filter), beyond))
    .orderBy(direction(sortKey), direction(pbxs.id))
    .limit(page.limit);
  return rows.map((row) => ({ pbx: toPbx(row.pbx), sortKey: row.sortKey }));
}

export async function estimatePbxs(db: Db | Tx, filter: PbxFilter): Promise<number> {
  return await estimateRows(
    db,
    sql`select 1 from ${pbxs} left join ${pbxRuns} on ${pbxRuns.pbxId} = ${pbxs.id} where ${conditions(filter)}`,
  );
}

/** Which PBXs are meant, in the order of their names; at most `limit`. */
export async function findPbxs(
  db: Db | Tx,
  filter: PbxFilter & { readonly ids?: readonly string[] | undefined },
  limit: number,
): Promise<{ readonly id: string; readonly name: string; readonly tenantId: string }[]> {
  return db
    .select({ id: pbxs.id, name: pbxs.name, tenantId: pbxs.tenantId })
    .from(pbxs)
    .leftJoin(pbxRuns, eq(pbxRuns.pbxId, pbxs.id))
    .where(and(conditions(filter), filter.ids && inArray(pbxs.id, [...filter.ids])))
    .orderBy(asc(SORTS.name), asc(pbxs.id))
    .limit(limit);
}

function isPbx(reach: Reach, id: string): SQL | undefined {
  return and(eq(pbxs.id, id), reachesPbx(reach, pbxs.tenantId, pbxs.id));
}

/** Null: there is none with this id within reach. */
export async function findPbx(db: Db | Tx, reach: Reach, id: string): Promise<Pbx | null> {
  const [row] = await db.select().from(pbxs).where(isPbx(reach, id));
  return row ? toPbx(row) : null;
}

/** Which of these hang on the tenant or below it. */
export async function findPbxIdsBelow(db: Db | Tx, tenantId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await db
    .select({ id: pbxs.id })
    .from(pbxs)
    .innerJoin(tenants, eq(tenants.id, pbxs.tenantId))
    .where(and(inArray(pbxs.id, [...ids]), sql`${tenants.path} @> array[${tenantId}]::uuid[]`));
  return rows.map((row) => row.id);
}

/** Locks the row until the transaction ends: what was checked stays true while it is changed. */
export async function lockPbx(tx: Tx, reach: Reach, id: string): Promise<Pbx | null> {
  const [row] = await tx.select().from(pbxs).where(isPbx(reach, id)).for('update');
  return row ? toPbx(row) : null;
}

/** @throws what isPbxNameTaken knows */
export async function createPbx(
  tx: Tx,
  ring: KeyRing,
  tenantId: string,
  settings: PbxChanges & { readonly name: string },
): Promise<Pbx> {
  const id = uuidv7();
  const [row] = await tx
    .insert(pbxs)
    .values({
      id,
      tenantId,
      ...plainColumns(settings),
      name: settings.name,
      ...sealedColumns(ring, tenantId, id, settings),
    })
    .returning();
  if (!row) throw new Error('an insert returned no row');
  await tx.insert(pbxRuns).values({ pbxId: id });
  return toPbx(row);
}

/** True for the error of a second PBX of the tenant with the same name. */
export function isPbxNameTaken(error: unknown): boolean {
  for (let seen = error; seen instanceof Error; seen = seen.cause) {
    if ('constraint_name' in seen && seen.constraint_name === 'pbxs_tenant_name') return true;
  }
  return false;
}

function differs(pbx: Pbx, changes: PbxChanges, name: keyof PbxChanges): boolean {
  const value = changes[name];
  if (value === undefined) return false;
  if (name === 'password') return value !== null || pbx.passwordSet;
  if (name === 'fileKey') return value !== null || pbx.fileKeySet;
  if (name === 'client') return value !== null || pbx.clientCertPem !== null;
  return JSON.stringify(value) !== JSON.stringify(pbx[name]);
}

/**
 * Saves changes of a PBX that lockPbx locked, and what follows for its users. A change of mapping or connection makes
 * those that are provisioned from it due at once; the switch sets those that inherit waiting or off.
 * @returns the PBX as it is now and the names of what changed (never values); no names: nothing was written
 * @throws what isPbxNameTaken knows
 */
export async function updatePbx(
  tx: Tx,
  ring: KeyRing,
  pbx: Pbx,
  changes: PbxChanges,
): Promise<{ readonly pbx: Pbx; readonly changed: readonly string[] }> {
  const changed = (Object.keys(changes) as (keyof PbxChanges)[]).filter((name) => differs(pbx, changes, name));
  if (changed.length === 0) return { pbx, changed };
  const mapping = changed.some((name) => MAPPING.includes(name));
  const connection = changed.some((name) => CONNECTION.includes(name));
  const [row] = await tx
    .update(pbxs)
    .set({
      ...plainColumns(changes),
      ...sealedColumns(ring, pbx.tenantId, pbx.id, changes),
      version: sql`${pbxs.version} + 1`,
      updatedAt: sql`now()`,
      ...(mapping && { mappingVersion: sql`${pbxs.mappingVersion} + 1` }),
      ...(connection && { connectionVersion: sql`${pbxs.connectionVersion} + 1` }),
    })
    .where(eq(pbxs.id, pbx.id))
    .returning();
  if (!row) throw new Error('a locked PBX is gone');
  const now = toPbx(row);
  const switched = changed.includes('autoProvision');
  if (mapping || connection || switched) await fenceSlice(tx, pbx.id, connection);
  if (switched && !now.autoProvision) await switchUsersOff(tx, pbx.id);
  const switchedOn = switched && now.autoProvision;
  const hasAddress = now.provisioningUrl !== null;
  if (switchedOn || (hasAddress && (mapping || connection))) await makeUsersDue(tx, now);
  if (!hasAddress) await forgetDue(tx, pbx.id);
  return { pbx: now, changed };
}

/** Users with a provisioning password of their own. */
export async function countUserPasswords(tx: Tx, pbxId: string): Promise<number> {
  const [row] = await tx.execute<{ n: number }>(sql`
    select count(*)::int as n from users where pbx_id = ${pbxId} and prov_password_sealed is not null`);
  return row?.n ?? 0;
}

export async function forgetUserPasswords(tx: Tx, pbxId: string): Promise<void> {
  await tx.execute(sql`
    update users set prov_password_sealed = null, login_version = login_version + 1, version = version + 1,
      updated_at = now()
    where pbx_id = ${pbxId} and prov_password_sealed is not null`);
}

/** A slice that works with the old settings claims and writes nothing more; a changed connection ends pauses. */
async function fenceSlice(tx: Tx, pbxId: string, connection: boolean): Promise<void> {
  await tx
    .update(pbxRuns)
    .set({
      sliceEpoch: sql`${pbxRuns.sliceEpoch} + 1`,
      ...(connection && { pausedUntil: null, pauseCode: null, refusedInARow: 0, unreachableInARow: 0 }),
    })
    .where(eq(pbxRuns.pbxId, pbxId));
}

/** Those that inherit rest; what is stored stays. Their claims end, so that a running fetch does not switch them on. */
async function switchUsersOff(tx: Tx, pbxId: string): Promise<void> {
  await tx.execute(sql`
    update users set status = 'off', reason_code = null, reason = null, status_at = now(), due_at = null,
      priority = 0, attempt = 0, retry_class = null, absent_since = null, claim_epoch = null, claimed_at = null,
      sync_requested_at = null, sync_requested_by = null, accept_once = null, updated_at = now()
    where pbx_id = ${pbxId} and auto_provision = 'inherit' and status <> 'off'`);
}

/** Without an address nothing can be asked. */
async function forgetDue(tx: Tx, pbxId: string): Promise<void> {
  await tx.execute(sql`
    update users set due_at = null, claim_epoch = null, claimed_at = null where pbx_id = ${pbxId} and due_at is not null`);
}

/** All users that are to be provisioned and have a MAC: due now. Provisioned and stale ones keep their status. */
async function makeUsersDue(tx: Tx, pbx: Pbx): Promise<void> {
  const enabled = sql`(auto_provision = 'on' or (auto_provision = 'inherit' and ${pbx.autoProvision}))`;
  // In the order of ids: two changes at once wait for each other instead of dying of a deadlock.
  await tx.execute(sql`select 1 from users where pbx_id = ${pbx.id} order by id for update`);
  await tx.execute(sql`
    update users set due_at = now(), priority = greatest(priority, 5), attempt = 0, retry_class = null,
      absent_since = null, claim_epoch = null, claimed_at = null, updated_at = now(),
      status = case when status in ('provisioned', 'stale') then status else 'waiting' end,
      reason_code = case when status in ('provisioned', 'stale') then reason_code else 'QUEUED' end,
      reason = case when status in ('provisioned', 'stale') then reason end,
      status_at = case when status in ('provisioned', 'stale') or (status = 'waiting' and reason_code = 'QUEUED')
        then status_at else now() end
    where pbx_id = ${pbx.id} and mac is not null and ${enabled}`);
  await tx.execute(sql`
    update users set status = 'waiting', reason_code = 'MAC_MISSING', reason = null, status_at = now()
    where pbx_id = ${pbx.id} and mac is null and status = 'off' and ${enabled}`);
}

/** Over users u and their run r; a live claim counts as fetching. */
export const COUNTED_AS = sql`case when u.claim_epoch = r.slice_epoch then 'fetching' else u.status end`;

/** Users of each PBX by status. */
export async function countUsers(db: Db | Tx, pbxIds: readonly string[]): Promise<ReadonlyMap<string, UserCounts>> {
  const counts = new Map<string, UserCounts>(pbxIds.map((id) => [id, NO_USERS]));
  if (pbxIds.length === 0) return counts;
  const rows = await db.execute<{ pbx_id: string; status: keyof UserCounts; count: number }>(sql`
    select u.pbx_id, ${COUNTED_AS} as status, count(*)::int as count
    from users u left join pbx_runs r on r.pbx_id = u.pbx_id
    where u.pbx_id in ${[...pbxIds]} group by 1, 2`);
  for (const { pbx_id, status, count } of rows) {
    counts.set(pbx_id, { ...(counts.get(pbx_id) ?? NO_USERS), [status]: count });
  }
  return counts;
}

/** The same of all PBXs together that are within reach. @param tenantId only of this tenant */
export async function countUsersWithin(db: Db | Tx, reach: Reach, tenantId: string | undefined): Promise<UserCounts> {
  const rows = await db.execute<{ status: keyof UserCounts; count: number }>(sql`
    select ${COUNTED_AS} as status, count(*)::int as count
    from users u left join pbx_runs r on r.pbx_id = u.pbx_id
    where ${reachesPbx(reach, sql`u.tenant_id`, sql`u.pbx_id`)}
      ${tenantId === undefined ? sql`` : sql`and u.tenant_id = ${tenantId}`} group by 1`);
  return { ...NO_USERS, ...Object.fromEntries(rows.map(({ status, count }) => [status, count])) };
}

export async function readRuns(db: Db | Tx, pbxIds: readonly string[]): Promise<ReadonlyMap<string, PbxRun>> {
  if (pbxIds.length === 0) return new Map();
  const rows = await db
    .select({ run: pbxRuns, inTrouble: isInTrouble })
    .from(pbxRuns)
    .innerJoin(pbxs, eq(pbxs.id, pbxRuns.pbxId))
    .where(inArray(pbxRuns.pbxId, [...pbxIds]));
  return new Map(
    rows.map(({ run: { pbxId, sliceEpoch: _, sliceStartedAt: __, ...run }, inTrouble }) => [
      pbxId,
      { ...run, inTrouble },
    ]),
  );
}

/** True when it has any user. Call it with the PBX locked: creating a user takes a lock that waits for it. */
export async function hasUsers(tx: Tx, pbxId: string): Promise<boolean> {
  const rows = await tx.execute(sql`select 1 from users where pbx_id = ${pbxId} limit 1`);
  return rows.length > 0;
}

/** With its users, their lines and its run state. What the feed says of it stays. */
export async function deletePbx(tx: Tx, pbxId: string): Promise<void> {
  await tx.delete(pbxs).where(eq(pbxs.id, pbxId));
}

/** The user that test-connection asks for: the one named, or any with a MAC. */
export interface TestUser {
  readonly id: string;
  readonly name: string | null;
  readonly mac: string | null;
  readonly lineRule: string | null;
  readonly provUsername: string | null;
  readonly provPasswordSealed: string | null;
}

export async function findTestUser(db: Db | Tx, pbxId: string, userId: string | null): Promise<TestUser | null> {
  const which = userId === null ? sql`mac is not null` : sql`id = ${userId}`;
  const [row] = await db.execute<{ user: TestUser }>(sql`
    select jsonb_build_object('id', id, 'name', name, 'mac', mac, 'lineRule', line_rule,
      'provUsername', prov_username, 'provPasswordSealed', prov_password_sealed) as user
    from users where pbx_id = ${pbxId} and ${which} order by (status = 'provisioned') desc, id limit 1`);
  return row?.user ?? null;
}

/** Keeps what test-connection found where the persona is `auto`: files are asked for anew, as that phone. */
export async function rememberPersona(db: Db, pbxId: string, found: PersonaVendor): Promise<void> {
  await db
    .update(pbxs)
    .set({
      personaFound: found,
      mappingVersion: sql`${pbxs.mappingVersion} + 1`,
      connectionVersion: sql`${pbxs.connectionVersion} + 1`,
    })
    .where(and(eq(pbxs.id, pbxId), eq(pbxs.personaVendor, 'auto')));
}
