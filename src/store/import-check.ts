// The dry run over the rows of an upload: which users they name, what is to be done with each, what is wrong.
// Page by page, so that nothing else waits; changes no user. Knows no HTTP and no CSV syntax.
import { createHash } from 'node:crypto';
import { and, asc, eq, gt, isNull, lte, sql } from 'drizzle-orm';
import type { Secret } from '../../fetchers/secret.ts';
import {
  type CheckedRow,
  createCellReader,
  createRowChecker,
  type RawRow,
  type ReadRow,
  type RowChecker,
  type StoredUser,
} from '../intake/check-rows.ts';
import { type Column, isSecretColumn } from '../intake/columns.ts';
import { packageVersion } from '../package-root.ts';
import type { Database, Db, Tx } from './database.ts';
import { openCells, STORED_CELLS } from './import-cells.ts';
import { fenceBatch, JobLost } from './import-jobs.ts';
import { type ImportRecord, readImport } from './imports.ts';
import { jsonText } from './json-text.ts';
import type { KeyRing } from './key-ring.ts';
import {
  anyKeyTaken,
  findKeyConflicts,
  readPbxFacts,
  secretPlace,
  type UserKeys,
  type UserSecret,
} from './new-users.ts';
import { tenantReach } from './reach.ts';
import { importRows, imports } from './schema.ts';
import type { UserStore } from './users.ts';
import { readRouteFacts } from './voice-routes.ts';

const PAGE = 1000;
/** Rows that PostgreSQL compares with the users there are, at once. */
const COMPARED = 10_000;

/** The PBXs and voice routes there are now, that rows may name. */
export async function readRowFacts(db: Db | Tx, { tenantId, pbxIds }: Pick<UserStore, 'tenantId' | 'pbxIds'>) {
  return { pbxs: await readPbxFacts(db, tenantId, pbxIds), voiceRoutes: await readRouteFacts(db, tenantId) };
}

/** How a row keeps what was made of it (`draft`): one that was kept in another way is judged anew. */
const DRAFT_FORM = 'what the shown cells do not say';

/** Equal ones: a row that was judged with one of them would be judged the same with the other. */
export function fingerprintOf(facts: Awaited<ReturnType<typeof readRowFacts>>): string {
  const { pbxs, voiceRoutes } = facts;
  return createHash('sha256')
    .update(JSON.stringify([packageVersion(), DRAFT_FORM, pbxs, voiceRoutes]))
    .digest('hex');
}

/** Whether all rows would be judged now as they were when they came. */
export async function isJudgedAsNow(db: Db | Tx, { judgedWith, tenantId, pbxIds }: ImportRecord): Promise<boolean> {
  return judgedWith !== null && judgedWith === fingerprintOf(await readRowFacts(db, { tenantId, pbxIds }));
}

/** The checker for an import, with the PBXs and voice routes there are now. */
export async function createImportChecker(tx: Tx, store: UserStore, record: ImportRecord): Promise<RowChecker> {
  const facts = await readRowFacts(tx, { tenantId: store.tenantId, pbxIds: record.pbxIds });
  return createRowChecker({ ...record, ...facts });
}

/**
 * The next (at most a thousand) rows behind `after` that nothing was made of yet, in the order of the file; none: the end.
 * Nothing is written.
 * @param checker of createImportChecker: one for all pages, it remembers the rows before
 * @param conflicts `leave`: whoever writes the rows finds out who has their names and MACs already
 */
export async function checkPage(
  tx: Tx,
  store: UserStore,
  record: ImportRecord,
  after: number,
  checker: RowChecker,
  conflicts: 'find' | 'leave' = 'find',
): Promise<CheckedRow[]> {
  const raw = await readRawRows(tx, store.ring, record, after);
  return checkRows(tx, store, raw, checker, conflicts);
}

/** Judges rows that are at hand. */
export async function checkRows(
  tx: Tx,
  store: UserStore,
  raw: readonly RawRow[],
  checker: RowChecker,
  conflicts: 'find' | 'leave' = 'find',
): Promise<CheckedRow[]> {
  const rows = raw.map((row) => checker.read(row));
  const named = await findNamedUsers(tx, store, rows);
  const checked = rows.map((row) => checker.check(row, named.get(row.number) ?? null));
  return conflicts === 'leave' ? checked : withConflicts(tx, store, checked);
}

/** What the last check found, written to the rows that it found something new for: in a second check that is nearly none. */
export async function writeChecked(tx: Tx, importId: string, rows: readonly CheckedRow[]): Promise<void> {
  if (rows.length === 0) return;
  const found = rows.map((row) => ({
    number: row.number,
    errors: row.errors,
    warnings: row.warnings,
    action: row.action,
    changes: row.changes,
    reason: row.reason,
    user_id: row.userId,
  }));
  await tx.execute(sql`
    update import_rows i set errors = r.errors, warnings = r.warnings, action = r.action, changes = r.changes,
      outcome_reason = r.reason, user_id = r.user_id
    from json_to_recordset(${jsonText(found)}::json) as r(number int, errors jsonb, warnings jsonb, action text,
      changes jsonb, reason text, user_id uuid)
    where i.import_id = ${importId} and i.number = r.number
      and (i.errors, i.warnings, i.action, i.changes, i.outcome_reason, i.user_id)
        is distinct from (r.errors, r.warnings, r.action, r.changes, r.reason, r.user_id)`);
}

