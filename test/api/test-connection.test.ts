import { createCipheriv, createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, issueServer, makeAuthority } from '../../src/demo/certificates.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { type ProvisioningServer, startProvisioningServer } from '../help/provisioning-server.ts';

const config = `#!version:1.0.0.1
account.1.enable = 1
account.1.label = Reception (202) 555-0142
account.1.display_name = Reception
account.1.user_name = 101
account.1.auth_name = 101
account.1.password = canary-sip-password
account.1.sip_server.1.address = sip.example.com
account.1.sip_server.1.port = 5060
account.2.user_name = 102
account.2.password = canary-second
account.2.sip_server.1.address = sip.example.com
custom.note = the password is canary-sip-password
custom.main_number = +1 202 555 0199
`;

let api: TestApi;
let authority: Authority;
let server: ProvisioningServer;
beforeAll(async () => {
  api = await startTestApi();
  authority = await makeAuthority();
  const { cert, key } = await issueServer(authority, { names: ['127.0.0.1'] });
  server = await startProvisioningServer({
    tls: { cert, key },
    login: { kind: 'digest', accounts: { prov: 'canary-prov-password' } },
    files: {
      '/00005e005301.cfg': config,
      '/00005e005302.cfg': {
        body: '<!doctype html><html><title>Login</title></html>',
        headers: { 'content-type': 'text/html' },
      },
      '/00005e005304.cfg': 'account.1.enable = 1\naccount.1.label = nobody\n',
      '/00005e005305.cfg': `#!version:1.0.0.1\n## MAC 00005e0053ee\n${config}`,
      '/00005e005306.cfg': config.replaceAll(/password = .*/g, 'password = changeme'),
      '/00005e005308.cfg': `${config}custom.note = another\n`,
      '/00005e005307.cfg': config.replaceAll(/^account.*password = .*$/gm, ''),
    },
  });
});
afterAll(async () => {
  await server.close();
  await api.close();
});

const PASSWORD = 'canary-prov-password';
let counter = 0;
async function addPbx(more: Record<string, unknown> = {}) {
  counter += 1;
  const reply = await api.call('POST', '/pbxs', {
    name: `PBX ${counter}`,
    provisioningUrl: `${server.origin}/{mac}.cfg`,
    username: 'prov',
    password: PASSWORD,
    country: 'US',
    ...more,
  });
  expect(reply.status).toBe(201);
  return { id: reply.json.id as string, password: more.password === undefined ? PASSWORD : more.password };
}
/** Another CA takes the password again. */
async function trust(pbx: { id: string; password: unknown }) {
  const body = { caPem: authority.cert, ...(pbx.password !== null && { password: pbx.password }) };
  expect((await api.call('PUT', `/pbxs/${pbx.id}/certificates`, body, { 'if-match': '*' })).status).toBe(200);
  return pbx;
}
const test = (pbx: { id: string }, body?: unknown) => api.call('POST', `/pbxs/${pbx.id}/test`, body);
const stepsOf = (reply: { json: { steps: { step: string; ok: boolean }[] } }) =>
  reply.json.steps.map(({ step, ok }) => `${step} ${ok ? 'ok' : 'failed'}`);

