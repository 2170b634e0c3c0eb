// The submit of an import: its rows become users, all in one transaction, or the good ones by the thousand. What is to be
// done with a row says import-check.ts. Knows no HTTP and no queue.
import { sql } from 'drizzle-orm';
import type { CheckedRow, RowChecker } from '../intake/check-rows.ts';
import type { RowProblem } from '../intake/csv.ts';
import type { PbxFacts } from '../intake/row.ts';
import { appendActivity } from './activity.ts';
import type { Database, Tx } from './database.ts';
import { checkPage, createImportChecker, isJudgedAsNow, runCheck } from './import-check.ts';
import {
  auditJob,
  describeUsers,
  endCheck,
  endInFailure,
  endSubmit,
  fenceBatch,
  type JobRun,
  takeTurns,
} from './import-jobs.ts';
import { findPassedLimitOf } from './import-limits.ts';
import type { ImportRecord } from './imports.ts';
import { jsonText } from './json-text.ts';
import { insertJudged, insertUsers, lockPbxFacts, type MadeUsers } from './new-users.ts';
import { arrayOf, NOTHING, type Reach, tenantReach } from './reach.ts';
import { inTransaction } from './transaction.ts';
import {
  imageOf,
  lockUsers,
  type PlannedChange,
  planChange,
  targetOf,
  whyNotWritten,
  writeChanges,
} from './user-changes.ts';
import { describeLimit, holdUserLimits, UserLimitPassed } from './user-limits.ts';

/** Does the job `submit`. More users than the tenant may have: it fails, and says so. @throws JobLost when it was cancelled, or another program took it up */
export async function runSubmit(database: Database, run: JobRun): Promise<void> {
  const { job } = run;
  try {
    // Before the first row, as far as a check has found what they are; and with each commit once more.
    const passed = await findPassedLimitOf(database.db, reachOf(job), job);
    if (passed !== null) throw new UserLimitPassed(passed);
    if (job.partial) await submitGoodRows(database, run);
    else await submitAllRows(database, run);
  } catch (error) {
    if (!(error instanceof UserLimitPassed)) throw error;
    await endInFailure(database, job, describeLimit(error.passed));
  }
}

/** Of whom a job tells: who made the import may see its tenant, or some of its PBXs only. */
function reachOf({ tenantId, pbxIds }: ImportRecord): Reach {
  return pbxIds === null ? tenantReach(tenantId) : NOTHING;
}

/** Thrown to roll back: some row cannot be taken. */
class RowRefused extends Error {
  constructor() {
    super('a row of an import cannot be taken');
  }
}

/** Somebody made or deleted users between the submit and the check that is to say why it was refused. */
const TRIES = 3;

async function submitAllRows(database: Database, run: JobRun): Promise<void> {
  const { job, store } = run;
  for (let tries = 1; ; tries += 1) {
    try {
      const due = await inTransaction(database, (tx) => submitInOne(database, tx, run, tries === 1));
      run.due(due);
      return;
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error;
    }
    await runCheck(database, store, job.id, job.jobEpoch, run.progress);
    const [found] = await database.sql<{ errors: number }[]>`
      select count(*)::int as errors from import_rows where import_id = ${job.id} and errors <> '[]'`;
    const errors = found?.errors ?? 0;
    if (errors === 0 && tries < TRIES) continue;
    const rows = `${errors} of ${job.rowCount} ${errors === 1 ? 'rows has' : 'rows have'} errors`;
    const failure = `${rows}, so no user was created or changed. Mend them, or submit with partial to take the other rows.`;
    await database.db.transaction((tx) => endCheck(tx, job, failure));
    return;
  }
}

/**
 * @param trusts takes rows as they were judged at the upload, if that holds still
 * @returns the PBXs with users that are due
 */
async function submitInOne(database: Database, tx: Tx, run: JobRun, trusts: boolean): Promise<ReadonlySet<string>> {
  const { job } = run;
  // PBXs before the import, which is locked at the end: deleting a PBX locks in this order too.
  const locked = await lockPlaces(tx, job.tenantId, await namedPbxs(tx, job));
  await tx.execute(sql`select 1 from imports where id = ${job.id} for key share`);
  const total = new Tally();
  if (trusts && (await isTakenAsJudged(tx, job))) await takeJudged(tx, run, locked, total);
  else await takeChecked(database, tx, run, locked, total);
  await holdUserLimits(tx, reachOf(job), job.tenantId, total.created);
  await tellSubmit(tx, await endSubmit(tx, job), total.pbxs);
  return total.due;
}

