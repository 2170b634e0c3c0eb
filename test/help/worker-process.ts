// A worker as a program of its own, for tests that kill it: DATABASE_URL and the key file come as arguments.
import { createGuard } from '../../fetchers/guard.ts';
import { createLog } from '../../src/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { surviveLateWrites } from '../../src/store/driver-defect.ts';
import { openFeedSignal } from '../../src/store/feed-signal.ts';
import { openInstallationKeys } from '../../src/store/key-ring.ts';
import { openQueue } from '../../src/sync/queue.ts';
import { startWorker } from '../../src/sync/worker.ts';

const [url = '', keyFile = ''] = process.argv.slice(2);
const { log } = createLog({ level: 'error' });
surviveLateWrites(() => {});
const database = await openDatabase(url, { name: 'worker process' });
const ring = await openInstallationKeys(database, { file: keyFile });
const queue = await openQueue(database.url, 'work', log);
const feed = await openFeedSignal(database, () => {});
const worker = await startWorker({
  database,
  ring,
  feed,
  queue,
  guard: createGuard({ mode: 'local' }),
  activityRetentionDays: 90,
  log,
});
process.once('SIGTERM', async () => {
  await worker.stop();
  await feed.close();
  await database.close();
});
process.stdout.write('ready\n');
