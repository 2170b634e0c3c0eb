// Zips of configuration files that were handed over: kept sealed until a worker is through with them, and how far it came.
// A run belongs to its row, not to a program (decision 12): whoever works takes it up, and `epoch` fences off a program
// that was taken for dead. Knows no zip and no HTTP.
import { and, between, desc, eq, inArray, ne, type SQL, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { appendActivity, type NewActivity } from './activity.ts';
import { appendAudit } from './audit.ts';
import type { Database, Db, Tx } from './database.ts';
import { jsonText } from './json-text.ts';
import type { KeyRing } from './key-ring.ts';
import { type HotTx, runPrepared } from './prepared.ts';
import { type FileFailure, fileRunParts, fileRuns, pbxs } from './schema.ts';

type StoredRun = typeof fileRuns.$inferSelect;

/** One that is still coming is seen by nobody. */
export type FileRun = Omit<StoredRun, 'state'> & { readonly state: Exclude<StoredRun['state'], 'uploading'> };

/** What came of the users of one group, or of all so far. */
export interface FileTally {
  readonly provisioned: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly passedOver: number;
  readonly failures: readonly FileFailure[];
}

/** Of failures, and of MACs that nobody has: enough to see what is wrong. All failures are in the feed. */
const SHOWN = 100;
/** Of the zip, in one sealed value: whose text is small enough for V8 to throw away soon. */
const PART_BYTES = 64 * 1024;
/** Parts that are written and read at once. */
const PARTS = 16;
const MISSING = 'a part of a zip that is to be gone through is missing';
/** Runs of a PBX that wait or run: each keeps a zip. */
const MOST_OPEN = 5;

const OPEN = ['waiting', 'running'] as const;
const HERE = ne(fileRuns.state, 'uploading');

/** Thrown to roll back: the run was cancelled, or another program took it up, or its PBX is gone. */
export class RunLost extends Error {
  constructor() {
    super('a run through files was cancelled, or is done by another program');
  }
}

function toRun(row: StoredRun): FileRun {
  return row as FileRun;
}

interface Handed {
  readonly tenantId: string;
  readonly pbxId: string;
  readonly fileName: string;
  readonly by: string;
  readonly bytes: Uint8Array;
}

/**
 * Keeps a zip; nobody sees it before publishRun. Each few parts are a transaction: a long one would hold up the feed.
 * @returns the id of the run
 */
export async function keepZip(database: Database, ring: KeyRing, handed: Handed): Promise<string> {
  const { tenantId, pbxId, fileName, by, bytes } = handed;
  const id = uuidv7();
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const run = { id, tenantId, pbxId, fileName, size: bytes.length, state: 'uploading' as const, createdBy: by };
  await database.db.insert(fileRuns).values(run);
  try {
    const count = Math.ceil(bytes.length / PART_BYTES);
    for (let first = 0; first < count; first += PARTS) {
      const parts = Array.from({ length: Math.min(PARTS, count - first) }, (_, n) => first + n);
      await database.db.insert(fileRunParts).values(
        parts.map((number) => {
          const part = whole.subarray(number * PART_BYTES, (number + 1) * PART_BYTES);
          return { runId: id, number, contentSealed: ring.seal(part.toString('base64'), partPlace(run, number)) };
        }),
      );
    }
    return id;
  } catch (error) {
    await discardZip(database, id).catch(() => undefined);
    throw error;
  }
}

export async function discardZip({ db }: Database, id: string): Promise<void> {
  await db.delete(fileRuns).where(and(eq(fileRuns.id, id), eq(fileRuns.state, 'uploading')));
}

/** Null: as many zips of this PBX as may be wait already. */
export async function publishRun(tx: Tx, id: string): Promise<FileRun | null> {
  const [kept] = await tx.select({ pbxId: fileRuns.pbxId }).from(fileRuns).where(eq(fileRuns.id, id));
  if (kept === undefined) throw new Error('a zip that was kept is gone');
  // Counted one after the other.
  await tx.select({ id: pbxs.id }).from(pbxs).where(eq(pbxs.id, kept.pbxId)).for('no key update');
  const open = await tx.$count(fileRuns, and(eq(fileRuns.pbxId, kept.pbxId), inArray(fileRuns.state, [...OPEN])));
  if (open >= MOST_OPEN) return null;
  const [row] = await tx
    .update(fileRuns)
    .set({ state: 'waiting', updatedAt: sql`now()` })
    .where(eq(fileRuns.id, id))
    .returning();
  if (row === undefined) throw new Error('a zip that was kept is gone');
  return toRun(row);
}

function partPlace(run: Pick<FileRun, 'id' | 'tenantId'>, number: number) {
  return { tenant: run.tenantId, table: 'file_run_parts', row: `${run.id}.${number}`, column: 'content' };
}

/** The zip of a run that was taken up. */
export async function readZipOf({ db }: Database, ring: KeyRing, run: FileRun): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(run.size);
  let at = 0;
  for (let number = 0; at < run.size; ) {
    const parts = await db
      .select({ number: fileRunParts.number, sealed: fileRunParts.contentSealed })
      .from(fileRunParts)
      .where(and(eq(fileRunParts.runId, run.id), between(fileRunParts.number, number, number + PARTS - 1)))
      .orderBy(fileRunParts.number);
    for (const part of parts) {
      if (part.number !== number) throw new Error(MISSING);
      at += whole.write(ring.unseal(part.sealed, partPlace(run, number)).reveal(), at, 'base64');
      number += 1;
    }
    if (parts.length === 0) throw new Error(MISSING);
  }
  return whole;
}

