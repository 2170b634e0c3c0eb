// 34 kill -9 of the worker and the API on one database, while imports are checked, submitted and undone, and users
// harvested: each phase is hit in its middle 4 times at the worker, and anywhere 2 or 3 times at the API. The other 16 of
// the 50 are those of the whole program (kill.test.ts).
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resetAdminToken } from '../../src/store/admin-token.ts';
import { checkStore } from '../../src/store/check.ts';
import { begin, type Running } from '../help/cli.ts';
import { type TestDatabase, testDatabase } from '../help/database.ts';
import { chooseSeed, freePort, KillRun, killOften, killsOf, PatientClient, seededRandom } from '../help/kill-run.ts';

let store: TestDatabase;
let run: KillRun | undefined;
const programs: { worker?: Running; api?: Running } = {};

beforeAll(async () => {
  store = await testDatabase();
});

afterAll(async () => {
  await programs.worker?.end('SIGKILL');
  await programs.api?.end('SIGKILL');
  await run?.close();
  await store.close();
});

test('worker and API are killed: nothing committed is lost, nothing is half done, all settles', async () => {
  const random = seededRandom(chooseSeed());
  const env = {
    DATABASE_URL: store.url,
    PROVENDER_KEY_FILE: store.keyFile,
    PROVENDER_OUTBOUND: 'local',
    PROVENDER_LOG_LEVEL: 'silent',
  };
  const port = await freePort();
  const token = await resetAdminToken(store.database);
  const start = {
    worker: () => begin(['worker'], /Working/, env),
    api: () => begin(['api', '--port', String(port)], /Listening/, env),
  };
  programs.worker = await start.worker();
  programs.api = await start.api();
  run = await KillRun.open(new PatientClient(`http://127.0.0.1:${port}`, token));
  const kills = [...killsOf('worker', 20, 'middle'), ...killsOf('api', 14, 'anywhere')];
  const works = await killOften<'worker' | 'api'>(run, kills, random, async (who) => {
    await programs[who]?.end('SIGKILL');
    programs[who] = await start[who]();
  });
  for (const work of works) await work.verify(store.database);
  expect(await checkStore(store.database, store.ring)).toEqual([]);
}, 600_000);
