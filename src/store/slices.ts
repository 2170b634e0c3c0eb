// What a slice needs of the database: begin, claim due users, write results, end. Every write carries the slice's epoch,
// so that a worker that was paused and comes back writes nothing. Knows no HTTP and no vendor.
import { and, eq, sql } from 'drizzle-orm';
import type { Login, TlsIdentity } from '../../fetchers/fetcher.ts';
import type { TlsSettings } from '../../fetchers/http.ts';
import { Secret } from '../../fetchers/secret.ts';
import { type Persona, type PersonaChoice, type PersonaVendor, personaOf } from '../../vendors/persona.ts';
import {
  type AcceptableDoubt,
  type HarvestedContent,
  isReasonCode,
  type ReasonCode,
  type RetryClass,
} from '../sync/outcome.ts';
import { freshLogin, type PbxState } from '../sync/pbx-state.ts';
import { insertActivity, type NewActivity } from './activity.ts';
import type { Database } from './database.ts';
import { jsonText } from './json-text.ts';
import type { KeyRing, Place } from './key-ring.ts';
import { type HotTx, runPrepared } from './prepared.ts';
import { type LearnedPace, pbxRuns, pbxs } from './schema.ts';

/** Versions of a user's lines that are kept. */
const KEPT_VERSIONS = 10;

/** A PBX as a slice sees it: secrets opened, run state beside the settings. */
export interface SlicePbx {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly provisioningUrl: string;
  readonly didField: string;
  readonly country: string | null;
  readonly lineRule: string;
  readonly login: Login | null;
  readonly tls: TlsSettings;
  readonly allowPlainHttp: boolean;
  readonly allowedOrigins: readonly string[];
  readonly persona: Persona;
  /** Of encrypted configuration files. */
  readonly fileKey: Secret | null;
  readonly resyncHours: number;
  readonly maxConcurrent: number;
  readonly maxPerSecond: number | null;
  readonly mappingVersion: number;
  readonly connectionVersion: number;
}

export interface StartedSlice {
  readonly epoch: number;
  readonly pbx: SlicePbx;
  /** The PBX's own address, whatever counts in its place; null: it is never asked. */
  readonly ownAddress: string | null;
  readonly state: PbxState;
  readonly pace: LearnedPace | null;
}

export interface ClaimedUser {
  readonly id: string;
  readonly tenantId: string;
  /** For people: name, sign-in name, SIP user or MAC, the first that is there. */
  readonly name: string;
  readonly mac: string;
  readonly macAssigned: boolean;
  readonly lineRule: string | null;
  readonly provUsername: string | null;
  readonly provPasswordSealed: string | null;
  readonly did: string | null;
  readonly didSource: 'manual' | 'harvest' | null;
  readonly status: string;
  readonly reasonCode: string | null;
  readonly attempt: number;
  readonly lastRetryClass: string | null;
  readonly absentSinceMs: number | null;
  readonly syncRequestedBy: string | null;
  readonly acceptOnce: AcceptableDoubt | null;
  readonly answered: readonly number[] | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly contentTag: string | null;
  readonly aorTag: string | null;
  readonly mappingVersion: number | null;
  readonly connectionVersion: number | null;
  readonly linesVersion: number | null;
  /** Another user has the same MAC: a line of the same phone. */
  readonly sharesFile: boolean;
}

/** What one attempt leaves behind. */
export interface UserResult {
  readonly user: ClaimedUser;
  readonly status: 'waiting' | 'provisioned' | 'stale' | 'failed';
  readonly reasonCode: ReasonCode | null;
  readonly retryClass: RetryClass | null;
  readonly reason: string | null;
  readonly dueAtMs: number | null;
  readonly attempt: number;
  readonly absentSinceMs: number | null;
  readonly success: {
    readonly answered: readonly number[] | null;
    readonly etag: string | null;
    readonly lastModified: string | null;
    readonly contentTag: string | null;
    readonly aorTag: string | null;
    readonly mappingVersion: number;
    readonly connectionVersion: number;
    readonly did: string | null;
  } | null;
  readonly lines: {
    readonly version: number;
    /** JSON of HarvestedContent, not sealed yet. */
    readonly contentText: string;
    readonly vendor: string;
    readonly format: string;
    readonly line: number;
    readonly sourceUrl: string;
    readonly tlsFingerprint: string | null;
    readonly changes: readonly string[];
  } | null;
  readonly entry: NewActivity | null;
}

