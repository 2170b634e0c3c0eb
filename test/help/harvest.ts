// A harvest on the test database: PBXs and users by one call each, a worker of this process, and waiting for an end.
import { eq } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { createLog } from '../../src/log.ts';
import type { ActivityEntry } from '../../src/store/activity.ts';
import { listActivity } from '../../src/store/activity.ts';
import { tenantReach } from '../../src/store/reach.ts';
import { pbxRuns, pbxs, users } from '../../src/store/schema.ts';
import { openQueue, type SliceQueue } from '../../src/sync/queue.ts';
import type { WorkerOptions } from '../../src/sync/worker.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { runWorker } from './worker.ts';

type UserRow = typeof users.$inferSelect;

export const { log: silent } = createLog({ level: 'silent' });

export interface Harvest extends TestDatabase {
  readonly queue: SliceQueue;
  addPbx(settings: Partial<typeof pbxs.$inferInsert> & { readonly provisioningUrl: string | null }): Promise<string>;
  addUser(pbxId: string, user: Partial<typeof users.$inferInsert> & { readonly mac: string }): Promise<string>;
  addUsers(pbxId: string, macs: readonly string[], user?: Partial<typeof users.$inferInsert>): Promise<string[]>;
  /** Starts a worker; stopped by close() too. */
  startWorker(options?: Partial<WorkerOptions>): Promise<{ stop(): Promise<void> }>;
  user(id: string): Promise<UserRow>;
  run(pbxId: string): Promise<typeof pbxRuns.$inferSelect | undefined>;
  /** Waits until the check holds; fails with what was seen last. */
  until<T>(what: string, look: () => Promise<T>, holds: (seen: T) => boolean, timeoutMs?: number): Promise<T>;
  feed(filter?: { readonly userId?: string; readonly pbxId?: string }): Promise<ActivityEntry[]>;
}

export async function openHarvest(): Promise<Harvest> {
  const base = await testDatabase();
  const queue = await openQueue(base.database.url, 'ask', silent);
  const workers: { stop(): Promise<void> }[] = [];
  const { db } = base.database;
  let number = 0;

  const harvest: Harvest = {
    ...base,
    queue,
    async addPbx(settings) {
      const id = settings.id ?? uuidv7();
      number += 1;
      await db.insert(pbxs).values({
        id,
        tenantId: base.tenantId,
        name: `PBX ${number}`,
        autoProvision: true,
        country: 'US',
        ...settings,
      });
      return id;
    },
    async addUser(pbxId, user) {
      const [id] = await harvest.addUsers(pbxId, [user.mac], user);
      if (id === undefined) throw new Error('no user was added');
      return id;
    },
    async addUsers(pbxId, macs, user = {}) {
      const rows = macs.map((mac) => ({
        id: uuidv7(),
        tenantId: base.tenantId,
        pbxId,
        source: 'api' as const,
        status: 'waiting' as const,
        reasonCode: 'QUEUED',
        dueAt: new Date(),
        priority: 5,
        name: `User ${mac}`,
        ...user,
        mac,
      }));
      for (let i = 0; i < rows.length; i += 1000) await db.insert(users).values(rows.slice(i, i + 1000));
      return rows.map((row) => row.id);
    },
    async startWorker(options = {}) {
      const worker = await runWorker({ database: base.database, ring: base.ring, log: silent, ...options });
      let stopped: Promise<void> | null = null;
      const running = {
        stop() {
          stopped ??= worker.stop();
          return stopped;
        },
      };
      workers.push(running);
      return running;
    },
    async user(id) {
      const [row] = await db.select().from(users).where(eq(users.id, id));
      if (row === undefined) throw new Error(`no user ${id}`);
      return row;
    },
    async run(pbxId) {
      const [row] = await db.select().from(pbxRuns).where(eq(pbxRuns.pbxId, pbxId));
      return row;
    },
    async until(what, look, holds, timeoutMs = 25_000) {
      const end = Date.now() + timeoutMs;
      for (;;) {
        const seen = await look();
        if (holds(seen)) return seen;
        if (Date.now() > end)
          throw new Error(`not within ${timeoutMs} ms: ${what}; last seen: ${JSON.stringify(seen)}`);
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    },
    feed(filter = {}) {
      return listActivity(db, { reach: tenantReach(base.tenantId), ...filter }, { limit: 500 });
    },
    async close() {
      for (const worker of workers) await worker.stop();
      await queue.stop();
      await base.close();
    },
  };
  return harvest;
}

/** A Yealink file as a PBX would serve it, written by hand. */
export function yealinkFile(user: {
  readonly userName: string;
  readonly password: string;
  readonly label?: string;
  readonly host?: string;
  readonly mac?: string;
}): string {
  return [
    '#!version:1.0.0.1',
    ...(user.mac === undefined ? [] : [`## MAC ${user.mac}`]),
    'account.1.enable = 1',
    `account.1.label = ${user.label ?? '+12025550142'}`,
    `account.1.display_name = ${user.userName}`,
    `account.1.user_name = ${user.userName}`,
    `account.1.auth_name = ${user.userName}`,
    `account.1.password = ${user.password}`,
    `account.1.sip_server.1.address = ${user.host ?? 'pbx.example.com'}`,
    'account.1.sip_server.1.port = 5060',
    '',
  ].join('\n');
}
