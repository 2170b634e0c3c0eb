// What the matrix does not show: rights that are mixed, given, taken away; keys that end; what is about several tenants.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/api/contract/operation.ts';
import { contract } from '../../src/api/contract.ts';
import { addKey, addTenant } from '../help/access.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, openBrowser } from '../help/browser.ts';

let api: TestApi;
let customer: string;
let other: string;
let customerPbx: string;
let otherPbx: string;
const MATCH = { 'if-match': '*' };
const UNKNOWN = '01a1fd94-06ea-74e4-b19b-0dd520170800';

beforeAll(async () => {
  api = await startTestApi();
  customer = await addTenant(api.store, 'Customer');
  other = await addTenant(api.store, 'Other');
  customerPbx = await addPbx(customer, 'Head office');
  otherPbx = await addPbx(other, 'Head office');
}, 60_000);
afterAll(() => api.close());

async function addPbx(tenantId: string, name: string): Promise<string> {
  const made = await api.call('POST', '/pbxs', { tenantId, name, autoProvision: true });
  expect(made.status).toBe(201);
  return made.json.id;
}

/** Signed in. */
async function member(email: string, ...args: [Parameters<typeof addMember>[2], string?]) {
  await api.store.database.sql`delete from throttles`;
  const id = await addMember(api, email, ...args);
  const browser = openBrowser(api);
  expect((await browser.signIn(email)).status).toBe(200);
  return { id, browser };
}

describe('somebody with two roles', () => {
  it('A3: is told what is not allowed where it may only look, and nothing of what it may not see', async () => {
    const { id, browser } = await member('mixed@example.com', 'pbxAdmin', customer);
    await api.store.database
      .sql`insert into member_roles (member_id, tenant_id, role) values (${id}, ${other}, 'viewer')`;
    expect((await browser.call('PATCH', `/pbxs/${customerPbx}`, { country: 'US' }, MATCH)).status).toBe(200);
    expect((await browser.call('GET', `/pbxs/${otherPbx}`)).status).toBe(200);
    const refused = await browser.call('PATCH', `/pbxs/${otherPbx}`, { country: 'US' }, MATCH);
    expect(refused.json).toMatchObject({ status: 403, code: 'not-allowed', action: 'pbx.change' });
    const away = await addPbx(await addTenant(api.store, 'Away'), 'Away');
    expect((await browser.call('PATCH', `/pbxs/${away}`, { country: 'US' }, MATCH)).status).toBe(404);
    // What it may do with users of both is looked at user by user.
    const user = async (pbxId: string) => (await api.call('POST', '/users', { pbxId, name: 'Zoe' })).json.id;
    const ids = [await user(customerPbx), await user(otherPbx)];
    const done = await browser.call('POST', '/users/bulk', { action: 'disable', userIds: ids });
    expect(done.json).toMatchObject({ matched: 1, changed: 1, skipped: [{ code: 'USER_UNKNOWN', userIds: [ids[1]] }] });
  });
});

describe('a bulk action', () => {
  it('A3: asks for what the action is: support syncs, and neither switches nor erases', async () => {
    const { browser } = await member('support@example.com', 'support', customer);
    expect((await browser.call('POST', '/users/bulk', { action: 'sync', filter: {} })).status).toBe(200);
    for (const action of ['disable', 'enable', 'erase']) {
      const reply = await browser.call('POST', '/users/bulk', { action, filter: {}, confirm: 0 });
      expect([action, reply.status]).toEqual([action, 403]);
    }
  });

  it('A1: tells each tenant of its own users only', async () => {
    const mine = await addTenant(api.store, 'Reseller of two', { kind: 'reseller' });
    const places = [
      await addTenant(api.store, 'First', { parentId: mine }),
      await addTenant(api.store, 'Second', { parentId: mine }),
    ];
    for (const [n, place] of places.entries()) {
      const pbxId = await addPbx(place, 'Office');
      for (let count = 0; count <= n; count += 1) await api.call('POST', '/users', { pbxId, name: `Yan ${count}` });
    }
    const key = await addKey(api.store, mine);
    const done = await api.call('POST', '/users/bulk', { action: 'disable', filter: { q: 'Yan' } }, key);
    expect(done.json).toMatchObject({ matched: 3, changed: 3 });
    for (const [n, place] of places.entries()) {
      const feed = await api.call('GET', '/activity?verb=users.disable', undefined, await addKey(api.store, place));
      expect(feed.json.items).toMatchObject([{ tenantId: place, detail: { matched: n + 1, changed: n + 1 } }]);
    }
  });
});

