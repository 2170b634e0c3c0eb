// V1 and V3 of the attack list: every operation of the contract that changes something leaves an entry in the audit, in
// the transaction of the change. Each has an example here; one without fails.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAudited } from '../../src/api/audit-trail.ts';
import type { Operation } from '../../src/api/contract/operation.ts';
import { contract } from '../../src/api/contract.ts';
import { makeSetupToken } from '../../src/commands/first-owner.ts';
import { keepZip, publishRun } from '../../src/store/file-runs.ts';
import { addKey, addTenant } from '../help/access.ts';
import { accountExamples } from '../help/account-examples.ts';
import { TEST_KEY } from '../help/api.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';
import { addMember, type Browser, openBrowser, PASSWORD } from '../help/browser.ts';
import type { TestDatabase } from '../help/database.ts';
import { yealinkFile } from '../help/harvest.ts';
import { makeZip } from '../help/zip.ts';

const P12 = readFileSync(join(import.meta.dirname, '../../fixtures/tls/client-chain.p12'));
const MATCH = { 'if-match': '*' };
const SECRET = 'hush-hush-4711';

let api: IntakeApi;
beforeAll(async () => {
  api = await openIntakeApi({ resolveTxt: async () => [[record]] });
});
afterAll(() => api.close());

let number = 0;
const unique = (word: string) => `${word} ${++number}`;

/** What is asked, of something that was made for it. */
interface Example {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Who asks, where it is not the key. */
  readonly browser?: Browser;
}

const newMac = () => (++number).toString(16).padStart(12, '0');
const addUser = async (): Promise<string> => {
  const pbxId = await api.addPbx();
  return (await api.call('POST', '/users', { pbxId, name: 'Ann', mac: newMac() })).body.id;
};
const addRoute = async (): Promise<string> =>
  (await api.call('POST', '/voice-routes', { name: unique('route') })).body.id;
const inviteMember = async (): Promise<string> => {
  const roles = [{ tenantId: api.tenantId, role: 'viewer' }];
  return (await api.call('POST', '/members', { email: `m-${++number}@example.com`, name: 'Ann', roles })).body.id;
};
const addImport = async (cells = 'Ann,none'): Promise<string> =>
  api.upload(`name,mac_address\n${cells}\n`, await api.addPbx());

const WEBHOOK = { url: 'http://127.0.0.1:9/', events: ['user.failed'] };
const addWebhook = async (): Promise<string> => (await api.call('POST', '/webhooks', WEBHOOK)).body.id;

const PROVIDER = { issuer: 'https://login.example.com', clientId: 'provender', clientSecret: SECRET };
const addProvider = async (): Promise<string> =>
  (await api.call('POST', '/sso-providers', { ...PROVIDER, name: unique('provider') })).body.id;
/** The record of the domain that was named last. */
let record = '';
const addDomain = async (): Promise<string> => {
  const { body } = await api.call('POST', '/domains', { domain: `d${++number}.example` });
  record = body.recordText;
  return body.id;
};