type PbxRow = typeof pbxs.$inferSelect;

/**
 * Begins a slice: from here on only this one may write results of the PBX.
 * Null: the PBX is gone or has no address.
 * @param instead an address that counts in place of the PBX's own: it need not have one
 */
export async function startSlice(
  database: Database,
  ring: KeyRing,
  pbxId: string,
  instead?: string,
): Promise<StartedSlice | null> {
  return database.db.transaction(async (tx) => {
    const [pbx] = await tx.select().from(pbxs).where(eq(pbxs.id, pbxId)).for('key share');
    const address = instead ?? pbx?.provisioningUrl ?? null;
    if (pbx === undefined || address === null) return null;
    const [run] = await tx
      .insert(pbxRuns)
      .values({ pbxId, sliceEpoch: 1, sliceStartedAt: sql`now()` })
      .onConflictDoUpdate({
        target: pbxRuns.pbxId,
        set: { sliceEpoch: sql`${pbxRuns.sliceEpoch} + 1`, sliceStartedAt: sql`now()` },
      })
      .returning();
    if (run === undefined) throw new Error('an upsert returned no row');
    const login =
      run.login?.connectionVersion === pbx.connectionVersion ? run.login : freshLogin(pbx.connectionVersion);
    return {
      epoch: run.sliceEpoch,
      pbx: openPbx(pbx, address, ring),
      ownAddress: pbx.provisioningUrl,
      state: {
        login,
        refusedInARow: run.refusedInARow,
        unreachableInARow: run.unreachableInARow,
        pausedUntil: run.pausedUntil?.getTime() ?? null,
        pauseCode: run.pauseCode !== null && isReasonCode(run.pauseCode) ? run.pauseCode : null,
      },
      pace: run.pace,
    };
  });
}

/** The PBX with its secrets opened, outside of a slice (test-connection). Null: it is gone or has no address. */
export async function readSlicePbx(database: Database, ring: KeyRing, pbxId: string): Promise<SlicePbx | null> {
  const [pbx] = await database.db.select().from(pbxs).where(eq(pbxs.id, pbxId));
  return pbx === undefined || pbx.provisioningUrl === null ? null : openPbx(pbx, pbx.provisioningUrl, ring);
}

function openPbx(pbx: PbxRow, provisioningUrl: string, ring: KeyRing): SlicePbx {
  const unseal = (sealed: string | null, column: string) =>
    sealed === null ? null : ring.unseal(sealed, { tenant: pbx.tenantId, table: 'pbxs', row: pbx.id, column });
  const key = unseal(pbx.clientKeySealed, 'client_key');
  return {
    id: pbx.id,
    tenantId: pbx.tenantId,
    name: pbx.name,
    provisioningUrl,
    didField: pbx.didField,
    country: pbx.country,
    lineRule: pbx.lineRule,
    login:
      pbx.username === null
        ? null
        : { username: pbx.username, password: unseal(pbx.passwordSealed, 'password') ?? new Secret('') },
    tls: {
      ...(pbx.caPem === null ? {} : { ca: pbx.caPem }),
      ...(pbx.clientCertPem === null ? {} : { cert: pbx.clientCertPem }),
      ...(key === null ? {} : { key }),
      ...(pbx.pinSha256 === null ? {} : { pinSha256: pbx.pinSha256 }),
      ...(pbx.expectedName === null ? {} : { expectedName: pbx.expectedName }),
      legacy: pbx.legacyTls,
    },
    allowPlainHttp: pbx.allowPlainHttp,
    allowedOrigins: pbx.allowedOrigins,
    persona: {
      vendor: personaOf(pbx.personaVendor as PersonaChoice, pbx.personaFound as PersonaVendor | null),
      model: pbx.personaModel,
      phoneType: pbx.personaPhoneType,
      firmwareVersion: pbx.personaFirmwareVersion,
      userAgent: pbx.personaUserAgent,
    },
    fileKey: unseal(pbx.fileKeySealed, 'file_key'),
    resyncHours: pbx.resyncHours,
    maxConcurrent: pbx.maxConcurrent,
    maxPerSecond: pbx.maxPerSecond,
    mappingVersion: pbx.mappingVersion,
    connectionVersion: pbx.connectionVersion,
  };
}

