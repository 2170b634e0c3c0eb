// The test API with PBXs made by one call, and CSV bodies sent as what they are.
import { v7 as uuidv7 } from 'uuid';
import { pbxs } from '../../src/store/schema.ts';
import { startTestApi } from './api.ts';
import type { TestDatabase } from './database.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly body: any;
}

export interface IntakeApi extends Omit<TestDatabase, 'close' | 'url'> {
  readonly woken: string[];
  addPbx(settings?: Partial<typeof pbxs.$inferInsert>): Promise<string>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export async function openIntakeApi(): Promise<IntakeApi> {
  const api = await startTestApi();
  let number = 0;
  return {
    ...api.store,
    woken: api.woken,
    async addPbx(settings = {}) {
      number += 1;
      const id = uuidv7();
      await api.store.database.db.insert(pbxs).values({
        id,
        tenantId: api.store.tenantId,
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
      const reply = await api.call(method, path, body, { ...(raw && { 'content-type': 'text/csv' }), ...headers });
      return { status: reply.status, headers: reply.headers, text: reply.text, body: reply.json };
    },
    close: () => api.close(),
  };
}
