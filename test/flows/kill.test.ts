// 16 kill -9 of the whole program on its embedded database, 8 of them together with that database, while imports are
// checked, submitted and undone, and users harvested. The other 34 of the 50 are those of single roles
// (import-kill.test.ts).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkInstallation } from '../../src/store/check.ts';
import { placeCluster, removeCluster } from '../../src/store/cluster.ts';
import { openDatabase } from '../../src/store/database.ts';
import { startEmbedded } from '../../src/store/embedded.ts';
import { findServer } from '../../src/store/postmaster.ts';
import { begin, type Running } from '../help/cli.ts';
import { chooseSeed, freePort, KillRun, killOften, killsOf, PatientClient, seededRandom } from '../help/kill-run.ts';

let dataDir: string;
let program: Running | undefined;
let run: KillRun | undefined;

beforeAll(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'provender-kill-')), 'data');
});

afterAll(async () => {
  await run?.close();
  await program?.end('SIGTERM');
  removeCluster(dataDir);
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

test('the program is killed, with and without its database: nothing committed is lost, all settles', async () => {
  const random = seededRandom(chooseSeed());
  const port = await freePort();
  // An empty DATABASE_URL is none.
  const env = { DATABASE_URL: '', PROVENDER_OUTBOUND: 'local', PROVENDER_LOG_LEVEL: 'silent' };
  const start = () => begin(['start', '--data', dataDir, '--port', String(port)], /Listening/, env);
  program = await start();
  const token = /Admin token (pvk_\S+)/.exec(program.output())?.[1] ?? '';
  run = await KillRun.open(new PatientClient(program.url, token));
  const kills = [
    ...killsOf('program', 5, 'middle'),
    ...killsOf('program and database', 5, 'middle'),
    ...killsOf('program', 3, 'anywhere'),
    ...killsOf('program and database', 3, 'anywhere'),
  ];
  const works = await killOften<'program' | 'program and database'>(run, kills, random, async (who) => {
    const server = who === 'program' ? null : findServer(placeCluster(dataDir).cluster);
    if (server !== null) process.kill(server.pid, 'SIGKILL');
    await program?.end('SIGKILL');
    program = await start();
  });
  const embedded = await startEmbedded({ dataDir, join: true, program: 'provender tests' });
  const database = await openDatabase(embedded.url);
  for (const work of works) await work.verify(database);
  expect(await checkInstallation(database, { keySource: { file: join(dataDir, 'master.key') } })).toEqual([]);
  await database.close();
  await embedded.stop();
}, 600_000);
