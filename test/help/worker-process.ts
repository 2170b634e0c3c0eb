// A worker as a program of its own, for tests that kill it: DATABASE_URL and the key file come as arguments, and as JSON
// what is not usual about it.
import { createLog } from '../../src/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { surviveLateWrites } from '../../src/store/driver-defect.ts';
import { openInstallationKeys } from '../../src/store/key-ring.ts';
import { runWorker } from './worker.ts';

const [url = '', keyFile = '', settings = '{}'] = process.argv.slice(2);
const { log } = createLog({ level: 'error' });
surviveLateWrites(() => {});
const database = await openDatabase(url, { name: 'worker process' });
const ring = await openInstallationKeys(database, { file: keyFile });
const worker = await runWorker({ database, ring, log, ...JSON.parse(settings) });
process.once('SIGTERM', async () => {
  await worker.stop();
  await database.close();
});
process.stdout.write('ready\n');
