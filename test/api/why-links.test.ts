// Links to the "why?" page: what they show, to whom, for how long; and what nobody finds behind them.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keepHouse } from '../../src/store/housekeeping.ts';
import { REASONS } from '../../src/sync/outcome.ts';
import { addKey, addTenant } from '../help/access.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, openBrowser } from '../help/browser.ts';
import { silent, yealinkFile } from '../help/harvest.ts';
import { type ProvisioningServer, startProvisioningServer } from '../help/provisioning-server.ts';
import { runWorker } from '../help/worker.ts';

const PUBLIC = 'https://provender.example.com';

let api: TestApi;
let server: ProvisioningServer;
let worker: { stop(): Promise<void> };
beforeAll(async () => {
  api = await startTestApi({ publicUrl: PUBLIC, trustProxy: ['127.0.0.1'] });
  server = await startProvisioningServer();
  worker = await runWorker({ database: api.store.database, ring: api.store.ring, log: silent });
});
afterAll(async () => {
  await worker.stop();
  await server.close();
  await api.close();
});
beforeEach(() => api.store.database.sql`delete from throttles`);

let number = 0;
const unique = (word: string) => `${word} ${++number}`;
const addPbx = async (body: object = {}) => (await api.call('POST', '/pbxs', { name: unique('PBX'), ...body })).json.id;
const addUser = async ({ pbxId, ...body }: { pbxId?: string; [field: string]: unknown }) => {
  const made = await api.call('POST', '/users', { pbxId: pbxId ?? (await addPbx()), ...body });
  if (made.status !== 201) throw new Error(made.text);
  return made.json.id as string;
};
const makeLink = (userId: string, body: object = {}) => api.call('POST', `/users/${userId}/why-links`, body);
const tokenOf = (link: string) => link.split('#')[1] ?? '';
/** As somebody without an account. */
const open = (token: string, headers = {}) => openBrowser(api).call('POST', '/why', { token }, headers);

