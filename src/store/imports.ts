// Uploads: their rows, the dry run over all of them, and the submit. Knows no HTTP and no CSV syntax.
// A row lock on the import orders what happens to it; a program that dies in the middle leaves a state to go on from.
import { and, asc, desc, eq, gt, inArray, lt, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { type CheckedRow, createRowChecker, type RawRow, shownCells } from '../intake/check-rows.ts';
import type { Column } from '../intake/columns.ts';
import type { CsvTable, RowProblem } from '../intake/csv.ts';
import type { PbxFacts } from '../intake/row.ts';
import { appendActivity } from './activity.ts';
import type { Database, Db, Tx } from './database.ts';
import type { KeyRing } from './key-ring.ts';
import { findKeyConflicts, insertUsers, lockPbxFacts, readPbxFacts } from './new-users.ts';
import { importRows, imports } from './schema.ts';
import type { UserStore } from './users.ts';

export type ImportState = (typeof imports.$inferSelect)['state'];

export interface ImportRecord {
  readonly id: string;
  readonly version: number;
  readonly tenantId: string;
  readonly pbxId: string | null;
  readonly fileName: string | null;
  readonly state: ImportState;
  readonly header: readonly string[];
  readonly columns: readonly (Column | null)[];
  readonly rowCount: number;
  /** Rows with errors, as of the last check. */
  readonly errorCount: number;
  readonly warningCount: number;
  /** Rows that the running job is through with. */
  readonly progressCount: number;
  /** What would be (checked) or was (done) made of the rows. */
  readonly createdCount: number;
  readonly updatedCount: number;
  readonly skippedCount: number;
  readonly undoneCount: number;
  /** Submit the good rows only, or all or nothing. */
  readonly partial: boolean;
  /** What is to run or runs; null: the import has settled. */
  readonly job: 'check' | 'submit' | 'undo' | null;
  readonly jobEpoch: number;
  readonly jobBy: string | null;
  /** Why the last job ended without its end. */
  readonly failure: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly submittedBy: string | null;
  readonly submittedAt: Date | null;
  readonly undoneAt: Date | null;
}

export function toRecord(row: typeof imports.$inferSelect): ImportRecord {
  return { ...row, columns: row.columns as readonly (Column | null)[] };
}

const BATCH = 1000;

/** Keeps a file as a draft. Null: the PBX does not exist. */
export async function createImport(
  tx: Tx,
  store: UserStore,
  upload: { readonly pbxId: string | null; readonly fileName: string | null; readonly table: CsvTable },
): Promise<ImportRecord | null> {
  const { pbxId, fileName, table } = upload;
  const { tenantId } = store;
  if (pbxId !== null && (await lockPbxFacts(tx, tenantId, [pbxId])).length === 0) return null;
  const id = uuidv7();
  const errorCount = table.rows.filter((row) => row.problems.length > 0).length;
  const [created] = await tx
    .insert(imports)
    .values({
      id,
      tenantId,
      pbxId,
      fileName,
      state: 'draft',
      header: [...table.header],
      columns: table.columns,
      rowCount: table.rows.length,
      errorCount,
      createdBy: store.actor,
    })
    .returning();
  for (let start = 0; start < table.rows.length; start += BATCH) {
    const rows = table.rows.slice(start, start + BATCH).map((row) => ({
      number: row.number,
      raw_sealed: store.ring.seal(JSON.stringify(row.cells), rawPlace(tenantId, id, row.number)),
      shown: shownCells(table.columns, row),
      errors: row.problems,
    }));
    await tx.execute(sql`
      insert into import_rows (import_id, number, raw_sealed, shown, errors)
      select ${id}, number, raw_sealed, shown, errors from jsonb_to_recordset(${jsonOf(rows)}::jsonb)
        as r(number int, raw_sealed text, shown jsonb, errors jsonb)`);
  }
  if (created === undefined) throw new Error('an insert returned no row');
  return toRecord(created);
}

/** PostgreSQL's text holds no NUL and no half of a surrogate pair; both only come from a damaged file. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    typeof part === 'string' ? part.replaceAll('\0', '\uFFFD').toWellFormed() : part,
  );
}

function rawPlace(tenant: string, importId: string, number: number) {
  return { tenant, table: 'import_rows', row: `${importId}.${number}`, column: 'raw' };
}

/** Null: there is none with this id in the tenant. */
export async function readImport(db: Db | Tx, tenantId: string, id: string): Promise<ImportRecord | null> {
  const [row] = await db
    .select()
    .from(imports)
    .where(and(eq(imports.id, id), eq(imports.tenantId, tenantId)));
  return row === undefined ? null : toRecord(row);
}

/** Newest first; `before` is the id of the last one of the page before. */
export async function listImports(
  db: Db | Tx,
  tenantId: string,
  page: { readonly limit: number; readonly before?: string | undefined; readonly state?: ImportState | undefined },
): Promise<ImportRecord[]> {
  const where: (SQL | undefined)[] = [eq(imports.tenantId, tenantId)];
  if (page.before !== undefined) where.push(lt(imports.id, page.before));
  if (page.state !== undefined) where.push(eq(imports.state, page.state));
  const rows = await db
    .select()
    .from(imports)
    .where(and(...where))
    .orderBy(desc(imports.id))
    .limit(page.limit);
  return rows.map(toRecord);
}

/** A row as it may be shown, with what became of it. */
export interface ImportRow {
  readonly number: number;
  readonly shown: Readonly<Record<string, string>>;
  readonly errors: readonly RowProblem[];
  readonly warnings: readonly RowProblem[];
  readonly userId: string | null;
  /** Of the user that was made of it; null when there is none, or it was deleted. */
  readonly mac: string | null;
  readonly macAssigned: boolean;
  readonly status: string | null;
}

export type RowFilter = 'errors' | 'warnings' | 'any';

/** In the order of the file, behind `after`. */
export async function listImportRows(
  db: Db | Tx,
  importId: string,
  page: { readonly limit: number; readonly after: number; readonly problems?: RowFilter | undefined },
): Promise<ImportRow[]> {
  const filters = {
    errors: sql`and r.errors <> '[]'`,
    warnings: sql`and r.warnings <> '[]'`,
    any: sql`and (r.errors <> '[]' or r.warnings <> '[]')`,
  };
  const rows = await db.execute<Record<string, unknown>>(sql`
    select r.number, r.shown, r.errors, r.warnings, r.user_id as "userId", u.mac,
      coalesce(u.mac_assigned, false) as "macAssigned", u.status
    from import_rows r left join users u on u.id = r.user_id
    where r.import_id = ${importId} and r.number > ${page.after}
      ${page.problems === undefined ? sql`` : filters[page.problems]}
    order by r.number limit ${page.limit}`);
  return rows.map((row) => row as unknown as ImportRow);
}

export type DeleteResult = 'deleted' | 'not-found' | 'submitted';

/** Deletes an import that made no users yet. @param check throws to refuse (If-Match) */
export async function deleteImport(
  tx: Tx,
  tenantId: string,
  id: string,
  check: (record: ImportRecord) => void,
): Promise<DeleteResult> {
  const found = await lockImport(tx, tenantId, id);
  if (found === null) return 'not-found';
  check(found);
  if (!CHECKABLE.includes(found.state)) return 'submitted';
  await tx.delete(imports).where(eq(imports.id, id));
  return 'deleted';
}

export async function lockImport(tx: Tx, tenantId: string, id: string): Promise<ImportRecord | null> {
  const [row] = await tx
    .select()
    .from(imports)
    .where(and(eq(imports.id, id), eq(imports.tenantId, tenantId)))
    .for('update');
  return row === undefined ? null : toRecord(row);
}

const CHECKABLE: readonly ImportState[] = ['draft', 'checking', 'ready'];
const SUBMITTABLE: readonly ImportState[] = [...CHECKABLE, 'submitting'];

/** Announces what begins, so that others see it. Null: the import is in no state from which it can begin. */
async function begin(
  database: Database,
  tenantId: string,
  id: string,
  from: readonly ImportState[],
  state: ImportState,
): Promise<ImportRecord | null> {
  const [row] = await database.db
    .update(imports)
    .set({ state, updatedAt: sql`now()` })
    .where(and(eq(imports.id, id), eq(imports.tenantId, tenantId), inArray(imports.state, [...from])))
    .returning();
  return row === undefined ? null : toRecord(row);
}

export type ImportResult =
  | { readonly kind: 'ok'; readonly import: ImportRecord; readonly pbxIds: readonly string[] }
  /** Rows have errors and nothing was stored. */
  | { readonly kind: 'errors'; readonly import: ImportRecord }
  | { readonly kind: 'not-found' }
  /** Being submitted by somebody else, or its end was reached. */
  | { readonly kind: 'wrong-state'; readonly import: ImportRecord };

/** Dry run over all rows: writes every error and warning of every row, changes no user. */
export async function validateImport(database: Database, store: UserStore, id: string): Promise<ImportResult> {
  const { tenantId } = store;
  const begun = await begin(database, tenantId, id, CHECKABLE, 'checking');
  if (begun === null) return notBegun(database, tenantId, id);
  return retryDeadlocks(database, async (tx) => {
    const found = await lockImport(tx, tenantId, id);
    if (found === null) return { kind: 'not-found' };
    if (!CHECKABLE.includes(found.state)) return { kind: 'wrong-state', import: found };
    await checkAll(tx, store, found, await readPbxFacts(tx, tenantId, null));
    return { kind: 'ok', import: await finish(tx, id, { state: 'ready' }), pbxIds: [] };
  });
}

async function notBegun(database: Database, tenantId: string, id: string): Promise<ImportResult> {
  const found = await readImport(database.db, tenantId, id);
  return found === null ? { kind: 'not-found' } : { kind: 'wrong-state', import: found };
}

/**
 * Makes a user of each row. Not `partial`: all or none, in one transaction. `partial`: of the rows without errors, a
 * thousand per transaction; a submit that was cut off goes on where it stopped. A second submit of a finished import
 * changes nothing.
 */
export async function submitImport(
  database: Database,
  store: UserStore,
  id: string,
  partial: boolean,
): Promise<ImportResult> {
  const { tenantId } = store;
  const begun = await begin(database, tenantId, id, SUBMITTABLE, 'submitting');
  if (begun === null) {
    const found = await readImport(database.db, tenantId, id);
    if (found?.state === 'done') return { kind: 'ok', import: found, pbxIds: [] };
    return found === null ? { kind: 'not-found' } : { kind: 'wrong-state', import: found };
  }
  try {
    return partial ? await submitGoodRows(database, store, id) : await submitAllRows(database, store, id);
  } catch (error) {
    // Whatever it was: the import can be submitted again. If even this fails, it can be all the same (SUBMITTABLE).
    await begin(database, tenantId, id, ['submitting'], 'ready').catch(() => null);
    throw error;
  }
}

/** Thrown to roll back; the problems are written afterwards. */
class RowsRefused extends Error {
  readonly problems: ReadonlyMap<number, readonly RowProblem[]>;

  constructor(problems: ReadonlyMap<number, readonly RowProblem[]>) {
    super('some rows cannot be inserted');
    this.problems = problems;
  }
}

async function submitAllRows(database: Database, store: UserStore, id: string): Promise<ImportResult> {
  try {
    return await retryDeadlocks(database, async (tx) => {
      const locked = await lockForSubmit(tx, store.tenantId, id);
      if ('kind' in locked) return locked;
      const { record, pbxs } = locked;
      const checked = await checkAll(tx, store, record, pbxs);
      if (checked.some((row) => row.errors.length > 0)) {
        return { kind: 'errors', import: await finish(tx, id, { state: 'ready' }) };
      }
      const refused = await insertChecked(tx, store, id, checked);
      if (refused.size > 0) throw new RowsRefused(refused);
      const done = await finish(tx, id, { state: 'done' });
      await reportSubmit(tx, store, done, checked);
      return { kind: 'ok', import: done, pbxIds: pbxIdsOf(checked) };
    });
  } catch (error) {
    if (!(error instanceof RowsRefused)) throw error;
    // Somebody made these users between the check and the insert.
    return database.db.transaction(async (tx) => {
      await writeProblems(
        tx,
        id,
        [...error.problems].map(([number, errors]) => ({ number, errors, warnings: [] })),
      );
      return { kind: 'errors', import: await finish(tx, id, { state: 'ready' }) };
    });
  }
}

async function submitGoodRows(database: Database, store: UserStore, id: string): Promise<ImportResult> {
  const first = await retryDeadlocks(database, async (tx) => {
    const locked = await lockForSubmit(tx, store.tenantId, id);
    if ('kind' in locked) return locked;
    return { checked: await checkAll(tx, store, locked.record, locked.pbxs) };
  });
  if ('kind' in first) return first;
  const good = first.checked.filter((row) => row.draft !== null);
  for (let start = 0; start < good.length; start += BATCH) {
    const batch = good.slice(start, start + BATCH);
    await retryDeadlocks(database, async (tx) => {
      const pbxs = await lockPbxFacts(tx, store.tenantId, pbxIdsOf(batch));
      if ((await lockImport(tx, store.tenantId, id)) === null) return;
      const open = await tx
        .select({ number: importRows.number })
        .from(importRows)
        .where(
          and(
            eq(importRows.importId, id),
            inArray(
              importRows.number,
              batch.map((row) => row.number),
            ),
            sql`${importRows.userId} is null`,
          ),
        );
      const numbers = new Set(open.map((row) => row.number));
      const facts = new Map(pbxs.map((pbx) => [pbx.id, pbx]));
      const rows = batch
        .filter((row) => numbers.has(row.number))
        .map((row) => ({ ...row, pbx: facts.get(row.pbx?.id ?? '') ?? null }));
      const refused = await insertChecked(tx, store, id, rows);
      await writeProblems(
        tx,
        id,
        [...refused].map(([number, errors]) => ({ number, errors, warnings: [] })),
      );
    });
  }
  return retryDeadlocks(database, async (tx) => {
    const record = await lockImport(tx, store.tenantId, id);
    if (record === null) return { kind: 'not-found' };
    if (record.state === 'done') return { kind: 'ok', import: record, pbxIds: pbxIdsOf(good) };
    const done = await finish(tx, id, { state: 'done' });
    await reportSubmit(tx, store, done, good);
    return { kind: 'ok', import: done, pbxIds: pbxIdsOf(good) };
  });
}

function pbxIdsOf(rows: readonly CheckedRow[]): string[] {
  return [...new Set(rows.flatMap((row) => (row.pbx === null ? [] : [row.pbx.id])))];
}

/** PBXs before the import: deleting a PBX locks in this order too. */
async function lockForSubmit(
  tx: Tx,
  tenantId: string,
  id: string,
): Promise<ImportResult | { readonly record: ImportRecord; readonly pbxs: readonly PbxFacts[] }> {
  const all = await readPbxFacts(tx, tenantId, null);
  const named = await tx.execute<{ name: string | null }>(sql`
    select distinct lower(shown ->> 'pbx') as name from import_rows where import_id = ${id}
    union select lower(p.name) from imports i join pbxs p on p.id = i.pbx_id where i.id = ${id}`);
  const names = new Set(named.map((row) => row.name));
  const used = all.filter((pbx) => names.has(pbx.name.toLowerCase())).map((pbx) => pbx.id);
  const locked = new Map((await lockPbxFacts(tx, tenantId, used)).map((pbx) => [pbx.id, pbx]));
  const record = await lockImport(tx, tenantId, id);
  if (record === null) return { kind: 'not-found' };
  if (record.state === 'done') return { kind: 'ok', import: record, pbxIds: [] };
  if (record.state !== 'submitting') return { kind: 'wrong-state', import: record };
  // Those that were not locked are known by name only, for rows that name one of them by mistake.
  const pbxs = all.flatMap((pbx) => locked.get(pbx.id) ?? (used.includes(pbx.id) ? [] : [pbx]));
  return { record, pbxs };
}

/** Problems of the file itself are found once, at the upload, and kept through every check. */
const FILE_PROBLEMS = new Set(['ROW_CELLS', 'CELL_TOO_LONG']);

/**
 * Checks all rows that made no user yet, against the rules, each other and the users there are; writes the problems.
 * Page by page, so that the process does other work between them.
 */
async function checkAll(
  tx: Tx,
  store: UserStore,
  record: ImportRecord,
  pbxs: readonly PbxFacts[],
): Promise<CheckedRow[]> {
  const check = createRowChecker(record.columns, pbxs, record.pbxId);
  const all: CheckedRow[] = [];
  for (let after = 0; ; ) {
    const page = await readRawRows(tx, store.ring, record, after);
    const last = page.at(-1);
    if (last === undefined) return all;
    after = last.number;
    const checked = await withConflicts(tx, store.tenantId, page.map(check));
    await writeProblems(tx, record.id, checked);
    all.push(...checked);
  }
}

/** The rows with what is wrong with them against the users there are. */
async function withConflicts(tx: Tx, tenantId: string, rows: readonly CheckedRow[]): Promise<CheckedRow[]> {
  // Rows with errors are not compared.
  const good = rows.flatMap(({ number, draft, pbx }) =>
    draft === null || pbx === null
      ? []
      : [{ ...draft, number, pbxId: pbx.id, mac: draft.mac.kind === 'typed' ? draft.mac.mac : null }],
  );
  const conflicts = await findKeyConflicts(tx, tenantId, good);
  const byNumber = new Map(good.map(({ number }, n) => [number, conflicts[n]]));
  return rows.map((row) => {
    const found = byNumber.get(row.number);
    if (found === undefined) return row;
    const errors = [...row.errors, ...found.errors];
    const warnings = [...row.warnings, ...found.warnings];
    return { ...row, draft: errors.length === 0 ? row.draft : null, errors, warnings };
  });
}

async function readRawRows(tx: Tx, ring: KeyRing, record: ImportRecord, after: number): Promise<RawRow[]> {
  const page = await tx
    .select({ number: importRows.number, rawSealed: importRows.rawSealed, errors: importRows.errors })
    .from(importRows)
    .where(and(eq(importRows.importId, record.id), gt(importRows.number, after), sql`${importRows.userId} is null`))
    .orderBy(asc(importRows.number))
    .limit(BATCH);
  return page.map(({ number, rawSealed, errors }) => ({
    number,
    cells: JSON.parse(ring.unseal(rawSealed, rawPlace(record.tenantId, record.id, number)).reveal()),
    fileProblems: errors.filter((problem) => FILE_PROBLEMS.has(problem.code)),
  }));
}

/** Only rows whose problems are others than before are written: in most files that is nearly none. */
async function writeProblems(
  tx: Tx,
  importId: string,
  rows: readonly Pick<CheckedRow, 'number' | 'errors' | 'warnings'>[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows
      .slice(start, start + BATCH)
      .map(({ number, errors, warnings }) => ({ number, errors, warnings }));
    await tx.execute(sql`
      update import_rows i set errors = r.errors, warnings = r.warnings
      from jsonb_to_recordset(${jsonOf(batch)}::jsonb) as r(number int, errors jsonb, warnings jsonb)
      where i.import_id = ${importId} and i.number = r.number and (i.errors, i.warnings) <> (r.errors, r.warnings)`);
  }
}

/** @returns the problems of rows that could not be inserted, by row number */
async function insertChecked(
  tx: Tx,
  store: UserStore,
  importId: string,
  rows: readonly CheckedRow[],
): Promise<ReadonlyMap<number, readonly RowProblem[]>> {
  const refused = new Map<number, readonly RowProblem[]>();
  const ready = rows.flatMap(({ number, draft, pbx }) => {
    if (draft !== null && pbx !== null) return [{ number, draft, pbx }];
    refused.set(number, [
      {
        column: 'pbx',
        code: 'PBX_MISSING',
        message: 'The PBX was deleted while the file was being submitted.',
        fix: 'Choose another PBX and upload the row again.',
      },
    ]);
    return [];
  });
  const origin = { tenantId: store.tenantId, source: 'import', importId } as const;
  const outcomes = await insertUsers(tx, store.ring, store.makeMac, origin, ready);
  const made: { number: number; user_id: string }[] = [];
  for (const [n, { number }] of ready.entries()) {
    const outcome = outcomes[n];
    if (outcome?.ok) made.push({ number, user_id: outcome.id });
    else refused.set(number, outcome?.problems ?? []);
  }
  for (let start = 0; start < made.length; start += BATCH) {
    await tx.execute(sql`
      update import_rows i set user_id = r.user_id
      from jsonb_to_recordset(${JSON.stringify(made.slice(start, start + BATCH))}::jsonb) as r(number int, user_id uuid)
      where i.import_id = ${importId} and i.number = r.number`);
  }
  return refused;
}

async function finish(tx: Tx, id: string, change: { readonly state: 'ready' | 'done' }): Promise<ImportRecord> {
  const count = (condition: SQL) => sql`(select count(*) from import_rows where import_id = ${id} and ${condition})`;
  const [row] = await tx
    .update(imports)
    .set({
      state: change.state,
      version: sql`${imports.version} + 1`,
      updatedAt: sql`now()`,
      errorCount: count(sql`errors <> '[]'`),
      createdCount: count(sql`user_id is not null`),
      ...(change.state === 'done' && { submittedAt: sql`now()` }),
    })
    .where(eq(imports.id, id))
    .returning();
  if (row === undefined) throw new Error('an import that is locked is gone');
  return toRecord(row);
}

async function reportSubmit(tx: Tx, store: UserStore, done: ImportRecord, rows: readonly CheckedRow[]): Promise<void> {
  const pbxs = new Map(rows.flatMap(({ pbx }) => (pbx === null ? [] : [[pbx.id, pbx.name] as const])));
  const [only] = pbxs.size === 1 ? pbxs : [];
  const left = done.rowCount - done.createdCount;
  const users = done.createdCount === 1 ? '1 user was' : `${done.createdCount} users were`;
  const file = done.fileName ?? 'a file';
  await appendActivity(tx, [
    {
      tenantId: store.tenantId,
      pbxId: only?.[0] ?? null,
      pbxName: only?.[1] ?? null,
      importId: done.id,
      actor: store.actor,
      verb: 'import.submit',
      outcome: left > 0 ? 'failed' : 'ok',
      code: left > 0 ? 'IMPORT_PARTIAL' : null,
      sentence: `${users} created from ${file}${left > 0 ? `; ${left} of ${done.rowCount} rows were left out` : ''}.`,
      nextAction: left > 0 ? 'Download the result of the import: it names what is wrong with each row.' : null,
      detail: { created: done.createdCount, rows: done.rowCount, pbxs: [...pbxs.values()].slice(0, 20) },
    },
  ]);
}

/** Two uploads of the same users in another order may wait for each other: one is undone by PostgreSQL, and repeats. */
async function retryDeadlocks<T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await database.db.transaction(work);
    } catch (error) {
      if (tries >= 4 || !isDeadlock(error)) throw error;
    }
  }
}

function isDeadlock(error: unknown): boolean {
  for (let seen: unknown = error; seen instanceof Error; seen = seen.cause) {
    if ('code' in seen && (seen.code === '40P01' || seen.code === '40001')) return true;
  }
  return false;
}