/** What is read of a claimed user: the columns of ClaimRow. */
const CLAIMED = sql`u.id, u.tenant_id, coalesce(u.name, u.teams_user_id, u.sip_user_id, u.mac) as name, u.mac, u.mac_assigned,
      u.line_rule, u.prov_username, u.prov_password_sealed, u.did, u.did_source, u.status, u.reason_code, u.attempt,
      u.retry_class, (extract(epoch from u.absent_since) * 1000)::float8 as absent_since_ms, u.sync_requested_by,
      u.accept_once, u.answered, u.etag, u.last_modified, u.content_tag, u.aor_tag, u.mapping_version,
      u.connection_version, u.lines_version, u.priority,
      exists (select 1 from users o where o.pbx_id = u.pbx_id and o.mac = u.mac and o.id <> u.id) as shares_file`;

/** Priorities in use, highest first: 10 a person pressed Sync, 5 new or changed, 0 the schedule. */
const PRIORITIES = [10, 5, 0] as const;

/**
 * Takes up to `limit` due users for this slice, those with the highest priority first, re-read each time. Takes none
 * when a newer slice has begun.
 * @param ownLoginOnly the PBX's login is refused: only users with a login of their own are asked
 */
export async function claimDueUsers(
  database: Database,
  pbxId: string,
  epoch: number,
  limit: number,
  ownLoginOnly: boolean,
): Promise<ClaimedUser[]> {
  // One ordered index range per priority: a single "order by priority, due_at" would walk all users of the PBX.
  const ranges = PRIORITIES.map(
    (priority) => sql`(
      select u.id, u.priority, u.due_at from users u
      where u.pbx_id = ${pbxId} and u.priority = ${priority} and u.due_at <= now()
        and u.mac is not null and u.claim_epoch is distinct from ${epoch}
        ${ownLoginOnly ? sql`and u.prov_username is not null` : sql``}
      order by u.due_at limit ${limit} for update skip locked)`,
  );
  const rows = await runPrepared<ClaimRow>(
    database.sql,
    sql`
    with current as (select 1 from pbx_runs where pbx_id = ${pbxId} and slice_epoch = ${epoch}),
    high as ${ranges[0]}, middle as ${ranges[1]}, low as ${ranges[2]},
    picked as (
      select id, priority, due_at from (
        select * from high union all select * from middle union all select * from low
      ) due, current
      order by priority desc, due_at limit ${limit})
    update users u set claim_epoch = ${epoch}, claimed_at = clock_timestamp()
    from picked where u.id = picked.id
    returning ${CLAIMED}`,
  );
  return rows.sort((a, b) => b.priority - a.priority).map(toClaimed);
}

/** Takes these users for this slice, due or not; those that are off or have no MAC stay. None when a newer slice has begun. */
export async function claimUsers(
  database: Database,
  pbxId: string,
  epoch: number,
  ids: readonly string[],
): Promise<ClaimedUser[]> {
  if (ids.length === 0) return [];
  const rows = await runPrepared<ClaimRow>(
    database.sql,
    sql`
    with picked as (
      select u.id from users u join pbx_runs r on r.pbx_id = u.pbx_id and r.slice_epoch = ${epoch}
      where u.pbx_id = ${pbxId} and u.id = any(${sql.param([...ids])}::uuid[]) and u.mac is not null
        and u.status <> 'off'
      order by u.id for update of u)
    update users u set claim_epoch = ${epoch}, claimed_at = clock_timestamp()
    from picked where u.id = picked.id
    returning ${CLAIMED}`,
  );
  return rows.map(toClaimed);
}