describe('who has some PBXs of a tenant', () => {
  it('A1: uploads users for these alone: other PBXs and their users are as if they were not there', async () => {
    const second = await addPbx(customer, 'Branch');
    const taken = await api.call('POST', '/users', { pbxId: second, teamsUserId: 'zed@acme.example', name: 'Zed' });
    const key = await addKey(api.store, customer, { pbxIds: [customerPbx] });
    const csv =
      'name,pbx,teams_user_id,mac_address\nA,Branch,,00005e005311\nB,Head office,zed@acme.example,00005e005312\n';
    const upload = await api.call('POST', `/imports?pbx=${customerPbx}&existing=update`, csv, {
      'content-type': 'text/csv',
      ...key,
    });
    expect(upload.status).toBe(201);
    await api.call('POST', `/imports/${upload.json.id}/validate`, undefined, key);
    let rows = await api.call('GET', `/imports/${upload.json.id}/rows`, undefined, key);
    for (
      let tries = 0;
      tries < 100 && (await api.call('GET', `/imports/${upload.json.id}`)).json.job !== null;
      tries += 1
    ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    rows = await api.call('GET', `/imports/${upload.json.id}/rows`, undefined, key);
    expect(rows.json.items.map((row: { errors: { code: string }[] }) => row.errors.map(({ code }) => code))).toEqual([
      ['PBX_UNKNOWN'],
      ['TEAMS_USER_DUPLICATE'],
    ]);
    expect(rows.text).not.toMatch(/Zed|taken by the user/);
    expect((await api.call('GET', `/users/${taken.json.id}`, undefined, key)).status).toBe(404);
    // One of the whole tenant is not for them; theirs is for who has the whole tenant.
    const whole = await api.call('POST', `/imports?tenantId=${customer}`, csv, { 'content-type': 'text/csv' });
    expect((await api.call('GET', `/imports/${whole.json.id}`, undefined, key)).status).toBe(404);
    expect(
      (await api.call('GET', `/imports/${upload.json.id}`, undefined, await addKey(api.store, customer))).status,
    ).toBe(200);
  });
});

describe('a key', () => {
  it('is refused when it is revoked or too old, at once', async () => {
    const made = await api.call('POST', '/api-keys', { tenantId: customer, name: 'short', scopes: ['pbxs:read'] });
    const key = { authorization: `Bearer ${made.json.key}` };
    expect(made.json.key.startsWith(made.json.prefix)).toBe(true);
    expect((await api.call('GET', '/pbxs', undefined, key)).status).toBe(200);
    expect((await api.call('GET', `/api-keys/${made.json.id}`)).json).toMatchObject({ lastUsedAt: expect.any(String) });
    expect((await api.call('GET', `/api-keys/${made.json.id}`)).text).not.toContain(made.json.key);
    expect((await api.call('POST', `/api-keys/${made.json.id}/revoke`)).status).toBe(200);
    expect((await api.call('GET', '/pbxs', undefined, key)).status).toBe(401);
    const old = await addKey(api.store, customer, { expiresAt: new Date(Date.now() - 1000) });
    expect((await api.call('GET', '/pbxs', undefined, old)).status).toBe(401);
  });

  it('works from its addresses only', async () => {
    const inside = await addKey(api.store, customer, { cidrs: ['192.0.2.0/24', '127.0.0.0/8'] });
    const outside = await addKey(api.store, customer, { cidrs: ['192.0.2.0/24', '2001:db8::/32', '198.51.100.7'] });
    expect((await api.call('GET', '/pbxs', undefined, inside)).status).toBe(200);
    expect((await api.call('GET', '/pbxs', undefined, outside)).json).toMatchObject({
      status: 403,
      code: 'address-refused',
    });
  });

  it('to passwords needs addresses, and one that ended is not made', async () => {
    const body = { tenantId: customer, name: 'SBC', scopes: ['credentials:read'] };
    expect((await api.call('POST', '/api-keys', body)).json.errors[0].pointer).toBe('#/body/cidrs');
    expect((await api.call('POST', '/api-keys', { ...body, cidrs: ['192.0.2.0/33'] })).status).toBe(422);
    expect((await api.call('POST', '/api-keys', { ...body, cidrs: ['192.0.2.0/24'] })).status).toBe(201);
    const past = { ...body, cidrs: ['192.0.2.1'], expiresAt: '2020-01-01T00:00:00.000Z' };
    expect((await api.call('POST', '/api-keys', past)).json.errors[0].pointer).toBe('#/body/expiresAt');
  });
});

describe('nobody gives more than they have', () => {
  const asks = { email: 'x@example.com', name: 'X' };

  it('A3: neither by keys nor by roles', async () => {
    const admin = await addKey(api.store, customer, { scopes: ['admin', 'pbxs:read'] });
    const give = (scopes: string[]) => api.call('POST', '/api-keys', { name: 'k', scopes }, admin);
    expect((await give(['pbxs:read'])).status).toBe(201);
    expect((await give(['pbxs:read', 'users:read'])).json).toMatchObject({
      code: 'not-allowed',
      errors: [{ pointer: '#/body/scopes' }],
    });
    const invite = (role: string, tenantId = customer) =>
      api.call('POST', '/members', { ...asks, roles: [{ tenantId, role }] }, admin);
    expect((await invite('viewer')).status).toBe(403);
    expect((await invite('resellerAdmin')).status).toBe(403);

    const { browser } = await member('ra@example.com', 'resellerAdmin', customer);
    const by = (role: string, tenantId: string) =>
      browser.call('POST', '/members', { ...asks, email: `${role}@new.example`, roles: [{ tenantId, role }] });
    expect((await by('resellerAdmin', customer)).status).toBe(201);
    expect((await by('owner', customer)).json.errors[0].code).toBe('ROLE_UNFIT');
    expect((await by('viewer', other)).json.errors[0].code).toBe('TENANT_UNKNOWN');
    expect((await by('viewer', UNKNOWN)).json.errors[0].code).toBe('TENANT_UNKNOWN');
  });

  it('A3: nor takes over, disables or deletes who has more', async () => {
    const { browser } = await member('ra2@example.com', 'resellerAdmin', customer);
    const above = await addMember(api, 'above@example.com', 'viewer', customer);
    await api.store.database.sql`
      insert into member_roles (member_id, tenant_id, role) values (${above}, ${api.store.tenantId}, 'support')`;
    expect((await browser.call('GET', `/members/${above}`)).json.roles).toHaveLength(1);
    expect((await browser.call('POST', `/members/${above}/link`)).status).toBe(403);
    expect((await browser.call('PATCH', `/members/${above}`, { disabled: true }, MATCH)).status).toBe(403);
    expect((await browser.call('DELETE', `/members/${above}`, undefined, MATCH)).status).toBe(403);
    // The role at its own tenant is the reseller's to take; the other one stays.
    expect((await browser.call('PATCH', `/members/${above}`, { roles: [] }, MATCH)).status).toBe(200);
    expect((await api.call('GET', `/members/${above}`)).json.roles).toMatchObject([{ tenantId: api.store.tenantId }]);
  });
});

describe('members', () => {
  it('join by their link, lose their sessions when they are disabled, and their rights at once with a role', async () => {
    const roles = [{ tenantId: customer, role: 'pbxAdmin', pbxIds: [customerPbx] }];
    const invited = await api.call('POST', '/members', {
      tenantId: customer,
      email: 'Joe@Example.com',
      name: 'Joe',
      roles,
    });
    expect(invited.json).toMatchObject({ status: 'invited', invitation: { purpose: 'invite', mailed: false } });
    const [page, token] = invited.json.invitation.link.split('#token=');
    expect(page).toBe(`${api.url}/invite`);
    const browser = openBrowser(api);
    const joined = await browser.call('POST', '/invitations/accept', { token, password: 'seven geese over a mill' });
    expect(joined.status).toBe(200);
    expect((await browser.call('GET', '/pbxs')).json.items).toHaveLength(1);
    const path = `/members/${invited.json.id}`;
    await api.call('PATCH', path, { roles: [{ tenantId: customer, role: 'viewer' }] }, MATCH);
    expect((await browser.call('PATCH', `/pbxs/${customerPbx}`, {}, MATCH)).status).toBe(403);
    const again = await api.call('POST', '/members', {
      email: 'joe@example.com',
      name: 'Joe',
      roles: [{ tenantId: customer, role: 'viewer' }],
    });
    expect([again.status, again.json.code]).toEqual([409, 'email-taken']);
    const link = await api.call('POST', `${path}/link`);
    expect(link.json).toMatchObject({ purpose: 'reset', link: expect.stringContaining(`${api.url}/reset#token=`) });
    await api.call('PATCH', path, { disabled: true }, MATCH);
    expect((await browser.call('GET', '/pbxs')).status).toBe(401);
    expect((await api.call('POST', `${path}/link`)).json.code).toBe('member-disabled');
  });

  it('are never without an owner, whatever two owners do at once', async () => {
    const { sql } = api.store.database;
    await sql`delete from member_roles where role = 'owner'`;
    const a = await addMember(api, 'owner-a@example.com');
    const b = await addMember(api, 'owner-b@example.com');
    const away = await Promise.all([
      api.call('DELETE', `/members/${a}`, undefined, MATCH),
      api.call('PATCH', `/members/${b}`, { disabled: true }, MATCH),
    ]);
    expect(away.filter(({ status }) => status === 409)).toHaveLength(1);
    const left = (await api.call('GET', `/members?tenantId=${api.store.tenantId}`)).json.items.find(
      (one: { roles: { role: string }[]; status: string }) =>
        one.status === 'active' && one.roles.some(({ role }) => role === 'owner'),
    );
    for (const change of [
      { disabled: true },
      { roles: [] },
      { roles: [{ tenantId: api.store.tenantId, role: 'viewer' }] },
    ]) {
      expect((await api.call('PATCH', `/members/${left.id}`, change, MATCH)).json.code).toBe('last-owner');
    }
    expect((await api.call('DELETE', `/members/${left.id}`, undefined, MATCH)).json.code).toBe('last-owner');
    await sql`delete from members where id = ${left.id}`;
  });
});

describe('tenants', () => {
  it('are a tree of resellers and customers, deleted when nothing hangs on them', async () => {
    const reseller = (await api.call('POST', '/tenants', { name: 'Tree', kind: 'reseller' })).json;
    const leaf = (await api.call('POST', '/tenants', { name: 'Leaf', kind: 'customer', parentId: reseller.id })).json;
    expect(leaf).toMatchObject({ parentId: reseller.id, kind: 'customer' });
    const below = { name: 'Too deep', kind: 'customer', parentId: leaf.id };
    expect((await api.call('POST', '/tenants', below)).json.errors[0].code).toBe('TENANT_KIND');
    expect((await api.call('POST', '/tenants', { name: 'LEAF', kind: 'customer', parentId: reseller.id })).status).toBe(
      409,
    );
    expect((await api.call('DELETE', `/tenants/${reseller.id}`, undefined, MATCH)).json.code).toBe('tenant-in-use');
    const key = await addKey(api.store, leaf.id);
    // Who is above is not for those below.
    expect((await api.call('GET', `/tenants/${leaf.id}`, undefined, key)).json.parentId).toBeNull();
    await api.store.database.sql`update api_keys set revoked_at = now() where tenant_id = ${leaf.id}`;
    expect((await api.call('DELETE', `/tenants/${leaf.id}`, undefined, MATCH)).status).toBe(204);
    expect((await api.call('DELETE', `/tenants/${reseller.id}`, undefined, MATCH)).status).toBe(204);
    expect((await api.call('DELETE', `/tenants/${api.store.tenantId}`, undefined, MATCH)).json.code).toBe(
      'tenant-operator',
    );
  });
});

describe('A20: an Idempotency-Key', () => {
  it('is of one account: the same key of another one is another request', async () => {
    const headers = { 'idempotency-key': 'the-same' };
    const [mine, theirs] = [await addKey(api.store, customer), await addKey(api.store, other)];
    const first = await api.call('POST', '/voice-routes', { name: 'Shared name' }, { ...headers, ...mine });
    const second = await api.call('POST', '/voice-routes', { name: 'Shared name' }, { ...headers, ...theirs });
    const replayed = await api.call('POST', '/voice-routes', { name: 'Shared name' }, { ...headers, ...mine });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.json.id).not.toBe(first.json.id);
    expect(second.json.tenantId).toBe(other);
    expect(second.headers.get('idempotency-replayed')).toBeNull();
    expect(replayed.json).toEqual(first.json);
  });
});

