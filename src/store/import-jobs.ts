// What is to be done with an import, by whom, and how far it came. A job belongs to the import's row, not to a program:
// whoever works takes it up, and job_epoch fences off a program that was taken for dead. Knows no queue and no HTTP.
import { and, eq, isNotNull, type SQL, sql } from 'drizzle-orm';
import { appendActivity, type NewActivity } from './activity.ts';
import { appendAudit } from './audit.ts';
import type { Database, Tx } from './database.ts';
import { type ImportRecord, type ImportState, isOpen, lockImport, toRecord } from './imports.ts';
import type { Reach } from './reach.ts';
import { imports } from './schema.ts';
import type { UserStore } from './users.ts';

export type ImportJob = NonNullable<ImportRecord['job']>;

/** An import whose job is being done: `epoch` is the one of this attempt. */
export type TakenJob = ImportRecord & { readonly job: ImportJob; readonly jobBy: string };

/** What a job tells while it runs, and asks whether it is to go on. */
export interface JobRun {
  readonly job: TakenJob;
  readonly store: UserStore;
  /** Rows that it is through with. @throws JobLost, or when the program is to stop */
  progress(count: number): Promise<void>;
  /** Users of these PBXs are due now, and committed. */
  due(pbxIds: Iterable<string>): void;
}

/** An undo is possible this long after the submit. */
export const UNDO_HOURS = 24;

export interface JobRequest {
  readonly job: ImportJob;
  /** As the feed names who asked. */
  readonly by: string;
  /** Submit only: the good rows; else all or nothing. */
  readonly partial?: boolean;
}

export type JobAnswer =
  /** `asked`: false when the job runs already, or was done before. */
  | { readonly kind: 'ok'; readonly import: ImportRecord; readonly asked: boolean }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'wrong-state'; readonly import: ImportRecord }
  /** Undo only: the submit is too long ago. */
  | { readonly kind: 'too-late'; readonly import: ImportRecord };

/** Asks for a job. The same again changes nothing, neither while it runs nor after a submit or undo is done. */
export async function requestJob(tx: Tx, reach: Reach, id: string, request: JobRequest): Promise<JobAnswer> {
  const found = await lockImport(tx, reach, id);
  if (found === null) return { kind: 'not-found' };
  if (found.job === request.job || isDone(found, request.job)) return { kind: 'ok', import: found, asked: false };
  if (found.job !== null || !mayBegin(found, request.job)) return { kind: 'wrong-state', import: found };
  if (request.job === 'undo' && isTooLate(found)) return { kind: 'too-late', import: found };
  const [row] = await tx
    .update(imports)
    .set({
      job: request.job,
      jobBy: request.by,
      failure: null,
      progressCount: 0,
      version: sql`${imports.version} + 1`,
      updatedAt: sql`now()`,
      ...(request.job === 'check' && { state: 'checking' }),
      ...(request.job === 'submit' && { state: 'submitting', partial: request.partial ?? false }),
    })
    .where(eq(imports.id, id))
    .returning();
  if (row === undefined) throw new Error('an import that is locked is gone');
  return { kind: 'ok', import: toRecord(row), asked: true };
}

function isDone(found: ImportRecord, job: ImportJob): boolean {
  return (
    found.job === null && ((job === 'submit' && found.state === 'done') || (job === 'undo' && found.state === 'undone'))
  );
}

function mayBegin(found: ImportRecord, job: ImportJob): boolean {
  return job === 'undo' ? isUndoable(found) : isOpen(found);
}

function isUndoable({ state, submittedAt }: ImportRecord): boolean {
  return submittedAt !== null && (state === 'done' || state === 'cancelled');
}

/** Null: there is nothing to undo. */
export function undoUntil(found: ImportRecord): Date | null {
  return isUndoable(found) && found.submittedAt !== null
    ? new Date(found.submittedAt.getTime() + UNDO_HOURS * 3_600_000)
    : null;
}

function isTooLate(found: ImportRecord): boolean {
  const until = undoUntil(found);
  return until !== null && Date.now() > until.getTime();
}

/**
 * Ends a check or submit at once, whoever works on it: what it has not committed is never committed. Users that a
 * partial submit made before stay, and can be undone.
 */
