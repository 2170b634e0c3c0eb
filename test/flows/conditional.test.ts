// Conditional requests: when the server's word "not changed" counts, and when the file is wanted all the same.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockPbx, type PbxChanges, updatePbx } from '../../src/store/pbxs.ts';
import { tenantReach } from '../../src/store/reach.ts';
import { users } from '../../src/store/schema.ts';
import { readContent } from '../../src/store/slices.ts';
import { requestSync } from '../../src/sync/requests.ts';
import { type Harvest, openHarvest, yealinkFile } from '../help/harvest.ts';
import { MEAN_CLOCK, startPbx } from '../help/mean-pbx.ts';
import type { ProvisioningServer } from '../help/provisioning-server.ts';

let harvest: Harvest;
const servers: ProvisioningServer[] = [];

beforeAll(async () => {
  harvest = await openHarvest();
  await harvest.startWorker(MEAN_CLOCK);
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await harvest.close();
});

let next = 0x5300;
const newMac = () => `00005e00${(next++).toString(16)}`;
const HOUR_AGO = new Date(Date.now() - 3_600_000).toUTCString();

/** One phone at a server that answers 304 when it is told what it gave before. */
async function onePhone(options: { readonly etag?: (body: string) => string; readonly lastModified?: boolean } = {}) {
  const mac = newMac();
  const file = (password: string, more = '') =>
    `${yealinkFile({ userName: `u${mac.slice(-4)}`, password, mac, label: `+1202555${Number.parseInt(mac.slice(-4), 16) % 10_000}` })}${more}`;
  let body = file('first');
  const server = await startPbx({
    calm: 'the answers are counted: which of them were 304',
    files: {
      [`/${mac}.cfg`]: (request: IncomingMessage, response: ServerResponse) => {
        const etag = options.etag?.(body);
        const known = etag === undefined ? request.headers['if-modified-since'] : request.headers['if-none-match'];
        const headers = etag === undefined ? { 'last-modified': HOUR_AGO } : { etag };
        response.writeHead(known === (etag ?? HOUR_AGO) ? 304 : 200, headers);
        response.end(known === (etag ?? HOUR_AGO) ? '' : body);
      },
    },
  });
  servers.push(server);
  const pbxId = await harvest.addPbx({ provisioningUrl: `${server.origin}/{mac}.cfg` });
  const id = await harvest.addUser(pbxId, { mac });
  const read = () => harvest.user(id);
  await harvest.until('provisioned', read, (user) => user.status === 'provisioned');
  return {
    id,
    pbxId,
    server,
    read,
    /** Status of each answer so far. */
    statuses: () => server.requests.map((request) => request.status),
    serve: (password: string, more?: string) => {
      body = file(password, more);
    },
    password: async () => (await readContent(harvest.database, harvest.ring, await read()))?.lines[0]?.password,
    /** The next scheduled re-sync. */
    async resync() {
      const before = await read();
      await harvest.database.db.update(users).set({ dueAt: new Date() }).where(eq(users.id, id));
      await harvest.queue.enqueue(pbxId, 0);
      return harvest.until('checked', read, (user) => (user.lastCheckedAt ?? 0) > (before.lastCheckedAt ?? 0));
    },
    async press() {
      const before = await read();
      await requestSync(harvest, {
        reach: tenantReach(harvest.tenantId),
        of: { userIds: [id] },
        by: 'ann@acme.example',
      });
      return harvest.until('checked', read, (user) => (user.lastCheckedAt ?? 0) > (before.lastCheckedAt ?? 0));
    },
  };
}

