import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueClient, makeAuthority } from '../../src/demo/certificates.ts';
import { startTestApi, TEST_KEY, type TestApi } from '../help/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ mode: 'public' });
});
afterAll(() => api.close());

const url = 'https://pbx.example.com/provision/{mac}.cfg';
let counter = 0;
async function addPbx(more: Record<string, unknown> = {}) {
  counter += 1;
  const reply = await api.call('POST', '/pbxs', { name: `PBX ${counter}`, provisioningUrl: url, ...more });
  expect(reply.json).toMatchObject({ name: `PBX ${counter}` });
  return reply.json;
}
async function change(id: string, body: unknown, path = '') {
  return api.call(path ? 'PUT' : 'PATCH', `/pbxs/${id}${path}`, body, { 'if-match': '*' });
}

let userCounter = 0;
async function addUser(pbxId: string, columns: Record<string, unknown>) {
  userCounter += 1;
  const { sql } = api.store.database;
  const id = `01a1fd94-06ea-74e4-b19b-${String(userCounter).padStart(12, '0')}`;
  await sql`insert into users ${sql({ id, tenant_id: api.store.tenantId, pbx_id: pbxId, source: 'api', ...columns })}`;
  return id;
}
async function readUser(id: string) {
  const [row] = await api.store.database.sql`select *, due_at <= now() as due from users where id = ${id}`;
  return row;
}