/**
 * The job `check`: all rows of the import, a page per transaction. A check that was cut off begins anew, since what is
 * in the file twice is found by going through all of it.
 * @throws JobLost when it was cancelled, or another program took it up
 */
export async function runCheck(
  database: Database,
  store: UserStore,
  importId: string,
  jobEpoch: number,
  onProgress: (rows: number) => Promise<void> | void = () => {},
): Promise<void> {
  const record = await readImport(database.db, tenantReach(store.tenantId), importId);
  if (record === null) throw new JobLost();
  if (await stillHolds(database, record, jobEpoch, onProgress)) return;
  const checker = await database.db.transaction((tx) => createImportChecker(tx, store, record));
  for (let after = 0, done = 0; ; ) {
    const page = await database.db.transaction(async (tx) => {
      await fenceBatch(tx, { id: importId, jobEpoch }, done);
      const rows = await checkPage(tx, store, record, after, checker);
      await writeChecked(tx, importId, rows);
      return rows;
    });
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.number;
    done += page.length;
    await onProgress(done);
  }
}

/**
 * Whether all that was found as the rows came is right still: nothing that they were judged with has changed, and nobody
 * has their names and MACs. Then no row needs to be read again, which is the greater part of a check.
 */
async function stillHolds(
  database: Database,
  record: ImportRecord,
  jobEpoch: number,
  onProgress: (rows: number) => Promise<void> | void,
): Promise<boolean> {
  if (record.judgedWith === null) return false;
  // What is written to the rows after a no is what this check finds, and not what was found as they came.
  const forget = () => database.db.update(imports).set({ judgedWith: null }).where(eq(imports.id, record.id));
  if (!(await isJudgedAsNow(database.db, record))) {
    await forget();
    return false;
  }
  for (let above = 0; above < record.rowCount; above += COMPARED) {
    const upTo = above + COMPARED;
    const taken = await database.db.transaction(async (tx) => {
      await fenceBatch(tx, { id: record.id, jobEpoch }, above);
      return anyKeyTaken(tx, record.tenantId, record.id, { above, upTo });
    });
    if (taken) {
      await forget();
      return false;
    }
    await onProgress(Math.min(upTo, record.rowCount));
  }
  return true;
}

/** Problems of the file itself are found once, at the upload, and kept through every check. */
export const FILE_PROBLEMS = new Set(['ROW_CELLS', 'CELL_TOO_LONG']);

/** Rows behind `after` of which nothing was made; none: the end. */
async function readRawRows(tx: Tx, ring: KeyRing, record: ImportRecord, after: number): Promise<RawRow[]> {
  // By ranges and not by a limit: a table that has just been filled is sorted as a whole for each limit.
  for (let start = after; start < record.rowCount; start += PAGE) {
    const rows = await readRange(tx, ring, record, start, start + PAGE);
    if (rows.length > 0) return rows;
  }
  return [];
}

async function readRange(tx: Tx, ring: KeyRing, record: ImportRecord, above: number, upTo: number): Promise<RawRow[]> {
  const page = await tx
    .select({ ...STORED_CELLS, errors: importRows.errors })
    .from(importRows)
    .where(
      and(
        eq(importRows.importId, record.id),
        gt(importRows.number, above),
        lte(importRows.number, upTo),
        isNull(importRows.outcome),
      ),
    )
    .orderBy(asc(importRows.number));
  // Only what is secret is not shown: without such columns nothing needs to be opened.
  const opens = record.columns.some((column) => column !== null && isSecretColumn(column));
  const opened = opens ? openCells(ring, record, page) : [];
  const read = createCellReader(record.columns);
  return page.map(({ number, shown, errors }, n) => {
    const found = opened[n] ?? { cells: shown };
    return {
      number,
      cells: 'raw' in found ? read(found.raw) : found.cells,
      fileProblems: errors.filter((problem) => FILE_PROBLEMS.has(problem.code)),
    };
  });
}

interface FoundUser extends Record<string, unknown> {
  readonly n: number;
  readonly id: string;
  readonly pbx_id: string;
  readonly voice_route_id: string | null;
  readonly values: Readonly<Partial<Record<Column, string | null>>>;
  readonly prov_password: string | null;
  readonly sip_password: string | null;
  readonly portal_login_password: string | null;
}