/** Users of the PBX with one of these MACs. */
export async function findUsersByMac(
  database: Database,
  pbxId: string,
  macs: readonly string[],
): Promise<{ readonly id: string; readonly mac: string; readonly off: boolean }[]> {
  const rows = await database.db.execute<{ id: string; mac: string; off: boolean }>(sql`
    select id, mac, status = 'off' as off from users
    where pbx_id = ${pbxId} and mac = any(${sql.param([...macs])}::text[]) order by id`);
  return [...rows];
}

interface ClaimRow extends Record<string, unknown> {
  id: string;
  tenant_id: string;
  name: string;
  mac: string;
  mac_assigned: boolean;
  line_rule: string | null;
  prov_username: string | null;
  prov_password_sealed: string | null;
  did: string | null;
  did_source: 'manual' | 'harvest' | null;
  status: string;
  reason_code: string | null;
  attempt: number;
  retry_class: string | null;
  absent_since_ms: number | null;
  sync_requested_by: string | null;
  accept_once: AcceptableDoubt | null;
  answered: number[] | null;
  etag: string | null;
  last_modified: string | null;
  content_tag: string | null;
  aor_tag: string | null;
  mapping_version: number | null;
  connection_version: number | null;
  lines_version: number | null;
  priority: number;
  shares_file: boolean;
}

function toClaimed(row: ClaimRow): ClaimedUser {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: row.name,
    mac: row.mac,
    macAssigned: row.mac_assigned,
    lineRule: row.line_rule,
    provUsername: row.prov_username,
    provPasswordSealed: row.prov_password_sealed,
    did: row.did,
    didSource: row.did_source,
    status: row.status,
    reasonCode: row.reason_code,
    attempt: row.attempt,
    lastRetryClass: row.retry_class,
    absentSinceMs: row.absent_since_ms,
    syncRequestedBy: row.sync_requested_by,
    acceptOnce: row.accept_once,
    answered: row.answered,
    etag: row.etag,
    lastModified: row.last_modified,
    contentTag: row.content_tag,
    aorTag: row.aor_tag,
    mappingVersion: row.mapping_version,
    connectionVersion: row.connection_version,
    linesVersion: row.lines_version,
    sharesFile: row.shares_file,
  };
}

/** Gives back what was claimed and not begun. Users that were moved meanwhile are claimed by another PBX's slices. */
export async function releaseClaims(
  database: Database,
  pbxId: string,
  epoch: number,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await database.db.execute(sql`
    update users set claim_epoch = null, claimed_at = null
    where id in ${[...ids]} and pbx_id = ${pbxId} and claim_epoch = ${epoch}`);
}

export interface Holder {
  readonly id: string;
  readonly name: string;
  readonly mac: string | null;
  readonly aorTag: string | null;
  readonly did: string | null;
  readonly samePbx: boolean;
}

/** Users that hold one of these accounts at the PBX, or one of these DIDs in the tenant. */
export async function findHolders(
  database: Database,
  pbx: Pick<SlicePbx, 'id' | 'tenantId'>,
  aorTags: readonly string[],
  dids: readonly string[],
): Promise<Holder[]> {
  if (aorTags.length === 0 && dids.length === 0) return [];
  // An array is looked up value by value. A join against a list would be planned by statistics from before the harvest,
  // which say that nobody has an account yet: then all users of the PBX are read for each group.
  const among = (values: readonly string[]) => sql`any(${sql.param([...values])}::text[])`;
  const rows = await runPrepared<{
    id: string;
    name: string;
    mac: string | null;
    aor_tag: string | null;
    did: string | null;
    pbx_id: string;
  }>(
    database.sql,
    sql`
    select id, coalesce(name, teams_user_id, sip_user_id, mac) as name, mac, aor_tag, did, pbx_id from users
    where pbx_id = ${pbx.id} and aor_tag = ${among(aorTags)} union
    select id, coalesce(name, teams_user_id, sip_user_id, mac) as name, mac, aor_tag, did, pbx_id from users
    where tenant_id = ${pbx.tenantId} and did = ${among(dids)}`,
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    mac: row.mac,
    aorTag: row.aor_tag,
    did: row.did,
    samePbx: row.pbx_id === pbx.id,
  }));
}