describe('a PBX', () => {
  it('is created with defaults, read, found and deleted', async () => {
    const created = await api.call('POST', '/pbxs', { name: '  Head office ' });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`/api/v1/pbxs/${created.json.id}`);
    expect(created.headers.get('etag')).toBe(`"${created.json.id}-1"`);
    expect(created.json).toMatchObject({
      name: 'Head office',
      version: 1,
      autoProvision: false,
      didField: 'account.1.label',
      lineRule: 'first',
      passwordSet: false,
      certificates: { ca: null, client: null },
      persona: { vendor: 'yealink', model: null },
      maxConcurrent: 32,
      users: { total: 0, fetching: 0 },
      run: { login: 'none', pausedUntil: null, pace: null },
    });
    expect((await api.call('GET', `/pbxs/${created.json.id}`)).json).toEqual(created.json);
    expect((await api.call('GET', '/pbxs?q=HEAD')).json.items).toHaveLength(1);
    expect((await api.call('GET', '/pbxs?q=%25')).json.items).toHaveLength(0);
    const gone = await api.call('DELETE', `/pbxs/${created.json.id}`, undefined, { 'if-match': '*' });
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await api.call('GET', `/pbxs/${created.json.id}`)).status).toBe(404);
    expect((await change(created.json.id, {})).status).toBe(404);
    const feed = (await api.call('GET', `/activity?pbxId=${created.json.id}`)).json.items;
    expect(feed.map((entry: { verb: string }) => entry.verb)).toEqual(['pbx.delete', 'pbx.create']);
    expect(feed[0]).toMatchObject({ actor: TEST_KEY, pbxName: 'Head office', outcome: 'info' });
  });

  it('has a name of its own in the tenant, whatever the case', async () => {
    const pbx = await addPbx({});
    const again = await api.call('POST', '/pbxs', { name: pbx.name.toUpperCase() });
    expect(again.json).toMatchObject({ status: 409, code: 'name-taken', errors: [{ pointer: '#/body/name' }] });
    const other = await addPbx();
    expect((await change(other.id, { name: pbx.name })).json.code).toBe('name-taken');
  });

  it('is stored in one spelling', async () => {
    const pbx = await addPbx({
      pseudoMacOui: '00-15-65',
      country: 'ch',
      lineRule: ' USER:anna ',
      pinSha256: 'ab'.repeat(32),
      persona: { vendor: 'snom', model: 'D785' },
    });
    expect(pbx).toMatchObject({ pseudoMacOui: '001565', country: 'CH', lineRule: 'user:anna' });
    expect(pbx.pinSha256).toBe(Array(32).fill('AB').join(':'));
    const changed = await change(pbx.id, { persona: { userAgent: 'x {mac}' }, country: null });
    expect(changed.json.persona).toMatchObject({ vendor: 'snom', model: 'D785', userAgent: 'x {mac}' });
    expect(changed.json.country).toBeNull();
  });

  it.each([
    [{ provisioningUrl: 'not a url' }, '#/body/provisioningUrl', 'ADDRESS_NOT_URL'],
    [{ provisioningUrl: 'ftp://pbx.example.com/' }, '#/body/provisioningUrl', 'ADDRESS_SCHEME'],
    [{ provisioningUrl: 'https://user:pass@pbx.example.com/' }, '#/body/provisioningUrl', 'ADDRESS_HAS_LOGIN'],
    [{ provisioningUrl: 'https://pbx.example.com/{nope}.cfg' }, '#/body/provisioningUrl', 'ADDRESS_UNKNOWN_VARIABLE'],
    [{ provisioningUrl: 'https://pbx.example.com/{phone_type}' }, '#/body/provisioningUrl', 'ADDRESS_NEEDS_PERSONA'],
    [{ provisioningUrl: 'https://10.0.0.1/' }, '#/body/provisioningUrl', 'TARGET_REFUSED'],
    [{ provisioningUrl: 'https://0x7f.1/' }, '#/body/provisioningUrl', 'TARGET_REFUSED'],
    [{ provisioningUrl: 'https://[::ffff:169.254.169.254]/' }, '#/body/provisioningUrl', 'TARGET_REFUSED'],
    [
      { provisioningUrl: 'http://pbx.example.com/', username: 'u', password: 'p' },
      '#/body/provisioningUrl',
      'PLAIN_HTTP_REFUSED',
    ],
    [{ password: 'p' }, '#/body/password', 'required'],
    [{ pseudoMacOui: '0015' }, '#/body/pseudoMacOui', 'invalid'],
    [{ pseudoMacOui: '010000' }, '#/body/pseudoMacOui', 'invalid'],
    [{ country: 'Switzerland' }, '#/body/country', 'invalid'],
    [{ country: 'XX' }, '#/body/country', 'COUNTRY_UNKNOWN'],
    [{ didField: 'account.1.label = 5' }, '#/body/didField', 'invalid'],
    [{ didField: ' ' }, '#/body/didField', 'invalid'],
    [{ lineRule: 'last' }, '#/body/lineRule', 'LINE_RULE_INVALID'],
    [{ pinSha256: 'abcd' }, '#/body/pinSha256', 'invalid'],
    [{ expectedName: 'a b' }, '#/body/expectedName', 'invalid'],
    [{ allowedOrigins: ['https://cdn.example.com/path'] }, '#/body/allowedOrigins/0', 'invalid'],
    [{ allowedOrigins: ['https://cdn.example.com', 'http://127.0.0.1'] }, '#/body/allowedOrigins/1', 'TARGET_REFUSED'],
    [{ persona: { vendor: 'nokia' } }, '#/body/persona/vendor', 'invalid'],
    [{ persona: { userAgent: 'a\r\nx: y' } }, '#/body/persona/userAgent', 'invalid'],
    [{ name: '' }, '#/body/name', 'invalid'],
    [{ name: 'a\u202a\u2028b' }, '#/body/name', 'invalid'],
    [{ maxConcurrent: 0 }, '#/body/maxConcurrent', 'invalid'],
    [{ username: null, password: 'p' }, '#/body/username', 'required'],
  ])('is refused with %j', async (body, pointer, code) => {
    const reply = await api.call('POST', '/pbxs', { name: 'Refused', provisioningUrl: url, ...body });
    expect(reply.status).toBe(422);
    expect(reply.json.errors).toEqual([expect.objectContaining({ pointer, code })]);
    expect(reply.json.errors[0].detail).toMatch(/\S/);
  });

  it('is checked as a whole when a part of it changes', async () => {
    const pbx = await addPbx({ username: 'u', password: 'p' });
    const plain = await change(pbx.id, { provisioningUrl: 'http://pbx.example.com/' });
    expect(plain.json.errors[0]).toMatchObject({ pointer: '#/body/provisioningUrl', code: 'PLAIN_HTTP_REFUSED' });
    const both = { provisioningUrl: 'http://pbx.example.com/', allowPlainHttp: true, password: 'p' };
    expect((await change(pbx.id, both)).status).toBe(200);
    const back = await change(pbx.id, { allowPlainHttp: false });
    expect(back.json.errors[0]).toMatchObject({ pointer: '#/body/allowPlainHttp', code: 'PLAIN_HTTP_REFUSED' });
    const cleared = await change(pbx.id, { username: null, allowPlainHttp: false });
    expect(cleared.json).toMatchObject({ username: null, passwordSet: false, passwordSetAt: null });
    // Its users can be provisioned from files.
    const noAddress = await change(pbx.id, { autoProvision: true, provisioningUrl: null });
    expect(noAddress.json).toMatchObject({ autoProvision: true, provisioningUrl: null });
  });
});