describe('test connection', () => {
  it('O12 shows every step, the certificate chain, the lines without passwords, and the fields that may hold the DID', async () => {
    const pbx = await trust(await addPbx());
    const reply = await test(pbx, { mac: '00-00-5E-00-53-01' });
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      ok: true,
      code: null,
      mac: '00005e005301',
      url: `${server.origin}/00005e005301.cfg`,
    });
    expect(stepsOf(reply)).toEqual(['tcp ok', 'tls ok', 'http ok', 'sniff ok', 'parse ok', 'did ok']);
    const tls = reply.json.steps.find((step: { step: string }) => step.step === 'tls');
    expect(tls.detail.chain[0]).toMatchObject({ subject: 'CN=127.0.0.1', fingerprint256: expect.any(String) });
    expect(reply.json.config).toMatchObject({ vendor: 'yealink' });
    expect(reply.json.config.lines).toMatchObject([
      { line: 1, chosen: true, userName: '101', password: '••••••', registrar: { host: 'sip.example.com' } },
      { line: 2, chosen: false, userName: '102', password: '••••••' },
    ]);
    expect(reply.json.did).toEqual({
      field: 'account.1.label',
      text: 'Reception (202) 555-0142',
      did: '+12025550142',
      code: null,
      message: null,
    });
    expect(reply.json.didCandidates).toContainEqual(
      expect.objectContaining({ field: 'custom.main_number', did: '+12025550199', chosen: false, rawLine: 14 }),
    );
    expect(reply.json.didCandidates).toContainEqual(expect.objectContaining({ field: 'label', rawLine: 3 }));
    expect(reply.json.config.lines).toMatchObject([{ rawLine: 5 }, { rawLine: 10 }]);
    expect(reply.json).toMatchObject({ rawUrl: reply.json.url, rawCut: false, rawReason: null });
    expect(reply.json.raw).toBe(config.replaceAll(/canary-[a-z-]+/g, '••••••'));
    expect(reply.json.didCandidates).toContainEqual(
      expect.objectContaining({ field: 'account.1.label', chosen: true }),
    );
    expect(reply.text).not.toMatch(/canary/);
    expect(api.logged.join()).not.toMatch(/canary/);
  });

  it('says what was odd in the file, in codes and in words', async () => {
    const { json } = await test(await trust(await addPbx()), { mac: '00005e005308' });
    expect(json.warnings).toContain('duplicate-key:custom.note');
    expect(json.warningTexts[json.warnings.indexOf('duplicate-key:custom.note')]).toBe(
      'duplicate-key:custom.note (this key has different values; the last one counts, or that of the file that wins)',
    );
  });

  it('ends with the step that failed, its code and the next action', async () => {
    const untrusted = await test(await addPbx(), { mac: '00005e005301' });
    expect(untrusted.json).toMatchObject({ ok: false, code: 'TLS_UNTRUSTED', config: null });
    expect(untrusted.json.nextAction).toMatch(/CA/);
    expect(stepsOf(untrusted)).toEqual(['tcp ok', 'tls failed']);
    const chain = untrusted.json.steps[1].detail.chain;
    const pinned = await addPbx({ pinSha256: chain[0].fingerprint256 });
    expect((await test(pinned, { mac: '00005e005301' })).json.ok).toBe(true);

    const pbx = await trust(await addPbx());
    const absent = await test(pbx, { mac: '00005e005309' });
    expect(absent.json).toMatchObject({ ok: false, code: 'HTTP_404' });
    expect(stepsOf(absent).at(-1)).toBe('http failed');
    expect((await test(pbx, { mac: '00005e005302' })).json).toMatchObject({ ok: false, code: 'BODY_HTML' });
    expect(absent.json).toMatchObject({ raw: null, rawReason: 'No configuration came.' });
    const html = await test(pbx, { mac: '00005e005302' });
    expect(html.json).toMatchObject({
      raw: null,
      rawUrl: null,
      rawReason: expect.stringContaining('no configuration'),
    });
    const noUser = await test(pbx, { mac: '00005e005304' });
    expect(noUser.json).toMatchObject({ ok: false, code: 'FIELD_MISSING', config: { vendor: 'yealink' } });

    const wrong = await trust(await addPbx({ password: 'not it' }));
    expect((await test(wrong, { mac: '00005e005301' })).json.code).toBe('HTTP_401');
    const away = await addPbx({ provisioningUrl: 'https://127.0.0.1:1/{mac}.cfg' });
    expect((await test(away, { mac: '00005e005301' })).json.code).toBe('TCP_REFUSED');
  });

  it.each([
    ['00005e005305', 'MAC_MISMATCH', '00005e0053ee'],
    ['00005e005306', 'CREDENTIAL_PLACEHOLDER', 'placeholder'],
    ['00005e005307', 'FIELD_MISSING', 'no password'],
  ])('says of %s what the harvest would say: %s', async (mac, code, words) => {
    const reply = await test(await trust(await addPbx()), { mac });
    expect(reply.json).toMatchObject({ ok: false, code, message: expect.stringContaining(words) });
    expect(reply.json.nextAction).not.toBeNull();
    expect(stepsOf(reply)).toContain('choose failed');
    expect(reply.json.config.lines[0]).toMatchObject({ line: 1, userName: '101', chosen: true });
  });

  it('says which field of the request is wrong', async () => {
    const pbx = await addPbx();
    expect((await test(pbx, { mac: 'zz' })).json.errors).toMatchObject([{ pointer: '#/body/mac' }]);
    expect((await test(pbx)).json.errors).toMatchObject([{ pointer: '#/body/mac', code: 'required' }]);
    const userId = '01a1fd94-06ea-74e4-b19b-0dd520170800';
    expect((await test(pbx, { userId })).json.errors).toMatchObject([{ pointer: '#/body/userId' }]);
    const bare = await addPbx({ provisioningUrl: null });
    expect((await test(bare, { mac: '00005e005301' })).status).toBe(422);
  });

  it("takes a user's MAC, line rule and own login", async () => {
    const pbx = await trust(await addPbx({ password: 'not it' }));
    const { sql } = api.store.database;
    const id = '01a1fd94-06ea-74e4-b19b-000000000001';
    const place = { tenant: api.store.tenantId, table: 'users', row: id, column: 'prov_password' };
    const row = {
      id,
      tenant_id: api.store.tenantId,
      pbx_id: pbx.id,
      source: 'api',
      status: 'waiting',
      mac: '00005e005301',
      line_rule: '2',
      prov_username: 'prov',
      prov_password_sealed: api.store.ring.seal('canary-prov-password', place),
    };
    await sql`insert into users ${sql(row)}`;
    const reply = await test(pbx, { userId: id });
    expect(reply.json).toMatchObject({ userId: id, mac: '00005e005301' });
    expect(reply.json.config.lines[1]).toMatchObject({ line: 2, chosen: true });
    expect((await test(pbx)).json.userId).toBe(id);
  });

  it('O12 answers the same for every refused target, whatever is there', async () => {
    const strict = await startTestApi({ mode: 'public' });
    try {
      const created = await strict.call('POST', '/pbxs', { name: 'x', provisioningUrl: 'https://pbx.example.com/' });
      const path = `/pbxs/${created.json.id}/test`;
      const seen: string[] = [];
      for (const address of [server.origin, 'https://127.0.0.1:8443', 'https://10.0.0.1']) {
        // Past the check at save, as a name that resolves there would be.
        await strict.store.database.sql`update pbxs set provisioning_url = ${`${address}/{mac}.cfg`}`;
        const before = server.connections();
        const reply = await strict.call('POST', path, { mac: '00005e005301' });
        expect(server.connections()).toBe(before);
        expect(reply.json).toMatchObject({
          ok: false,
          code: 'TARGET_REFUSED',
          steps: [{ step: 'guard', ok: false, ms: 0 }],
        });
        seen.push(reply.text.replaceAll(new URL(address).hostname, 'HOST'));
      }
      expect(new Set(seen).size).toBe(1);
    } finally {
      await strict.close();
    }
  });
});

