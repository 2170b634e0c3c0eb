// A worker as a program sets it up, for tests and the bench: a queue and a feed signal of its own on a database at hand.
import { createGuard } from '../../fetchers/guard.ts';
import { openFeedSignal } from '../../src/store/feed-signal.ts';
import { openQueue } from '../../src/sync/queue.ts';
import { startWorker, type WorkerOptions } from '../../src/sync/worker.ts';

export type WorkerSettings = Pick<WorkerOptions, 'database' | 'ring' | 'log'> & Partial<WorkerOptions>;

/** May ask local addresses. Does not close the database. */
export async function runWorker(settings: WorkerSettings): Promise<{ stop(): Promise<void> }> {
  const { database, log } = settings;
  const queue = await openQueue(database.url, 'work', log);
  const feed = await openFeedSignal(database, () => {});
  const guard = createGuard({ mode: 'local' });
  const worker = await startWorker({ feed, queue, guard, activityRetentionDays: 90, ...settings });
  return { stop: () => worker.stop().then(() => feed.close()) };
}