const OWN_EXAMPLES: Readonly<Record<string, () => Promise<Example>>> = {
  revealUser: async () => {
    const email = `reveal-${++number}@example.com`;
    await addMember({ store: api as unknown as TestDatabase }, email);
    const browser = openBrowser(api);
    await api.database.sql`delete from throttles`;
    await browser.signIn(email);
    await browser.call('GET', '/me');
    return { path: `/users/${await addUser()}/reveal`, body: { reason: 'a ticket' }, browser };
  },
  getUserCredentials: async () => ({ path: `/users/${await addUser()}/credentials` }),
  listCredentials: async () => ({ path: '/users/credentials' }),
  verifyAudit: async () => ({ path: '/audit/verify' }),
  exportAuditCsv: async () => ({ path: '/audit/export.csv?action=pbx.create' }),
  exportAuditJsonl: async () => ({ path: '/audit/export.jsonl?action=pbx.create' }),
  createPbx: async () => ({ path: '/pbxs', body: { name: unique('added'), username: 'u', password: SECRET } }),
  updatePbx: async () => ({
    path: `/pbxs/${await api.addPbx()}`,
    body: { name: unique('added'), username: 'u', password: SECRET },
    headers: MATCH,
  }),
  deletePbx: async () => ({ path: `/pbxs/${await api.addPbx()}`, headers: MATCH }),
  putPbxCertificates: async () => ({
    path: `/pbxs/${await api.addPbx()}/certificates`,
    body: { clientP12: P12.toString('base64'), passphrase: 'pässphräse ü' },
    headers: MATCH,
  }),
  deletePbxCertificates: async () => ({ path: `/pbxs/${await api.addPbx()}/certificates`, headers: MATCH }),
  syncPbx: async () => ({ path: `/pbxs/${await api.addPbx()}/sync` }),
  testPbx: async () => {
    const pbxId = await api.addPbx({ provisioningUrl: 'http://127.0.0.1:1/' });
    return { path: `/pbxs/${pbxId}/test`, body: { mac: '00005e005301' } };
  },
  streamPbxTest: async () => {
    const pbxId = await api.addPbx({ provisioningUrl: 'http://127.0.0.1:1/' });
    return { path: `/pbxs/${pbxId}/test/stream`, body: { mac: '00005e005301' } };
  },
  uploadPbxFiles: async () => {
    const mac = newMac();
    const pbxId = await api.addPbx({ didField: 'none' });
    await api.call('POST', '/users', { pbxId, mac });
    const body = makeZip([{ name: `${mac}.cfg`, body: yealinkFile({ userName: mac, password: SECRET, mac }) }]);
    return { path: `/pbxs/${pbxId}/files?fileName=a.zip`, body, headers: { 'content-type': 'application/zip' } };
  },
  startFileRun: async () => {
    const body = makeZip([{ name: `${newMac()}.cfg`, body: yealinkFile({ userName: 'u', password: SECRET }) }]);
    const path = `/pbxs/${await api.addPbx()}/file-runs?fileName=a.zip`;
    return { path, body, headers: { 'content-type': 'application/zip' } };
  },
  cancelFileRun: async () => {
    const pbxId = await api.addPbx();
    const handed = { tenantId: api.tenantId, pbxId, fileName: 'a.zip', by: TEST_KEY, bytes: makeZip([]) };
    // Nobody was told of it, so that it waits.
    const id = await keepZip(api.database, api.ring, handed);
    await api.database.db.transaction((tx) => publishRun(tx, id));
    return { path: `/pbxs/${pbxId}/file-runs/${id}/cancel` };
  },
  bulkPbxs: async () => ({ path: '/pbxs/bulk', body: { action: 'pause', pbxIds: [await api.addPbx()] } }),
  createUser: async () => ({
    path: '/users',
    body: { pbxId: await api.addPbx(), mac: newMac(), provUsername: 'u', provPassword: SECRET },
  }),
  updateUser: async () => ({
    path: `/users/${await addUser()}`,
    body: { name: 'Bob', sipPassword: SECRET },
    headers: MATCH,
  }),
  deleteUser: async () => ({ path: `/users/${await addUser()}`, headers: MATCH }),
  syncUser: async () => ({ path: `/users/${await addUser()}/sync` }),
  syncUsers: async () => ({ path: '/users/sync', body: { userIds: [await addUser()] } }),
  bulkUsers: async () => ({ path: '/users/bulk', body: { action: 'disable', userIds: [await addUser()] } }),
  createWhyLink: async () => ({ path: `/users/${await addUser()}/why-links`, body: {} }),
  revokeWhyLink: async () => {
    const made = await api.call('POST', `/users/${await addUser()}/why-links`, {});
    return { path: `/why-links/${made.body.id}` };
  },
  createVoiceRoute: async () => ({ path: '/voice-routes', body: { name: unique('route') } }),
  updateVoiceRoute: async () => ({
    path: `/voice-routes/${await addRoute()}`,
    body: { name: unique('route') },
    headers: MATCH,
  }),
  deleteVoiceRoute: async () => ({ path: `/voice-routes/${await addRoute()}`, headers: MATCH }),
  createImport: async () => ({
    path: `/imports?pbx=${await api.addPbx()}`,
    body: `name,mac_address,password\nAnn,${newMac()},${SECRET}\n`,
    headers: { 'content-type': 'text/csv' },
  }),
  deleteImport: async () => ({ path: `/imports/${await addImport()}`, headers: MATCH }),
  mendImportRow: async () => ({
    path: `/imports/${await addImport()}/rows/1`,
    body: { cells: { mac_address: newMac(), password: SECRET } },
    headers: MATCH,
  }),
  mendImport: async () => {
    const id = await addImport();
    await api.settled(`/imports/${id}/validate`);
    return { path: `/imports/${id}/mend`, body: { column: 'mac_address', code: 'MAC_INVALID', action: 'clear' } };
  },
  validateImport: async () => ({ path: `/imports/${await addImport()}/validate` }),
  submitImport: async () => ({ path: `/imports/${await addImport(`Ann,${newMac()}`)}/submit` }),
  cancelImport: async () => {
    const id = await addImport();
    // A job that nobody does.
    await api.database.sql`update imports set state = 'checking', job = 'check' where id = ${id}`;
    return { path: `/imports/${id}/cancel` };
  },
  undoImport: async () => {
    const id = await addImport(`Ann,${newMac()}`);
    await api.settled(`/imports/${id}/submit`);
    return { path: `/imports/${id}/undo` };
  },
  createTenant: async () => ({ path: '/tenants', body: { name: unique('customer'), kind: 'customer' } }),
  updateTenant: async () => ({ path: `/tenants/${api.tenantId}`, body: { name: unique('operator') }, headers: MATCH }),
  deleteTenant: async () => ({ path: `/tenants/${await addTenant(api, unique('customer'))}`, headers: MATCH }),
  createMember: async () => ({
    path: '/members',
    body: {
      email: `invited-${++number}@example.com`,
      name: 'Ann',
      roles: [{ tenantId: api.tenantId, role: 'viewer' }],
    },
  }),
  updateMember: async () => ({
    path: `/members/${await inviteMember()}`,
    body: { roles: [{ tenantId: api.tenantId, role: 'support' }] },
    headers: MATCH,
  }),
  makeMemberLink: async () => ({ path: `/members/${await inviteMember()}/link` }),
  deleteMember: async () => ({ path: `/members/${await inviteMember()}`, headers: MATCH }),
  setUp: async () => {
    const { database } = api;
    await database.sql`update members set disabled_at = now()`;
    const body = { token: await makeSetupToken(database), name: 'Ann', email: `owner-${++number}@example.com` };
    return { path: '/setup', body: { ...body, password: PASSWORD }, browser: openBrowser(api) };
  },
  createApiKey: async () => ({ path: '/api-keys', body: { name: unique('key'), scopes: ['users:read'] } }),
  revokeApiKey: async () => {
    const made = await api.call('POST', '/api-keys', { name: unique('key'), scopes: ['users:read'] });
    return { path: `/api-keys/${made.body.id}/revoke` };
  },
  createWebhook: async () => ({ path: '/webhooks', body: WEBHOOK }),
  updateWebhook: async () => ({
    path: `/webhooks/${await addWebhook()}`,
    body: { description: unique('hook') },
    headers: MATCH,
  }),
  deleteWebhook: async () => ({ path: `/webhooks/${await addWebhook()}`, headers: MATCH }),
  rotateWebhookSecret: async () => ({ path: `/webhooks/${await addWebhook()}/rotate-secret` }),
  pingWebhook: async () => ({ path: `/webhooks/${await addWebhook()}/ping` }),
  resendWebhookDelivery: async () => {
    const id = await addWebhook();
    const ping = await api.call('POST', `/webhooks/${id}/ping`);
    return { path: `/webhooks/${id}/deliveries/${ping.body.id}/resend` };
  },
  createSsoProvider: async () => ({ path: '/sso-providers', body: { ...PROVIDER, name: unique('provider') } }),
  updateSsoProvider: async () => ({
    path: `/sso-providers/${await addProvider()}`,
    body: { clientSecret: SECRET, enabled: false },
    headers: MATCH,
  }),
  deleteSsoProvider: async () => ({ path: `/sso-providers/${await addProvider()}`, headers: MATCH }),
  addDomain: async () => ({ path: '/domains', body: { domain: `d${++number}.example` } }),
  verifyDomain: async () => ({ path: `/domains/${await addDomain()}/verify` }),
  deleteDomain: async () => ({ path: `/domains/${await addDomain()}` }),
  resendDeadDeliveries: async () => ({ path: `/webhooks/${await addWebhook()}/resend`, body: {} }),
};

