// Two thousand users at PBXs that fail in every way they know: all are provisioned in the end, none with a password that is
// not theirs, and no PBX is asked more than its limits allow.
import { eq, inArray, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { harvestedLines, users } from '../../src/store/schema.ts';
import { contentPlace } from '../../src/store/slices.ts';
import type { HarvestedContent } from '../../src/sync/outcome.ts';
import { type Harvest, openHarvest, yealinkFile } from '../help/harvest.ts';
import { MEAN_CLOCK, type MeanPbx, startMeanPbx, startPbx } from '../help/mean-pbx.ts';

const PBXS = 20;
const USERS = 100;

let harvest: Harvest;
const servers: MeanPbx[] = [];

beforeAll(async () => {
  harvest = await openHarvest();
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await harvest.close();
});

test('2,000 users of mean PBXs converge, no wrong password is ever stored, no limit is overrun', {
  timeout: 180_000,
}, async () => {
  const pbxs: { readonly id: string; readonly server: MeanPbx; readonly limits: Limits }[] = [];
  for (let i = 0; i < PBXS; i += 1) {
    const macs = Array.from({ length: USERS }, (_, n) =>
      (0x02_00_00_00_00_00 + i * 0x10000 + n).toString(16).padStart(12, '0'),
    );
    const server = await startMeanPbx(macs);
    servers.push(server);
    const limits = { maxConcurrent: [1, 2, 4, 8, 32][i % 5] ?? 1, maxPerSecond: [null, 10, 20, 40][i % 4] ?? null };
    const id = await harvest.addPbx({ provisioningUrl: `${server.origin}/{mac}.cfg`, didField: 'none', ...limits });
    await harvest.addUsers(id, macs);
    pbxs.push({ id, server, limits });
  }
  await harvest.startWorker(MEAN_CLOCK);
  const unsettled = async () => {
    const rows = await harvest.database.db
      .select({ status: users.status, code: users.reasonCode, count: sql<number>`count(*)::int` })
      .from(users)
      .groupBy(users.status, users.reasonCode);
    return rows.filter((row) => row.status !== 'provisioned');
  };
  await harvest.until('all provisioned', unsettled, (rows) => rows.length === 0, 150_000);

  for (const { id, server, limits } of pbxs) {
    const own = await harvest.database.db.select().from(users).where(eq(users.pbxId, id));
    const macOf = new Map(own.map((user) => [user.id, user.mac ?? '']));
    // Every version that was ever stored, not only the one in force.
    const versions = await harvest.database.db
      .select()
      .from(harvestedLines)
      .where(inArray(harvestedLines.userId, [...macOf.keys()]));
    expect(versions).toHaveLength(USERS);
    for (const row of versions) {
      const mac = macOf.get(row.userId) ?? '';
      const place = contentPlace(row.tenantId, row.userId, row.version);
      const content = JSON.parse(harvest.ring.unseal(row.contentSealed, place).reveal()) as HarvestedContent;
      expect([mac, content.lines[0]?.password]).toEqual([mac, server.passwordOf(mac)]);
    }
    expect({ limits, violations: server.violations({ ...limits, ...MEAN_CLOCK.fetchLimits }) }).toEqual({
      limits,
      violations: [],
    });
  }
  const faults = new Set(servers.flatMap((server) => server.asked.map(({ fault }) => fault)));
  expect(faults.size).toBe(8);
});

interface Limits {
  readonly maxConcurrent: number;
  readonly maxPerSecond: number | null;
}

test('a limit a second counts requests, not users: names that are not there are asked for in turn too', async () => {
  const macs = Array.from({ length: 12 }, (_, n) => `00005e0053${n.toString(16).padStart(2, '0')}`);
  const times: number[] = [];
  // In the directory form the file is the third name that a Yealink phone asks for.
  const server = await startPbx({
    calm: 'the rate of its requests is measured',
    otherwise: (request, response) => {
      times.push(Date.now());
      const mac = /^\/([0-9a-f]{12})\.boot$/.exec(request.url ?? '')?.[1];
      if (mac === undefined) response.writeHead(404).end();
      else response.end(yealinkFile({ userName: `u-${mac}`, password: `pw-${mac}`, mac }));
    },
  });
  try {
    const limits = { maxConcurrent: 8, maxPerSecond: 20 };
    const id = await harvest.addPbx({ provisioningUrl: `${server.origin}/`, didField: 'none', ...limits });
    await harvest.addUsers(id, macs);
    await harvest.startWorker();
    const own = () => harvest.database.db.select().from(users).where(eq(users.pbxId, id));
    await harvest.until('all provisioned', own, (rows) => rows.every((row) => row.status === 'provisioned'));
  } finally {
    await server.close();
  }
  expect(times).toHaveLength(36);
  const most = Math.max(...times.map((at) => times.filter((other) => other >= at && other < at + 1000).length));
  expect(most).toBeLessThanOrEqual(20 * 1.15 + 2);
});
