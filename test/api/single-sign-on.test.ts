import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addTenant } from '../help/access.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, type Browser, openBrowser } from '../help/browser.ts';
import { type OpenIdProvider, startOpenIdProvider } from '../help/openid-provider.ts';

const RECORDS = new Map<string, string>();
const PEOPLE = {
  grace: { email: 'Grace@acme.example', email_verified: true, name: 'Grace' },
  heidi: { email: 'heidi@acme.example', email_verified: true, name: 'Heidi' },
  unverified: { email: 'ivan@acme.example', email_verified: false },
  nameless: {},
  foreign: { email: 'judy@other.example', email_verified: true },
  unowned: { email: 'ken@unowned.example', email_verified: true },
  thief: { email: 'root@operator.example', email_verified: true },
  subdomain: { email: 'leo@evil.acme.example', email_verified: true },
};

let api: TestApi;
let idp: OpenIdProvider;
let acme: string;
let providerId: string;
beforeAll(async () => {
  api = await startTestApi({
    resolveTxt: async (name) => {
      const text = RECORDS.get(name);
      if (text === undefined) throw new Error('ENOTFOUND');
      return [['something else'], [text.slice(0, 10), text.slice(10)]];
    },
  });
  idp = await startOpenIdProvider(`${api.url}/api/v1/sign-in/callback`, PEOPLE);
  acme = await addTenant(api.store, 'Acme');
  const other = await addTenant(api.store, 'Other');
  providerId = (
    await api.call('POST', '/sso-providers', {
      tenantId: acme,
      name: 'Acme sign-in',
      issuer: idp.issuer,
      clientId: 'provender',
      clientSecret: 'canary-client-secret',
      newMemberRole: 'viewer',
    })
  ).json.id;
  await own('acme.example', acme);
  await own('other.example', other);
  await own('operator.example', api.store.tenantId);
});
afterAll(async () => {
  await idp.close();
  await api.close();
});
beforeEach(async () => {
  await api.store.database.sql`delete from throttles`;
});

async function own(domain: string, tenantId: string): Promise<string> {
  const { id, recordName, recordText } = (await api.call('POST', '/domains', { domain, tenantId })).json;
  RECORDS.set(recordName, recordText);
  expect((await api.call('POST', `/domains/${id}/verify`)).json.verifiedAt).not.toBeNull();
  return id;
}

async function start(browser: Browser, next = '/users', id = providerId): Promise<string> {
  const reply = await browser.call('GET', `/sign-in/sso/${id}?next=${encodeURIComponent(next)}`, undefined, {
    'sec-fetch-site': 'none',
  });
  expect(reply.status).toBe(302);
  return reply.headers.get('location') ?? '';
}

const comeBack = (browser: Browser, address: string) =>
  browser.call('GET', address, undefined, { 'sec-fetch-site': 'cross-site' });

async function signInAs(login: string, next?: string) {
  const browser = openBrowser(api);
  const back = await idp.signIn(await start(browser, next), login);
  const reply = await comeBack(browser, back);
  return { browser, back, location: reply.headers.get('location'), reply };
}