describe('making a link', () => {
  it('answers once with the link, with the token behind # and stored as a hash only', async () => {
    const id = await addUser({ name: 'Ann' });
    const made = await makeLink(id);
    expect(made.status).toBe(201);
    expect(made.json.link).toMatch(/^https:\/\/provender\.example\.com\/why#[\w-]{43}$/);
    expect(Date.parse(made.json.expiresAt) - Date.parse(made.json.createdAt)).toBe(72 * 3_600_000);
    const token = tokenOf(made.json.link);
    const rows = await api.store.database.sql`select * from why_links where user_id = ${id}`;
    const [entry] = await api.store.database
      .sql`select * from audit where action = 'whyLink.create' and object_id = ${id}`;
    expect(entry).toMatchObject({ object_type: 'user', object_name: 'Ann', tenant_id: api.store.tenantId });
    for (const seen of [rows, [entry], api.logged]) expect(JSON.stringify(seen)).not.toContain(token);
    const listed = await api.call('GET', `/users/${id}/why-links`);
    expect(listed.json.items).toMatchObject([{ id: made.json.id, createdBy: 'the test key', lastOpenedAt: null }]);
    expect(listed.text).not.toContain('link":"');
    await open(token);
    const [item] = (await api.call('GET', `/users/${id}/why-links`)).json.items;
    expect(Date.parse(item.lastOpenedAt)).toBeGreaterThan(Date.now() - 60_000);
  });

  it('takes 1 to 336 hours, and says what is wrong with others', async () => {
    const id = await addUser({ name: 'Ann' });
    for (const hours of [1, 336]) {
      const { json } = await makeLink(id, { hours });
      expect(Date.parse(json.expiresAt) - Date.parse(json.createdAt)).toBe(hours * 3_600_000);
    }
    for (const hours of [0, 337, 1.5, '72', null]) {
      expect((await makeLink(id, { hours })).json.errors).toMatchObject([{ pointer: '#/body/hours' }]);
    }
  });

  it('is of bounded number for one user, and a revoked link makes room', async () => {
    const id = await addUser({ name: 'Ann' });
    const links = [];
    for (let round = 0; round < 20; round += 1) links.push((await makeLink(id)).json);
    expect((await makeLink(id)).json).toMatchObject({ status: 409, code: 'too-many-links' });
    expect((await api.call('DELETE', `/why-links/${links[0].id}`)).status).toBe(204);
    expect((await makeLink(id)).status).toBe(201);
  });

  it('is for whoever may read the user, and so is seeing and revoking it', async () => {
    const below = await addTenant(api.store, unique('Below'));
    const pbxId = (await api.call('POST', '/pbxs', { tenantId: below, name: unique('PBX') })).json.id;
    const id = await addUser({ pbxId, name: 'Ann' });
    const { json } = await makeLink(id);
    const theirs = await addKey(api.store, below, { scopes: ['users:read'] });
    const others = await addKey(api.store, await addTenant(api.store, unique('Sister')));
    for (const [method, path] of [
      ['POST', `/users/${id}/why-links`],
      ['GET', `/users/${id}/why-links`],
      ['DELETE', `/why-links/${json.id}`],
    ] as const) {
      const body = method === 'POST' ? {} : undefined;
      expect((await api.call(method, path, body, others)).status).toBe(404);
      expect((await api.call(method, path, body, theirs)).status).toBeLessThan(300);
    }
  });
});

describe('a link that is not good', () => {
  it('is answered alike, whether it never was, ended, was revoked, or its user or PBX is gone', async () => {
    const { sql } = api.store.database;
    const fresh = async (pbxId?: string) => {
      const id = await addUser({ name: 'Ann', ...(pbxId !== undefined && { pbxId }) });
      const { json } = await makeLink(id);
      const token = tokenOf(json.link);
      expect((await open(token)).status).toBe(200);
      return { id, linkId: json.id, token };
    };
    const [ended, revoked, deleted] = [await fresh(), await fresh(), await fresh()];
    const pbxId = await addPbx();
    const withPbx = await fresh(pbxId);
    await sql`update why_links set expires_at = now() where id = ${ended.linkId}`;
    await api.call('DELETE', `/why-links/${revoked.linkId}`);
    await api.call('DELETE', `/users/${deleted.id}`, undefined, { 'if-match': '*' });
    await sql`delete from pbxs where id = ${pbxId}`;
    const bodies = new Set<string>();
    for (const { token } of [ended, revoked, deleted, withPbx, { token: 'x' }, { token: 'A'.repeat(43) }]) {
      const { status, json } = await open(token);
      const { requestId: _, ...rest } = json;
      expect([status, rest.code]).toEqual([404, 'link-invalid']);
      bodies.add(JSON.stringify(rest));
    }
    expect(bodies.size).toBe(1);
    expect([...bodies][0]).toContain('new one');
  });

  it('is thrown away once it ended', async () => {
    const { database } = api.store;
    const [old, good] = [
      await makeLink(await addUser({ name: 'Ann' })),
      await makeLink(await addUser({ name: 'Bea' })),
    ];
    await database.sql`update why_links set expires_at = now() - interval '1 second' where id = ${old.json.id}`;
    await keepHouse(database, new Date(), 90);
    const left = await database.sql`select id from why_links where id in ${database.sql([old.json.id, good.json.id])}`;
    expect(left.map((row) => row.id)).toEqual([good.json.id]);
  });

  it('is slowed by the address that guesses, and nobody has to wait to sign in for it', async () => {
    const from = { 'x-forwarded-for': '192.0.2.44' };
    const statuses: number[] = [];
    for (let round = 0; round < 62; round += 1) statuses.push((await open(`x${round}`, from)).status);
    expect(statuses).toEqual([...Array(60).fill(404), 429, 429]);
    const signIn = { email: 'nobody@example.com', password: 'a wrong password' };
    expect((await openBrowser(api).call('POST', '/sign-in', signIn, from)).status).toBe(401);
    expect((await open('x', { 'x-forwarded-for': '192.0.2.45' })).status).toBe(404);
  });
});

/** What stands somewhere in the database about the users below, and must not leave. */
const CANARIES = {
  path: 'path-secret-4701',
  query: 'query-secret-4702',
  provUsername: 'prov-login-4703',
  provPassword: 'prov-password-4704',
  sipUser: 'sip-user-4705',
  sipPassword: 'sip-password-4706',
  typedSipPassword: 'typed-password-4707',
  typedAuthId: 'typed-auth-4708',
  portalLogin: 'portal-login-4709',
  portalPassword: 'portal-password-4710',
  teamsUserId: 'teams-4711@acme.example',
  tag: 'tag-4712',
  member: 'member-4713@example.com',
  otherName: 'Other 4714',
  otherMac: '00005e005372',
  did: '2025550142',
};

describe('the page', () => {
  it('S8: tells the story of one user, and no secret, no login, no other user and nobody of ours', async () => {
    const { sql } = api.store.database;
    const mac = '00005e005371';
    await addMember(api, CANARIES.member);
    const browser = openBrowser(api);
    await browser.signIn(CANARIES.member);
    const file = (own: string) => yealinkFile({ userName: CANARIES.sipUser, password: CANARIES.sipPassword, mac: own });
    server.setLogin({ kind: 'basic', accounts: { [CANARIES.provUsername]: CANARIES.provPassword } });
    server.set(`/${CANARIES.path}/${mac}.cfg`, file(mac));
    server.set(`/${CANARIES.path}/${CANARIES.otherMac}.cfg`, file(CANARIES.otherMac));
    const pbxId = await addPbx({
      name: 'Head office',
      provisioningUrl: `${server.origin}/${CANARIES.path}/{mac}.cfg?token=${CANARIES.query}`,
      autoProvision: true,
      allowPlainHttp: true,
      country: 'US',
    });
    const login = { provUsername: CANARIES.provUsername, provPassword: CANARIES.provPassword };
    const id = await addUser({
      pbxId,
      name: 'Reception',
      mac,
      ...login,
      teamsUserId: CANARIES.teamsUserId,
      sipUserId: CANARIES.sipUser,
      userTag: CANARIES.tag,
      sipAuthId: CANARIES.typedAuthId,
      sipPassword: CANARIES.typedSipPassword,
      portalLoginName: CANARIES.portalLogin,
      portalLoginPassword: CANARIES.portalPassword,
    });
    const settled = (who: string, code: string | null) =>
      expect
        .poll(async () => (await sql`select reason_code, last_checked_at from users where id = ${who}`)[0], {
          timeout: 20_000,
        })
        .toMatchObject({ reason_code: code, last_checked_at: expect.any(Date) });
    await settled(id, null);
    const token = tokenOf((await makeLink(id)).json.link);
    const good = await open(token);
    expect(good.json).toMatchObject({
      pbxName: 'Head office',
      userName: 'Reception',
      mac,
      did: '…0142',
      status: 'provisioned',
      reasonCode: null,
      reason: null,
      timeline: [
        {
          outcome: 'ok',
          sentence: `Provisioned with …0142: line 1 read from ${server.host}:${server.port}.`,
          steps: [
            { step: 'fetch', ok: true, text: `${server.origin}/… answered (1 file asked).` },
            { step: 'parse', ok: true, text: expect.stringContaining('1 line') },
            { step: 'choose', ok: true, text: 'Line 1.' },
            { step: 'did', ok: true, text: expect.stringMatching(/^…0142 from /) },
            { step: 'compare', ok: true, text: 'First harvest.' },
          ],
        },
        { sentence: 'The user was created.', steps: [] },
      ],
    });
    const { tenantName } = good.json;
    expect(tenantName).toBe((await api.call('GET', `/tenants/${api.store.tenantId}`)).json.name);

    // The same account for another one: its failure names the first one, its account and its number.
    const other = await addUser({ pbxId, name: CANARIES.otherName, mac: CANARIES.otherMac, ...login });
    await settled(other, 'AOR_CONFLICT');
    const [stored] = await sql`select reason from users where id = ${other}`;
    expect(stored?.reason).toContain(CANARIES.sipUser);
    const ofOther = await open(tokenOf((await makeLink(other)).json.link));
    expect(ofOther.json).toMatchObject({
      reasonCode: 'AOR_CONFLICT',
      reason: 'The file gives a SIP account that another device has already.',
    });

    // A member presses Sync and changes things; the file names no number any more, the login changes, the server is gone.
    await browser.call('PATCH', `/users/${id}`, { userTag: 'another' }, { 'if-match': '*' });
    server.set(`/${CANARIES.path}/${mac}.cfg`, file(mac).replace('+12025550142', `${CANARIES.sipUser} 101`));
    await browser.call('POST', `/users/${id}/sync`);
    await settled(id, 'DID_INVALID');
    server.set(`/${CANARIES.path}/${mac}.cfg`, file(mac).replace('account.1.enable = 1', 'account.1.enable = 0'));
    await browser.call('POST', `/users/${id}/sync`);
    await settled(id, 'FIELD_MISSING');
    server.remove(`/${CANARIES.path}/${mac}.cfg`);
    await browser.call('POST', `/users/${id}/sync`);
    await settled(id, 'HTTP_404');
    const later = await open(token);
    expect(later.json).toMatchObject({
      status: 'stale',
      reasonCode: 'HTTP_404',
      reason: expect.stringContaining('has no file for this device (404)'),
      nextAction: expect.stringContaining('Check that a device with this MAC exists'),
      nextTryAt: expect.any(String),
    });
    expect(later.json.timeline.map((entry: { code: string | null }) => entry.code).slice(0, 3)).toEqual([
      'HTTP_404',
      'FIELD_MISSING',
      'DID_INVALID',
    ]);
    for (const page of [good, later, ofOther]) {
      const own = page === ofOther ? [mac, CANARIES.otherName, CANARIES.otherMac] : [];
      for (const [name, canary] of Object.entries(CANARIES)) {
        if (!own.includes(canary)) expect([name, page.text.includes(canary)]).toEqual([name, false]);
      }
      for (const secret of [api.store.tenantId, id, pbxId, other, token]) expect(page.text).not.toContain(secret);
    }
    expect(ofOther.text).not.toContain('Reception');
    expect(ofOther.text).not.toContain(mac);
    for (const line of api.logged) expect(line).not.toContain(token);
  });

  it('shows the last 20 entries of this user, whatever the code, without what is in the stored text', async () => {
    const { sql } = api.store.database;
    const id = await addUser({ name: 'Ann', mac: '00005e005373' });
    const { tenantId } = api.store;
    const hidden = 'ftp://bob:hush@files.example.com/deep/secret.cfg?key=hush hush@acme.example +12025550142';
    for (const code of [...Object.keys(REASONS), 'NOT_A_CODE', null]) {
      await sql`insert into activity (id, tenant_id, user_id, actor, verb, outcome, code, sentence, next_action, steps)
        values (gen_random_uuid(), ${tenantId}, ${id}, 'hush@acme.example', 'sync', 'failed', ${code}, ${hidden},
          ${hidden}, ${sql.json([
            { step: 'x', ok: false, text: hidden },
            { step: 'x', ok: true, text: hidden },
          ])})`;
      await sql`update users set reason_code = ${code}, reason = ${hidden} where id = ${id}`;
      const page = await open(tokenOf((await makeLink(id)).json.link));
      expect(page.status).toBe(200);
      expect(page.json.timeline.length).toBeLessThanOrEqual(20);
      expect([code, /hush|deep|secret\.cfg|202555/.exec(page.text)?.[0]]).toEqual([code, undefined]);
      await sql`delete from why_links where user_id = ${id}`;
      await sql`delete from throttles`;
    }
  });
});