describe('secrets of a PBX', () => {
  it('go in and never come out: not in answers, the feed, the log, the stored keys or the tables', async () => {
    const canary = 'canary-Pässword-#1';
    const pbx = await addPbx({ username: 'prov', password: canary });
    expect(pbx).toMatchObject({ passwordSet: true, username: 'prov' });
    expect(pbx.passwordSetAt).toMatch(/Z$/);
    const authority = await makeAuthority();
    const client = await issueClient(authority, { name: 'harvester' });
    const stored = await change(pbx.id, { clientCertPem: client.cert, clientKeyPem: client.key }, '/certificates');
    expect(stored.status).toBe(200);
    await change(pbx.id, { password: `${canary}2` });
    const replies = await Promise.all(
      [`/pbxs/${pbx.id}`, '/pbxs?limit=500', '/activity?limit=500'].map((path) => api.call('GET', path)),
    );
    const rows = await api.store.database.sql`select * from pbxs where id = ${pbx.id}`;
    const keyText = client.key.split('\n')[1] ?? '';
    expect(keyText.length).toBeGreaterThan(20);
    for (const text of [...replies.map((reply) => reply.text), JSON.stringify(rows), ...api.logged]) {
      expect(text).not.toContain('canary-P');
      expect(text).not.toContain(keyText);
    }
    expect(
      api.store.ring
        .unseal(rows[0]?.password_sealed, {
          tenant: api.store.tenantId,
          table: 'pbxs',
          row: pbx.id,
          column: 'password',
        })
        .reveal(),
    ).toBe(`${canary}2`);
    const feed = (await api.call('GET', `/activity?pbxId=${pbx.id}&verb=pbx.update`)).json.items;
    expect(feed[0].detail).toEqual({ changed: ['password'] });
    expect((await change(pbx.id, { password: null })).json.passwordSet).toBe(false);
  });
});

