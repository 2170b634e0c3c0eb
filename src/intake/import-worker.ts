// Does the jobs of imports: check, submit, undo. Whatever ends it early, the job stays with the import and is taken up
// again. Knows no queue and no HTTP.
import type { Logger } from '../log.ts';
import { type Database, isDatabaseGone } from '../store/database.ts';
import type { FeedSignal } from '../store/feed-signal.ts';
import { runCheck } from '../store/import-check.ts';
import {
  endCheck,
  endInFailure,
  JobLost,
  type JobRun,
  reportProgress,
  type TakenJob,
  takeJob,
} from '../store/import-jobs.ts';
import { runSubmit } from '../store/import-submit.ts';
import { runUndo } from '../store/import-undo.ts';
import type { KeyRing } from '../store/key-ring.ts';
import type { MakeMac } from '../store/pseudo-macs.ts';
import { QUEUE_PRIORITY, type SliceQueue } from '../sync/queue.ts';

export interface ImportTools {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly feed: FeedSignal;
  readonly queue: Pick<SliceQueue, 'enqueue'>;
  readonly makeMac: MakeMac;
  readonly log: Logger;
  /** Ends the work at the next batch; another worker goes on. */
  readonly signal: AbortSignal;
}

/** Progress is written this often: whoever looks sees it move. */
const PROGRESS_MS = 250;

/** Does what is to be done with the import, if anything. @throws when the database is gone: the job is still to do */
export async function doImportJob(tools: ImportTools, importId: string): Promise<void> {
  const { database, log } = tools;
  const job = await takeJob(database, importId);
  if (job === null) return;
  try {
    await runJob(tools, job);
  } catch (error) {
    if (error instanceof JobLost || tools.signal.aborted) return;
    if (isDatabaseGone(error)) throw error;
    log.error({ err: error, importId, job: job.job }, 'the job of an import failed');
    const failure = `It ended by a fault of Provender (see the log, import ${importId}). Try again.`;
    await endInFailure(database, job, failure).catch((again: unknown) => {
      if (!(again instanceof JobLost)) throw again;
    });
  } finally {
    tools.feed.touch();
  }
}

async function runJob(tools: ImportTools, job: TakenJob): Promise<void> {
  const { database } = tools;
  const run = createRun(tools, job);
  switch (job.job) {
    case 'check':
      await runCheck(database, run.store, job.id, job.jobEpoch, run.progress);
      await database.db.transaction((tx) => endCheck(tx, job));
      break;
    case 'submit':
      await runSubmit(database, run);
      break;
    case 'undo':
      await runUndo(database, run);
      break;
  }
}

function createRun(tools: ImportTools, job: TakenJob): JobRun {
  const { database, ring, makeMac, queue, log, signal } = tools;
  let told = 0;
  return {
    job,
    store: { ring, makeMac, tenantId: job.tenantId, pbxIds: job.pbxIds, actor: job.jobBy },
    async progress(count) {
      signal.throwIfAborted();
      const now = Date.now();
      if (now - told < PROGRESS_MS) return;
      told = now;
      if (!(await reportProgress(database, job, count))) throw new JobLost();
    },
    due(pbxIds) {
      for (const pbxId of pbxIds) {
        // A queue that does not answer is no failure: the metronome finds due users within seconds.
        queue
          .enqueue(pbxId, QUEUE_PRIORITY.changed)
          .catch((error: unknown) => log.warn({ err: error, pbxId }, 'the queue could not be woken'));
      }
    },
  };
}