describe('A22: the live feed', () => {
  it('needs a credential and shows nothing of other tenants', async () => {
    expect((await fetch(`${api.url}/api/v1/activity/stream`)).status).toBe(401);
    const stop = new AbortController();
    const headers = await addKey(api.store, customer);
    const response = await fetch(`${api.url}/api/v1/activity/stream`, { headers, signal: stop.signal });
    let seen = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) seen += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    for (let n = 0; n < 5; n += 1) {
      await api.call('POST', '/users', { pbxId: otherPbx, name: `Stranger ${n}` });
      await api.call('POST', '/users', { pbxId: customerPbx, name: `Friend ${n}` });
    }
    for (let tries = 0; tries < 100 && !seen.includes('Friend 4'); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    stop.abort();
    await reading;
    expect(seen.match(/"userName":"Friend/g)).toHaveLength(5);
    expect(seen).not.toContain('Stranger');
  });
});

describe('A6: SQL', () => {
  const HOSTILE = [
    "'; drop table users; --",
    "%' or '1'='1",
    '\\',
    '"; select pg_sleep(5); --',
    '$1',
    '{x,y}',
    '😀\u2028',
  ];
  const lists = Object.entries<Operation>(contract).filter(
    ([, { method, path, query, produces, action }]) =>
      method === 'get' &&
      query !== undefined &&
      !path.includes('{') &&
      action !== undefined &&
      action !== 'self' &&
      produces !== 'text/event-stream',
  );

  it.each(lists)('in every parameter of %s has no effect', async (_name, { path, query }) => {
    for (const name of Object.keys(query?.shape ?? {})) {
      for (const hostile of HOSTILE) {
        const reply = await api.call('GET', `${path}?${new URLSearchParams({ [name]: hostile })}`);
        expect([name, hostile, [200, 400, 422].includes(reply.status)]).toEqual([name, hostile, true]);
        // What is searched for and does not exist is not found: nothing was turned into "all".
        if (name === 'q' && reply.json?.items) expect([hostile, reply.json.items]).toEqual([hostile, []]);
      }
    }
    expect((await api.store.database.sql`select count(*)::int as n from users`)[0]?.n).toBeGreaterThan(0);
  });

  it('in names is text', async () => {
    const pbxId = customerPbx;
    for (const name of HOSTILE.slice(0, 6)) {
      const made = await api.call('POST', '/users', { pbxId, name });
      expect([made.status, made.json.name]).toEqual([201, name]);
      const found = await api.call('GET', `/users?${new URLSearchParams({ q: name, sort: 'name' })}`);
      expect(found.json.items.map((user: { name: string }) => user.name)).toEqual([name]);
      await api.call('DELETE', `/users/${made.json.id}`, undefined, MATCH);
    }
  });
});