describe('certificates', () => {
  it('are shown by subject, fingerprint and expiry only, and replaced or removed part by part', async () => {
    const pbx = await addPbx();
    const authority = await makeAuthority();
    const client = await issueClient(authority, { name: 'harvester' });
    const withCa = await change(pbx.id, { caPem: authority.cert }, '/certificates');
    expect(withCa.json.certificates.ca).toEqual([
      {
        subject: expect.any(String),
        fingerprint256: expect.stringMatching(/^([0-9A-F]{2}:){31}/),
        validTo: expect.any(String),
        expired: false,
      },
    ]);
    // A file with the key in it: only the certificate may reach the column that is not sealed.
    const both = { clientCertPem: `${client.key}\n${client.cert}`, clientKeyPem: client.key };
    const withClient = await change(pbx.id, both, '/certificates');
    expect(withClient.json.certificates.client.subject).toMatch(/CN=/);
    expect(withClient.json.certificates.ca).toHaveLength(1);
    const [row] = await api.store.database.sql`select client_cert_pem from pbxs where id = ${pbx.id}`;
    expect(row?.client_cert_pem).not.toContain('PRIVATE');
    expect((await change(pbx.id, { caPem: null }, '/certificates')).json.certificates.ca).toBeNull();
    const none = await api.call('DELETE', `/pbxs/${pbx.id}/certificates`, undefined, { 'if-match': '*' });
    expect(none.json.certificates).toEqual({ ca: null, client: null });
  });

  it('are refused at the upload when they cannot work, by the part that is wrong', async () => {
    const pbx = await addPbx();
    const authority = await makeAuthority();
    const one = await issueClient(authority, { name: 'harvester' });
    const two = await issueClient(authority, { name: 'harvester' });
    const cases = [
      [{ clientCertPem: one.cert, clientKeyPem: two.key }, '#/body/clientKeyPem', 'KEY_MISMATCH'],
      [{ clientCertPem: 'x', clientKeyPem: one.key }, '#/body/clientCertPem', 'CERT_UNREADABLE'],
      [{ clientCertPem: one.cert, clientKeyPem: 'x' }, '#/body/clientKeyPem', 'KEY_UNREADABLE'],
      [{ clientCertPem: one.cert }, '#/body/clientKeyPem', 'required'],
      [{ clientKeyPem: one.key }, '#/body/clientCertPem', 'required'],
      [{ caPem: 'x' }, '#/body/caPem', 'CERT_UNREADABLE'],
    ] as const;
    for (const [body, pointer, code] of cases) {
      const reply = await change(pbx.id, body, '/certificates');
      expect(reply.json).toMatchObject({ status: 422, errors: [{ pointer, code }] });
      expect(reply.text).not.toContain('PRIVATE KEY-----\n');
    }
    const locked = await issueClient(authority, { name: 'harvester', passphrase: 'open sesame' });
    const parts = { clientCertPem: locked.cert, clientKeyPem: locked.key };
    const shut = await change(pbx.id, { ...parts, passphrase: 'wrong' }, '/certificates');
    expect(shut.json.errors).toMatchObject([{ pointer: '#/body/passphrase', code: 'KEY_PASSPHRASE' }]);
    const open = await change(pbx.id, { ...parts, passphrase: 'open sesame' }, '/certificates');
    expect(open.json.certificates.client.subject).toBe('CN=harvester');
    const [row] = await api.store.database.sql`select client_key_sealed from pbxs where id = ${pbx.id}`;
    const place = { tenant: api.store.tenantId, table: 'pbxs', row: pbx.id, column: 'client_key' };
    expect(api.store.ring.unseal(row?.client_key_sealed, place).reveal()).toMatch(/^-----BEGIN PRIVATE KEY/);
  });
});

