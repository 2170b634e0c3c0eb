import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, openBrowser, PASSWORD } from '../help/browser.ts';

let api: TestApi;
let ann: string;
const ANN = 'ann@example.com';
beforeAll(async () => {
  api = await startTestApi();
  ann = await addMember(api, ANN);
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.store.database.sql`delete from throttles`;
});

async function signedIn(more: Record<string, unknown> = {}) {
  const browser = openBrowser(api);
  expect((await browser.signIn(ANN, PASSWORD, more)).json).toMatchObject({ status: 'signedIn' });
  return browser;
}

describe('signing in', () => {
  it('sets a cookie that other operations take', async () => {
    const browser = openBrowser(api);
    expect((await browser.call('GET', '/me')).status).toBe(401);
    const reply = await browser.signIn(' Ann@Example.com ');
    expect(reply.json).toEqual({ status: 'signedIn', next: '/' });
    const me = await browser.call('GET', '/me');
    expect(me.json).toMatchObject({
      id: ann,
      email: ANN,
      grants: [{ tenantId: api.store.tenantId, role: 'owner', pbxIds: null }],
      hasPassword: true,
      secondFactor: false,
    });
    expect(me.json.grants[0].actions).toEqual(expect.arrayContaining(['pbx.change', 'user.reveal', 'member.create']));
    expect(me.json.grants[0].actions).not.toContain('user.credentials');
    expect(new Date(me.json.freshUntil).getTime()).toBeGreaterThan(Date.now() + 9 * 60_000);
    expect((await browser.call('GET', '/pbxs')).status).toBe(200);
    expect((await browser.call('POST', '/pbxs', { name: 'By Ann' })).status).toBe(201);
  });

  it('answers an unknown address, a wrong password, and a member who may not sign in alike', async () => {
    await addMember(api, 'gone@example.com');
    await api.store.database.sql`update members set disabled_at = now() where email = 'gone@example.com'`;
    const browser = openBrowser(api);
    const replies = [
      await browser.signIn('nobody@example.com'),
      await browser.signIn(ANN, 'a wrong password'),
      await browser.signIn('gone@example.com'),
    ];
    for (const { status, json, setCookies } of replies) {
      expect({ ...json, requestId: '' }).toEqual({ ...replies[0]?.json, requestId: '' });
      expect(status).toBe(401);
      expect(json.code).toBe('sign-in-failed');
      expect(setCookies).toEqual([]);
    }
  });

  it('keeps passwords out of log, answers and tables', async () => {
    const browser = openBrowser(api);
    await browser.signIn(ANN, 'canary-typed-password');
    await browser.signIn('canary-typed-as-address-77');
    const tables = await api.store.database.sql`
      select array_agg(t::text) as rows from (select t::text from throttles t union all select t::text from sessions t
        union all select t::text from member_credentials t union all select t::text from audit t) t`;
    for (const text of [JSON.stringify(tables), api.logged.join('')])
      expect(text).not.toMatch(/canary-typed|lamp river/);
  });

  it('makes a new hash when the stored one was made with older parameters', async () => {
    const { sql } = api.store.database;
    const [{ hash } = { hash: '' }] =
      await sql`select password_hash as hash from member_credentials where member_id = ${ann}`;
    const { argon2Sync, randomBytes } = await import('node:crypto');
    const nonce = randomBytes(16);
    const tag = argon2Sync('argon2id', {
      message: PASSWORD,
      nonce,
      tagLength: 32,
      memory: 8192,
      passes: 1,
      parallelism: 1,
    });
    const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
    const old = `$argon2id$v=19$m=8192,t=1,p=1$${text(nonce)}$${text(tag)}`;
    await sql`update member_credentials set password_hash = ${old} where member_id = ${ann}`;
    await signedIn();
    const [row] = await sql`select password_hash as hash from member_credentials where member_id = ${ann}`;
    expect(row?.hash).toMatch(/m=19456,t=2,p=1/);
    expect(row?.hash).not.toBe(hash);
    await signedIn();
  });

  it('A12: goes on to a path of ours only, whatever `next` says', async () => {
    const browser = openBrowser(api);
    for (const [next, goes] of [
      ['/pbxs?q=a#top', '/pbxs?q=a#top'],
      ['//evil.example.net/x', '/'],
      ['/\\evil.example.net', '/'],
      ['/\t/evil.example.net', '/'],
      ['https://evil.example.net', '/'],
      ['javascript:alert(1)', '/'],
      ['evil', '/'],
      ['/a/..//evil.example.net', '/'],
    ] as const) {
      expect((await browser.signIn(ANN, PASSWORD, { next })).json.next).toBe(goes);
    }
  });
});

