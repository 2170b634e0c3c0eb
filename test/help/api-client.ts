// The API on a test database over real HTTP, without workers: what it would enqueue is kept for the test to see.
import { v7 as uuidv7 } from 'uuid';
import { createGuard } from '../../fetchers/guard.ts';
import { startApi } from '../../src/api/api.ts';
import { createLog } from '../../src/log.ts';
import { resetAdminToken } from '../../src/store/admin-token.ts';
import { openFeedSignal } from '../../src/store/feed-signal.ts';
import { pbxs } from '../../src/store/schema.ts';
import { type TestDatabase, testDatabase } from './database.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly body: any;
}

export interface TestApi extends TestDatabase {
  readonly url: string;
  /** PBX ids in the order in which they were enqueued. */
  readonly woken: string[];
  addPbx(settings?: Partial<typeof pbxs.$inferInsert>): Promise<string>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
}

export async function openTestApi(): Promise<TestApi> {
  const base = await testDatabase();
  const token = await resetAdminToken(base.database);
  const { log } = createLog({ level: 'silent' });
  const feed = await openFeedSignal(base.database, () => undefined);
  const woken: string[] = [];
  const api = await startApi(
    {
      database: base.database,
      ring: base.ring,
      log,
      tenantId: base.tenantId,
      version: '0.0.0-test',
      feed,
      guard: createGuard({ mode: 'local' }),
      queue: {
        enqueue: async (pbxId) => {
          woken.push(pbxId);
        },
      },
    },
    { host: '127.0.0.1', port: 0 },
  );
  let number = 0;
  return {
    ...base,
    url: api.url,
    woken,
    async addPbx(settings = {}) {
      number += 1;
      const id = uuidv7();
      await base.database.db.insert(pbxs).values({
        id,
        tenantId: base.tenantId,
        name: `PBX ${number}`,
        autoProvision: true,
        country: 'US',
        provisioningUrl: 'https://pbx.example.com/provision/{mac}.cfg',
        ...settings,
      });
      return id;
    },
    async call(method, path, body, headers = {}) {
      const raw = typeof body === 'string' || body instanceof Uint8Array;
      const response = await fetch(`${api.url}/api/v1${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'Content-Type': raw ? 'text/csv' : 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null };
    },
    async close() {
      await api.close();
      await feed.close();
      await base.close();
    },
  };
}