async function takeChecked(database: Database, tx: Tx, run: JobRun, locked: Places, total: Tally): Promise<void> {
  const { job } = run;
  for await (const page of checkedPages(database, run)) {
    if (page.some((row) => row.action === null)) throw new RowRefused();
    const missing = page.flatMap(({ pbx }) => (pbx === null || locked.pbxs.has(pbx.id) ? [] : [pbx.id]));
    for (const pbx of await lockPbxFacts(tx, job.tenantId, [...new Set(missing)])) locked.pbxs.set(pbx.id, pbx);
    const done = await applyRows(tx, run, page, locked);
    if (done.refused > 0) throw new RowRefused();
    total.add(page, done);
    await run.progress(total.rows);
  }
}

/** Nothing has changed since the upload that rows are judged with, and no MAC is to be made up. */
async function isTakenAsJudged(tx: Tx, job: ImportRecord): Promise<boolean> {
  if (!(await isJudgedAsNow(tx, job))) return false;
  const assigned = await tx.execute(sql`
    select 1 from import_rows where import_id = ${job.id} and (draft ->> 'mac_assigned')::boolean limit 1`);
  return assigned.length === 0;
}

/** Rows that PostgreSQL takes over at once. */
const JUDGED = 5000;

/** Makes the users out of the rows as they were judged and sealed at the upload: within PostgreSQL, nothing is read. */
async function takeJudged(tx: Tx, run: JobRun, locked: Places, total: Tally): Promise<void> {
  const { job } = run;
  for (let above = 0; above < job.rowCount; above += JUDGED) {
    const range = { above, upTo: Math.min(above + JUDGED, job.rowCount) };
    const made = await insertJudged(tx, job, range);
    const users = made?.reduce((sum, { users }) => sum + users, 0) ?? 0;
    // A row with errors, a name that is taken, a PBX that was not locked: the check says which.
    if (made === null || users < range.upTo - above || !made.every(({ pbx_id }) => locked.pbxs.has(pbx_id))) {
      throw new RowRefused();
    }
    await markTaken(tx, job.id, range);
    total.addJudged(made, locked.pbxs);
    await run.progress(total.rows);
  }
}

/** Their secrets are the users' now. */
async function markTaken(tx: Tx, importId: string, range: { readonly above: number; readonly upTo: number }) {
  await tx.execute(sql`
    update import_rows set outcome = 'created', user_id = new_user_id, user_version = 1, prov_password_sealed = null,
      sip_password_sealed = null, portal_login_password_sealed = null
    where import_id = ${importId} and number > ${range.above} and number <= ${range.upTo}`);
}

/** Goes on where a submit that was cut off had come to: rows with an outcome are not looked at again. */
async function submitGoodRows(database: Database, run: JobRun): Promise<void> {
  const { job } = run;
  const [begun] = await database.sql<{ rows: number }[]>`
    select count(outcome)::int as rows from import_rows where import_id = ${job.id}`;
  const before = begun?.rows ?? 0;
  const total = new Tally();
  for await (const page of checkedPages(database, run)) {
    const done = await inTransaction(database, async (tx) => {
      const pbxIds = new Set(page.flatMap(({ pbx }) => (pbx === null ? [] : [pbx.id])));
      const locked = await lockPlaces(tx, job.tenantId, [...pbxIds]);
      await fenceBatch(tx, job, before + total.rows + page.length);
      const applied = await applyRows(tx, run, page, locked);
      await holdUserLimits(tx, reachOf(job), job.tenantId, applied.created);
      return applied;
    });
    total.add(page, done);
    run.due(done.due);
    await run.progress(before + total.rows);
  }
  await inTransaction(database, async (tx) => {
    await tellSubmit(tx, await endSubmit(tx, job), total.pbxs);
  });
}

/**
 * All rows that nothing was made of yet, judged, by the thousand: the next page is judged while the one before is
 * written. Judged outside of the writing transaction, and so without the users that it has made: what another program
 * does between the two is found when the page is written.
 */
