// Uploads and their rows: listed, read, deleted. How they come is in import-upload.ts, what is done with them in
// import-check.ts, import-mend.ts, import-submit.ts and import-undo.ts. Knows no HTTP and no CSV syntax.
import { and, desc, eq, isNotNull, lt, ne, type SQL, sql } from 'drizzle-orm';
import type { Column } from '../intake/columns.ts';
import type { RowProblem } from '../intake/csv.ts';
import type { UserType } from '../intake/user-types.ts';
import type { Db, Tx } from './database.ts';
import { jsonText } from './json-text.ts';
import { COUNTED_AS, NO_USERS, type UserCounts } from './pbxs.ts';
import { arrayOf, type Reach, reachesTenant } from './reach.ts';
import { type FieldChange, type importRows, imports } from './schema.ts';

type StoredImport = typeof imports.$inferSelect;
/** One that is still coming is seen by nobody. */
export type ImportState = Exclude<StoredImport['state'], 'uploading'>;

export interface ImportRecord {
  readonly id: string;
  readonly version: number;
  readonly tenantId: string;
  readonly pbxId: string | null;
  /** The PBXs that its rows may name; null: all of the tenant. */
  readonly pbxIds: readonly string[] | null;
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
  /** Fingerprint of what its rows were judged with as they came; null: they are to be judged anew. */
  readonly judgedWith: string | null;
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

export function toRecord(row: StoredImport): ImportRecord {
  return { ...row, state: row.state as ImportState, columns: row.columns as readonly (Column | null)[] };
}

const HERE = ne(imports.state, 'uploading');

/** Null: there is none with this id within reach. */
export async function readImport(db: Db | Tx, reach: Reach, id: string): Promise<ImportRecord | null> {
  const [row] = await db.select().from(imports).where(isImport(reach, id));
  return row === undefined ? null : toRecord(row);
}

function isImport(reach: Reach, id: string): SQL | undefined {
  return and(eq(imports.id, id), reachesImport(reach), HERE);
}

/** Who works with single PBXs sees the imports that can name no others. */
function reachesImport(reach: Reach): SQL {
  const whole = reachesTenant(reach, imports.tenantId);
  if (reach.pbxs.length === 0) return whole;
  return sql`(${whole} or ${imports.pbxIds} <@ ${arrayOf(reach.pbxs.map(({ id }) => id))})`;
}

/** Newest first; `before` is the id of the last one of the page before. */
export async function listImports(
  db: Db | Tx,
  reach: Reach,
  page: {
    readonly limit: number;
    readonly before?: string | undefined;
    readonly state?: ImportState | undefined;
    /** Only those that have a job: it runs, or waits for a worker. */
    readonly running?: boolean | undefined;
    /** Of this tenant only. */
    readonly tenantId?: string | undefined;
  },
): Promise<ImportRecord[]> {
  const where: (SQL | undefined)[] = [reachesImport(reach), HERE];
  if (page.tenantId !== undefined) where.push(eq(imports.tenantId, page.tenantId));
  if (page.before !== undefined) where.push(lt(imports.id, page.before));
  if (page.state !== undefined) where.push(eq(imports.state, page.state));
  if (page.running) where.push(isNotNull(imports.job));
  const rows = await db
    .select()
    .from(imports)
    .where(and(...where))
    .orderBy(desc(imports.id))
    .limit(page.limit);
  return rows.map(toRecord);
}

/** Those with a job. */
export async function countRunningImports(db: Db | Tx, reach: Reach, tenantId: string | undefined): Promise<number> {
  const ofTenant = tenantId === undefined ? undefined : eq(imports.tenantId, tenantId);
  return db.$count(imports, and(reachesImport(reach), HERE, isNotNull(imports.job), ofTenant));
}

/** A row as it may be shown, with what became of it. */
export interface ImportRow {
  readonly number: number;
  /** Of the file, from 1: where the row ends. */
  readonly line: number | null;
  readonly edited: boolean;
  readonly shown: Readonly<Record<string, string>>;
  readonly errors: readonly RowProblem[];
  readonly warnings: readonly RowProblem[];
  /** What a submit would do; null: not checked, or errors. */
  readonly action: (typeof importRows.$inferSelect)['action'];
  /** What an update changes; secrets by name only. */
  readonly changes: readonly FieldChange[];
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
  page: {
    readonly limit: number;
    readonly after: number;
    readonly problems?: RowFilter | undefined;
    /** Only rows with this error or warning, of this column if one is named. */
    readonly code?: string | undefined;
    readonly column?: Column | undefined;
    readonly outcome?: ImportRow['outcome'] | undefined;
    readonly numbers?: readonly number[] | undefined;
  },
): Promise<ImportRow[]> {
  const filters = {
    errors: sql`and r.errors <> '[]'`,
    warnings: sql`and r.warnings <> '[]'`,
    any: sql`and (r.errors <> '[]' or r.warnings <> '[]')`,
  };
  const problem = jsonText([{ code: page.code, ...(page.column && { column: page.column }) }]);
  const rows = await db.execute<Record<string, unknown>>(sql`
    select r.number, r.line, r.edited, r.shown, r.errors, r.warnings, r.action, r.changes, r.outcome,
      r.outcome_reason as "outcomeReason", r.user_id as "userId", u.mac, coalesce(u.mac_assigned, false) as "macAssigned",
      u.status
    from import_rows r left join users u on u.id = r.user_id
    where r.import_id = ${importId} and r.number > ${page.after}
      ${page.problems === undefined ? sql`` : filters[page.problems]}
      ${page.code === undefined ? sql`` : sql`and (r.errors @> ${problem}::jsonb or r.warnings @> ${problem}::jsonb)`}
      ${page.numbers === undefined ? sql`` : sql`and r.number = any(${`{${page.numbers.join(',')}}`}::int[])`}
      ${page.outcome === undefined ? sql`` : sql`and r.outcome = ${page.outcome}`}
    order by r.number limit ${page.limit}`);
  return rows.map((row) => row as unknown as ImportRow);
}

export interface HarvestCounts {
  readonly users: UserCounts;
  /** Why those that are not provisioned are not, the most frequent first. */
  readonly reasons: readonly { readonly status: string; readonly code: string; readonly users: number }[];
}

/** How the users fare that an import created or updated, and that are still there. */
export async function countHarvest(db: Db | Tx, importId: string): Promise<HarvestCounts> {
  const rows = await db.execute<{ status: keyof UserCounts; code: string | null; users: number }>(sql`
    select ${COUNTED_AS} as status, u.reason_code as code, count(*)::int as users
    from import_rows i join users u on u.id = i.user_id left join pbx_runs r on r.pbx_id = u.pbx_id
    where i.import_id = ${importId} and i.outcome in ('created', 'updated', 'kept') group by 1, 2 order by 3 desc, 2`);
  const users = { ...NO_USERS };
  for (const row of rows) users[row.status] += row.users;
  const reasons = rows.flatMap(({ status, code, users }) =>
    code !== null && ['waiting', 'stale', 'failed'].includes(status) ? [{ status, code, users }] : [],
  );
  return { users, reasons: reasons.slice(0, 10) };
}

export type DeleteResult = 'deleted' | 'not-found' | 'submitted';

/** Deletes an import that made no users yet. @param check throws to refuse (If-Match) */
export async function deleteImport(
  tx: Tx,
  reach: Reach,
  id: string,
  check: (record: ImportRecord) => void,
): Promise<DeleteResult> {
  const found = await lockImport(tx, reach, id);
  if (found === null) return 'not-found';
  check(found);
  if (found.submittedAt !== null || !DELETABLE.includes(found.state)) return 'submitted';
  await tx.delete(imports).where(eq(imports.id, id));
  return 'deleted';
}

export async function lockImport(tx: Tx, reach: Reach, id: string): Promise<ImportRecord | null> {
  const [row] = await tx
    .select()
    .from(imports)
    .where(isImport(reach, id))
    // Not `for update`: an all-or-nothing submit keeps the row from being deleted, and can still be cancelled.
    .for('no key update');
  return row === undefined ? null : toRecord(row);
}

const DELETABLE: readonly ImportState[] = ['draft', 'checking', 'ready', 'cancelled'];

/** Nothing runs, and rows are left to be worked on: they may be mended, checked, submitted. */
export function isOpen(record: ImportRecord): boolean {
  return record.job === null && OPEN.includes(record.state);
}

const OPEN: readonly ImportState[] = ['draft', 'ready', 'cancelled'];