describe('single sign-on', () => {
  it('asks with PKCE, state and nonce, each new every time', async () => {
    const [one, two] = [new URL(await start(openBrowser(api))), new URL(await start(openBrowser(api)))];
    expect(Object.fromEntries(one.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'provender',
      scope: 'openid email profile',
      code_challenge_method: 'S256',
      redirect_uri: `${api.url}/api/v1/sign-in/callback`,
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(one.searchParams.get(name)).toMatch(/^[\w-]{40,}$/);
      expect(one.searchParams.get(name)).not.toBe(two.searchParams.get(name));
    }
  });

  it('makes a member of the tenant that owns the domain of the verified address, and knows them again', async () => {
    const { browser, location } = await signInAs('grace');
    expect(location).toBe('/users');
    const me = (await browser.call('GET', '/me')).json;
    expect(me).toMatchObject({
      email: 'grace@acme.example',
      name: 'Grace',
      tenantId: acme,
      grants: [{ tenantId: acme, role: 'viewer', pbxIds: null }],
      hasPassword: false,
    });
    // Another address later: still the same person.
    await api.store.database.sql`update members set email = 'g.hopper@acme.example' where id = ${me.id}`;
    const again = await signInAs('grace');
    expect((await again.browser.call('GET', '/me')).json.id).toBe(me.id);
    const entries = await api.store.database.sql`
      select actor, tenant_id, after from audit where action = 'session.begin' and actor = ${`member:${me.id}`} order by at`;
    expect(entries.map(({ after }) => after.how)).toEqual(['made', 'known']);
    expect(entries[0]?.tenant_id).toBe(acme);
  });

  it('links a member of that tenant who was invited by the same address', async () => {
    const id = await addMember(api, 'heidi@acme.example', 'support', acme);
    await api.store.database.sql`update members set joined_at = null where id = ${id}`;
    const { browser } = await signInAs('heidi');
    expect((await browser.call('GET', '/me')).json).toMatchObject({ id, grants: [{ role: 'support' }] });
  });

  it.each([
    ['unverified', 'sso-unverified'],
    ['nameless', 'sso-unverified'],
    ['unowned', 'sso-domain'],
    ['subdomain', 'sso-domain'],
    ['foreign', 'sso-domain'],
  ])('lets nobody in by an address that is not verified, or not of a domain of the tenant: %s', async (login, code) => {
    const { browser, location } = await signInAs(login);
    expect(location).toBe(`/sign-in?problem=${code}`);
    expect((await browser.call('GET', '/me')).status).toBe(401);
    const email = (PEOPLE as Record<string, { email?: string }>)[login]?.email ?? '';
    expect(await api.store.database.sql`select from members where email = ${email}`).toHaveLength(0);
  });

  it("does not become another tenant's member, whatever address its provider vouches for", async () => {
    const root = await addMember(api, 'root@operator.example');
    const { location, browser } = await signInAs('thief');
    expect(location).toBe('/sign-in?problem=sso-domain');
    expect((await browser.call('GET', '/me')).status).toBe(401);
    // Its own domain, but a member of elsewhere.
    await addMember(api, 'judy@acme.example', 'owner');
    Object.assign(PEOPLE.foreign, { email: 'judy@acme.example' });
    expect((await signInAs('foreign')).location).toBe('/sign-in?problem=sso-other-tenant');
    expect(await api.store.database.sql`select from member_identities where member_id = ${root}`).toHaveLength(0);
  });

  it('lets only invited people in when no role is set, and nobody who is disabled', async () => {
    const patch = (changes: object) => api.call('PATCH', `/sso-providers/${providerId}`, changes, { 'if-match': '*' });
    Object.assign(PEOPLE.unowned, { email: 'ken@acme.example' });
    expect((await patch({ newMemberRole: null })).status).toBe(200);
    expect((await signInAs('unowned')).location).toBe('/sign-in?problem=sso-not-invited');
    expect((await patch({ newMemberRole: 'viewer' })).status).toBe(200);
    expect((await signInAs('unowned')).location).toBe('/users');
    await api.store.database.sql`update members set disabled_at = now() where email = 'ken@acme.example'`;
    expect((await signInAs('unowned')).location).toBe('/sign-in?problem=sso-failed');
    await patch({ enabled: false });
    expect((await openBrowser(api).call('GET', `/sign-in/sso/${providerId}`)).status).toBe(404);
    await patch({ enabled: true });
  });

  it('takes an answer once, in the browser that asked, with the state that was sent', async () => {
    const browser = openBrowser(api);
    const back = await idp.signIn(await start(browser), 'grace');
    expect((await comeBack(openBrowser(api), back)).headers.get('location')).toBe('/sign-in?problem=sso-expired');
    const other = openBrowser(api);
    await start(other);
    expect((await comeBack(other, back)).headers.get('location')).toBe('/sign-in?problem=sso-failed');
    expect((await other.call('GET', '/me')).status).toBe(401);
    expect((await comeBack(browser, back)).headers.get('location')).toBe('/users');
    const replay = await comeBack(browser, back);
    expect(replay.headers.get('location')).toBe('/sign-in?problem=sso-expired');
    const forged = openBrowser(api);
    const state = new URL(await start(forged)).searchParams.get('state');
    const reply = await comeBack(
      forged,
      `${api.url}/api/v1/sign-in/callback?code=x&state=${state}&iss=${idp.issuer}&hd=x`,
    );
    expect(reply.headers.get('location')).toBe('/sign-in?problem=sso-failed');
  });

  it('A12, A14: goes on to a path of ours only, with a new session id', async () => {
    const browser = openBrowser(api);
    const address = await start(browser, '//evil.example.net');
    const before = [...browser.cookies.values()];
    const reply = await comeBack(browser, await idp.signIn(address, 'grace'));
    expect(reply.headers.get('location')).toBe('/');
    expect([...browser.cookies.values()]).not.toEqual(before);
  });

  it('asks for the second factor of who has one', async () => {
    const { browser } = await signInAs('grace');
    const { secret } = (await browser.call('POST', '/me/second-factor')).json;
    const { generateSync } = await import('otplib');
    expect((await browser.call('POST', '/me/second-factor/confirm', { code: generateSync({ secret }) })).status).toBe(
      200,
    );
    const again = await signInAs('grace');
    expect(again.location).toBe('/sign-in?step=second-factor&next=%2Fusers');
    expect((await again.browser.call('GET', '/me')).status).toBe(401);
    await browser.call('POST', '/me/second-factor/disable', {});
  });

  it('O1, O5: asks no address that the installation does not ask, whoever set it', async () => {
    const guarded = await startTestApi({ mode: 'public' });
    try {
      const before = idp.asked.length;
      for (const issuer of [idp.issuer, 'https://169.254.169.254', 'https://localhost', 'http://login.example.com']) {
        const reply = await guarded.call('POST', '/sso-providers', { name: 'X', issuer, clientId: 'x' });
        expect(reply.json.errors?.[0]?.pointer, issuer).toBe('#/body/issuer');
      }
      // Set before the policy was, or resolved to a private address since: refused at the connection.
      await guarded.store.database.sql`
        insert into sso_providers (id, tenant_id, name, issuer, client_id)
        values (${providerId}, ${guarded.store.tenantId}, 'X', ${idp.issuer}, 'provender')`;
      const reply = await openBrowser(guarded).call('GET', `/sign-in/sso/${providerId}`);
      expect(reply.headers.get('location')).toBe('/sign-in?problem=sso-unreachable');
      expect(idp.asked.length).toBe(before);
    } finally {
      await guarded.close();
    }
  });
});

describe('providers and domains', () => {
  it('are offered to who names their mail domain, and nobody else', async () => {
    const offered = async (query: string) =>
      (await openBrowser(api).call('GET', `/sign-in/options${query}`)).json.providers;
    expect(await offered('')).toEqual([]);
    expect(await offered('?domain=ACME.example')).toEqual([{ id: providerId, name: 'Acme sign-in' }]);
    expect(await offered('?domain=other.example')).toEqual([]);
  });

  it('show no secret, and keep it sealed', async () => {
    const reply = await api.call('GET', `/sso-providers/${providerId}`);
    expect(reply.json).toMatchObject({ hasClientSecret: true, tenantId: acme });
    expect(reply.text + (await api.call('GET', '/sso-providers')).text).not.toContain('canary-client');
    const [row] = await api.store.database
      .sql`select client_secret_sealed as sealed from sso_providers where id = ${providerId}`;
    expect(row?.sealed).toMatch(/^v1\./);
    expect(api.logged.join('')).not.toContain('canary-client');
  });

  it('are of whoever shows the record', async () => {
    const taker = await addTenant(api.store, 'Taker');
    const made = (await api.call('POST', '/domains', { domain: 'taken.example', tenantId: taker })).json;
    expect((await api.call('POST', `/domains/${made.id}/verify`)).json).toMatchObject({
      status: 409,
      code: 'domain-unverified',
    });
    RECORDS.set(made.recordName, 'provender-verification=of-somebody-else');
    expect((await api.call('POST', `/domains/${made.id}/verify`)).status).toBe(409);
    const first = await own('taken.example', acme);
    RECORDS.set(made.recordName, made.recordText);
    expect((await api.call('POST', `/domains/${made.id}/verify`)).status).toBe(200);
    const all = (await api.call('GET', '/domains')).json.items;
    const verified = (id: string) => all.find((item: { id: string }) => item.id === id).verifiedAt;
    expect(verified(first)).toBeNull();
    expect(verified(made.id)).not.toBeNull();
    for (const domain of ['example', 'exa mple.com', '*.example.com', '192.0.2.1', `${'a'.repeat(64)}.example`]) {
      expect((await api.call('POST', '/domains', { domain })).status, domain).toBe(422);
    }
    expect((await api.call('DELETE', `/domains/${made.id}`)).status).toBe(204);
  });
});
