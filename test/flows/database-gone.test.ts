import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, isDatabaseGone, openDatabase } from '../../src/store/database.ts';
import { isLateWrite } from '../../src/store/driver-defect.ts';
import { type Embedded, startEmbedded } from '../../src/store/embedded.ts';
import { openInstallationKeys } from '../../src/store/key-ring.ts';
import { migrate } from '../../src/store/migrate.ts';
import { pbxs, tenants, users } from '../../src/store/schema.ts';
import { silent, yealinkFile } from '../help/harvest.ts';
import { MEAN_CLOCK, startPbx } from '../help/mean-pbx.ts';
import type { ProvisioningServer } from '../help/provisioning-server.ts';
import { runWorker } from '../help/worker.ts';

let folder: string;
let embedded: Embedded;
let database: Database;
let server: ProvisioningServer;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  // As surviveLateWrites does in the program; vitest's own listeners get everything else.
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error, origin) => {
    if (!isLateWrite(error)) for (const listener of listeners) listener(error, origin);
  });
  folder = mkdtempSync(join(tmpdir(), 'provender-gone-'));
  embedded = await startEmbedded({ dataDir: folder });
  database = await openDatabase(embedded.url);
  await migrate(database);
  server = await startPbx({
    otherwise: (request, response) => {
      const mac = /([0-9a-f]{12})\.cfg$/.exec(request.url ?? '')?.[1] ?? '';
      setTimeout(() => response.end(yealinkFile({ userName: `u${mac.slice(-4)}`, password: `pw-${mac}`, mac })), 100);
    },
  });
});

afterAll(async () => {
  for (const end of ends.reverse()) await end();
  await server?.close();
  await database?.close();
  await embedded?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the database dies in the middle of a harvest and comes back: all is finished without a person', async () => {
  const ring = await openInstallationKeys(database, { file: join(folder, 'master.key') });
  const worker = await runWorker({ database, ring, log: silent, ...MEAN_CLOCK });
  ends.push(() => worker.stop());

  const [tenant] = await database.db.select().from(tenants);
  const tenantId = tenant?.id ?? '';
  const pbxId = uuidv7();
  await database.db.insert(pbxs).values({
    id: pbxId,
    tenantId,
    name: 'HQ',
    autoProvision: true,
    didField: 'none',
    provisioningUrl: server.origin,
  });
  await database.db.insert(users).values(
    Array.from({ length: 150 }, (_, i) => ({
      id: uuidv7(),
      tenantId,
      pbxId,
      source: 'api' as const,
      status: 'waiting' as const,
      dueAt: new Date(),
      mac: `00005e0053${i.toString(16).padStart(2, '0')}`,
    })),
  );
  const provisioned = async () => {
    try {
      return (await database.db.select({ id: users.id }).from(users).where(eq(users.status, 'provisioned'))).length;
    } catch (error) {
      expect(isDatabaseGone(error)).toBe(true);
      return -1;
    }
  };
  const until = async (least: number) => {
    for (const end = Date.now() + 50_000; Date.now() < end; ) {
      if ((await provisioned()) >= least) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`not ${least} provisioned: ${await provisioned()}`);
  };
  await until(20);
  process.kill(embedded.pid, 'SIGKILL');
  await until(150);
  expect(await provisioned()).toBe(150);
}, 120_000);
