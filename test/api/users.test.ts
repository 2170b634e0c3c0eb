import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey, addTenant } from '../help/access.ts';
import { TEST_KEY } from '../help/api.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
beforeAll(async () => {
  api = await openIntakeApi();
});
afterAll(() => api.close());

describe('creating users', () => {
  it('normalises the MAC and makes an enabled user due now', async () => {
    const pbxId = await api.addPbx();
    const made = await api.call('POST', '/users', {
      pbxId,
      name: 'Ann',
      mac: '00-00-5E-00-53-01',
      did: '(202) 555-0142',
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/api/v1/users/${made.body.id}`);
    expect(made.headers.get('etag')).toBe(`"${made.body.id}-1"`);
    expect(made.body).toMatchObject({
      mac: '00005e005301',
      macAssigned: false,
      status: 'waiting',
      reasonCode: 'QUEUED',
      enabled: { value: true, decidedBy: 'pbx' },
      did: '+12025550142',
      didSource: 'manual',
      source: 'api',
      warnings: [],
    });
    expect(Date.parse(made.body.nextTryAt)).toBeLessThanOrEqual(Date.now() + 1000);
    expect(api.woken).toContain(pbxId);
    const timeline = await api.call('GET', `/users/${made.body.id}/timeline`);
    expect(timeline.body.items).toMatchObject([{ verb: 'user.create', actor: TEST_KEY, userName: 'Ann' }]);
  });

  it('says of the second axis that nobody is registered here', async () => {
    const made = await api.call('POST', '/users', { pbxId: await api.addPbx(), mac: '00005e005331' });
    const registration = { status: 'off', at: null, reason: expect.stringContaining('does not register') };
    expect(made.body.registration).toEqual(registration);
    const { items } = (await api.call('GET', '/users?q=00005e005331')).body;
    expect(items).toMatchObject([{ registration }]);
  });

  it('assigns a pseudo-MAC in the answer when the PBX assigns them, asked or not', async () => {
    const pbxId = await api.addPbx({ autoAssignMac: true, pseudoMacOui: '001565' });
    const asked = await api.call('POST', '/users', { pbxId, mac: 'auto_assign' });
    const notAsked = await api.call('POST', '/users', { pbxId, name: 'Bob' });
    for (const made of [asked, notAsked]) {
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({ macAssigned: true, status: 'waiting', reasonCode: 'QUEUED' });
      expect(made.body.mac).toMatch(/^001565[0-9a-f]{6}$/);
    }
    expect(asked.body.mac).not.toBe(notAsked.body.mac);
  });

  it('lets a user without a MAC wait, never due, when the PBX assigns none', async () => {
    const pbxId = await api.addPbx();
    const made = await api.call('POST', '/users', { pbxId, name: 'Cara' });
    expect(made.body).toMatchObject({ mac: null, status: 'waiting', reasonCode: 'MAC_MISSING', nextTryAt: null });
    expect(made.body.warnings).toMatchObject([{ code: 'MAC_MISSING', pointer: '#/body/mac' }]);
    const refused = await api.call('POST', '/users', { pbxId, mac: 'AUTO_ASSIGN' });
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toMatchObject([{ code: 'AUTO_ASSIGN_OFF', pointer: '#/body/mac' }]);
  });

  it('leaves a user off whose PBX or own switch says so', async () => {
    const pbxId = await api.addPbx({ autoProvision: false });
    const inherits = await api.call('POST', '/users', { pbxId, mac: '00005e005302' });
    expect(inherits.body).toMatchObject({
      status: 'off',
      nextTryAt: null,
      enabled: { value: false, decidedBy: 'pbx' },
    });
    expect(inherits.body.warnings).toMatchObject([{ code: 'PROVISIONING_OFF' }]);
    const on = await api.call('POST', '/users', { pbxId, mac: '00005e005303', autoProvision: 'on' });
    expect(on.body).toMatchObject({ status: 'waiting', enabled: { value: true, decidedBy: 'user' } });
  });

  it('names every wrong field at once, with the codes of a CSV row', async () => {
    const pbxId = await api.addPbx();
    const wrong = await api.call('POST', '/users', {
      pbxId,
      teamsUserId: 'ann at acme',
      sipUserId: 'a b',
      mac: '8.05012E+11',
      did: '2101',
      provPassword: 'x',
      lineRule: 'last',
    });
    expect(wrong.status).toBe(422);
    const found = wrong.body.errors.map((error: { pointer: string; code: string }) => `${error.pointer} ${error.code}`);
    expect(found.sort()).toEqual([
      '#/body/did DID_INVALID',
      '#/body/lineRule LINE_RULE_INVALID',
      '#/body/mac EXCEL_EXPONENT',
      '#/body/provPassword PASSWORD_WITHOUT_USER_NAME',
      '#/body/sipUserId SIP_USER_INVALID',
      '#/body/teamsUserId EMAIL_INVALID',
    ]);
  });

  it.each([
    ['an unknown PBX', { pbxId: '01a1fd94-06ea-74e4-b19b-0dd520170800' }, 'PBX_UNKNOWN'],
    ['an unknown field', { pbxId: '01a1fd94-06ea-74e4-b19b-0dd520170800', status: 'provisioned' }, 'unknown-field'],
    ['no PBX', { name: 'x' }, 'required'],
  ])('refuses %s', async (_, body, code) => {
    const answer = await api.call('POST', '/users', body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].code).toBe(code);
  });

  it('takes characters that no text has for a mistake, not for a fault of ours', async () => {
    const pbxId = await api.addPbx();
    for (const name of ['a\u0000b', 'a\ud800b', 'a\nb']) {
      const answer = await api.call('POST', '/users', { pbxId, name });
      expect([answer.status, answer.body.errors?.[0]?.code]).toEqual([422, 'CONTROL_CHARACTER']);
    }
  });

  it('says who has the name or MAC already', async () => {
    const pbxId = await api.addPbx();
    const first = { pbxId, name: 'Dora', teamsUserId: 'dora@acme.example', sipUserId: '110', mac: '00005e005310' };
    expect((await api.call('POST', '/users', first)).status).toBe(201);
    const again = await api.call('POST', '/users', { ...first, teamsUserId: 'DORA@acme.example', name: 'Eve' });
    expect(again.status).toBe(409);
    expect(again.body.code).toBe('user-conflict');
    expect(again.body.errors.map((error: { code: string }) => error.code).sort()).toEqual([
      'MAC_DUPLICATE',
      'SIP_USER_DUPLICATE',
      'TEAMS_USER_DUPLICATE',
    ]);
    expect(again.body.detail).toContain('Dora');
    const otherLine = { pbxId, mac: '00:00:5e:00:53:10', lineRule: '2' };
    expect((await api.call('POST', '/users', otherLine)).status).toBe(201);
  });

  it('warns of the same MAC at another PBX', async () => {
    const first = await api.addPbx();
    const second = await api.addPbx();
    await api.call('POST', '/users', { pbxId: first, name: 'Finn', mac: '00005e005320' });
    const made = await api.call('POST', '/users', { pbxId: second, mac: '00005e005320' });
    expect(made.status).toBe(201);
    expect(made.body.warnings).toMatchObject([{ code: 'MAC_AT_OTHER_PBX' }]);
    expect(made.body.warnings[0].detail).toContain('Finn');
  });

  it('never answers with the own password, and stores it sealed', async () => {
    const pbxId = await api.addPbx();
    const provPassword = ' p;#="ä ';
    const made = await api.call('POST', '/users', { pbxId, mac: '00005e005330', provUsername: 'u', provPassword });
    expect(made.body).toMatchObject({ provUsername: 'u', provPasswordSet: true });
    expect(made.text).not.toContain('p;#=');
    const [row] = await api.database.sql`select prov_password_sealed as sealed from users where id = ${made.body.id}`;
    const place = { tenant: api.tenantId, table: 'users', row: made.body.id, column: 'prov_password' };
    expect(api.ring.unseal(row?.sealed, place).reveal()).toBe(provPassword);
  });

  it('never looks at other tenants', async () => {
    const ours = await addTenant(api, 'Ours');
    const key = await addKey(api, ours);
    const call = (method: string, path: string, body?: unknown, headers = {}) =>
      api.call(method, path, body, { ...key, ...headers });
    const tenant = await addTenant(api, 'Other');
    const [pbx, user] = ['01a1fd94-06ea-74e4-b19b-0dd520170802', '01a1fd94-06ea-74e4-b19b-0dd520170803'];
    await api.database.sql`insert into pbxs (id, tenant_id, name) values (${pbx}, ${tenant}, 'Theirs')`;
    await api.database.sql`
      insert into users (id, tenant_id, pbx_id, source, status, mac, teams_user_id)
      values (${user}, ${tenant}, ${pbx}, 'api', 'off', '00005e0053d0', 'zed@acme.example')`;
    const pbxId = await api.addPbx({ tenantId: ours });
    const made = await call('POST', '/users', { pbxId, mac: '00005e0053d0', teamsUserId: 'zed@acme.example' });
    expect([made.status, made.body.warnings]).toEqual([201, []]);
    expect((await call('GET', `/users/${user}`)).status).toBe(404);
    expect((await call('DELETE', `/users/${user}`, undefined, { 'If-Match': '*' })).status).toBe(404);
    expect((await call('POST', `/users/${user}/sync`)).status).toBe(404);
    expect((await call('POST', '/users', { pbxId: pbx })).body.errors[0].code).toBe('PBX_UNKNOWN');
    expect((await call('GET', '/users?q=zed')).body.items).toHaveLength(1);
  });

  it('makes one user of a request that is repeated with its key', async () => {
    const pbxId = await api.addPbx({ autoAssignMac: true });
    const headers = { 'Idempotency-Key': 'create-once' };
    const [a, b] = [
      await api.call('POST', '/users', { pbxId }, headers),
      await api.call('POST', '/users', { pbxId }, headers),
    ];
    expect(b.body).toEqual(a.body);
    expect((await api.call('GET', `/users?pbxId=${pbxId}`)).body.items).toHaveLength(1);
  });
});

describe('changing users', () => {
  async function make(fields: Record<string, unknown>, pbx: Parameters<IntakeApi['addPbx']>[0] = {}) {
    const pbxId = await api.addPbx(pbx);
    const made = await api.call('POST', '/users', { pbxId, ...fields });
    expect(made.status).toBe(201);
    return made.body;
  }
  const patch = async (id: string, body: unknown) => {
    const now = await api.call('GET', `/users/${id}`);
    return api.call('PATCH', `/users/${id}`, body, { 'If-Match': now.headers.get('etag') ?? '' });
  };

  it('asks for If-Match and refuses an old version with the one in force', async () => {
    const user = await make({ name: 'Gina' });
    expect((await api.call('PATCH', `/users/${user.id}`, { name: 'x' })).status).toBe(428);
    expect((await patch(user.id, { name: 'Gina B' })).body).toMatchObject({ name: 'Gina B', version: 2 });
    const stale = await api.call('PATCH', `/users/${user.id}`, { name: 'x' }, { 'If-Match': `"${user.id}-1"` });
    expect(stale.status).toBe(412);
    expect(stale.body).toMatchObject({ currentVersion: 2, current: { name: 'Gina B' } });
  });

  it('disables and enables, and keeps what is stored', async () => {
    const user = await make({ mac: '00005e005340' });
    const off = await patch(user.id, { autoProvision: 'off' });
    expect(off.body).toMatchObject({
      status: 'off',
      reasonCode: null,
      nextTryAt: null,
      mac: '00005e005340',
      enabled: { value: false, decidedBy: 'user' },
    });
    const on = await patch(user.id, { autoProvision: 'inherit' });
    expect(on.body).toMatchObject({
      status: 'waiting',
      reasonCode: 'QUEUED',
      enabled: { value: true, decidedBy: 'pbx' },
    });
    const timeline = await api.call('GET', `/users/${user.id}/timeline`);
    expect(timeline.body.items.map((entry: { verb: string }) => entry.verb)).toEqual([
      'user.update',
      'user.disable',
      'user.create',
    ]);
  });

  it('forgets what was learned when the MAC changes, and takes the claim of a running fetch', async () => {
    const user = await make({ mac: '00005e005350' });
    await api.database.db.execute(sql`
      update users set status = 'provisioned', reason_code = null, due_at = now() + interval '1 day', etag = 'e',
        content_tag = 'k.t', answered = '{1}', aor_tag = 'k.a', claim_epoch = 7, claimed_at = now(), attempt = 3,
        did = '+12025550199', did_source = 'harvest', lines_version = 1 where id = ${user.id}`);
    const renamed = await patch(user.id, { name: 'Hugo' });
    expect(renamed.body).toMatchObject({ status: 'provisioned' });
    expect(Date.parse(renamed.body.nextTryAt)).toBeGreaterThan(Date.now() + 60_000);

    const login = await patch(user.id, { provUsername: 'u', provPassword: 'p' });
    expect(login.body).toMatchObject({ status: 'provisioned', provPasswordSet: true, attempt: 0 });
    expect(Date.parse(login.body.nextTryAt)).toBeLessThanOrEqual(Date.now() + 1000);

    const moved = await patch(user.id, { mac: '00005e005351' });
    expect(moved.body).toMatchObject({ status: 'waiting', reasonCode: 'QUEUED', did: '+12025550199' });
    const [row] = await api.database.sql`
      select etag, content_tag, answered, aor_tag, claim_epoch, login_version, priority from users where id = ${user.id}`;
    expect(row).toEqual({
      etag: null,
      content_tag: null,
      answered: null,
      aor_tag: null,
      claim_epoch: null,
      login_version: 2,
      priority: 5,
    });
  });

  it('has nothing to tell in the timeline when nothing changed', async () => {
    const user = await make({ mac: '00005e00535f' });
    expect((await patch(user.id, { mac: 'AUTO_ASSIGN', name: user.name })).status).toBe(200);
    const timeline = await api.call('GET', `/users/${user.id}/timeline`);
    expect(timeline.body.items).toMatchObject([{ verb: 'user.create' }]);
  });

  it('keeps the MAC of a user for whom AUTO_ASSIGN is asked, and gives one to a user without', async () => {
    const user = await make({ mac: '00005e005360' }, { autoAssignMac: true });
    expect((await patch(user.id, { mac: 'AUTO_ASSIGN' })).body).toMatchObject({
      mac: '00005e005360',
      macAssigned: false,
    });
    expect((await patch(user.id, { mac: null })).body).toMatchObject({
      mac: null,
      reasonCode: 'MAC_MISSING',
      nextTryAt: null,
    });
    const assigned = await patch(user.id, { mac: 'AUTO_ASSIGN' });
    expect(assigned.body).toMatchObject({ macAssigned: true, reasonCode: 'QUEUED' });
    expect(assigned.body.mac).toMatch(/^[0-9a-f][26ae][0-9a-f]{10}$/);
    expect((await patch(user.id, { mac: assigned.body.mac.toUpperCase() })).body).toMatchObject({
      macAssigned: true,
      mac: assigned.body.mac,
    });
  });

  it('refuses the MAC of somebody else and changes nothing', async () => {
    const user = await make({ name: 'Ida', mac: '00005e005370' });
    await api.call('POST', '/users', { pbxId: user.pbxId, name: 'Jan', mac: '00005e005371' });
    const taken = await patch(user.id, { mac: '00005e005371', name: 'x' });
    expect(taken.status).toBe(409);
    expect(taken.body.errors).toMatchObject([{ code: 'MAC_DUPLICATE', pointer: '#/body/mac' }]);
    expect((await api.call('GET', `/users/${user.id}`)).body).toMatchObject({ name: 'Ida', version: 1 });
  });

  it('clears a typed DID so that the harvest may fill it again', async () => {
    const user = await make({ mac: '00005e005380', did: '+12025550142' });
    expect((await patch(user.id, { did: null })).body).toMatchObject({ did: null, didSource: null });
  });

  it('deletes the user and keeps the timeline', async () => {
    const user = await make({ name: 'Kim', mac: '00005e005390' });
    expect((await api.call('DELETE', `/users/${user.id}`)).status).toBe(428);
    const gone = await api.call('DELETE', `/users/${user.id}`, undefined, { 'If-Match': `"${user.id}-1"` });
    expect(gone.status).toBe(204);
    expect((await api.call('GET', `/users/${user.id}`)).status).toBe(404);
    const timeline = await api.call('GET', `/users/${user.id}/timeline`);
    expect(timeline.body.items).toMatchObject([{ verb: 'user.delete', userName: 'Kim' }, { verb: 'user.create' }]);
  });

  it('knows no user of an unknown or malformed id', async () => {
    for (const id of ['01a1fd94-06ea-74e4-b19b-0dd520170800', 'x', '__proto__']) {
      for (const path of ['', '/timeline', '/lines']) {
        expect((await api.call('GET', `/users/${id}${path}`)).status).toBe(404);
      }
    }
  });
});

describe('listing users', () => {
  it('filters, sorts and pages without losing or repeating a user', async () => {
    const pbxId = await api.addPbx({ autoAssignMac: true });
    const names = ['Zoe', 'adam', 'Mia', 'mia', 'Öre', null, null];
    for (const name of names) await api.call('POST', '/users', { pbxId, name, userTag: 'list 100%' });
    const off = await api.call('POST', '/users', { pbxId, name: 'Off', autoProvision: 'off' });
    for (const sort of [
      'createdAt',
      '-createdAt',
      'name',
      '-name',
      'status',
      'mac',
      '-statusAt',
      'lastCheckedAt',
      'did',
      'pbx',
    ]) {
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const query: string = `pbxId=${pbxId}&sort=${sort}&limit=3${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
        const page = await api.call('GET', `/users?${query}`);
        expect(page.status).toBe(200);
        seen.push(...page.body.items.map((user: { id: string }) => user.id));
        cursor = page.body.nextCursor;
      }
      expect(new Set(seen).size).toBe(8);
      expect(seen).toHaveLength(8);
    }
    const named = await api.call('GET', `/users?pbxId=${pbxId}&sort=name&q=i`);
    expect(named.body.items.map((user: { name: string }) => user.name)).toContain('Mia');
    expect((await api.call('GET', `/users?pbxId=${pbxId}&q=${encodeURIComponent('100%')}`)).body.items).toHaveLength(7);
    expect((await api.call('GET', `/users?pbxId=${pbxId}&q=${encodeURIComponent('1_0%')}`)).body.items).toHaveLength(0);
    const byMac = off.body.mac.toUpperCase().match(/../g).join(':');
    expect((await api.call('GET', `/users?q=${byMac}`)).body.items).toMatchObject([{ id: off.body.id }]);
    expect((await api.call('GET', `/users?pbxId=${pbxId}&status=off`)).body.items).toMatchObject([{ name: 'Off' }]);
    expect((await api.call('GET', `/users?pbxId=${pbxId}&enabled=false`)).body.items).toHaveLength(1);
    expect(
      (await api.call('GET', `/users?pbxId=${pbxId}&status=waiting,off&reasonCode=QUEUED`)).body.items,
    ).toHaveLength(7);
    expect((await api.call('GET', '/users?count=estimate&limit=1')).body.estimate).toBeTypeOf('number');
  });

  it('narrows by voice route, user type and source: in the list, the export and for many at once alike', async () => {
    const pbxId = await api.addPbx();
    const add = async (body: object) => (await api.call('POST', '/users', { pbxId, ...body })).body.id;
    const routeId = (await api.call('POST', '/voice-routes', { name: 'East of the filters' })).body.id;
    const routed = await add({ name: 'Routed', voiceRouteId: routeId });
    const trunk = await add({ name: 'Trunk', userType: 'trunk', didList: ['+12025550142'], defaultDidIndex: 0 });
    const valet = await add({ name: 'Valet', userType: 'callApp', teamsUserId: 'valet@acme.example' });
    await api.settled(`/imports/${await api.upload('name,mac_address\nImported,00005e0053aa\n', pbxId)}/submit`);
    const imported = (await api.call('GET', `/users?pbxId=${pbxId}&q=Imported`)).body.items[0].id;
    for (const [query, filter, ids] of [
      [`voiceRouteId=${routeId}`, { voiceRouteId: routeId }, [routed]],
      ['userType=trunk', { userType: ['trunk'] }, [trunk]],
      ['userType=trunk,callApp', { userType: ['trunk', 'callApp'] }, [trunk, valet]],
      ['source=import', { source: ['import'] }, [imported]],
      ['source=api,manual&userType=pbx', { source: ['api', 'manual'], userType: ['pbx'] }, [routed]],
    ] as const) {
      const { items } = (await api.call('GET', `/users?pbxId=${pbxId}&${query}`)).body;
      expect([query, items.map((user: { id: string }) => user.id)]).toEqual([query, ids]);
      const csv = (await api.call('GET', `/users/export?pbxId=${pbxId}&${query}`)).text.trim().split('\r\n');
      expect([query, csv.length - 1]).toEqual([query, ids.length]);
      const bulk = { action: 'disable', filter: { pbxId, ...filter }, dryRun: true };
      expect([query, (await api.call('POST', '/users/bulk', bulk)).body.matched]).toEqual([query, ids.length]);
    }
    for (const query of ['userType=robot', 'source=sheet', 'voiceRouteId=1']) {
      expect([query, (await api.call('GET', `/users?${query}`)).status]).toEqual([query, 422]);
    }
  });

  it('says how many of its PBX go before a user that waits for its turn', async () => {
    const pbxId = await api.addPbx();
    const ids: string[] = [];
    for (const mac of ['00005e0053b1', '00005e0053b2', '00005e0053b3']) {
      ids.push((await api.call('POST', '/users', { pbxId, mac })).body.id);
    }
    const places = async () => {
      const seen = [];
      for (const id of ids) seen.push((await api.call('GET', `/users/${id}`)).body.usersBefore);
      return seen;
    };
    expect(await places()).toEqual([0, 1, 2]);
    await api.call('POST', `/users/${ids[2]}/sync`);
    expect(await places()).toEqual([1, 2, 0]);
    await api.database.sql`update users set due_at = now() + interval '1 hour' where id = ${ids[0] ?? ''}`;
    await api.database.sql`update users set status = 'failed', reason_code = 'HTTP_404' where id = ${ids[2] ?? ''}`;
    expect(await places()).toEqual([2, 1, null]);
  });

  it('shows a user as fetching only while the claim is of the running slice and young', async () => {
    const pbxId = await api.addPbx();
    const user = (await api.call('POST', '/users', { pbxId, mac: '00005e0053a0' })).body;
    await api.database.db.execute(sql`insert into pbx_runs (pbx_id, slice_epoch) values (${pbxId}, 3)`);
    const look = async (epoch: number, age: string) => {
      await api.database.db.execute(sql`
        update users set claim_epoch = ${epoch}, claimed_at = now() - ${age}::interval where id = ${user.id}`);
      return (await api.call('GET', `/users/${user.id}`)).body.status;
    };
    expect(await look(3, '1 second')).toBe('fetching');
    expect((await api.call('GET', `/users?pbxId=${pbxId}&status=fetching`)).body.items).toHaveLength(1);
    expect(await look(2, '1 second')).toBe('waiting');
    expect(await look(3, '2 minutes')).toBe('waiting');
  });

  it('says of a waiting pseudo-MAC what the feed says: enter it in the PBX', async () => {
    const pbxId = await api.addPbx({ autoAssignMac: true });
    const { id, mac } = (await api.call('POST', '/users', { pbxId, mac: 'AUTO_ASSIGN' })).body;
    await api.database.db.execute(sql`
      update users set reason_code = 'HTTP_404', retry_class = 'absence', attempt = 1 where id = ${id}`);
    const { body } = await api.call('GET', `/users/${id}`);
    expect(body.nextAction).toContain(`Enter the MAC ${mac} `);
    expect(body).not.toHaveProperty('retryClass');
  });

  it.each(['sort=password', 'sort=name;drop', 'status=blue', 'limit=501', 'nonsense=1', "q='&sort=name'--"])(
    'refuses ?%s',
    async (query) => {
      expect((await api.call('GET', `/users?${query}`)).status).toBe(422);
    },
  );

  it('refuses a cursor of another order', async () => {
    const page = await api.call('GET', '/users?limit=1&sort=name');
    const other = await api.call('GET', `/users?limit=1&sort=mac&cursor=${encodeURIComponent(page.body.nextCursor)}`);
    expect([other.status, other.body.code]).toEqual([400, 'bad-cursor']);
  });
});

describe('harvested lines and Sync', () => {
  it('shows every version without a password', async () => {
    const pbxId = await api.addPbx();
    const user = (await api.call('POST', '/users', { pbxId, mac: '00005e0053b0' })).body;
    const line = {
      line: 1,
      enabled: true,
      userName: '101',
      authName: '101a',
      password: 'sip-secret',
      displayName: 'Ann',
      label: '+12025550142',
      registrar: { host: 'pbx.example.com', port: 5061, transport: 'tls' },
      outboundProxy: null,
      backup: null,
      expiresSeconds: 3600,
    };
    const settings = [{ line: 1, name: 'srtp', value: 'on', key: 'account.1.srtp_encryption' }];
    for (const version of [1, 2]) {
      const content = { lines: [line], settings, line: 1, didField: 'label', didText: '+12025550142' };
      const place = { tenant: api.tenantId, table: 'harvested_lines', row: `${user.id}.${version}`, column: 'content' };
      const sealed = api.ring.seal(JSON.stringify(content), place);
      await api.database.db.execute(sql`
        insert into harvested_lines (user_id, version, tenant_id, content_sealed, vendor, format, line, source_url, changes)
        values (${user.id}, ${version}, ${api.tenantId}, ${sealed}, 'yealink', 'key-value', 1, 'https://pbx.example.com/x.cfg',
          ${version === 1 ? '{}' : '{password}'})`);
    }
    const lines = await api.call('GET', `/users/${user.id}/lines`);
    expect(lines.status).toBe(200);
    expect(lines.text).not.toContain('sip-secret');
    expect(lines.body.items).toMatchObject([
      { version: 2, changes: ['password'], lines: [{ userName: '101', password: '••••••' }], settings },
      { version: 1, changes: [] },
    ]);
  });

  it('makes a user due before all others', async () => {
    const pbxId = await api.addPbx();
    const user = (await api.call('POST', '/users', { pbxId, mac: '00005e0053c0' })).body;
    const one = await api.call('POST', `/users/${user.id}/sync`);
    expect([one.status, one.body]).toEqual([202, { requested: 1 }]);
    const many = await api.call('POST', '/users/sync', { userIds: [user.id], accept: 'MAC_MISMATCH' });
    expect([many.status, many.body]).toEqual([202, { requested: 1 }]);
    const [row] = await api.database.sql`select priority, accept_once from users where id = ${user.id}`;
    expect(row).toEqual({ priority: 10, accept_once: 'MAC_MISMATCH' });
    expect((await api.call('POST', '/users/sync', { userIds: [user.id], accept: 'HTTP_401' })).status).toBe(422);
    expect((await api.call('POST', '/users/01a1fd94-06ea-74e4-b19b-0dd520170800/sync')).status).toBe(404);
  });
});
