// The undo of an import: users that it made go, users that it changed get back what they had. Users that somebody touched
// since are left alone; the harvest touches nobody, it never counts users.version up. Knows no HTTP and no queue.
import { sql } from 'drizzle-orm';
import type { PbxFacts } from '../intake/row.ts';
import { appendActivity } from './activity.ts';
import type { Database, Tx } from './database.ts';
import { auditJob, endUndo, fenceBatch, type JobRun, takeTurns } from './import-jobs.ts';
import { beforeHome } from './import-submit.ts';
import type { ImportRecord } from './imports.ts';
import { jsonText } from './json-text.ts';
import { lockPbxFacts } from './new-users.ts';
import { inTransaction } from './transaction.ts';
import {
  type LockedUser,
  lockUsers,
  type PlannedChange,
  planChange,
  targetFrom,
  whyNotWritten,
  writeChanges,
} from './user-changes.ts';

const BATCH = 1000;

/** Does the job `undo`, a thousand rows per transaction; one that was cut off goes on where it had come to. */
export async function runUndo(database: Database, run: JobRun): Promise<void> {
  const { job } = run;
  let count = job.rowCount - (await countLeft(database, job.id));
  // Those that were made go first: an updated user may want a name back that one of them has.
  for (const outcome of ['created', 'updated'] as const) {
    // Backwards: what a later row took, an earlier one may want back. By ranges and not by a limit: a table that has just
    // been filled is sorted as a whole for each limit.
    for (let top = job.rowCount; top > 0; top -= BATCH) {
      const batch = await inTransaction(database, (tx) => undoBatch(tx, run, outcome, top, count));
      count += batch.rows;
      run.due(batch.due);
      await run.progress(count);
    }
  }
  await inTransaction(database, async (tx) => {
    const done = await endUndo(tx, job);
    await appendActivity(tx, [describeUndo(done, job.jobBy)]);
    await auditJob(tx, 'import.undone', done, job.jobBy);
  });
}

async function countLeft(database: Database, importId: string): Promise<number> {
  const [left] = await database.sql<{ rows: number }[]>`
    select count(*)::int as rows from import_rows
    where import_id = ${importId} and outcome in ('created', 'updated')`;
  return left?.rows ?? 0;
}

interface DoneRow extends Record<string, unknown> {
  readonly number: number;
  readonly user_id: string;
  readonly user_version: number;
  readonly before_sealed: string | null;
}

interface Batch {
  readonly rows: number;
  /** PBXs with users that are to be synced. */
  readonly due: ReadonlySet<string>;
}

/** Rows up to `top`. */
async function undoBatch(
  tx: Tx,
  run: JobRun,
  outcome: 'created' | 'updated',
  top: number,
  count: number,
): Promise<Batch> {
  const { job } = run;
  const rows = await tx.execute<DoneRow>(sql`
    select number, user_id, user_version, before_sealed from import_rows
    where import_id = ${job.id} and number > ${top - BATCH} and number <= ${top} and outcome = ${outcome}
    order by number desc`);
  if (rows.length === 0) return { rows: 0, due: new Set() };
  const ids = rows.map((row) => row.user_id);
  // PBXs before the import and the users, as everywhere.
  const pbxIds = await tx.execute<{ pbx_id: string }>(sql`
    select distinct pbx_id from users where id = any(${`{${ids.join(',')}}`}::uuid[])`);
  const places = pbxIds.map((row) => row.pbx_id);
  await takeTurns(tx, places);
  const pbxs = await lockPbxFacts(tx, job.tenantId, places);
  await fenceBatch(tx, job, count + rows.length);
  const users = await lockUsers(tx, ids);
  const mine: Untouched[] = [];
  const fates: Fate[] = [];
  for (const row of rows) {
    const user = users.get(row.user_id);
    const reason = whyKept(user, row);
    if (user === undefined || reason !== null) fates.push({ number: row.number, outcome: 'kept', reason });
    else mine.push({ row, user });
  }
  const due = new Set<string>();
  fates.push(...(outcome === 'created' ? await deleteMade(tx, mine) : await restore(tx, run, mine, pbxs, due)));
  await writeFates(tx, job.id, fates);
  return { rows: rows.length, due };
}

