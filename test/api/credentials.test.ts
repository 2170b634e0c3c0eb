// S8 of the attack list: the two ways in which passwords leave, and all in which they do not.
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addKey, addTenant } from '../help/access.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, openBrowser } from '../help/browser.ts';

const HARVESTED = 'from-the-file-4711';
const TYPED = 'typed-by-hand-4712';
const PROV = 'provisioning-4713';
const PORTAL = 'portal-4714';

let api: TestApi;
let pbxId: string;
let harvested: string;
let typed: string;
beforeAll(async () => {
  api = await startTestApi();
  pbxId = (await api.call('POST', '/pbxs', { name: 'Head office' })).json.id;
  const add = async (body: object) => (await api.call('POST', '/users', { pbxId, ...body })).json.id;
  harvested = await add({ name: 'Ann', sipUserId: '2101', provUsername: 'u', provPassword: PROV });
  typed = await add({
    name: 'Bob',
    sipUserId: '2102',
    sipPassword: TYPED,
    portalLoginName: 'bob',
    portalLoginPassword: PORTAL,
  });
  const { ring, tenantId, database } = api.store;
  const line = {
    line: 2,
    enabled: true,
    userName: '2101',
    authName: 'a2101',
    password: HARVESTED,
    displayName: 'Ann',
    label: null,
    registrar: { host: 'sip.example.com', port: 5061, transport: 'tls' },
    outboundProxy: null,
    backup: null,
    expiresSeconds: 3600,
  };
  const content = JSON.stringify({ lines: [{ ...line, line: 1, password: 'another' }, line], settings: [], line: 2 });
  const place = { tenant: tenantId, table: 'harvested_lines', row: `${harvested}.1`, column: 'content' };
  await database.sql`
    insert into harvested_lines (user_id, version, tenant_id, content_sealed, vendor, format, line, source_url, changes)
    values (${harvested}, 1, ${tenantId}, ${ring.seal(content, place)}, 'yealink', 'yealink', 2, 'https://x.example/', '{}')`;
  await database.sql`update users set lines_version = 1 where id = ${harvested}`;
});
afterAll(() => api.close());

let number = 0;
async function person(role: Parameters<typeof addMember>[2] = 'owner') {
  number += 1;
  const email = `ann-${number}@example.com`;
  const id = await addMember(api, email, role);
  const browser = openBrowser(api);
  await api.store.database.sql`delete from throttles`;
  await browser.signIn(email);
  return {
    id,
    browser,
    reveal: (user: string, reason = 'Ticket 4711') => browser.call('POST', `/users/${user}/reveal`, { reason }),
  };
}

const auditOf = (requestId: string | null) =>
  api.store.database.sql`select * from audit where request_id = ${requestId}`;

test('S8: shows a person what a user signs in with, and keeps the reason', async () => {
  const { id, reveal } = await person();
  const shown = await reveal(harvested);
  expect(shown.status).toBe(200);
  expect(shown.json).toMatchObject({
    account: { source: 'harvested', line: 2, userName: '2101', authName: 'a2101', password: HARVESTED },
    provUsername: 'u',
    provPassword: PROV,
  });
  expect(shown.text).not.toContain('another');
  expect((await reveal(typed)).json).toMatchObject({
    account: { source: 'typed', userName: '2102', password: TYPED },
    portalLoginPassword: PORTAL,
  });
  const rows = await auditOf(shown.headers.get('x-request-id'));
  expect(rows).toMatchObject([
    { actor: `member:${id}`, action: 'user.reveal', object_id: harvested, after: { reason: 'Ticket 4711' } },
  ]);
  expect(JSON.stringify(rows)).not.toMatch(new RegExp([HARVESTED, PROV].join('|')));
});

test('S8: not without a reason, not by GET, not to a role that may not, not to a key', async () => {
  const { browser, reveal } = await person();
  expect((await reveal(harvested, '  ')).status).toBe(422);
  expect((await browser.call('GET', `/users/${harvested}/reveal`)).status).toBe(405);
  for (const role of ['support', 'viewer'] as const) {
    const refused = await (await person(role)).reveal(harvested);
    expect(refused).toMatchObject({ status: 403, json: { code: 'not-allowed' } });
  }
  expect(await api.call('POST', `/users/${harvested}/reveal`, { reason: 'Ticket 4711' })).toMatchObject({
    status: 403,
  });
});