describe('the session cookie', () => {
  it('A13: is HttpOnly, SameSite=Lax, for the whole host, and ends with the browser', async () => {
    const { setCookies } = await openBrowser(api).signIn(ANN);
    expect(setCookies).toHaveLength(1);
    expect(setCookies[0]).toMatch(/^provender=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('A13: is Secure with the __Host- prefix where people come by https, and lasts 30 days when asked to', async () => {
    const secure = await startTestApi({ publicUrl: 'https://provender.example.com' });
    try {
      await addMember(secure, ANN);
      const browser = openBrowser(secure);
      const { setCookies } = await browser.signIn(ANN, PASSWORD, { remember: true });
      expect(setCookies[0]).toMatch(/^__Host-provender=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/);
      const expires = Date.parse(/Expires=([^;]+)/.exec(setCookies[0] ?? '')?.[1] ?? '');
      expect(Math.round((expires - Date.now()) / 86_400_000)).toBe(30);
      expect((await browser.call('GET', '/me')).status).toBe(200);
    } finally {
      await secure.close();
    }
  });

  it('is known to the database as a hash only', async () => {
    const browser = await signedIn();
    const [value = ''] = browser.cookies.values();
    const id = decodeURIComponent(value).replace(/^s:/, '').split('.')[0] ?? '';
    expect(Buffer.from(id, 'base64url')).toHaveLength(32);
    const rows = await api.store.database.sql`select * from sessions`;
    expect(JSON.stringify(rows)).not.toContain(id);
    const [row] = rows;
    const asIs = openBrowser(api);
    asIs.cookies.set('provender', encodeURIComponent(`s:${row?.sid}.x`));
    expect((await asIs.call('GET', '/me')).status).toBe(401);
  });

  it('A14: gets a new id at sign-in: one that was planted before is worth nothing', async () => {
    const browser = await signedIn();
    const planted = new Map(browser.cookies);
    expect((await browser.signIn(ANN)).status).toBe(200);
    expect([...browser.cookies.values()]).not.toEqual([...planted.values()]);
    const thief = openBrowser(api);
    for (const [name, value] of planted) thief.cookies.set(name, value);
    expect((await thief.call('GET', '/me')).status).toBe(401);
    const invented = openBrowser(api);
    invented.cookies.set('provender', 's%3Achosen-by-somebody-else.x');
    await invented.signIn(ANN);
    expect([...invented.cookies.values()][0]).not.toContain('chosen');
  });

  it('is not looked at beside a key: the key decides', async () => {
    const browser = await signedIn();
    expect((await browser.call('GET', '/me', undefined, { authorization: 'Bearer pvk_wrong' })).status).toBe(401);
    await api.store.database.sql`delete from sessions`;
    expect((await browser.call('GET', '/pbxs', undefined, { 'x-api-key': api.token })).status).toBe(200);
  });
});

describe('a session', () => {
  it('ends after 2 hours without a request, and after 12 hours whatever happens', async () => {
    const { sql } = api.store.database;
    await sql`delete from sessions`;
    const browser = await signedIn();
    const [row] = await sql`select expire, sid from sessions where member_id = ${ann}`;
    const minutes = (row?.expire.getTime() - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(118);
    expect(minutes).toBeLessThan(121);

    await sql`update sessions set expire = expire - interval '10 minutes' where sid = ${row?.sid}`;
    expect((await browser.call('GET', '/me')).status).toBe(200);
    const [moved] = await sql`select expire from sessions where sid = ${row?.sid}`;
    expect(moved?.expire.getTime() - row?.expire.getTime()).toBeGreaterThan(-5_000);

    const signedInAt = Date.now() - 12 * 3600_000 - 1000;
    await sql`update sessions set sess = jsonb_set(sess::jsonb, '{signedInAt}', ${signedInAt}::text::jsonb) where sid = ${row?.sid}`;
    expect((await browser.call('GET', '/me')).status).toBe(401);

    const idle = await signedIn();
    await sql`update sessions set expire = now() - interval '1 second'`;
    expect((await idle.call('GET', '/me')).status).toBe(401);
  });

  it('of 30 days ends after 30 days', async () => {
    const browser = await signedIn({ remember: true });
    const { sql } = api.store.database;
    const at = (days: number) => sql`
      update sessions set sess = jsonb_set(sess::jsonb, '{signedInAt}', ${Date.now() - days * 86_400_000}::text::jsonb)`;
    await at(29);
    expect((await browser.call('GET', '/me')).status).toBe(200);
    await at(30.1);
    expect((await browser.call('GET', '/me')).status).toBe(401);
  });

  it('ends when it is signed out, and when its member is disabled or deleted', async () => {
    const out = await signedIn();
    const kept = new Map(out.cookies);
    expect((await out.call('POST', '/sign-out')).status).toBe(204);
    expect(out.cookies.size).toBe(0);
    for (const [name, value] of kept) out.cookies.set(name, value);
    expect((await out.call('GET', '/me')).status).toBe(401);

    const id = await addMember(api, 'bob@example.com');
    const bob = openBrowser(api);
    await bob.signIn('bob@example.com');
    expect((await bob.call('GET', '/me')).status).toBe(200);
    await api.store.database.sql`update members set disabled_at = now() where id = ${id}`;
    expect((await bob.call('GET', '/me')).status).toBe(401);
    await api.store.database.sql`update members set disabled_at = null where id = ${id}`;
    await api.store.database.sql`delete from members where id = ${id}`;
    expect((await bob.call('GET', '/me')).status).toBe(401);
    expect(await api.store.database.sql`select from sessions where member_id = ${id}`).toHaveLength(0);
  });

  it('is listed, and ended one by one or all others at once', async () => {
    await api.store.database.sql`delete from sessions`;
    const [one, two, three] = [await signedIn(), await signedIn(), await signedIn({ remember: true })];
    const { items } = (await one.call('GET', '/me/sessions')).json;
    expect(items).toHaveLength(3);
    expect(items.filter((item: { current: boolean }) => item.current)).toHaveLength(1);
    expect(items[0]).toMatchObject({ remember: true, ip: '127.0.0.1' });
    for (const { lastSeenAt } of items) expect(Math.abs(Date.parse(lastSeenAt) - Date.now())).toBeLessThan(90_000);

    const other = await addMember(api, 'carol@example.com');
    const carol = openBrowser(api);
    await carol.signIn('carol@example.com');
    expect((await carol.call('DELETE', `/me/sessions/${items[0].id}`)).status).toBe(404);
    expect(other).not.toBe(ann);

    expect((await one.call('DELETE', `/me/sessions/${items[0].id}`)).status).toBe(204);
    expect((await three.call('GET', '/me')).status).toBe(401);
    expect((await one.call('POST', '/me/sessions/end-others')).json).toEqual({ ended: 1 });
    expect((await two.call('GET', '/me')).status).toBe(401);
    expect((await one.call('GET', '/me')).status).toBe(200);
    expect((await carol.call('GET', '/me')).status).toBe(200);
  });

  it('that was ended is not brought back by a request that was under way', async () => {
    const browser = await signedIn();
    const { sql } = api.store.database;
    // Holds the row, so that the request has read its session and waits to write it.
    const blocker = await sql.reserve();
    await blocker`begin`;
    await blocker`select from sessions where member_id = ${ann} for update`;
    const under = browser.call('POST', '/me/confirm', { password: PASSWORD });
    await expect
      .poll(async () => {
        const [row] = await sql`select count(*)::int as n from pg_locks where not granted`;
        return row?.n;
      })
      .toBeGreaterThan(0);
    await blocker`delete from sessions where member_id = ${ann}`;
    await blocker`commit`;
    blocker.release();
    await under;
    expect(await sql`select from sessions where member_id = ${ann}`).toHaveLength(0);
    expect((await browser.call('GET', '/me')).status).toBe(401);
  });
});

describe('A7: a change that a session is to make', () => {
  async function tried(headers: Record<string, string>): Promise<number> {
    const browser = await signedIn();
    const response = await fetch(`${api.url}/api/v1/pbxs`, {
      method: 'POST',
      headers: {
        cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify({ name: `From ${Math.random()}` }),
    });
    return response.status;
  }

  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, 201],
    [{ 'sec-fetch-site': 'none' }, 201],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site', origin: 'OWN' }, 403],
    [{ origin: 'OWN' }, 201],
    [{ origin: 'https://evil.example.net' }, 403],
    [{ origin: 'null' }, 403],
    [{}, 403],
  ] as const)('from %j is answered %i', async (headers, status) => {
    const own = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value === 'OWN' ? api.url : value]),
    );
    expect(await tried(own)).toBe(status);
  });

  it('is free for reading, and for whoever has a key', async () => {
    const browser = await signedIn();
    const cross = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.net' };
    expect((await browser.call('GET', '/me', undefined, cross)).status).toBe(200);
    expect((await api.call('POST', '/pbxs', { name: 'With a key' }, cross)).status).toBe(201);
  });

  it('is refused for signing in from another site too: nobody is signed in as somebody else', async () => {
    const browser = openBrowser(api);
    const reply = await browser.call(
      'POST',
      '/sign-in',
      { email: ANN, password: PASSWORD },
      {
        'sec-fetch-site': 'cross-site',
      },
    );
    expect(reply.json).toMatchObject({ status: 403, code: 'cross-site' });
    expect(browser.cookies.size).toBe(0);
  });
});
