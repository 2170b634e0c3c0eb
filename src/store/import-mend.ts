// Rows of an upload mended before it is submitted: one by one, or all that have the same problem. Knows no HTTP.
import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import { createCellReader, type RawRow, type RowCells, shownCells } from '../intake/check-rows.ts';
import type { Column } from '../intake/columns.ts';
import { isErrorColumn, isSecretColumn } from '../intake/columns.ts';
import type { RowProblem } from '../intake/csv.ts';
import { type KnownNames, type Mend, mendCell } from '../intake/mend.ts';
import type { Db, Tx } from './database.ts';
import { openCells, STORED_CELLS, type StoredCells, sealRaw } from './import-cells.ts';
import { checkRows, createImportChecker, FILE_PROBLEMS, writeChecked } from './import-check.ts';
import { type ImportRecord, isOpen, lockImport } from './imports.ts';
import { jsonText } from './json-text.ts';
import { readPbxFacts } from './new-users.ts';
import type { Reach } from './reach.ts';
import { importRows, imports } from './schema.ts';
import type { UserStore, UserTools } from './users.ts';
import { readRouteFacts } from './voice-routes.ts';

const PAGE = 1000;

/** A row with its cells in the order of the file. */
interface OpenRow {
  readonly number: number;
  readonly cells: readonly string[];
  readonly errors: readonly RowProblem[];
}

type Mendable = { readonly kind: 'ok'; readonly record: ImportRecord };
type NotMendable =
  | { readonly kind: 'not-found' }
  /** A job runs, or its end was reached. */
  | { readonly kind: 'wrong-state'; readonly import: ImportRecord };

/** For whoever mends: what was found as the rows came does not hold any more. */
async function lockOpen(tx: Tx, reach: Reach, id: string): Promise<Mendable | NotMendable> {
  const record = await lockImport(tx, reach, id);
  if (record === null) return { kind: 'not-found' };
  if (!isOpen(record)) return { kind: 'wrong-state', import: record };
  await tx.update(imports).set({ judgedWith: null }).where(eq(imports.id, id));
  return { kind: 'ok', record };
}

export type MendRowResult =
  | NotMendable
  | { readonly kind: 'no-row' }
  /** `others`: rows that were checked again with it. */
  | { readonly kind: 'ok'; readonly others: readonly number[] };

/** Sets cells of one row; the row, and those that share a key with it before or after, are checked again. */
export async function mendRow(
  tx: Tx,
  tools: UserTools,
  reach: Reach,
  id: string,
  number: number,
  cells: Readonly<Partial<Record<Column, string>>>,
): Promise<MendRowResult> {
  const open = await lockOpen(tx, reach, id);
  if (open.kind !== 'ok') return open;
  const store = storeOf(tools, open.record);
  const record = await addColumns(tx, open.record, Object.keys(cells) as Column[]);
  const [row] = await readRows(tx, store, record, [number]);
  if (row === undefined) return { kind: 'no-row' };
  const read = createCellReader(record.columns);
  const mended = withCells(record, row, cells);
  await writeRows(tx, store, record, [mended]);
  const found = await recheck(tx, store, record, [shownCells(read(row.cells)), shownCells(read(mended.cells))], number);
  await recount(tx, record);
  return { kind: 'ok', others: [...found].filter((each) => each !== number) };
}

export type MendAllResult =
  | NotMendable
  /** `left`: rows of which nothing could be made. */
  | { readonly kind: 'ok'; readonly mended: number; readonly left: number };

/** Mends the column in all rows with the problem. They are to be checked again. */
export async function mendAll(
  tx: Tx,
  tools: UserTools,
  reach: Reach,
  id: string,
  {
    column,
    code,
    mend,
    value,
  }: { readonly column: Column; readonly code: string; readonly mend: Mend; readonly value: string },
): Promise<MendAllResult> {
  const open = await lockOpen(tx, reach, id);
  if (open.kind !== 'ok') return open;
  const store = storeOf(tools, open.record);
  const record = await addColumns(tx, open.record, [column]);
  const known = await readNames(tx, store);
  const index = record.columns.indexOf(column);
  let mended = 0;
  let left = 0;
  for (let after = 0; ; ) {
    const numbers = await findRowsWith(tx, id, column, code, after);
    const last = numbers.at(-1);
    if (last === undefined) break;
    after = last;
    const rows = (await readRows(tx, store, record, numbers)).flatMap((row) => {
      const cell = mendCell(mend, code, row.cells[index] ?? '', value, known);
      return cell === null ? [] : [withCells(record, row, { [column]: cell })];
    });
    await writeRows(tx, store, record, rows);
    mended += rows.length;
    left += numbers.length - rows.length;
  }
  return { kind: 'ok', mended, left };
}

/** What its rows may name, and be told of. */
function storeOf(tools: UserTools, record: ImportRecord): UserStore {
  return { ...tools, tenantId: record.tenantId, pbxIds: record.pbxIds };
}