/** Those of signing in are made when the API runs. */
const exampleOf = (name: string): (() => Promise<Example>) | undefined =>
  OWN_EXAMPLES[name] ?? accountExamples({ url: api.url, store: { ...api, url: '' } })[name];

const OPERATIONS = Object.entries<Operation>(contract);
const AUDITED = OPERATIONS.filter(([, operation]) => isAudited(operation)).map(([name]) => name);

/** POSTs that change nothing by themselves; the link that a forgotten password leads to has its own entry. */
const HARMLESS = [
  'checkMacs',
  'convertConfig',
  'forgotPassword',
  'makeMacs',
  'parseConfig',
  'readInvitation',
  'readSetupLink',
  'readWhy',
  'renderConfig',
];

test('V3: every operation that changes something is audited and has an example here', () => {
  const quiet = OPERATIONS.filter(([, { method, audited }]) => method !== 'get' && audited === false);
  expect(quiet.map(([name]) => name).sort()).toEqual(HARMLESS);
  expect(AUDITED.filter((name) => exampleOf(name) === undefined)).toEqual([]);
  expect(Object.keys(OWN_EXAMPLES).filter((name) => !AUDITED.includes(name))).toEqual([]);
});

async function ask(name: string, { path, body, headers, browser }: Example) {
  const { method } = (contract as Readonly<Record<string, Operation>>)[name] as Operation;
  if (browser) {
    const reply = await browser.call(method.toUpperCase(), path, body, headers);
    return { ...reply, body: reply.json };
  }
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  return api.call(method.toUpperCase(), path, raw || body !== undefined ? body : undefined, headers);
}

