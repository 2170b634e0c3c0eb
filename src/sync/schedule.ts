// The metronome: each second it asks which PBXs have due users, which imports have a job to do and which uploaded files wait,
// and enqueues them, a repair of anything that was lost; once an hour it keeps house and looks at certificates. Idempotent
// on any number of machines.
import cron from 'node-cron';
import type { Logger } from '../log.ts';
import { sealClosedDays } from '../store/audit-days.ts';
import type { Database } from '../store/database.ts';
import { isDatabaseGone } from '../store/database.ts';
import type { FeedSignal } from '../store/feed-signal.ts';
import { findPbxsWithRuns } from '../store/file-runs.ts';
import { keepHouse } from '../store/housekeeping.ts';
import { findImportsWithJob } from '../store/import-jobs.ts';
import type { KeyRing } from '../store/key-ring.ts';
import { findDuePbxs } from '../store/slices.ts';
import { warnOfCertificates } from './certificates.ts';
import { QUEUE_PRIORITY, type SliceQueue } from './queue.ts';

export interface MetronomeOptions {
  readonly database: Database;
  readonly queue: SliceQueue;
  readonly feed: Pick<FeedSignal, 'touch'>;
  readonly log: Logger;
  readonly activityRetentionDays: number;
  readonly ring: KeyRing;
}

export function startMetronome(options: MetronomeOptions): { stop(): void } {
  const { database, queue, feed, log, activityRetentionDays, ring } = options;
  const guarded = (what: string, work: () => Promise<void>) => async () => {
    try {
      await work();
    } catch (error) {
      if (isDatabaseGone(error)) log.warn({ what }, 'the database cannot be asked; trying again');
      else log.error({ err: error, what }, 'the metronome missed a beat');
    }
  };
  const beat = guarded('due users', async () => {
    for (const pbxId of await findDuePbxs(database)) await queue.enqueue(pbxId, QUEUE_PRIORITY.schedule);
  });
  const importBeat = guarded('jobs of imports', async () => {
    for (const id of await findImportsWithJob(database)) await queue.enqueueImport(id);
  });
  const filesBeat = guarded('uploaded files', async () => {
    for (const pbxId of await findPbxsWithRuns(database)) await queue.enqueueFiles(pbxId);
  });
  const certificates = guarded('certificates', async () => {
    if ((await warnOfCertificates(database, new Date())) > 0) feed.touch();
  });
  const house = guarded('housekeeping', async () => {
    await keepHouse(database, new Date(), activityRetentionDays);
    await sealClosedDays(database, ring, new Date(), (day, hash) =>
      log.info({ day, hash }, 'sealed a day of the audit'),
    );
  });
  const tasks = [
    cron.schedule('* * * * * *', beat, { noOverlap: true }),
    cron.schedule('* * * * * *', importBeat, { noOverlap: true }),
    cron.schedule('* * * * * *', filesBeat, { noOverlap: true }),
    cron.schedule('17 * * * *', house, { noOverlap: true }),
    cron.schedule('37 * * * *', certificates, { noOverlap: true }),
  ];
  return {
    stop() {
      for (const task of tasks) void task.stop();
    },
  };
}
