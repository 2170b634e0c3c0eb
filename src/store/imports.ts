// Uploads and their rows: kept, listed, deleted. What is done with them is in import-check.ts, import-submit.ts and
// import-undo.ts. Knows no HTTP and no CSV syntax.
import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { createRowShow } from '../intake/check-rows.ts';
import type { Column } from '../intake/columns.ts';
import type { CsvTable, RowProblem } from '../intake/csv.ts';
import type { UserType } from '../intake/user-types.ts';
import type { Db, Tx } from './database.ts';
import { lockPbxFacts } from './new-users.ts';
import { type importRows, imports } from './schema.ts';
import type { UserStore } from './users.ts';

export type ImportState = (typeof imports.$inferSelect)['state'];

export interface ImportRecord {
  readonly id: string;
  readonly version: number;
  readonly tenantId: string;
  readonly pbxId: string | null;
  readonly voiceRouteId: string | null;
  readonly userType: UserType;
  readonly existing: 'error' | 'skip' | 'update';
  readonly createMissing: boolean;
  readonly encoding: string;
  readonly delimiter: string;
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
  const show = createRowShow(table.columns);
  for (let start = 0; start < table.rows.length; start += BATCH) {
    const rows = table.rows.slice(start, start + BATCH).map((row) => ({
      number: row.number,
      raw_sealed: store.ring.seal(JSON.stringify(row.cells), rawPlace(tenantId, id, row.number)),
      shown: show(row.cells),
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
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    typeof part === 'string' ? part.replaceAll('\0', '\uFFFD').toWellFormed() : part,
  );
}

/** Where the raw cells of a row are at home. */
export function rawPlace(tenant: string, importId: string, number: number) {
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
  /** What a submit would do; null: not checked, or errors. */
  readonly action: (typeof importRows.$inferSelect)['action'];
  /** What was done; null: nothing yet. */
  readonly outcome: (typeof importRows.$inferSelect)['outcome'];
  /** Why it is skipped (a code), or was left alone by an undo (a sentence). */
  readonly outcomeReason: string | null;
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
    select r.number, r.shown, r.errors, r.warnings, r.action, r.outcome, r.outcome_reason as "outcomeReason", r.user_id as "userId", u.mac,
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
  if (found.submittedAt !== null || !DELETABLE.includes(found.state)) return 'submitted';
  await tx.delete(imports).where(eq(imports.id, id));
  return 'deleted';
}

export async function lockImport(tx: Tx, tenantId: string, id: string): Promise<ImportRecord | null> {
  const [row] = await tx
    .select()
    .from(imports)
    .where(and(eq(imports.id, id), eq(imports.tenantId, tenantId)))
    // Not `for update`: an all-or-nothing submit keeps the row from being deleted, and can still be cancelled.
    .for('no key update');
  return row === undefined ? null : toRecord(row);
}

const DELETABLE: readonly ImportState[] = ['draft', 'checking', 'ready', 'cancelled'];