export async function cancelJob(tx: Tx, reach: Reach, id: string, by: string): Promise<JobAnswer> {
  // Waits for a batch that is being written: it counts.
  const found = await lockImport(tx, reach, id);
  if (found === null) return { kind: 'not-found' };
  if (found.state === 'cancelled' && found.job === null) return { kind: 'ok', import: found, asked: false };
  if (found.job === null || found.job === 'undo') return { kind: 'wrong-state', import: found };
  const counts = await countOutcomes(tx, id);
  const came = counts.created + counts.updated > 0;
  const [row] = await tx
    .update(imports)
    .set({
      state: 'cancelled',
      job: null,
      jobBy: null,
      jobEpoch: sql`${imports.jobEpoch} + 1`,
      version: sql`${imports.version} + 1`,
      updatedAt: sql`now()`,
      progressCount: found.job === 'submit' ? counts.settled : found.progressCount,
      ...countColumns(counts),
      ...(came && { submittedAt: sql`now()`, submittedBy: found.jobBy }),
    })
    .where(eq(imports.id, id))
    .returning();
  if (row === undefined) throw new Error('an import that is locked is gone');
  const now = toRecord(row);
  if (found.job === 'submit') await appendActivity(tx, [describeCancel(now, by)]);
  return { kind: 'ok', import: now, asked: true };
}

function describeCancel(record: ImportRecord, by: string): NewActivity {
  const file = record.fileName ?? 'a file';
  const came = record.createdCount + record.updatedCount > 0;
  return {
    tenantId: record.tenantId,
    importId: record.id,
    actor: by,
    verb: 'import.cancel',
    outcome: 'info',
    sentence: came
      ? `The submit of ${file} was cancelled after ${record.progressCount} of ${record.rowCount} rows: ${describeUsers(record)}.`
      : `The submit of ${file} was cancelled; no user was created or changed.`,
    nextAction: came ? `Submit it again to go on, or undo it within ${UNDO_HOURS} hours.` : null,
    detail: { created: record.createdCount, updated: record.updatedCount, rows: record.rowCount },
  };
}

/** `3 users were created, 1 was updated` */
export function describeUsers(counts: { readonly createdCount: number; readonly updatedCount: number }): string {
  const { createdCount: created, updatedCount: updated } = counts;
  const were = (count: number) => `${count} ${count === 1 ? 'user was' : 'users were'}`;
  if (updated === 0) return `${were(created)} created`;
  if (created === 0) return `${were(updated)} updated`;
  return `${were(created)} created and ${updated} updated`;
}

/** What the job did to users, for whoever asked for it: in the transaction of its end. */
export async function auditJob(
  tx: Tx,
  action: 'import.submitted' | 'import.undone',
  done: ImportRecord,
  by: string | null,
): Promise<void> {
  const { createdCount, updatedCount, skippedCount, undoneCount, rowCount } = done;
  await appendAudit(tx, {
    actor: { account: 'system', name: 'import job', onBehalfOf: by },
    action,
    object: { type: 'import', id: done.id, name: done.fileName },
    tenantId: done.tenantId,
    after: { rowCount, createdCount, updatedCount, skippedCount, undoneCount },
  });
}

/** Imports whose job is to be done; running ones are among them. */
export async function findImportsWithJob(database: Database): Promise<string[]> {
  const rows = await database.db.select({ id: imports.id }).from(imports).where(isNotNull(imports.job));
  return rows.map((row) => row.id);
}

/** Takes the job up, from whoever had it. Null: there is none to do. */
export async function takeJob(database: Database, id: string): Promise<TakenJob | null> {
  const [row] = await database.db
    .update(imports)
    .set({ jobEpoch: sql`${imports.jobEpoch} + 1`, progressCount: 0, updatedAt: sql`now()` })
    .where(and(eq(imports.id, id), isNotNull(imports.job)))
    .returning();
  return row === undefined ? null : (toRecord(row) as TakenJob);
}

/** Thrown to roll back: the job was cancelled, or another program took it up. */
export class JobLost extends Error {
  constructor() {
    super('the job of an import was cancelled, or is done by another program');
  }
}

function isMine(job: Pick<TakenJob, 'id' | 'jobEpoch'>): SQL | undefined {
  return and(eq(imports.id, job.id), eq(imports.jobEpoch, job.jobEpoch));
}

/**
 * Imports for the same PBX write one after the other: two with the same users in another order would wait for each other
 * crosswise again and again. Held until the transaction ends.
 */
