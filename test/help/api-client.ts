// The test API with PBXs made by one call, and CSV bodies sent as what they are.
import { v7 as uuidv7 } from 'uuid';
import type { FeedSignal } from '../../src/store/feed-signal.ts';
import { secretPlace, type UserSecret } from '../../src/store/new-users.ts';
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

/** Columns as in the database, and the opened secrets beside. */
export type StoredUser = Record<string, unknown>;

export interface IntakeApi extends Omit<TestDatabase, 'close' | 'url'> {
  readonly url: string;
  readonly token: string;
  readonly woken: string[];
  readonly feed: FeedSignal;
  addPbx(settings?: Partial<typeof pbxs.$inferInsert>): Promise<string>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Uploads a CSV for a PBX. @returns the id of the import */
  upload(csv: string, pbx: string, settings?: Readonly<Record<string, string>>): Promise<string>;
  /** What is stored of the users of a PBX, secrets opened, by SIP user. */
  storedUsers(pbxId: string): Promise<Record<string, StoredUser>>;
  /** Asks for a job of an import (`/imports/{id}/submit`), waits for its end, and gives the import. */
  settled(path: string, body?: unknown): Promise<Answer>;
  /** Waits for the end of the job of an import. */
  settle(importId: string): Promise<Answer>;
  close(): Promise<void>;
}

export async function openIntakeApi(options: Parameters<typeof startTestApi>[0] = {}): Promise<IntakeApi> {
  const api = await startTestApi(options);
  let number = 0;
  const intake: IntakeApi = {
    ...api.store,
    url: api.url,
    token: api.token,
    woken: api.woken,
    feed: api.deps.feed,
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
    async upload(csv, pbx, settings = {}) {
      const query = new URLSearchParams({ fileName: 'users.csv', pbx, ...settings });
      const answer = await intake.call('POST', `/imports?${query}`, csv);
      if (answer.status !== 201) throw new Error(`the upload was answered ${answer.status}: ${answer.text}`);
      return answer.body.id;
    },
    async storedUsers(pbxId) {
      const { database, ring, tenantId } = api.store;
      const rows = await database.sql`select * from users where pbx_id = ${pbxId}`;
      const open = (row: StoredUser, column: UserSecret) => {
        const sealed = row[`${column}_sealed`] as string | null;
        return sealed === null ? null : ring.unseal(sealed, secretPlace(tenantId, String(row.id), column)).reveal();
      };
      return Object.fromEntries(
        rows.map((row) => [
          row.sip_user_id,
          {
            ...row,
            prov_password: open(row, 'prov_password'),
            sip_password: open(row, 'sip_password'),
            portal_login_password: open(row, 'portal_login_password'),
          },
        ]),
      );
    },
    async settled(path, body) {
      const asked = await intake.call('POST', path, body);
      if (asked.status !== 202) throw new Error(`${path} was answered ${asked.status}: ${asked.text}`);
      return intake.settle(asked.body.id);
    },
    async settle(importId) {
      for (let tries = 0; tries < 1000; tries += 1) {
        const seen = await intake.call('GET', `/imports/${importId}`);
        if (seen.body.job === null) return seen;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      throw new Error(`the import ${importId} does not settle`);
    },
    close: () => api.close(),
  };
  return intake;
}