describe.each(AUDITED)('%s', (name) => {
  test('V3: leaves one entry that says who, what, to which object, from where, and no secret', async () => {
    const make = exampleOf(name);
    if (make === undefined) throw new Error('has no example');
    const answer = await ask(name, await make());
    expect(answer.status, answer.text).toBeLessThan(300);
    if (answer.body?.job) await api.settle(answer.body.id);
    if (answer.body?.settled === false) await settledRun(answer.body);
    const rows = await api.database.sql`
      select * from audit where request_id = ${answer.headers.get('x-request-id')}`;
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      ip: '127.0.0.1',
      tenant_id: api.tenantId,
      action: expect.stringMatching(/^\w+\.\w+$/),
    });
    expect(rows[0]?.actor).toMatch(/^(key|member|admin-token)/);
    expect(JSON.stringify(rows[0])).not.toMatch(
      new RegExp(`${SECRET}|lamp river|seven geese|otpauth|pässphräse|PRIVATE KEY|pvk_.{32}`),
    );
  });

  test('V1: is not done when it cannot be audited', async () => {
    const make = exampleOf(name);
    if (make === undefined) throw new Error('has no example');
    const example = await make();
    await refuseAudit(true);
    const before = await fingerprint();
    try {
      const answer = await ask(name, example);
      expect(answer.status).toBe(500);
    } finally {
      await refuseAudit(false);
    }
    expect(await fingerprint()).toEqual(before);
  });
});

async function settledRun({ id, pbxId }: { readonly id: string; readonly pbxId: string }): Promise<unknown> {
  for (;;) {
    const { body } = await api.call('GET', `/pbxs/${pbxId}/file-runs/${id}`);
    if (body.settled) return body;
  }
}

async function refuseAudit(on: boolean): Promise<void> {
  await api.database.sql.unsafe(
    on
      ? `create function audit_is_full() returns trigger language plpgsql as $$ begin raise 'disk full'; end $$;
         create trigger full_up before insert on audit execute function audit_is_full()`
      : 'drop trigger full_up on audit; drop function audit_is_full()',
  );
}