async function* checkedPages(database: Database, { job, store }: JobRun): AsyncGenerator<readonly CheckedRow[]> {
  const look = <T>(work: (tx: Tx) => Promise<T>) => database.db.transaction(work, { accessMode: 'read only' });
  const checker: RowChecker = await look((tx) => createImportChecker(tx, store, job));
  const read = (after: number) => look((tx) => checkPage(tx, store, job, after, checker, 'leave'));
  let next = read(0);
  try {
    for (;;) {
      const page = await next;
      const last = page.at(-1);
      if (last === undefined) return;
      next = read(last.number);
      // Awaited in the next round; until then nobody is there to hear that it failed.
      next.catch(() => undefined);
      yield page;
    }
  } finally {
    await next.catch(() => undefined);
  }
}

/** What a submit leans on, held until the transaction ends. */
interface Places {
  readonly pbxs: Map<string, PbxFacts>;
  readonly voiceRoutes: ReadonlySet<string>;
}

async function lockPlaces(tx: Tx, tenantId: string, pbxIds: readonly string[]): Promise<Places> {
  // A worker that stands still holds its locks no longer than this.
  await tx.execute(sql`set local idle_in_transaction_session_timeout = '30s'`);
  await takeTurns(tx, pbxIds);
  const pbxs = await lockPbxFacts(tx, tenantId, pbxIds);
  const routes = await tx.execute<{ id: string }>(sql`
    select id from voice_routes where tenant_id = ${tenantId} order by id for key share`);
  return { pbxs: new Map(pbxs.map((pbx) => [pbx.id, pbx])), voiceRoutes: new Set(routes.map((row) => row.id)) };
}

/** PBXs that rows name, and that of the upload. */
async function namedPbxs(tx: Tx, job: ImportRecord): Promise<string[]> {
  const among = job.pbxIds === null ? sql`` : sql`and id = any(${arrayOf(job.pbxIds)})`;
  const rows = await tx.execute<{ id: string }>(sql`
    select id from pbxs where tenant_id = ${job.tenantId} ${among} and (id = ${job.pbxId}::uuid or lower(name) in (
      select distinct lower(shown ->> 'pbx') from import_rows where import_id = ${job.id}))`);
  return rows.map((row) => row.id);
}

/** What became of one row. */
interface Fate {
  readonly number: number;
  readonly outcome: 'created' | 'updated' | 'skipped' | 'failed';
  readonly reason?: string;
  readonly userId?: string | null;
  readonly userVersion?: number;
  readonly before?: string;
  readonly row: CheckedRow;
  /** Found only now. */
  readonly problems?: readonly RowProblem[];
}

interface Applied {
  readonly created: number;
  readonly refused: number;
  readonly due: ReadonlySet<string>;
}

/** Writes a page: users made and changed, and what became of each row. */
async function applyRows(tx: Tx, run: JobRun, page: readonly CheckedRow[], places: Places): Promise<Applied> {
  const due = new Set<string>();
  const fates: Fate[] = [];
  for (const row of page) {
    if (row.action === null) fates.push({ number: row.number, outcome: 'failed', row });
    if (row.action === 'skip') {
      fates.push({ number: row.number, outcome: 'skipped', reason: row.reason, userId: row.userId, row });
    }
  }
  fates.push(...(await createUsers(tx, run, page, places, due)));
  fates.push(...(await updateUsers(tx, run, page, places, due)));
  await writeFates(tx, run, fates);
  const count = (outcome: Fate['outcome']) => fates.filter((fate) => fate.outcome === outcome).length;
  return { created: count('created'), refused: count('failed'), due };
}

type RowOf<A extends CheckedRow['action']> = Extract<CheckedRow, { readonly action: A }>;

async function createUsers(
  tx: Tx,
  { job, store }: JobRun,
  page: readonly CheckedRow[],
  places: Places,
  due: Set<string>,
): Promise<Fate[]> {
  const fates: Fate[] = [];
  const ready: { readonly row: RowOf<'create'>; readonly draft: RowOf<'create'>['draft']; readonly pbx: PbxFacts }[] =
    [];
  for (const row of page) {
    if (row.action !== 'create') continue;
    const pbx = places.pbxs.get(row.pbx.id);
    const gone = goneOf(row, pbx, places);
    if (gone === null && pbx !== undefined) ready.push({ row, draft: row.draft, pbx });
    else fates.push({ number: row.number, outcome: 'failed', row, problems: gone ?? [] });
  }
  const origin = { source: 'import', importId: job.id } as const;
  const outcomes = await insertUsers(tx, store, origin, ready);
  for (const [n, { row, pbx }] of ready.entries()) {
    const outcome = outcomes[n];
    if (outcome?.ok) {
      if (outcome.status === 'waiting' && outcome.mac !== null) due.add(pbx.id);
      fates.push({ number: row.number, outcome: 'created', userId: outcome.id, userVersion: 1, row });
    } else {
      fates.push({ number: row.number, outcome: 'failed', row, problems: outcome?.problems ?? [] });
    }
  }
  return fates;
}

