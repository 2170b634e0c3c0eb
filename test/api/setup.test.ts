// The first owner: one link, one winner, then closed for ever; and what dies with it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSetupToken, setUpFromSettings } from '../../src/commands/first-owner.ts';
import { ensureAdminToken, isAdminToken } from '../../src/store/admin-token.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, openBrowser, PASSWORD } from '../help/browser.ts';
import { temporaryFile } from '../help/temporary-file.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const claim = (token: string, email = 'ann@acme.example') =>
  openBrowser(api).call('POST', '/setup', { token, name: 'Ann', email, password: PASSWORD });

async function setupToken(): Promise<string> {
  const token = await makeSetupToken(api.store.database);
  if (token === null) throw new Error('there is an owner');
  return token;
}

describe('setting up', () => {
  it('makes the first owner, who is signed in and may do everything', async () => {
    expect((await openBrowser(api).call('GET', '/setup')).json).toEqual({ open: true });
    const browser = openBrowser(api);
    const token = await setupToken();
    const done = await browser.call('POST', '/setup', {
      token,
      name: 'Ann',
      email: 'ann@acme.example',
      password: PASSWORD,
    });
    expect(done.status).toBe(201);
    expect((await browser.call('POST', '/tenants', { name: 'Acme', kind: 'reseller' })).status).toBe(201);
    expect((await openBrowser(api).signIn('ann@acme.example')).json).toMatchObject({ status: 'signedIn' });
    expect((await browser.call('GET', '/setup')).json).toEqual({ open: false });
  });

  it('has one winner of many who try at once, and is closed for ever', async () => {
    const token = await setupToken();
    const tries = await Promise.all(Array.from({ length: 6 }, (_, n) => claim(token, `ann-${n}@acme.example`)));
    expect(tries.map((reply) => reply.status).sort()).toEqual([201, 404, 404, 404, 404, 404]);
    expect(await api.store.database.sql`select count(*)::int as n from members`).toEqual([{ n: 1 }]);
    expect(await makeSetupToken(api.store.database)).toBeNull();
    const again = await claim(token);
    expect([again.status, again.json.code]).toEqual([404, 'link-invalid']);
  });

  it('takes the newest link only, for an hour', async () => {
    const old = await setupToken();
    const token = await setupToken();
    expect((await claim(old)).status).toBe(404);
    await api.store.database.sql`update one_time_links set expires_at = now() - interval '1 second'`;
    expect((await claim(token)).status).toBe(404);
  });

  it('says where data and key lie to who has the link, as often as asked, and to nobody else', async () => {
    const read = (token: string) => openBrowser(api).call('POST', '/setup/read', { token });
    const old = await setupToken();
    const token = await setupToken();
    const places = { dataDirectory: '/srv/provender/data', keyFile: '/srv/provender/data/master.key' };
    expect((await read(token)).json).toEqual(places);
    expect((await read(token)).json).toEqual(places);
    for (const wrong of [old, `${token}x`, 'x']) {
      const refused = await read(wrong);
      expect([refused.status, refused.json.code]).toEqual([404, 'link-invalid']);
      expect(refused.text).not.toContain('/srv');
    }
    expect((await openBrowser(api).call('GET', '/setup')).json).toEqual({ open: true });
    expect((await claim(token)).status).toBe(201);
    expect((await read(token)).status).toBe(404);
  });

  it('keeps the link when the password is refused, and stores neither', async () => {
    const token = await setupToken();
    const short = await openBrowser(api).call('POST', '/setup', {
      token,
      name: 'Ann',
      email: 'a@b.example',
      password: 'short',
    });
    expect([short.status, short.json.errors[0].code]).toEqual([422, 'password-short']);
    const [row] = await api.store.database.sql`select * from one_time_links`;
    expect(JSON.stringify(row)).not.toContain(token);
    expect((await claim(token)).status).toBe(201);
  });

  it('ends the admin token, which never comes back', async () => {
    const { database } = api.store;
    await database.sql`update installation set admin_token_hash = null`;
    const adminToken = (await ensureAdminToken(database)) ?? '';
    const ask = () => fetch(`${api.url}/api/v1/pbxs`, { headers: { 'x-api-key': adminToken } });
    expect((await ask()).status).toBe(200);
    expect((await claim(await setupToken())).status).toBe(201);
    expect((await ask()).status).toBe(401);
    expect(await isAdminToken(database, adminToken)).toBe(false);
    expect(await ensureAdminToken(database)).toBeNull();
  });
});

describe('the first owner of the settings', () => {
  const settings = (passwordFile: string) => ({ firstOwner: { email: 'ann@acme.example', passwordFile } });
  const make = (file: string) => setUpFromSettings({ ...api.deps, database: api.store.database }, settings(file));

  it('signs in with the password of the file, whose last line break does not count', async () => {
    const file = temporaryFile(`${PASSWORD}\n`);
    await make(file);
    expect((await openBrowser(api).signIn('ann@acme.example')).status).toBe(200);
    expect(await makeSetupToken(api.store.database)).toBeNull();
  });

  it('is not made once there is a member, and the log says so', async () => {
    await addMember(api, 'bob@acme.example', 'viewer');
    await make(temporaryFile(PASSWORD));
    expect(await api.store.database.sql`select email from members`).toEqual([{ email: 'bob@acme.example' }]);
    expect(api.logged.join('')).toContain('PROVENDER_ADMIN_EMAIL is not looked at');
  });

  it('is refused with a password that is too short, or a file that is not there, by name', async () => {
    await expect(make(temporaryFile('short'))).rejects.toThrow(/PROVENDER_ADMIN_PASSWORD_FILE must have at least 12/);
    await expect(make('/nowhere/password')).rejects.toThrow(/cannot be read: \/nowhere\/password \(ENOENT\)/);
  });
});