async function readNames(tx: Tx, { tenantId, pbxIds }: UserStore): Promise<KnownNames> {
  const pbxs = await readPbxFacts(tx, tenantId, pbxIds);
  const routes = await readRouteFacts(tx, tenantId);
  return { pbxs: pbxs.map((pbx) => pbx.name), voiceRoutes: routes.map((route) => route.name) };
}

/** Columns that the file does not have stand behind its own from now on; its rows have nothing in them. */
async function addColumns(tx: Tx, record: ImportRecord, wanted: readonly Column[]): Promise<ImportRecord> {
  const added = wanted.filter((column) => !record.columns.includes(column));
  if (added.length === 0) return record;
  const header = [...record.header, ...added];
  const columns = [...record.columns, ...added];
  await tx.update(imports).set({ header, columns }).where(eq(imports.id, record.id));
  return { ...record, header, columns };
}

async function findRowsWith(tx: Tx, id: string, column: Column, code: string, after: number): Promise<number[]> {
  const problem = jsonText([{ column, code }]);
  const rows = await tx
    .select({ number: importRows.number })
    .from(importRows)
    .where(
      and(
        eq(importRows.importId, id),
        gt(importRows.number, after),
        isNull(importRows.outcome),
        sql`(${importRows.errors} @> ${problem}::jsonb or ${importRows.warnings} @> ${problem}::jsonb)`,
      ),
    )
    .orderBy(asc(importRows.number))
    .limit(PAGE);
  return rows.map((row) => row.number);
}

/** In the order of their numbers; rows that something was made of are left out. */
async function readRows(
  db: Db | Tx,
  store: UserStore,
  record: ImportRecord,
  numbers: readonly number[],
): Promise<OpenRow[]> {
  const rows = await db
    .select({ ...STORED_CELLS, errors: importRows.errors })
    .from(importRows)
    .where(
      and(eq(importRows.importId, record.id), inArray(importRows.number, [...numbers]), isNull(importRows.outcome)),
    )
    .orderBy(asc(importRows.number));
  return openRows(store, record, rows);
}

function openRows(
  store: UserStore,
  record: ImportRecord,
  rows: readonly (StoredCells & { readonly errors: readonly RowProblem[] })[],
): OpenRow[] {
  const opened = openCells(store.ring, record, rows);
  return rows.map(({ number, shown, errors }, n) => {
    const found = opened[n] ?? { cells: shown };
    const [raw, byColumn] = 'raw' in found ? [found.raw, shown] : [[], found.cells];
    // A column that was added behind the others, or a row whose cells are kept by column.
    const whole = record.columns.map((column, index) => raw[index] ?? (column === null ? '' : byColumn[column]));
    return { number, cells: whole.map((cell) => cell ?? ''), errors };
  });
}

function withCells(record: ImportRecord, row: OpenRow, cells: Readonly<Partial<Record<Column, string>>>): OpenRow {
  const mended = row.cells.map((cell, index) => {
    const column = record.columns[index];
    return (column === null || column === undefined ? undefined : cells[column]) ?? cell;
  });
  // Whoever mends a row whose cells were shifted has seen them; a cell that is written anew is no longer too long.
  const errors = row.errors.filter(
    ({ code, column }) => code !== 'ROW_CELLS' && !(code === 'CELL_TOO_LONG' && cells[column as Column] !== undefined),
  );
  return { number: row.number, cells: mended, errors };
}

async function writeRows(tx: Tx, store: UserStore, record: ImportRecord, rows: readonly OpenRow[]): Promise<void> {
  if (rows.length === 0) return;
  const sealed = sealRaw(store.ring, record, rows);
  const read = createCellReader(record.columns);
  const values = rows.map((row, n) => ({
    number: row.number,
    raw_sealed: sealed[n],
    shown: shownCells(read(row.cells)),
    errors: row.errors.filter((problem) => FILE_PROBLEMS.has(problem.code)),
  }));
  await tx.execute(sql`
    update import_rows i set raw_sealed = r.raw_sealed, shown = r.shown, errors = r.errors, warnings = '[]',
      prov_password_sealed = null, sip_password_sealed = null, portal_login_password_sealed = null, draft = null, action = null, changes = '[]', outcome_reason = null, user_id = null, edited = true
    from json_to_recordset(${jsonText(values)}::json) as r(number int, raw_sealed text, shown jsonb, errors jsonb)
    where i.import_id = ${record.id} and i.number = r.number`);
}

/** Rows that are looked at again after one was mended; a check of the whole file finds the rest. */
const NEIGHBOURS = 500;

/**
 * Checks the row, the rows that share a key with it before or after, those that share one with them, and so on.
 * @returns their numbers
 */
async function recheck(
  tx: Tx,
  store: UserStore,
  record: ImportRecord,
  before: readonly RowCells[],
  number: number,
): Promise<ReadonlySet<number>> {
  const found = new Set([number]);
  for (let fresh = before; fresh.length > 0 && found.size < NEIGHBOURS; ) {
    const rows = await findSharing(tx, record.id, fresh);
    fresh = rows.filter((row) => !found.has(row.number)).map((row) => row.shown);
    for (const row of rows) found.add(row.number);
  }
  const read = createCellReader(record.columns);
  const rows = await readRows(tx, store, record, [...found]);
  const raw = rows.map(
    (row): RawRow => ({
      number: row.number,
      cells: read(row.cells),
      fileProblems: row.errors.filter((problem) => FILE_PROBLEMS.has(problem.code)),
    }),
  );
  await writeChecked(tx, record.id, await checkRows(tx, store, raw, await createImportChecker(tx, store, record)));
  return found;
}