/**
 * Writes results in one transaction, each only while its claim is this slice's: a user that was changed, disabled,
 * deleted or claimed anew meanwhile is left alone. A Sync pressed during the fetch makes the user due again at once.
 * @param alongside done in the same transaction, told the ids
 * @returns the ids that were written
 */
export async function writeResults(
  database: Database,
  ring: KeyRing,
  pbxId: string,
  epoch: number,
  results: readonly UserResult[],
  alongside?: (tx: HotTx, written: ReadonlySet<string>) => Promise<void>,
): Promise<ReadonlySet<string>> {
  const input = results.map(({ user, success, lines, ...result }) => ({
    id: user.id,
    status: result.status,
    reason_code: result.reasonCode,
    reason: result.reason,
    retry_class: result.retryClass,
    due_at: timestamp(result.dueAtMs),
    attempt: result.attempt,
    absent_since: timestamp(result.absentSinceMs),
    ok: success !== null,
    answered: success?.answered ?? null,
    etag: success?.etag ?? null,
    last_modified: success?.lastModified ?? null,
    content_tag: success?.contentTag ?? null,
    aor_tag: success?.aorTag ?? null,
    mapping_version: success?.mappingVersion ?? null,
    connection_version: success?.connectionVersion ?? null,
    did: success?.did ?? null,
    lines_version: lines?.version ?? null,
  }));
  return database.sql.begin(async (tx) => {
    const written = await runPrepared<{ id: string }>(
      tx,
      sql`
      update users u set
        status = r.status, reason_code = r.reason_code, reason = r.reason, retry_class = r.retry_class,
        status_at = case when (u.status, u.reason_code) is distinct from (r.status, r.reason_code) then now()
          else u.status_at end,
        due_at = case when u.sync_requested_at > u.claimed_at then now() else r.due_at end,
        priority = case when u.sync_requested_at > u.claimed_at then u.priority else 0 end,
        sync_requested_by = case when u.sync_requested_at > u.claimed_at then u.sync_requested_by end,
        -- A try that met a busy server decided nothing: what a person accepted still stands.
        accept_once = case when u.sync_requested_at > u.claimed_at or r.retry_class = 'transient'
          then u.accept_once end,
        attempt = r.attempt, absent_since = r.absent_since, claim_epoch = null, claimed_at = null,
        last_checked_at = now(),
        last_success_at = case when r.ok then now() else u.last_success_at end,
        answered = case when r.ok then r.answered else u.answered end,
        etag = case when r.ok then r.etag else u.etag end,
        last_modified = case when r.ok then r.last_modified else u.last_modified end,
        content_tag = case when r.ok then r.content_tag else u.content_tag end,
        aor_tag = case when r.ok then r.aor_tag else u.aor_tag end,
        mapping_version = case when r.ok then r.mapping_version else u.mapping_version end,
        connection_version = case when r.ok then r.connection_version else u.connection_version end,
        did = case when r.did is not null and u.did_source is distinct from 'manual' then r.did else u.did end,
        did_source = case when r.did is not null and u.did_source is distinct from 'manual' then 'harvest'
          else u.did_source end,
        lines_version = coalesce(r.lines_version, u.lines_version)
      from jsonb_to_recordset(${jsonText(input)}::jsonb) as r(id uuid, status text, reason_code text, reason text,
        retry_class text, due_at timestamptz, attempt int, absent_since timestamptz, ok boolean, answered smallint[],
        etag text, last_modified text, content_tag text, aor_tag text, mapping_version int, connection_version int,
        did text, lines_version int), pbx_runs p
      where u.id = r.id and u.claim_epoch = ${epoch} and p.pbx_id = ${pbxId} and p.slice_epoch = ${epoch}
        and u.pbx_id = p.pbx_id
      returning u.id`,
    );
    const ids = new Set(written.map((row) => row.id));
    const stored = results.filter((result) => ids.has(result.user.id));
    const versions = sealVersions(ring, stored);
    if (versions.length > 0) {
      await runPrepared(
        tx,
        sql`
        insert into harvested_lines (user_id, version, tenant_id, content_sealed, vendor, format, line, source_url,
          tls_fingerprint, changes)
        select user_id, version, tenant_id, "contentSealed", vendor, format, line, "sourceUrl", "tlsFingerprint", changes
        from jsonb_to_recordset(${jsonText(versions)}::jsonb) as r(user_id uuid, version int, tenant_id uuid,
          "contentSealed" text, vendor text, format text, line int, "sourceUrl" text, "tlsFingerprint" text,
          changes text[])`,
      );
      const old = versions.filter((line) => line.version > KEPT_VERSIONS);
      if (old.length > 0) {
        await runPrepared(
          tx,
          sql`
          delete from harvested_lines h using users u
          where h.user_id = any(${sql.param(old.map((line) => line.user_id))}::uuid[])
            and u.id = h.user_id and h.version <= u.lines_version - ${KEPT_VERSIONS}`,
        );
      }
    }
    const entries = stored.flatMap(({ entry }) => (entry === null ? [] : [entry]));
    if (entries.length > 0) await runPrepared(tx, insertActivity(entries));
    await alongside?.(tx, ids);
    return ids;
  });
}

