// The whole pipeline as one worker process runs it, until the PBX has no due users; says the CPU and the time it took.
import { createLog } from '../src/log.ts';
import { openDatabase } from '../src/store/database.ts';
import { openInstallationKeys } from '../src/store/key-ring.ts';
import { runWorker } from '../test/help/worker.ts';
import { cpuSeconds } from './figure.ts';

const [url = '', keyFile = ''] = process.argv.slice(2);
const { log } = createLog({ level: 'error' });
const database = await openDatabase(url, { name: 'bench worker' });
const ring = await openInstallationKeys(database, { file: keyFile });
const cpuBefore = cpuSeconds();
const begun = performance.now();
const worker = await runWorker({ database, ring, log });
for (;;) {
  const [row] = await database.sql<{ open: number; failed: number }[]>`
    select count(*) filter (where due_at <= now() or claim_epoch is not null)::int as open,
      count(*) filter (where status in ('failed', 'stale'))::int as failed from users`;
  if (row === undefined || row.failed > 0) throw new Error(`${row?.failed} users failed`);
  if (row.open === 0) break;
  await new Promise((resolve) => setTimeout(resolve, 250));
}
const figures = {
  cpu: cpuSeconds() - cpuBefore,
  seconds: (performance.now() - begun) / 1000,
  peakMiB: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
await worker.stop();
await database.close();