/** What a row names and was deleted since it was judged; null: all is there. */
function goneOf(row: RowOf<'create' | 'update'>, pbx: PbxFacts | undefined, places: Places): RowProblem[] | null {
  const what = 'was deleted while the file was being submitted.';
  if (pbx === undefined) {
    const fix = 'Choose another PBX and upload the row again.';
    return [{ column: 'pbx', code: 'PBX_MISSING', message: `The PBX ${row.pbx.name} ${what}`, fix }];
  }
  const route = row.draft.voiceRouteId ?? null;
  if (route !== null && !places.voiceRoutes.has(route)) {
    const fix = 'Choose another voice route and upload the row again.';
    return [{ column: 'voice_route', code: 'VOICE_ROUTE_MISSING', message: `The voice route ${what}`, fix }];
  }
  return null;
}

async function updateUsers(
  tx: Tx,
  { job, store }: JobRun,
  page: readonly CheckedRow[],
  places: Places,
  due: Set<string>,
): Promise<Fate[]> {
  const rows = page.filter((row): row is RowOf<'update'> => row.action === 'update');
  const users = await lockUsers(
    tx,
    rows.map((row) => row.userId),
  );
  const touched = await rowsOfUsers(tx, job.id, [...users.keys()]);
  const fates: Fate[] = [];
  const ready: { readonly row: RowOf<'update'>; readonly plan: PlannedChange }[] = [];
  for (const row of rows) {
    const user = users.get(row.userId);
    const pbx = places.pbxs.get(user?.pbxId ?? '');
    const refuse = (problems: readonly RowProblem[]) =>
      fates.push({ number: row.number, outcome: 'failed', row, problems });
    const before = touched.get(row.userId);
    if (user === undefined) refuse([userGone()]);
    else if (before !== undefined) refuse([userTwice(before)]);
    else {
      const gone = goneOf(row, pbx, places);
      if (gone !== null || pbx === undefined) refuse(gone ?? []);
      else ready.push({ row, plan: planChange(store.ring, user, targetOf(user, row.draft), pbx) });
    }
  }
  const versions = await writeChanges(
    tx,
    store,
    ready.map(({ plan }) => plan),
  );
  const written: { readonly row: string; readonly text: string }[] = [];
  for (const [n, { row, plan }] of ready.entries()) {
    const version = versions[n] ?? null;
    if (version === null) {
      fates.push({ number: row.number, outcome: 'failed', row, problems: await whyNotWritten(tx, store, plan) });
      continue;
    }
    if (plan.due) due.add(plan.user.pbxId);
    written.push({ row: `${job.id}.${row.number}`, text: imageOf(store.ring, plan.user) });
    fates.push({ number: row.number, outcome: 'updated', userId: row.userId, userVersion: version, row });
  }
  const sealed = store.ring.sealMany(beforeHome(job.tenantId), written);
  const images = new Map(written.map((image, n) => [image.row, sealed[n] ?? '']));
  return fates.map((fate) => {
    const before = images.get(`${job.id}.${fate.number}`);
    return before === undefined ? fate : { ...fate, before };
  });
}

/** Where the images of users before their update are at home; each as row `<import id>.<number>`. */
export function beforeHome(tenant: string) {
  return { tenant, table: 'import_rows', column: 'before' };
}

/** Rows of this import that made or changed one of these users already, before the job was cut off. */
async function rowsOfUsers(tx: Tx, importId: string, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.execute<{ user_id: string; number: number }>(sql`
    select user_id, number from import_rows
    where user_id in ${[...ids]} and import_id = ${importId} and outcome in ('created', 'updated')`);
  return new Map(rows.map((row) => [row.user_id, row.number]));
}

function userGone(): RowProblem {
  const message = 'The user was deleted while the file was being submitted.';
  return { column: null, code: 'USER_GONE', message, fix: 'Upload the row again to create the user.' };
}

function userTwice(number: number): RowProblem {
  const message = `The same user is in row ${number} of the file already.`;
  return { column: null, code: 'USER_TWICE', message, fix: 'Keep it in one of the rows.' };
}