test('S8: not ten minutes after the sign-in, until the password is given again', async () => {
  const { id, browser, reveal } = await person();
  await api.store.database.sql`
    update sessions set sess = jsonb_set(sess::jsonb, '{freshUntil}', to_jsonb(${Date.now() - 1}::bigint))::json where member_id = ${id}`;
  expect(await reveal(harvested)).toMatchObject({ status: 403, json: { code: 'not-fresh' } });
  expect((await browser.call('GET', '/me')).status).toBe(200);
});

test('S8: 20 an hour, however many ask at once', async () => {
  const { id, reveal } = await person();
  const answers = await Promise.all(Array.from({ length: 24 }, () => reveal(harvested)));
  const shown = answers.filter(({ status }) => status === 200);
  expect(shown).toHaveLength(20);
  for (const { status, json } of answers.filter((answer) => !shown.includes(answer)))
    expect([status, json.code]).toEqual([403, 'reveal-limit']);
  const rows = await api.store.database
    .sql`select 1 from audit where actor = ${`member:${id}`} and action = 'user.reveal'`;
  expect(rows).toHaveLength(20);
  expect((await (await person()).reveal(harvested)).status).toBe(200);
});

test('S8: an answer with passwords is not kept for an Idempotency-Key', async () => {
  const { browser } = await person();
  const key = { 'idempotency-key': uuidv7() };
  for (let n = 0; n < 2; n += 1)
    await browser.call('POST', `/users/${harvested}/reveal`, { reason: 'Ticket 4711' }, key);
  expect(await api.store.database.sql`select 1 from idempotency_keys where key = ${key['idempotency-key']}`).toEqual(
    [],
  );
});

test("gives the customer's own machines the accounts, one by one and all, each time audited", async () => {
  const key = await addKey(api.store, api.store.tenantId, { scopes: ['credentials:read'], cidrs: ['127.0.0.0/8'] });
  const one = await api.call('GET', `/users/${harvested}/credentials`, undefined, key);
  expect(one.json).toMatchObject({ userId: harvested, pbxName: 'Head office', account: { password: HARVESTED } });
  expect(one.text).not.toContain(PROV);
  const all = await api.call('GET', `/users/credentials?pbxId=${pbxId}`, undefined, key);
  expect(all.headers.get('content-type')).toBe('application/jsonl; charset=utf-8');
  const lines = all.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map((line) => line.account?.password)).toEqual([HARVESTED, TYPED]);
  expect((await api.call('GET', '/users/credentials?q=Bob', undefined, key)).text.trim().split('\n')).toHaveLength(1);
  for (const answer of [one, all])
    expect(await auditOf(answer.headers.get('x-request-id'))).toMatchObject([{ action: 'user.credentials' }]);
});

test('S8: not to a key without the scope, from elsewhere, of another tenant, nor to people', async () => {
  const { store } = api;
  const ask = async (key: { authorization: string }) =>
    (await api.call('GET', `/users/${harvested}/credentials`, undefined, key)).status;
  expect(await ask(await addKey(store, store.tenantId, { scopes: ['users:read', 'admin'] }))).toBe(403);
  const cidrs = ['192.0.2.0/24'];
  expect(await ask(await addKey(store, store.tenantId, { scopes: ['credentials:read'], cidrs }))).toBe(403);
  const other = await addTenant(store, 'Another');
  const foreign = await addKey(store, other, { scopes: ['credentials:read', 'users:read'], cidrs: ['127.0.0.1'] });
  expect(await ask(foreign)).toBe(404);
  expect((await api.call('GET', '/users/credentials', undefined, foreign)).text).toBe('');
  expect((await (await person()).browser.call('GET', `/users/${harvested}/credentials`)).status).toBe(403);
});

test('S8: no other answer holds a password', async () => {
  const { browser } = await person();
  const paths = ['', '/lines', '/timeline'].map((end) => `/users/${harvested}${end}`);
  for (const path of [...paths, `/users/${typed}`, '/users', '/users/export', `/pbxs/${pbxId}`, '/activity', '/audit'])
    expect((await browser.call('GET', path)).text, path).not.toMatch(/-471[1-4]/);
});