/** PBXs with runs that wait or run. */
export async function findPbxsWithRuns({ db }: Database): Promise<string[]> {
  const rows = await db
    .selectDistinct({ pbxId: fileRuns.pbxId })
    .from(fileRuns)
    .where(inArray(fileRuns.state, [...OPEN]));
  return rows.map((row) => row.pbxId);
}

/** Takes up the oldest open run of the PBX, from whoever had it. Null: there is none. */
export async function takeRun({ db }: Database, pbxId: string): Promise<FileRun | null> {
  const oldest = sql`(select id from file_runs where pbx_id = ${pbxId} and state in ('waiting', 'running')
    order by id limit 1)`;
  const [row] = await db
    .update(fileRuns)
    .set({ state: 'running', epoch: sql`${fileRuns.epoch} + 1`, updatedAt: sql`now()` })
    .where(and(eq(fileRuns.id, oldest), inArray(fileRuns.state, [...OPEN])))
    .returning();
  return row === undefined ? null : toRun(row);
}

function isMine(run: Pick<FileRun, 'id' | 'epoch'>): SQL | undefined {
  return and(eq(fileRuns.id, run.id), eq(fileRuns.epoch, run.epoch), eq(fileRuns.state, 'running'));
}

/** How many users have a file, and which MACs nobody has. @throws RunLost */
export async function saveMatched(
  { db }: Database,
  run: FileRun,
  found: { readonly users: number; readonly off: number; readonly unknownMacs: readonly string[] },
): Promise<void> {
  const { users, off, unknownMacs } = found;
  const rows = await db
    .update(fileRuns)
    // Users that were added or deleted since an earlier attempt change the number of those that are to come.
    .set({
      users: sql`${users} + provisioned + unchanged + failed + passed_over`,
      off,
      unknownCount: unknownMacs.length,
      unknownMacs: unknownMacs.slice(0, SHOWN),
      updatedAt: sql`now()`,
    })
    .where(isMine(run))
    .returning({ id: fileRuns.id });
  if (rows.length === 0) throw new RunLost();
}

/** In the transaction that writes what came of a group of users. @throws RunLost: roll it back */
export async function saveTally(
  tx: HotTx,
  run: Pick<FileRun, 'id' | 'epoch'>,
  tally: FileTally,
  doneUpTo: string | null,
): Promise<void> {
  const rows = await runPrepared(
    tx,
    sql`
    update file_runs set provisioned = provisioned + ${tally.provisioned}, unchanged = unchanged + ${tally.unchanged},
      failed = failed + ${tally.failed}, passed_over = passed_over + ${tally.passedOver},
      done_up_to = coalesce(${doneUpTo}::uuid, done_up_to), updated_at = now(),
      failures = jsonb_path_query_array(failures || ${jsonText(tally.failures)}::jsonb, '$[0 to ${sql.raw(String(SHOWN - 1))}]')
    where id = ${run.id} and epoch = ${run.epoch} and state = 'running'
    returning id`,
  );
  if (rows.length === 0) throw new RunLost();
}

/** Ends it: the zip goes, the feed and the audit are told. @throws RunLost */
export async function endRun(
  database: Database,
  run: FileRun,
  ending: { readonly state: 'done' } | { readonly state: 'failed'; readonly failure: string },
): Promise<void> {
  await database.db.transaction(async (tx) => {
    await finish(tx, isMine(run), { failure: null, ...ending });
  });
}