/** The users that the keys of the rows name, by row number. */
async function findNamedUsers(
  tx: Tx,
  store: UserStore,
  rows: readonly ReadRow[],
): Promise<ReadonlyMap<number, StoredUser | 'several'>> {
  const keys = rows.flatMap(({ number, key }) => (key === null ? [] : [{ n: number, ...key }]));
  const named = new Map<number, StoredUser | 'several'>();
  if (keys.length === 0) return named;
  const found = await tx.execute<FoundUser>(sql`
    with r as materialized (
      select *, ${store.tenantId}::uuid as tenant_id from json_to_recordset(${jsonText(keys)}::json)
        as r(n int, "teamsUserId" text, "pbxId" uuid, "sipUserId" text, mac text, "lineRule" text)),
    -- As in findKeyConflicts: each key by its index.
    hits as (
      select r.n, u.id from r, lateral (select id from users u
        where u.tenant_id = r.tenant_id and lower(u.teams_user_id) = lower(r."teamsUserId") offset 0) u
      union all
      select r.n, u.id from r, lateral (select id from users u
        where u.pbx_id = r."pbxId" and lower(u.sip_user_id) = lower(r."sipUserId") offset 0) u
      union all
      select r.n, u.id from r, lateral (select id, line_rule from users u
        where u.pbx_id = r."pbxId" and u.mac = r.mac offset 0) u
        where r."lineRule" is null or u.line_rule = r."lineRule")
    select h.n, u.id, u.pbx_id, u.voice_route_id, u.prov_password_sealed as prov_password,
      u.sip_password_sealed as sip_password, u.portal_login_password_sealed as portal_login_password,
      jsonb_build_object('name', u.name, 'teams_user_id', u.teams_user_id, 'sip_user_id', u.sip_user_id,
        'phone_number', u.did, 'mac_address', u.mac, 'auto_provision', u.auto_provision, 'line_rule', u.line_rule,
        'prov_username', u.prov_username, 'user_tag', u.user_tag, 'user_type', u.user_type,
        'voice_route', (select v.name from voice_routes v where v.id = u.voice_route_id),
        'use_teams_voicemail', u.use_teams_voicemail::text, 'sip_auth_id', u.sip_auth_id,
        'portal_login_name', u.portal_login_name, 'default_did_index_number', u.default_did_index::text,
        'did_list', array_to_string(u.did_list, ',')) as values
    from hits h join users u on u.id = h.id
    order by u.id`);
  for (const user of found) {
    // Of PBXs that the import may not name: as if there were none. Whoever makes it is told that it is taken.
    if (store.pbxIds !== null && !store.pbxIds.includes(user.pbx_id)) continue;
    named.set(user.n, named.has(user.n) ? 'several' : toStoredUser(store, user));
  }
  return named;
}

function toStoredUser(store: UserStore, user: FoundUser): StoredUser {
  const secrets: Partial<Record<Column, Secret>> = {};
  const open = (column: Column, sealed: string | null, place: UserSecret) => {
    if (sealed !== null) secrets[column] = store.ring.unseal(sealed, secretPlace(store.tenantId, user.id, place));
  };
  open('prov_password', user.prov_password, 'prov_password');
  open('password', user.sip_password, 'sip_password');
  open('portal_login_password', user.portal_login_password, 'portal_login_password');
  const values: Partial<Record<Column, string>> = {};
  for (const [column, value] of Object.entries(user.values)) if (value !== null) values[column as Column] = value;
  return { id: user.id, pbxId: user.pbx_id, voiceRouteId: user.voice_route_id, values, secrets };
}

/** Null: the row has errors, or changes nothing, and is not compared. */
function keysOfRow(row: CheckedRow): UserKeys | null {
  if (row.action !== 'create' && row.action !== 'update') return null;
  const { teamsUserId, sipUserId, mac, lineRule } = row.action === 'create' ? row.draft : row.after;
  const typed = mac.kind === 'typed' ? mac.mac : null;
  return { pbxId: row.pbx.id, userId: row.userId, teamsUserId, sipUserId, mac: typed, lineRule };
}

/** The rows with what is wrong with them against the users there are. */
async function withConflicts(tx: Tx, store: UserStore, rows: readonly CheckedRow[]): Promise<CheckedRow[]> {
  const keys = rows.flatMap((row) => {
    const own = keysOfRow(row);
    return own === null ? [] : [{ ...own, number: row.number }];
  });
  const conflicts = await findKeyConflicts(tx, store, keys);
  const byNumber = new Map(keys.map(({ number }, n) => [number, conflicts[n]]));
  return rows.map((row) => {
    const found = byNumber.get(row.number);
    if (found === undefined || (found.errors.length === 0 && found.warnings.length === 0)) return row;
    const errors = [...row.errors, ...found.errors];
    const warnings = [...row.warnings, ...found.warnings];
    if (errors.length === 0) return { ...row, warnings };
    const { number, pbx } = row;
    return { number, pbx, errors, warnings, action: null, draft: null, userId: null, changes: [], reason: null };
  });
}