/** A user that is as the import left it. */
interface Untouched {
  readonly row: DoneRow;
  readonly user: LockedUser;
}

async function deleteMade(tx: Tx, mine: readonly Untouched[]): Promise<Fate[]> {
  await tx.execute(sql`delete from users where id = any(${`{${mine.map(({ user }) => user.id).join(',')}}`}::uuid[])`);
  return mine.map(({ row }) => ({ number: row.number, outcome: 'undone', reason: null }));
}

/** @param due gets the PBXs with users that are to be synced */
async function restore(
  tx: Tx,
  { job, store }: JobRun,
  mine: readonly Untouched[],
  pbxs: readonly PbxFacts[],
  due: Set<string>,
): Promise<Fate[]> {
  const routes = await tx.execute<{ id: string }>(sql`
    select id from voice_routes where tenant_id = ${job.tenantId} order by id for key share`);
  const known = new Set(routes.map((route) => route.id));
  const facts = new Map(pbxs.map((pbx) => [pbx.id, pbx]));
  const sealed = mine.flatMap(({ row }) =>
    row.before_sealed === null ? [] : [{ row: `${job.id}.${row.number}`, sealed: row.before_sealed }],
  );
  const opened = store.ring.unsealMany(beforeHome(job.tenantId), sealed);
  const images = new Map(sealed.map(({ row }, n) => [row, opened[n]]));
  const fates: Fate[] = [];
  const plans: { readonly number: number; readonly plan: PlannedChange }[] = [];
  for (const { row, user } of mine) {
    const pbx = facts.get(user.pbxId);
    const image = images.get(`${job.id}.${row.number}`);
    if (pbx === undefined || image === undefined) {
      fates.push({ number: row.number, outcome: 'kept', reason: 'What the user had before is not stored any more.' });
      continue;
    }
    const target = targetFrom(image.reveal(), known);
    plans.push({ number: row.number, plan: planChange(store.ring, user, target, pbx, true) });
  }
  const versions = await writeChanges(
    tx,
    store,
    plans.map(({ plan }) => plan),
  );
  for (const [n, { number, plan }] of plans.entries()) {
    if (versions[n] === null) {
      const [problem] = await whyNotWritten(tx, store, plan);
      fates.push({ number, outcome: 'kept', reason: problem?.message ?? null });
      continue;
    }
    if (plan.due) due.add(plan.user.pbxId);
    fates.push({ number, outcome: 'undone', reason: null });
  }
  return fates;
}

/** Why a user is left alone; null: it is as the import left it. */
function whyKept(user: LockedUser | undefined, row: DoneRow): string | null {
  if (user === undefined) return 'The user was deleted since.';
  if (user.version !== row.user_version) return 'The user was changed since, by a person, the API or a later import.';
  return null;
}

interface Fate {
  readonly number: number;
  readonly outcome: 'undone' | 'kept';
  readonly reason: string | null;
}

async function writeFates(tx: Tx, importId: string, fates: readonly Fate[]): Promise<void> {
  await tx.execute(sql`
    update import_rows i set outcome = r.outcome, outcome_reason = r.reason,
      before_sealed = case when r.outcome = 'kept' then i.before_sealed end
    from jsonb_to_recordset(${jsonText(fates)}::jsonb) as r(number int, outcome text, reason text)
    where i.import_id = ${importId} and i.number = r.number`);
}

function describeUndo(done: ImportRecord, by: string) {
  const kept = done.createdCount + done.updatedCount - done.undoneCount;
  const users = done.undoneCount === 1 ? '1 user' : `${done.undoneCount} users`;
  const file = done.fileName ?? 'a file';
  const left = kept === 0 ? '' : ` ${kept} were left alone, since somebody touched them after it.`;
  return {
    tenantId: done.tenantId,
    importId: done.id,
    actor: by,
    verb: 'import.undo',
    outcome: kept > 0 ? 'info' : 'ok',
    code: kept > 0 ? 'UNDO_PARTIAL' : null,
    sentence: `The import of ${file} was undone for ${users}: those it created are deleted, the others have back what they had.${left}`,
    nextAction: kept > 0 ? 'Download the result of the import: it names the users that were left alone.' : null,
    detail: { undone: done.undoneCount, kept },
  } as const;
}