describe('"present as" left to us', () => {
  it('is found out by asking as one phone after the other, and remembered', async () => {
    server.set('/auto/00005e005311.boot', '#!version:1.0.0.1\ninclude:config "11.cfg"\n');
    server.set('/auto/11.cfg', config);
    const pbx = await trust(await addPbx({ provisioningUrl: `${server.origin}/auto/`, persona: { vendor: 'auto' } }));
    const before = await api.call('GET', `/pbxs/${pbx.id}`);
    expect(before.json.persona).toMatchObject({ vendor: 'auto', found: null });

    const reply = await test(pbx, { mac: '00005e005311' });
    expect(reply.json).toMatchObject({ ok: true, url: `${server.origin}/auto/00005e005311.boot` });
    // Of a boot file and what it includes, the file with the lines is shown.
    expect(reply.json).toMatchObject({
      rawUrl: `${server.origin}/auto/11.cfg`,
      config: { lines: [{ rawLine: 5 }, {}] },
    });
    const after = await api.call('GET', `/pbxs/${pbx.id}`);
    expect(after.json.persona).toMatchObject({ vendor: 'auto', found: 'yealink' });

    // Known from now on: a test asks no more than the phone would.
    const asked = server.requests.length;
    await test(pbx, { mac: '00005e005311' });
    expect(server.requests.length - asked).toBeLessThan(10);
    // Another address: what was found counts no more.
    await api.call('PATCH', `/pbxs/${pbx.id}`, { provisioningUrl: `${server.origin}/other/` }, { 'if-match': '*' });
    expect((await api.call('GET', `/pbxs/${pbx.id}`)).json.persona).toMatchObject({ found: null });
  });

  it('a server that refuses the login is asked once, not as everybody', async () => {
    const pbx = await trust(
      await addPbx({ provisioningUrl: `${server.origin}/auto/`, persona: { vendor: 'auto' }, password: 'wrong' }),
    );
    const asked = server.requests.length;
    expect((await test(pbx, { mac: '00005e005311' })).json).toMatchObject({ ok: false, code: 'HTTP_401' });
    expect(server.requests.length - asked).toBeLessThan(6);
  });
});

describe('an encrypted file', () => {
  const phrase = 'canary-file-key';

  it('is read with the key of the PBX, which never comes out again', async () => {
    server.set('/00005e005312.cfg', { body: opensslEncrypt(config, phrase), headers: {} });
    const pbx = await trust(await addPbx());
    expect((await test(pbx, { mac: '00005e005312' })).json).toMatchObject({ ok: false, code: 'BODY_ENCRYPTED' });

    const set = await api.call('PATCH', `/pbxs/${pbx.id}`, { fileKey: phrase }, { 'if-match': '*' });
    expect(set.json).toMatchObject({ fileKeySet: true });
    expect(set.text).not.toContain(phrase);
    const reply = await test(pbx, { mac: '00005e005312' });
    expect(reply.json).toMatchObject({ ok: true, warnings: ['encrypted:openssl'] });
    expect(reply.json.raw).toContain('account.1.password = ••••••');
    expect(reply.text).not.toContain('canary');
    expect(api.logged.join('')).not.toContain(phrase);

    await api.call('PATCH', `/pbxs/${pbx.id}`, { fileKey: null }, { 'if-match': '*' });
    expect((await test(pbx, { mac: '00005e005312' })).json).toMatchObject({ code: 'BODY_ENCRYPTED' });
  });
});

/** What `openssl enc -aes-256-cbc -md sha256 -k <phrase>` writes. */
function opensslEncrypt(text: string, phrase: string): Buffer {
  const salt = Buffer.from('0102030405060708', 'hex');
  let made = Buffer.alloc(0);
  for (let block = Buffer.alloc(0); made.length < 48; made = Buffer.concat([made, block])) {
    block = createHash('sha256')
      .update(Buffer.concat([block, Buffer.from(phrase), salt]))
      .digest();
  }
  const cipher = createCipheriv('aes-256-cbc', made.subarray(0, 32), made.subarray(32, 48));
  return Buffer.concat([Buffer.from('Salted__'), salt, cipher.update(text), cipher.final()]);
}