async function writeFates(tx: Tx, { job }: JobRun, fates: readonly Fate[]): Promise<void> {
  const made = fates.filter((fate) => fate.outcome === 'created');
  if (made.length > 0) {
    await tx.execute(sql`
      update import_rows i set outcome = 'created', action = 'create', user_id = r.user_id, user_version = 1,
        errors = '[]', outcome_reason = null, prov_password_sealed = null, sip_password_sealed = null,
        portal_login_password_sealed = null
      from unnest(${listOf(made.map((fate) => fate.number))}::int[], ${listOf(made.map((fate) => fate.userId))}::uuid[])
        as r(number, user_id)
      where i.import_id = ${job.id} and i.number = r.number`);
  }
  const others = fates.filter((fate) => fate.outcome !== 'created');
  if (others.length === 0) return;
  const rows = others.map((fate) => ({
    number: fate.number,
    outcome: fate.outcome,
    reason: fate.reason ?? null,
    user_id: fate.userId ?? null,
    user_version: fate.userVersion ?? null,
    before_sealed: fate.before ?? null,
    action: fate.outcome === 'failed' ? null : fate.row.action,
    changes: fate.row.changes,
    errors: fate.problems ?? fate.row.errors,
    warnings: fate.row.warnings,
  }));
  await tx.execute(sql`
    update import_rows i set outcome = r.outcome, outcome_reason = r.reason, user_id = r.user_id,
      user_version = r.user_version, before_sealed = r.before_sealed, action = r.action, changes = r.changes,
      errors = r.errors, warnings = r.warnings
    from jsonb_to_recordset(${jsonText(rows)}::jsonb) as r(number int, outcome text, reason text, user_id uuid,
      user_version int, before_sealed text, action text, changes jsonb, errors jsonb, warnings jsonb)
    where i.import_id = ${job.id} and i.number = r.number`);
}

/** As PostgreSQL writes an array of what needs no quotes. */
function listOf(values: readonly unknown[]): string {
  return `{${values.join(',')}}`;
}

/** Sums up what the feed says of a submit. */
class Tally {
  rows = 0;
  created = 0;
  readonly due = new Set<string>();
  readonly pbxs = new Map<string, string>();

  add(page: readonly CheckedRow[], applied: Applied): void {
    this.rows += page.length;
    this.created += applied.created;
    for (const id of applied.due) this.due.add(id);
    for (const { pbx, action } of page) {
      if (pbx !== null && (action === 'create' || action === 'update')) this.pbxs.set(pbx.id, pbx.name);
    }
  }

  addJudged(made: readonly MadeUsers[], pbxs: ReadonlyMap<string, PbxFacts>): void {
    for (const { pbx_id: id, users, due } of made) {
      this.rows += users;
      this.created += users;
      if (due) this.due.add(id);
      this.pbxs.set(id, pbxs.get(id)?.name ?? '');
    }
  }
}

async function tellSubmit(tx: Tx, done: ImportRecord, pbxs: ReadonlyMap<string, string>): Promise<void> {
  await appendActivity(tx, [describeSubmit(done, pbxs)]);
  await auditJob(tx, 'import.submitted', done, done.submittedBy);
}

function describeSubmit(done: ImportRecord, pbxs: ReadonlyMap<string, string>) {
  const [only] = pbxs.size === 1 ? pbxs : [];
  const left = done.rowCount - done.createdCount - done.updatedCount - done.skippedCount;
  const skipped = done.skippedCount === 0 ? '' : `; ${done.skippedCount} of ${done.rowCount} rows were skipped`;
  const out = left === 0 ? '' : `; ${left} of ${done.rowCount} rows were left out`;
  return {
    tenantId: done.tenantId,
    pbxId: only?.[0] ?? null,
    pbxName: only?.[1] ?? null,
    importId: done.id,
    actor: done.submittedBy ?? 'system',
    verb: 'import.submit',
    event: 'import.finished',
    outcome: left > 0 ? 'failed' : 'ok',
    code: left > 0 ? 'IMPORT_PARTIAL' : null,
    sentence: `${describeUsers(done)} from ${done.fileName ?? 'a file'}${skipped}${out}.`,
    nextAction: left > 0 ? 'Download the result of the import: it names what is wrong with each row.' : null,
    detail: {
      created: done.createdCount,
      updated: done.updatedCount,
      skipped: done.skippedCount,
      rows: done.rowCount,
      pbxs: [...pbxs.values()].slice(0, 20),
    },
  } as const;
}