export async function takeTurns(tx: Tx, pbxIds: readonly string[]): Promise<void> {
  for (const id of [...pbxIds].sort()) {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('provender.imports'), hashtext(${id}))`);
  }
}

/** Before a batch is written: holds the import until the transaction ends, and says how far it came. */
export async function fenceBatch(tx: Tx, job: Pick<TakenJob, 'id' | 'jobEpoch'>, progressCount: number): Promise<void> {
  const rows = await tx
    .update(imports)
    .set({ progressCount, updatedAt: sql`now()` })
    .where(isMine(job))
    .returning({ id: imports.id });
  if (rows.length === 0) throw new JobLost();
}

/** Beside a transaction that shows nothing before its end. @returns false when the job is lost */
export async function reportProgress(
  database: Database,
  job: Pick<TakenJob, 'id' | 'jobEpoch'>,
  progressCount: number,
): Promise<boolean> {
  const rows = await database.db
    .update(imports)
    .set({ progressCount, updatedAt: sql`now()` })
    .where(isMine(job))
    .returning({ id: imports.id });
  return rows.length > 0;
}

interface OutcomeCounts {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly undone: number;
  /** Rows with any outcome. */
  readonly settled: number;
}

async function countOutcomes(tx: Tx, id: string): Promise<OutcomeCounts> {
  const [row] = await tx.execute<OutcomeCounts & Record<string, unknown>>(sql`
    select count(*) filter (where outcome = 'created')::int as created,
      count(*) filter (where outcome = 'updated')::int as updated,
      count(*) filter (where outcome = 'skipped')::int as skipped,
      count(*) filter (where outcome = 'undone')::int as undone,
      count(outcome)::int as settled
    from import_rows where import_id = ${id}`);
  if (row === undefined) throw new Error('a count gave no row');
  return row;
}

function countColumns(counts: OutcomeCounts) {
  return { createdCount: counts.created, updatedCount: counts.updated, skippedCount: counts.skipped };
}

/** The check is through: what would be made of the rows. */
export async function endCheck(tx: Tx, job: TakenJob, failure: string | null = null): Promise<ImportRecord> {
  const [row] = await tx.execute<Record<'created' | 'updated' | 'skipped', number>>(sql`
    select count(*) filter (where action = 'create')::int as created,
      count(*) filter (where action = 'update')::int as updated,
      count(*) filter (where action = 'skip')::int as skipped
    from import_rows where import_id = ${job.id}`);
  return end(tx, job, {
    state: 'ready',
    progressCount: job.rowCount,
    failure,
    createdCount: row?.created ?? 0,
    updatedCount: row?.updated ?? 0,
    skippedCount: row?.skipped ?? 0,
  });
}

export async function endSubmit(tx: Tx, job: TakenJob): Promise<ImportRecord> {
  const counts = await countOutcomes(tx, job.id);
  return end(tx, job, {
    state: 'done',
    progressCount: job.rowCount,
    ...countColumns(counts),
    submittedAt: sql`now()`,
    submittedBy: job.jobBy,
  });
}

/** Created and updated counts stay: they say what the submit did. */
export async function endUndo(tx: Tx, job: TakenJob): Promise<ImportRecord> {
  const { undone } = await countOutcomes(tx, job.id);
  return end(tx, job, { state: 'undone', progressCount: job.rowCount, undoneCount: undone, undoneAt: sql`now()` });
}

/** A fault of ours ended the job; it may be asked for again. Nothing, when the job is lost. */
export async function endInFailure(database: Database, job: TakenJob, failure: string): Promise<void> {
  await database.db.transaction(async (tx) => {
    const { created, updated } = await countOutcomes(tx, job.id);
    const came = job.job === 'submit' && created + updated > 0;
    const state = came ? 'cancelled' : { check: 'draft' as const, submit: 'ready' as const, undo: job.state }[job.job];
    await end(tx, job, {
      state,
      failure,
      ...(came && { createdCount: created, updatedCount: updated, submittedAt: sql`now()`, submittedBy: job.jobBy }),
    });
  });
}

type Ending = Partial<Record<keyof typeof imports.$inferInsert, unknown>> & { readonly state: ImportState };

/** @throws JobLost */
async function end(tx: Tx, job: TakenJob, ending: Ending): Promise<ImportRecord> {
  const count = (column: SQL) =>
    sql`(select count(*) from import_rows where import_id = ${job.id} and ${column} <> '[]')`;
  const [row] = await tx
    .update(imports)
    .set({
      job: null,
      jobBy: null,
      version: sql`${imports.version} + 1`,
      updatedAt: sql`now()`,
      ...(job.job !== 'undo' && { errorCount: count(sql`errors`), warningCount: count(sql`warnings`) }),
      ...ending,
    } as Partial<typeof imports.$inferInsert>)
    .where(isMine(job))
    .returning();
  if (row === undefined) throw new JobLost();
  return toRecord(row);
}