/** All users of a PBX are of one tenant, so that one data key serves them all. */
function sealVersions(ring: KeyRing, stored: readonly UserResult[]) {
  const versions = stored.flatMap(({ user, lines }) => {
    if (lines === null) return [];
    const { contentText, ...rest } = lines;
    const place = contentPlace(user.tenantId, user.id, lines.version);
    return [{ contentText, place, row: { ...rest, user_id: user.id, tenant_id: user.tenantId } }];
  });
  const [first] = versions;
  if (first === undefined) return [];
  const contents = versions.map(({ place, contentText }) => ({ row: place.row, text: contentText }));
  const sealed = ring.sealMany(first.place, contents);
  return versions.map(({ row }, n) => ({ ...row, contentSealed: sealed[n] ?? '' }));
}

/** Milliseconds since the epoch, as PostgreSQL reads it out of JSON. */
function timestamp(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** The contents of the versions in force, by user; the users are of one PBX. Users without one are not in it. */
export async function readContents(
  database: Database,
  ring: KeyRing,
  users: readonly Pick<ClaimedUser, 'id' | 'tenantId' | 'linesVersion'>[],
): Promise<ReadonlyMap<string, HarvestedContent>> {
  const wanted = users.map((user) => ({ id: user.id, version: user.linesVersion }));
  const rows = await runPrepared<{ user_id: string; version: number; tenant_id: string; content_sealed: string }>(
    database.sql,
    sql`
    select h.user_id, h.version, h.tenant_id, h.content_sealed
    from jsonb_to_recordset(${jsonText(wanted)}::jsonb) as w(id uuid, version int)
    join harvested_lines h on h.user_id = w.id and h.version = w.version`,
  );
  const sealed = rows.map((row) => ({
    place: contentPlace(row.tenant_id, row.user_id, row.version),
    sealed: row.content_sealed,
  }));
  const [first] = sealed;
  if (first === undefined) return new Map();
  const values = sealed.map(({ place, sealed: value }) => ({ row: place.row, sealed: value }));
  const contents = ring.unsealMany(first.place, values);
  return new Map(rows.map((row, n) => [row.user_id, JSON.parse(contents[n]?.reveal() ?? 'null')]));
}

/** The content of one user's version in force; null when there is none. */
export async function readContent(
  database: Database,
  ring: KeyRing,
  user: Pick<ClaimedUser, 'id' | 'tenantId' | 'linesVersion'>,
): Promise<HarvestedContent | null> {
  return (await readContents(database, ring, [user])).get(user.id) ?? null;
}

/** Where the content of a version is at home: what it is sealed to. */
export function contentPlace(tenant: string, userId: string, version: number): Place {
  return { tenant, table: 'harvested_lines', row: `${userId}.${version}`, column: 'content' };
}

/** Ends a slice: what was learned of the PBX is kept, unless a newer slice has begun. */
export async function saveSlice(
  database: Database,
  pbxId: string,
  epoch: number,
  learned: {
    readonly state: PbxState;
    readonly pace: LearnedPace;
    readonly anySuccess: boolean;
    /** That the server showed in this slice. */
    readonly certificate: TlsIdentity | null;
  },
): Promise<void> {
  const { state, certificate } = learned;
  await database.db
    .update(pbxRuns)
    .set({
      login: state.login,
      refusedInARow: state.refusedInARow,
      unreachableInARow: state.unreachableInARow,
      pausedUntil: state.pausedUntil === null ? null : new Date(state.pausedUntil),
      pauseCode: state.pauseCode,
      pace: learned.pace,
      ...(learned.anySuccess ? { lastSuccessAt: sql`now()` } : {}),
      ...(certificate === null
        ? {}
        : {
            serverCertFingerprint: certificate.fingerprint256,
            serverCertSubject: certificate.subject,
            serverCertValidTo: new Date(certificate.validTo),
          }),
    })
    .where(and(eq(pbxRuns.pbxId, pbxId), eq(pbxRuns.sliceEpoch, epoch)));
}

/** What the repair of the metronome and the end of a slice ask: may this user be fetched now? Of u, its PBX p and r. */
export const DUE = sql`u.due_at <= now() and u.mac is not null
  and (r.login ->> 'state' is distinct from 'refused'
    or (r.login ->> 'connectionVersion')::int is distinct from p.connection_version or u.prov_username is not null)`;

/** May the PBX be asked now? */
export const ASKS = sql`(p.provisioning_url is not null and (r.paused_until is null or r.paused_until <= now()))`;

/** PBXs that have due users and may be asked now. */
export async function findDuePbxs(database: Database, pbxId?: string): Promise<string[]> {
  const ofPriority = (priority: number) => sql`exists (
    select 1 from users u where u.pbx_id = p.id and u.priority = ${priority} and ${DUE})`;
  const rows = await database.db.execute<{ id: string }>(sql`
    select p.id from pbxs p left join pbx_runs r on r.pbx_id = p.id
    where ${ASKS} ${pbxId === undefined ? sql`` : sql`and p.id = ${pbxId}`}
      and (${sql.join(PRIORITIES.map(ofPriority), sql` or `)})`);
  return rows.map((row) => row.id);
}

/** The PBX's login stopped: its users are not due any more, and those that wait say why. */
export async function stopUsersOfLogin(
  database: Database,
  pbxId: string,
  epoch: number,
  reason: string,
): Promise<void> {
  await database.db.execute(sql`
    update users u set due_at = null,
      status = case when status = 'waiting' then 'failed' else status end,
      reason_code = case when status = 'waiting' then 'HTTP_401' else reason_code end,
      reason = case when status = 'waiting' then ${reason} else reason end,
      status_at = case when status = 'waiting' then now() else status_at end
    from pbx_runs r
    where u.pbx_id = ${pbxId} and r.pbx_id = u.pbx_id and r.slice_epoch = ${epoch}
      and u.prov_username is null and u.due_at is not null and u.mac is not null`);
}

/** Users that wait in the queue of a PBX that cannot be reached say so. */
export async function explainWaiting(
  database: Database,
  pbxId: string,
  code: ReasonCode,
  reason: string,
): Promise<void> {
  await database.db.execute(sql`
    update users set reason_code = ${code}, reason = ${reason}, status_at = now()
    where pbx_id = ${pbxId} and status = 'waiting' and reason_code = 'QUEUED'`);
}

/** The PBX can be reached again: users that failed for the server's certificate are asked now, not at their next probe. */
export async function resumeUnreachable(database: Database, pbxId: string): Promise<void> {
  await database.db.execute(sql`
    update users set due_at = now(), attempt = 0
    where pbx_id = ${pbxId} and due_at > now() and mac is not null and status in ('failed', 'stale')
      and reason_code like 'TLS%'`);
  await database.db.execute(sql`
    update users set reason_code = 'QUEUED', reason = null
    where pbx_id = ${pbxId} and status = 'waiting' and reason_code = 'HOST_CIRCUIT_OPEN'`);
}