async function findSharing(
  tx: Tx,
  id: string,
  cells: readonly RowCells[],
): Promise<{ readonly number: number; readonly shown: RowCells }[]> {
  const hex = (text: string | undefined) => text?.toLowerCase().replace(/[^0-9a-f]/g, '');
  const list = (values: readonly (string | undefined)[]) => jsonText(values.filter((value) => value));
  const rows = await tx.execute<{ number: number; shown: RowCells }>(sql`
    select number, shown from import_rows where import_id = ${id} and outcome is null and (
      lower(shown ->> 'teams_user_id') in (
        select lower(v) from jsonb_array_elements_text(${list(cells.map((row) => row.teams_user_id))}::jsonb) v)
      or lower(shown ->> 'sip_user_id') in (
        select lower(v) from jsonb_array_elements_text(${list(cells.map((row) => row.sip_user_id))}::jsonb) v)
      or regexp_replace(lower(shown ->> 'mac_address'), '[^0-9a-f]', '', 'g') in (
        select v from jsonb_array_elements_text(${list(cells.map((row) => hex(row.mac_address)))}::jsonb) v))
    order by number limit ${NEIGHBOURS}`);
  return [...rows];
}

/** What the last check counted, after some rows were checked again. */
async function recount(tx: Tx, record: ImportRecord): Promise<void> {
  const count = (where: ReturnType<typeof sql>) =>
    sql`(select count(*) from import_rows where import_id = ${record.id} and ${where})`;
  await tx
    .update(imports)
    .set({
      version: sql`${imports.version} + 1`,
      updatedAt: sql`now()`,
      errorCount: count(sql`errors <> '[]'`),
      warningCount: count(sql`warnings <> '[]'`),
      // A draft was not checked as a whole, so it says nothing of what would be made of it.
      ...(record.state === 'ready' && {
        createdCount: count(sql`action = 'create'`),
        updatedCount: count(sql`action = 'update'`),
        skippedCount: count(sql`action = 'skip'`),
      }),
    })
    .where(eq(imports.id, record.id));
}

export interface ProblemCount {
  readonly severity: 'error' | 'warning';
  readonly column: Column | null;
  readonly code: string;
  readonly rows: number;
  readonly firstRow: number;
  /** Of the first row. */
  readonly message: string;
  readonly fix: string;
}

/** What is wrong, by kind; the most frequent first. */
export async function countProblems(db: Db | Tx, importId: string): Promise<ProblemCount[]> {
  const rows = await db.execute<ProblemCount & Record<string, unknown>>(sql`
    with problems as (
      select r.number, 'error' as severity, p from import_rows r, jsonb_array_elements(r.errors) p
        where r.import_id = ${importId} and r.errors <> '[]'
      union all
      select r.number, 'warning', p from import_rows r, jsonb_array_elements(r.warnings) p
        where r.import_id = ${importId} and r.warnings <> '[]')
    select severity, p ->> 'column' as "column", p ->> 'code' as code, count(distinct number)::int as rows,
      min(number) as "firstRow", (array_agg(p ->> 'message' order by number))[1] as message,
      (array_agg(p ->> 'fix' order by number))[1] as fix
    from problems group by 1, 2, 3 order by 1, 4 desc, 3, 2`);
  return [...rows];
}

export interface BadRow {
  /** As the file has them; secrets are left out. */
  readonly cells: readonly string[];
  readonly errors: readonly RowProblem[];
}

/** Columns of a file that are given out again: all but those of an error list that it was once. */
function givenOut(record: ImportRecord): number[] {
  return record.header.flatMap((name, index) => (record.columns[index] === null && isErrorColumn(name) ? [] : [index]));
}

export function badRowHeader(record: ImportRecord): string[] {
  return givenOut(record).map((index) => record.header[index] ?? '');
}

/** All rows with errors, a page at a time. @param secret what stands for a secret that the row has */
export async function* readBadRows(
  db: Db,
  store: UserStore,
  record: ImportRecord,
  secret: string,
): AsyncGenerator<BadRow[]> {
  const columns = givenOut(record);
  for (let after = 0; ; ) {
    const page = await db
      .select({ ...STORED_CELLS, errors: importRows.errors })
      .from(importRows)
      .where(
        and(eq(importRows.importId, record.id), gt(importRows.number, after), sql`${importRows.errors} <> '[]'::jsonb`),
      )
      .orderBy(asc(importRows.number))
      .limit(PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.number;
    yield openRows(store, record, page).map(({ cells, errors }) => ({
      errors,
      cells: columns.map((index) => {
        const column = record.columns[index] ?? null;
        const cell = cells[index] ?? '';
        return column !== null && isSecretColumn(column) && cell !== '' ? secret : cell;
      }),
    }));
  }
}