/** What all tables hold, but for who was seen and tried when. */
async function fingerprint(): Promise<Record<string, string>> {
  const tables = await api.database.sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
      and table_name not in ('key_holders', 'idempotency_keys', 'throttles')`;
  const all: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await api.database.sql.unsafe(
      `select coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as sum from "${name}" t`,
    );
    all[name] = row?.sum;
  }
  return all;
}

test('secrets are keyed hashes: equal ones are seen to be equal, and nobody without the key learns more', async () => {
  const id = await api.addPbx();
  const set = async (password: string | null) => {
    const answer = await api.call('PATCH', `/pbxs/${id}`, { username: 'u', password }, MATCH);
    const [row] = await api.database.sql`
      select after from audit where request_id = ${answer.headers.get('x-request-id')}`;
    return row?.after.password;
  };
  const first = await set(SECRET);
  expect(first).toMatch(new RegExp(`^hmac:${api.ring.keyId}\\.[0-9a-f]{64}$`));
  expect(await set(SECRET)).toBe(first);
  expect(await set('another')).not.toBe(first);
  expect(await set(null)).toBeNull();
});

test('says only what differs, before and after', async () => {
  const id = await api.addPbx({ name: 'Head office' });
  const answer = await api.call('PATCH', `/pbxs/${id}`, { country: 'GB' }, MATCH);
  const [row] = await api.database.sql`select * from audit where request_id = ${answer.headers.get('x-request-id')}`;
  expect(row).toMatchObject({
    action: 'pbx.change',
    object_type: 'pbx',
    object_id: id,
    object_name: 'Head office',
    before: { country: 'US', version: 1 },
    after: { country: 'GB', version: 2 },
  });
});

test('is append-only: neither changed, nor deleted, nor emptied', async () => {
  const { sql } = api.database;
  await api.call('POST', '/pbxs', { name: unique('added') });
  for (const statement of [
    'update audit set actor = null',
    'delete from audit',
    'truncate audit',
    'truncate audit_days',
  ])
    await expect(sql.unsafe(statement)).rejects.toMatchObject({ code: '42501' });
});

test('V4: is read page by page, filtered, and written out as CSV and as lines of JSON', async () => {
  const names = ['one', 'two', 'three'].map(unique);
  for (const name of names) await api.call('POST', '/voice-routes', { name });
  const query = 'objectType=voiceRoute&action=voiceRoute.change&limit=2';
  const first = (await api.call('GET', `/audit?${query}`)).body;
  const second = (await api.call('GET', `/audit?${query}&cursor=${first.nextCursor}`)).body;
  const seen = [...first.items, ...second.items].map((entry) => entry.objectName);
  expect(seen.slice(0, 3)).toEqual(names.toReversed());
  const lines = (await api.call('GET', '/audit/export.jsonl?objectType=voiceRoute')).text.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).objectName).slice(0, 3)).toEqual(names.toReversed());
  const csv = (await api.call('GET', '/audit/export.csv?objectType=voiceRoute')).text.split(/\r?\n/);
  expect(csv[0]).toMatch(/^at,actor,actorName/);
  expect(csv[1]).toContain(names[2]);
});

test('a tenant sees its own part of the audit, and nothing of the installation', async () => {
  const tenant = await addTenant(api, unique('customer'));
  const key = await addKey(api, tenant);
  const name = unique('their route');
  await api.call('POST', '/voice-routes', { name }, key);
  const { items } = (await api.call('GET', '/audit?limit=500', undefined, key)).body;
  expect(items.map((entry: { objectName: string }) => entry.objectName)).toEqual([name]);
  expect(items[0].tenantId).toBe(tenant);
});

test('what came of the files of a zip is audited too, on behalf of who handed them over', async () => {
  const pbxId = await api.addPbx({ didField: 'none' });
  const mac = newMac();
  await api.call('POST', '/users', { pbxId, mac });
  const body = makeZip([{ name: `${mac}.cfg`, body: yealinkFile({ userName: mac, password: SECRET, mac }) }]);
  const zip = { 'content-type': 'application/zip' };
  await settledRun((await api.call('POST', `/pbxs/${pbxId}/file-runs?fileName=a.zip`, body, zip)).body);
  const rows = await api.database.sql`
    select action, on_behalf_of, after from audit where object_id = ${pbxId} and actor = 'system'`;
  expect(rows).toMatchObject([
    { action: 'pbx.files', on_behalf_of: TEST_KEY, after: { fileName: 'a.zip', state: 'done', provisioned: 1 } },
  ]);
});

test('what the job of an import did is audited too, on behalf of who asked for it', async () => {
  const id = await addImport(`Ann,${newMac()}`);
  await api.settled(`/imports/${id}/submit`);
  await api.settled(`/imports/${id}/undo`);
  const rows = await api.database.sql`
    select action, on_behalf_of, after from audit where object_id = ${id} and actor = 'system' order by id`;
  expect(rows).toMatchObject([
    { action: 'import.submitted', on_behalf_of: TEST_KEY, after: { createdCount: 1 } },
    { action: 'import.undone', on_behalf_of: TEST_KEY, after: { undoneCount: 1 } },
  ]);
});