describe('saving a PBX', () => {
  const versions = async (id: string) => {
    const [row] = await api.store.database.sql`
      select p.version, mapping_version, connection_version, slice_epoch::int from pbxs p join pbx_runs r on r.pbx_id = p.id
      where p.id = ${id}`;
    return { ...row };
  };

  it('counts mapping and connection apart, and counts nothing when nothing changes', async () => {
    const pbx = await addPbx();
    const at = async (body: unknown) => {
      expect((await change(pbx.id, body)).status).toBe(200);
      const { version, mapping_version, connection_version } = await versions(pbx.id);
      return [version, mapping_version, connection_version];
    };
    expect(await at({ provisioningUrl: url, didField: 'account.1.label', persona: { vendor: 'yealink' } })).toEqual([
      1, 1, 1,
    ]);
    expect(await at({ resyncHours: 12 })).toEqual([2, 1, 1]);
    expect(await at({ didField: 'label' })).toEqual([3, 2, 1]);
    expect(await at({ persona: { model: 'SIP-T46U' } })).toEqual([4, 3, 1]);
    expect(await at({ username: 'u', password: 'p' })).toEqual([5, 3, 2]);
    expect(await at({ password: 'p' })).toEqual([6, 3, 3]);
    expect(await at({ country: 'US', legacyTls: true })).toEqual([7, 4, 4]);
  });

  it('with the switch turned on makes all users due that have a MAC and do not say off', async () => {
    const pbx = await addPbx();
    const inherits = await addUser(pbx.id, { mac: '00005e005301', status: 'off' });
    const says = await addUser(pbx.id, { mac: '00005e005302', status: 'off', auto_provision: 'off' });
    const without = await addUser(pbx.id, { status: 'off' });
    const kept = await addUser(pbx.id, { mac: '00005e005303', status: 'provisioned', auto_provision: 'on' });
    api.woken.length = 0;
    expect((await change(pbx.id, { autoProvision: true })).status).toBe(200);
    expect(api.woken).toEqual([pbx.id]);
    expect(await readUser(inherits)).toMatchObject({
      status: 'waiting',
      reason_code: 'QUEUED',
      due: true,
      priority: 5,
    });
    expect(await readUser(says)).toMatchObject({ status: 'off', due_at: null });
    expect(await readUser(without)).toMatchObject({ status: 'waiting', reason_code: 'MAC_MISSING', due_at: null });
    expect(await readUser(kept)).toMatchObject({ status: 'provisioned', due: true });
    expect((await api.call('GET', `/pbxs/${pbx.id}`)).json.users).toMatchObject({
      total: 4,
      off: 1,
      waiting: 2,
      provisioned: 1,
    });
  });

  it('with the switch turned off sets those that inherit to off, keeps what is stored, and fences a running slice', async () => {
    const pbx = await addPbx({ autoProvision: true });
    const { slice_epoch: epoch } = await versions(pbx.id);
    const inherits = await addUser(pbx.id, {
      mac: '00005e005311',
      status: 'provisioned',
      did: '+12025550142',
      did_source: 'harvest',
      lines_version: 3,
      due_at: new Date(),
      claim_epoch: epoch,
    });
    const own = await addUser(pbx.id, {
      mac: '00005e005312',
      status: 'waiting',
      auto_provision: 'on',
      due_at: new Date(),
    });
    expect((await change(pbx.id, { autoProvision: false })).status).toBe(200);
    expect(await readUser(inherits)).toMatchObject({
      status: 'off',
      due_at: null,
      claim_epoch: null,
      did: '+12025550142',
      lines_version: 3,
    });
    expect(await readUser(own)).toMatchObject({ status: 'waiting', due: true });
    expect((await versions(pbx.id)).slice_epoch).toBe(epoch + 1);
  });

  it('that changes address or mapping makes enabled users due; other changes do not', async () => {
    const pbx = await addPbx({ autoProvision: true });
    const next = new Date(Date.now() + 3_600_000);
    const failed = await addUser(pbx.id, {
      mac: '00005e005321',
      status: 'failed',
      reason_code: 'HTTP_401',
      attempt: 4,
    });
    const good = await addUser(pbx.id, { mac: '00005e005322', status: 'provisioned', due_at: next });
    await change(pbx.id, { resyncHours: 5, maxConcurrent: 8 });
    expect(await readUser(failed)).toMatchObject({ status: 'failed', due_at: null });
    await change(pbx.id, { username: 'u', password: 'p' });
    expect(await readUser(failed)).toMatchObject({ status: 'waiting', reason_code: 'QUEUED', due: true, attempt: 0 });
    expect(await readUser(good)).toMatchObject({ status: 'provisioned', due: true });
  });

  it('refuses to delete a PBX with users unless told that they go too', async () => {
    const pbx = await addPbx();
    const user = await addUser(pbx.id, { status: 'off' });
    const refused = await api.call('DELETE', `/pbxs/${pbx.id}`, undefined, { 'if-match': '*' });
    expect(refused.json).toMatchObject({ status: 409, code: 'pbx-has-users' });
    expect((await api.call('DELETE', `/pbxs/${pbx.id}?users=delete`, undefined, { 'if-match': '*' })).status).toBe(204);
    expect(await readUser(user)).toBeUndefined();
  });

  it('answers Sync for all with how many are due now', async () => {
    const pbx = await addPbx({ autoProvision: true });
    const user = await addUser(pbx.id, { mac: '00005e005331', status: 'provisioned' });
    const reply = await api.call('POST', `/pbxs/${pbx.id}/sync`);
    expect([reply.status, reply.json]).toEqual([202, { requested: 1 }]);
    expect(await readUser(user)).toMatchObject({ due: true, priority: 10, sync_requested_by: TEST_KEY });
    expect((await api.call('POST', '/pbxs/01a1fd94-06ea-74e4-b19b-0dd520170800/sync')).status).toBe(404);
  });
});
