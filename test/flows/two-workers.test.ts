import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { harvestedLines, users } from '../../src/store/schema.ts';
import type { WorkerOptions } from '../../src/sync/worker.ts';
import { type Harvest, openHarvest, yealinkFile } from '../help/harvest.ts';
import { MEAN_CLOCK, startPbx } from '../help/mean-pbx.ts';
import type { ProvisioningServer } from '../help/provisioning-server.ts';

let harvest: Harvest;
const servers: ProvisioningServer[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  harvest = await openHarvest();
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const server of servers) await server.close();
  await harvest.close();
});

async function startWorkerProcess(settings: Partial<WorkerOptions> = {}): Promise<ChildProcess> {
  const script = join(import.meta.dirname, '../help/worker-process.ts');
  const child = spawn(process.execPath, [script, harvest.url, harvest.keyFile, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout ?? child, 'data');
  return child;
}

/** A PBX that takes a moment for each answer, so that a kill hits fetches in flight. */
async function slowPbx(count: number, first: number, delayMs: number, how: { readonly calm?: string } = {}) {
  const server = await startPbx({
    ...how,
    otherwise: (request, response) => {
      const mac = /([0-9a-f]{12})\.cfg$/.exec(request.url ?? '')?.[1] ?? '';
      setTimeout(() => {
        response.end(yealinkFile({ userName: `u${mac.slice(-4)}`, password: `pw-${mac}`, mac }));
      }, delayMs);
    },
  });
  servers.push(server);
  const pbxId = await harvest.addPbx({ provisioningUrl: server.origin, didField: 'none' });
  const macs = Array.from({ length: count }, (_, i) => (first + i).toString(16).padStart(12, '0'));
  return { server, pbxId, macs };
}

test('two workers share the work; one is killed: the other finishes its users, and nobody is provisioned twice', {
  timeout: 90_000,
}, async () => {
  const pbxs = [];
  for (let i = 0; i < 4; i += 1) pbxs.push(await slowPbx(60, 0x00005e005300 + i * 0x100000, 60));
  const [one] = await Promise.all([startWorkerProcess(MEAN_CLOCK), startWorkerProcess(MEAN_CLOCK)]);
  for (const { pbxId, macs } of pbxs) await harvest.addUsers(pbxId, macs);
  const provisioned = async () =>
    (await harvest.database.db.select({ id: users.id }).from(users).where(eq(users.status, 'provisioned'))).length;
  await harvest.until('half way', provisioned, (count) => count >= 60);
  one.kill('SIGKILL');
  await harvest.until('all', provisioned, (count) => count === 240, 60_000);

  const versions = await harvest.database.db.select().from(harvestedLines);
  expect(versions).toHaveLength(240);
  expect(versions.every((row) => row.version === 1)).toBe(true);
  const entries = await harvest.feed();
  expect(entries.filter((entry) => entry.outcome === 'ok')).toHaveLength(240);
  const requests = pbxs.flatMap(({ server }) => server.requests);
  expect(new Set(requests.map((request) => request.path)).size).toBe(240);
  const claimed = await harvest.database.db
    .select()
    .from(users)
    .where(and(eq(users.status, 'provisioned'), eq(users.priority, 5)));
  expect(claimed).toEqual([]);
});

test('a due time is worked off once, whichever worker takes it', { timeout: 90_000 }, async () => {
  const { server, pbxId, macs } = await slowPbx(40, 0x00005e00f300, 5, {
    calm: 'the requests are counted',
  });
  // Those of the test before lose patience sooner than a busy machine answers.
  for (const child of children) child.kill('SIGKILL');
  await Promise.all([startWorkerProcess(), startWorkerProcess()]);
  await harvest.addUsers(pbxId, macs);
  const ofPbx = () => harvest.database.db.select().from(users).where(eq(users.pbxId, pbxId));
  await harvest.until('all', ofPbx, (rows) => rows.every((row) => row.status === 'provisioned'), 40_000);
  for (let round = 0; round < 3; round += 1) {
    const before = server.requests.length;
    await harvest.database.db.update(users).set({ dueAt: new Date() }).where(eq(users.pbxId, pbxId));
    await harvest.until('not due', ofPbx, (rows) => rows.every((row) => (row.dueAt?.getTime() ?? 0) > Date.now()));
    expect(server.requests.length - before).toBe(40);
  }
  expect(await harvest.feed({ pbxId })).toHaveLength(40);
});