/** At once, whoever works on it: what is written stays, and nothing is written any more. Null: there is no such run. */
export async function cancelRun(tx: Tx, pbxId: string, id: string): Promise<FileRun | null> {
  const [found] = await tx
    .select()
    .from(fileRuns)
    .where(and(eq(fileRuns.id, id), eq(fileRuns.pbxId, pbxId), HERE))
    .for('update');
  if (found === undefined) return null;
  if (isSettled(toRun(found))) return toRun(found);
  return finish(tx, eq(fileRuns.id, id), { state: 'cancelled', failure: null });
}

async function finish(
  tx: Tx,
  which: SQL | undefined,
  ending: { readonly state: 'done' | 'cancelled' | 'failed'; readonly failure: string | null },
): Promise<FileRun> {
  const [row] = await tx
    .update(fileRuns)
    .set({ ...ending, updatedAt: sql`now()`, endedAt: sql`now()` })
    .where(which)
    .returning();
  if (row === undefined) throw new RunLost();
  const run = toRun(row);
  await tx.delete(fileRunParts).where(eq(fileRunParts.runId, run.id));
  const [pbx] = await tx.select({ name: pbxs.name }).from(pbxs).where(eq(pbxs.id, run.pbxId));
  await appendActivity(tx, [summary(run, pbx?.name ?? '')]);
  const { provisioned, unchanged, failed, off } = run;
  await appendAudit(tx, {
    actor: { account: 'system', name: 'files of a zip', onBehalfOf: run.createdBy },
    action: 'pbx.files',
    object: { type: 'pbx', id: run.pbxId, name: pbx?.name ?? null },
    tenantId: run.tenantId,
    after: { fileName: run.fileName, state: run.state, provisioned, unchanged, failed, off, left: leftOf(run) },
  });
  return run;
}

export function isSettled({ state }: FileRun): boolean {
  return state !== 'waiting' && state !== 'running';
}

/** Users with a file that are not done. */
export function leftOf({ users, provisioned, unchanged, failed }: FileRun): number {
  return Math.max(0, (users ?? 0) - provisioned - unchanged - failed);
}

function summary(run: FileRun, pbxName: string): NewActivity {
  const { fileName, provisioned, unchanged, failed, off, unknownCount, unknownMacs } = run;
  const left = leftOf(run);
  const parts = [
    `${provisioned} users provisioned`,
    `${unchanged} unchanged`,
    `${failed} failed`,
    ...(off > 0 ? [`${off} switched off`] : []),
    ...(left > 0 ? [`${left} not come to`] : []),
    ...(unknownCount > 0 ? [`${unknownCount} MACs that no user has`] : []),
  ];
  const ended = { cancelled: ' (cancelled)', failed: ' (ended by a fault)' }[run.state as string] ?? '';
  return {
    tenantId: run.tenantId,
    pbxId: run.pbxId,
    pbxName,
    actor: run.createdBy,
    verb: 'pbx.files',
    outcome: failed + left > 0 || run.state !== 'done' ? 'failed' : 'ok',
    sentence: `Files of ${fileName}${ended}: ${parts.join(', ')}.`,
    nextAction: left > 0 ? 'Upload the zip again to go on: what is done already is left as it is.' : null,
    detail: { files: fileName, provisioned, unchanged, failed, off, left, unknownMacs: unknownMacs.slice(0, 20) },
  };
}

/** Null: this PBX has none with the id. Reach is checked with the PBX. */
export async function readRun(db: Db | Tx, pbxId: string, id: string): Promise<FileRun | null> {
  const [row] = await db
    .select()
    .from(fileRuns)
    .where(and(eq(fileRuns.id, id), eq(fileRuns.pbxId, pbxId), HERE));
  return row === undefined ? null : toRun(row);
}

/** Newest first. */
export async function listRuns(db: Db | Tx, pbxId: string, limit: number): Promise<FileRun[]> {
  const rows = await db
    .select()
    .from(fileRuns)
    .where(and(eq(fileRuns.pbxId, pbxId), HERE))
    .orderBy(desc(fileRuns.id))
    .limit(limit);
  return rows.map(toRun);
}

/** Runs of a month ago, and zips of a program that was killed while they came. */
export async function dropOldRuns(db: Db): Promise<void> {
  await db.execute(sql`
    delete from file_runs where ended_at < now() - interval '30 days'
      or (state = 'uploading' and updated_at < now() - interval '1 hour')`);
}