const honest = (body: string) => `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
const lying = () => '"always the same"';

test.each([
  ['ETag', { etag: honest }],
  ['Last-Modified alone', {}],
])(
  '304 (%s) keeps a user provisioned, writes no entry, and goes on being asked conditionally',
  async (_name, options) => {
    const phone = await onePhone(options);
    for (let round = 0; round < 2; round += 1) {
      expect(await phone.resync()).toMatchObject({ status: 'provisioned', linesVersion: 1, attempt: 0 });
    }
    expect(phone.statuses()).toEqual([200, 304, 304]);
    expect(await harvest.feed({ userId: phone.id })).toHaveLength(1);
    expect((await phone.read()).dueAt?.getTime()).toBeGreaterThan(Date.now() + 11 * 3_600_000);
  },
);

test.each([
  ['DID field', { didField: 'linekey.1.label' }, '+13125550101'],
  ['line rule', { lineRule: '1' }, null],
  ['country', { country: 'CA' }, null],
  ['persona', { personaModel: 'SIP-T54W' }, null],
] as [string, PbxChanges, string | null][])(
  'a changed %s fetches in full, though the file is the same',
  async (_name, changes, did) => {
    const phone = await onePhone({ etag: honest });
    phone.serve('first', 'linekey.1.label = +1 312 555 0101\n');
    await phone.resync();
    await phone.resync();
    expect(phone.statuses()).toEqual([200, 200, 304]);
    const before = await phone.read();
    await harvest.database.db.transaction(async (tx) => {
      const pbx = await lockPbx(tx, tenantReach(harvest.tenantId), phone.pbxId);
      if (pbx !== null) await updatePbx(tx, harvest.ring, pbx, changes);
    });
    await harvest.queue.enqueue(phone.pbxId, 5);
    const user = await harvest.until(
      'read again',
      phone.read,
      (row) => row.mappingVersion !== before.mappingVersion && row.dueAt !== null && row.dueAt > new Date(),
    );
    expect(phone.statuses()).toEqual([200, 200, 304, 200]);
    if (did !== null) expect(user.did).toBe(did);
    await phone.resync();
    expect(phone.statuses()).toEqual([200, 200, 304, 200, 304]);
  },
);

test('new content under the old ETag: the schedule believes the server, Sync by a person reads the file', async () => {
  const phone = await onePhone({ etag: lying });
  phone.serve('second');
  await phone.resync();
  expect(phone.statuses()).toEqual([200, 304]);
  expect(await phone.password()).toBe('first');
  const user = await phone.press();
  expect(phone.statuses()).toEqual([200, 304, 200]);
  expect(user).toMatchObject({ status: 'provisioned', linesVersion: 2 });
  expect(await phone.password()).toBe('second');
  expect((await harvest.feed({ userId: phone.id }))[0]).toMatchObject({
    actor: 'ann@acme.example',
    detail: { changes: ['password'] },
  });
});

test('a user that is stale is asked in full: 304 would say that the bad file is still there', async () => {
  const phone = await onePhone({ etag: honest });
  phone.serve('');
  const stale = await phone.resync();
  expect(stale).toMatchObject({ status: 'stale', reasonCode: 'FIELD_MISSING' });
  const asked = phone.server.requests.length;
  await phone.resync();
  expect(
    phone
      .statuses()
      .slice(asked - 1)
      .every((status) => status === 200),
  ).toBe(true);
  expect(await phone.password()).toBe('first');
  phone.serve('first');
  expect(await phone.press()).toMatchObject({ status: 'provisioned', linesVersion: 1 });
});

test('a configuration of several files is fetched in full each time: the validators of one say too little', async () => {
  const mac = newMac();
  const own = yealinkFile({ userName: 'boot', password: 'pw-1', mac, label: '+12025557777' });
  const server = await startPbx({
    files: {
      [`/${mac}.boot`]: {
        headers: { etag: '"boot"' },
        body: `#!version:1.0.0.1\ninclude:config "own.cfg"\noverwrite_mode = 1\n`,
      },
      '/own.cfg': { headers: { etag: '"own"' }, body: own },
    },
  });
  servers.push(server);
  const pbxId = await harvest.addPbx({ provisioningUrl: `${server.origin}/` });
  const id = await harvest.addUser(pbxId, { mac });
  const first = await harvest.until(
    'provisioned',
    () => harvest.user(id),
    (user) => user.status === 'provisioned',
  );
  expect(first).toMatchObject({ etag: null, lastModified: null });
  server.set('/own.cfg', { headers: { etag: '"own"' }, body: own.replace('pw-1', 'pw-2') });
  await harvest.database.db.update(users).set({ dueAt: new Date() }).where(eq(users.id, id));
  await harvest.until(
    'read again',
    () => harvest.user(id),
    (user) => user.linesVersion === 2,
  );
  expect(server.requests.every((request) => request.headers['if-none-match'] === undefined)).toBe(true);
});
