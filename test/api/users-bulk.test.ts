import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey, addTenant } from '../help/access.ts';
import { TEST_KEY } from '../help/api.ts';
import { type Answer, type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
beforeAll(async () => {
  api = await openIntakeApi();
});
afterAll(() => api.close());

const bulk = (body: unknown): Promise<Answer> => api.call('POST', '/users/bulk', body);
const UNKNOWN = '01a1fd94-06ea-74e4-b19b-0dd520170800';

async function addUser(pbxId: string, settings: Record<string, unknown>): Promise<string> {
  const made = await api.call('POST', '/users', { pbxId, ...settings });
  expect(made.status).toBe(201);
  return made.body.id;
}

async function stateOf(id: string) {
  const { body } = await api.call('GET', `/users/${id}`);
  return body;
}

async function feedOf(pbxId: string) {
  const { body } = await api.call('GET', `/activity?pbxId=${pbxId}&limit=500`);
  return body.items.filter((entry: { verb: string }) => entry.verb.startsWith('users.'));
}

/** Users of one PBX made by SQL: `waiting`, with a MAC each. */
async function addMany(pbxId: string, count: number): Promise<void> {
  await api.database.sql`
    insert into users (id, tenant_id, pbx_id, name, mac, source, status, reason_code)
    select gen_random_uuid(), ${api.tenantId}, ${pbxId}, 'many ' || n, lpad(to_hex(n), 12, '0'), 'api', 'waiting', 'QUEUED'
    from generate_series(1, ${count}) n`;
}

describe('switching many users', () => {
  it('switches users off, keeps what is stored, and says who was off already', async () => {
    const pbxId = await api.addPbx();
    const [on, off] = [
      await addUser(pbxId, { name: 'On', mac: '00005e005301' }),
      await addUser(pbxId, { name: 'Off', mac: '00005e005302', autoProvision: 'off' }),
    ];
    const before = await stateOf(on);
    const answer = await bulk({ action: 'disable', userIds: [on, off, UNKNOWN, on] });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      dryRun: false,
      matched: 2,
      changed: 1,
      skipped: [
        { code: 'USER_UNKNOWN', message: 'There is no such user.', count: 1, userIds: [UNKNOWN] },
        { code: 'ALREADY_OFF', message: 'Is switched off already.', count: 1, userIds: [off] },
      ],
    });
    expect(await stateOf(on)).toMatchObject({
      status: 'off',
      autoProvision: 'off',
      nextTryAt: null,
      reasonCode: null,
      mac: before.mac,
      version: before.version + 1,
    });
  });

  it('switches on those that are off: due now, or waiting for a MAC', async () => {
    const pbxId = await api.addPbx({ autoProvision: false });
    const known = await addUser(pbxId, { name: 'Known', mac: '00005e005303' });
    const without = await addUser(pbxId, { name: 'Without', autoProvision: 'off' });
    const already = await addUser(pbxId, { name: 'Already', mac: '00005e005304', autoProvision: 'on' });
    const answer = await bulk({ action: 'enable', filter: { pbxId } });
    expect(answer.body).toMatchObject({
      matched: 3,
      changed: 2,
      skipped: [{ code: 'ALREADY_ON', userIds: [already] }],
    });
    expect(await stateOf(known)).toMatchObject({
      status: 'waiting',
      reasonCode: 'QUEUED',
      enabled: { value: true, decidedBy: 'user' },
      nextTryAt: expect.any(String),
    });
    expect(await stateOf(without)).toMatchObject({ status: 'waiting', reasonCode: 'MAC_MISSING', nextTryAt: null });
    expect(api.woken).toContain(pbxId);
  });

  it('asks users to be fetched now, and says why others are not', async () => {
    const pbxId = await api.addPbx();
    const deaf = await api.addPbx({ provisioningUrl: null });
    const asked = await addUser(pbxId, { name: 'Asked', mac: '00005e005305' });
    const off = await addUser(pbxId, { name: 'Off', mac: '00005e005306', autoProvision: 'off' });
    const without = await addUser(pbxId, { name: 'Without' });
    const elsewhere = await addUser(deaf, { name: 'Elsewhere', mac: '00005e005307' });
    await api.database.sql`
      update users set status = 'failed', reason_code = 'ABSENT', due_at = null, absent_since = now() where id = ${asked}`;
    const answer = await bulk({ action: 'sync', userIds: [asked, off, without, elsewhere] });
    expect(answer.body).toMatchObject({ matched: 4, changed: 1 });
    expect(answer.body.skipped.map((skip: { code: string }) => skip.code).sort()).toEqual([
      'MAC_MISSING',
      'PBX_WITHOUT_ADDRESS',
      'USER_OFF',
    ]);
    const [row] = await api.database.sql`
      select priority, sync_requested_by as by, absent_since, due_at <= now() as due from users where id = ${asked}`;
    expect(row).toEqual({ priority: 10, by: TEST_KEY, absent_since: null, due: true });
    expect(api.woken).toContain(pbxId);
  });
});

describe('users that their PBX no longer knows', () => {
  it('are listed by reason and by time, and erased with their credentials; timelines stay', async () => {
    const pbxId = await api.addPbx({ name: 'Old PBX' });
    const gone = await addUser(pbxId, { name: 'Gone', mac: '00005e005311', provUsername: 'u', provPassword: 'pw' });
    const lately = await addUser(pbxId, { name: 'Lately', mac: '00005e005312' });
    const well = await addUser(pbxId, { name: 'Well', mac: '00005e005313' });
    await api.database.sql`
      update users set status = 'failed', reason_code = 'ABSENT', due_at = null, absent_since = now() - interval '8 days'
      where id = ${gone}`;
    await api.database.sql`
      update users set status = 'stale', reason_code = 'HTTP_403', absent_since = now() - interval '1 hour'
      where id = ${lately}`;
    await api.database.sql`
      insert into harvested_lines (user_id, version, tenant_id, content_sealed, vendor, format, line, source_url, changes)
      values (${gone}, 1, ${api.tenantId}, 'sealed', 'yealink', 'key-value', 1, 'https://pbx.example.com/', '{}')`;
    const week = new Date(Date.now() - 7 * 86_400_000).toISOString();
    const listed = await api.call('GET', `/users?pbxId=${pbxId}&reasonCode=ABSENT,HTTP_404,HTTP_403`);
    expect(listed.body.items).toHaveLength(2);
    const filter = { pbxId, absentSince: week };
    const dry = await bulk({ action: 'erase', filter, dryRun: true });
    expect(dry.body).toEqual({ dryRun: true, matched: 1, changed: 1, skipped: [] });
    expect((await stateOf(gone)).name).toBe('Gone');

    const erased = await bulk({ action: 'erase', filter, confirm: dry.body.matched });
    expect(erased.body).toEqual({ dryRun: false, matched: 1, changed: 1, skipped: [] });
    expect((await api.call('GET', `/users/${gone}`)).status).toBe(404);
    expect(await api.database.sql`select 1 from harvested_lines where user_id = ${gone}`).toHaveLength(0);
    const timeline = await api.call('GET', `/users/${gone}/timeline`);
    expect(timeline.body.items.map((entry: { verb: string }) => entry.verb)).toEqual(['user.create']);
    expect((await stateOf(well)).status).toBe('waiting');
    expect((await stateOf(lately)).status).toBe('stale');
    expect(await feedOf(pbxId)).toMatchObject([
      {
        verb: 'users.erase',
        actor: TEST_KEY,
        pbxName: 'Old PBX',
        sentence: '1 user was deleted, with its credentials.',
        detail: { matched: 1, changed: 1, skipped: {}, filter: { pbxId, absentSince: week } },
      },
    ]);
  });

  it('are not erased without the right count', async () => {
    const pbxId = await api.addPbx();
    await addUser(pbxId, { name: 'A', mac: '00005e005321' });
    await addUser(pbxId, { name: 'B', mac: '00005e005322' });
    const missing = await bulk({ action: 'erase', filter: { pbxId } });
    expect([missing.status, missing.body.errors[0].pointer]).toEqual([422, '#/body/confirm']);
    for (const confirm of [0, 1, 3]) {
      const wrong = await bulk({ action: 'erase', filter: { pbxId }, confirm });
      expect([wrong.status, wrong.body.code, wrong.body.matched]).toEqual([409, 'confirm-count', 2]);
    }
    expect((await api.call('GET', `/users?pbxId=${pbxId}`)).body.items).toHaveLength(2);
    expect((await bulk({ action: 'erase', filter: { pbxId }, confirm: 2 })).body.changed).toBe(2);
  });
});

const codes = (answer: Answer): Record<string, readonly string[]> =>
  Object.fromEntries(
    answer.body.skipped.map((skip: { code: string; userIds: string[] }) => [skip.code, skip.userIds.toSorted()]),
  );

describe('moving many users to another PBX', () => {
  it('lets them begin there like new users, and keeps what was typed', async () => {
    const [from, to] = [
      await api.addPbx({ name: 'From' }),
      await api.addPbx({ name: 'To there', autoProvision: true }),
    ];
    const id = await addUser(from, { name: 'Ann', mac: '00005e005341', sipUserId: '101', userTag: 'sales' });
    await api.database.sql`
      update users set status = 'provisioned', reason_code = null, due_at = now() + interval '1 day', lines_version = 3,
        answered = '{1}', etag = 'e', last_modified = 'l', content_tag = 'c', aor_tag = 'a', attempt = 4, claim_epoch = 9,
        claimed_at = now(), did = '+12025550142', did_source = 'harvest' where id = ${id}`;
    const before = await stateOf(id);
    const off = await addUser(from, { name: 'Off', mac: '00005e005342', autoProvision: 'off' });
    const answer = await bulk({ action: 'move', pbxId: to, filter: { pbxId: from } });
    expect(answer.body).toEqual({ dryRun: false, matched: 2, changed: 2, skipped: [] });
    expect(await stateOf(id)).toMatchObject({
      pbxId: to,
      pbxName: 'To there',
      mac: '00005e005341',
      sipUserId: '101',
      userTag: 'sales',
      did: '+12025550142',
      status: 'waiting',
      reasonCode: 'QUEUED',
      attempt: 0,
      version: before.version + 1,
    });
    const [row] = await api.database.sql`
      select answered, etag, last_modified, content_tag, aor_tag, claim_epoch, due_at <= now() as due from users
      where id = ${id}`;
    expect(row).toEqual({
      answered: null,
      etag: null,
      last_modified: null,
      content_tag: null,
      aor_tag: null,
      claim_epoch: null,
      due: true,
    });
    expect(await stateOf(off)).toMatchObject({ pbxId: to, status: 'off', nextTryAt: null });
    expect(api.woken).toContain(to);
    expect((await feedOf(from))[0]).toMatchObject({
      verb: 'users.move',
      sentence: '2 users were moved to To there.',
    });
  });

  it('lets the switch of the new PBX decide about those that inherit it', async () => {
    const [from, to] = [await api.addPbx(), await api.addPbx({ autoProvision: false })];
    const inherits = await addUser(from, { name: 'Inherits', mac: '00005e005343' });
    const on = await addUser(from, { name: 'On', mac: '00005e005344', autoProvision: 'on' });
    expect((await bulk({ action: 'move', pbxId: to, userIds: [inherits, on] })).body.changed).toBe(2);
    expect((await stateOf(inherits)).status).toBe('off');
    expect((await stateOf(on)).status).toBe('waiting');
  });

  it('leaves alone whose MAC or SIP user is taken there, who is there, and who has a password for another server', async () => {
    const server = 'https://pbx.example.com/other/{mac}.cfg';
    const [from, to] = [await api.addPbx(), await api.addPbx({ provisioningUrl: server })];
    await addUser(to, { name: 'There', mac: '00005e005351', sipUserId: '101' });
    const there = await addUser(to, { name: 'There too', mac: '00005e005352' });
    const sameMac = await addUser(from, { name: 'Same MAC', mac: '00005e005351' });
    const otherLine = await addUser(from, { name: 'Other line', mac: '00005e005351', lineRule: '2' });
    const sameSip = await addUser(from, { name: 'Same SIP user', sipUserId: '101' });
    const login = { provUsername: 'u', provPassword: 'secret' };
    const sameServer = await addUser(from, { name: 'Same server', mac: '00005e005353', ...login });
    const elsewhere = await api.addPbx({ provisioningUrl: 'https://old.example.com/{mac}.cfg' });
    const ownLogin = await addUser(elsewhere, { name: 'Own login', mac: '00005e005354', ...login });
    // At two PBXs the same MAC: the first one that comes gets it.
    const third = await api.addPbx();
    const twins = [
      await addUser(from, { name: 'Twin', mac: '00005e005355' }),
      await addUser(third, { name: 'Twin', mac: '00005e005355' }),
    ];
    const stranger = (await api.call('POST', '/pbxs', { tenantId: await addTenant(api, 'Below'), name: 'Theirs' })).body
      .id;
    const foreign = await addUser(stranger, { name: 'Foreign', mac: '00005e005356' });
    const userIds = [there, sameMac, otherLine, sameSip, sameServer, ownLogin, ...twins, foreign];
    const body = { action: 'move', pbxId: to, userIds };
    expect((await bulk({ ...body, dryRun: true })).body).toMatchObject({ dryRun: true, matched: 9, changed: 4 });
    expect((await stateOf(otherLine)).pbxId).toBe(from);
    const answer = await bulk(body);
    expect(answer.body).toMatchObject({ matched: 9, changed: 3 });
    expect(codes(answer)).toEqual({
      ALREADY_THERE: [there],
      OTHER_TENANT: [foreign],
      OWN_PASSWORD: [ownLogin],
      MAC_DUPLICATE: [sameMac, twins[1]].toSorted(),
      SIP_USER_DUPLICATE: [sameSip],
    });
    for (const id of [otherLine, sameServer, twins[0] ?? '']) expect((await stateOf(id)).pbxId).toBe(to);
    for (const id of [sameMac, sameSip]) expect((await stateOf(id)).pbxId).toBe(from);
  });

  it('knows no PBX but those where the caller may create users', async () => {
    const tenant = await addTenant(api, 'Narrow');
    const [mine, other] = await Promise.all(
      ['Mine', 'Not mine'].map(async (name) => (await api.call('POST', '/pbxs', { tenantId: tenant, name })).body.id),
    );
    const id = await addUser(mine, { name: 'Ann', mac: '00005e005361' });
    const key = await addKey(api, tenant, { scopes: ['users:write', 'users:sync'], pbxIds: [mine] });
    const move = (pbxId: string, headers = {}) =>
      api.call('POST', '/users/bulk', { action: 'move', pbxId, userIds: [id] }, headers);
    for (const pbxId of [other, UNKNOWN]) {
      expect((await move(pbxId, key)).body.errors).toMatchObject([{ pointer: '#/body/pbxId', code: 'PBX_UNKNOWN' }]);
    }
    expect((await move(mine, await addKey(api, tenant, { scopes: ['users:sync'] }))).status).toBe(403);
    expect((await move(other)).body.changed).toBe(1);
  });
});

describe('giving many users pseudo-MACs', () => {
  it('gives one to each that has none, where the PBX assigns them', async () => {
    const [pbxId, asks] = [await api.addPbx(), await api.addPbx()];
    const ids = [await addUser(pbxId, { name: 'A' }), await addUser(pbxId, { name: 'B' })];
    const has = await addUser(pbxId, { name: 'Has', mac: '00005e005371' });
    const off = await addUser(asks, { name: 'Not there' });
    await api.database.sql`update pbxs set auto_assign_mac = true, pseudo_mac_oui = '001565' where id = ${pbxId}`;
    const body = { action: 'assign', userIds: [...ids, has, off] };
    const dry = await bulk({ ...body, dryRun: true });
    expect((await stateOf(ids[0] ?? '')).mac).toBeNull();
    const answer = await bulk(body);
    expect(answer.body).toEqual({ ...dry.body, dryRun: false });
    expect(answer.body).toMatchObject({ matched: 4, changed: 2 });
    expect(codes(answer)).toEqual({ MAC_THERE: [has], AUTO_ASSIGN_OFF: [off] });
    const states = await Promise.all(ids.map(stateOf));
    for (const state of states) {
      expect(state).toMatchObject({ macAssigned: true, status: 'waiting', reasonCode: 'QUEUED' });
      expect(state.mac).toMatch(/^001565[0-9a-f]{6}$/);
    }
    expect(states[0].mac).not.toBe(states[1].mac);
    expect(await stateOf(has)).toMatchObject({ mac: '00005e005371', macAssigned: false });
    expect(api.woken).toContain(pbxId);
  });
});

describe('changing many users', () => {
  it('changes what is named and nothing else', async () => {
    const pbxId = await api.addPbx();
    const routeId = (await api.call('POST', '/voice-routes', { name: 'Bulk East' })).body.id;
    const one = await addUser(pbxId, { name: 'One', mac: '00005e005381', userTag: 'sales', useTeamsVoicemail: true });
    const two = await addUser(pbxId, {
      name: 'Two',
      provUsername: 'u',
      provPassword: 'hush-4711',
      voiceRouteId: routeId,
    });
    const three = await addUser(pbxId, { name: 'Three', voiceRouteId: routeId, userTag: 'support' });
    const before = await Promise.all([one, two, three].map(stateOf));
    const changes = { voiceRouteId: routeId, userTag: 'support' };
    const answer = await bulk({ action: 'change', filter: { pbxId }, changes });
    expect(answer.body).toMatchObject({ matched: 3, changed: 2 });
    expect(codes(answer)).toEqual({ UNCHANGED: [three] });
    const after = await Promise.all([one, two, three].map(stateOf));
    for (const [n, state] of after.entries()) {
      const touched = n === 2 ? {} : { version: before[n].version + 1, updatedAt: state.updatedAt };
      expect(state).toEqual({ ...before[n], ...changes, ...touched });
    }
    expect(
      (await bulk({ action: 'change', filter: { pbxId }, changes: { voiceRouteId: null, userTag: null } })).body
        .changed,
    ).toBe(3);
    expect(await stateOf(one)).toMatchObject({ voiceRouteId: null, userTag: null, useTeamsVoicemail: true });
    expect((await feedOf(pbxId))[0].sentence).toBe('3 users were changed: voice route, tag.');
    const [entry] = await api.database
      .sql`select after from audit where action = 'user.change' order by id desc limit 1`;
    expect(entry?.after).toMatchObject({ changes: { voiceRouteId: null }, matched: 3 });
  });

  it('switches, and makes due who is switched on', async () => {
    const pbxId = await api.addPbx({ autoProvision: false });
    const id = await addUser(pbxId, { name: 'A', mac: '00005e005391' });
    await bulk({ action: 'change', userIds: [id], changes: { autoProvision: 'on' } });
    expect(await stateOf(id)).toMatchObject({ status: 'waiting', reasonCode: 'QUEUED', autoProvision: 'on' });
    expect(api.woken).toContain(pbxId);
    await bulk({ action: 'change', userIds: [id], changes: { autoProvision: 'inherit' } });
    expect(await stateOf(id)).toMatchObject({ status: 'off', nextTryAt: null });
  });

  it('holds each user to the rules of the single change, and says which one it was', async () => {
    const pbxId = await api.addPbx();
    const bare = await addUser(pbxId, { name: 'Bare' });
    const teams = await addUser(pbxId, { name: 'Teams', teamsUserId: 'bulk@acme.example', useTeamsVoicemail: true });
    const change = (changes: object, dryRun = false) => bulk({ action: 'change', filter: { pbxId }, changes, dryRun });
    const asTrunk = await change({ userType: 'trunk' });
    expect(codes(asTrunk)).toEqual({ DID_LIST_MISSING: [bare, teams].toSorted() });
    // Its voicemail of Teams is what speaks against it, until that is changed too.
    expect(codes(await change({ userType: 'callApp' }))).toEqual({
      TEAMS_USER_MISSING: [bare],
      VOICEMAIL_NOT_FALSE: [teams],
    });
    const both = { userType: 'callApp', useTeamsVoicemail: false };
    expect((await change(both, true)).body).toMatchObject({ dryRun: true, changed: 1 });
    expect((await stateOf(teams)).userType).toBe('pbx');
    expect(codes(await change(both))).toEqual({ TEAMS_USER_MISSING: [bare] });
    expect(await stateOf(teams)).toMatchObject(both);
  });

  it('takes a voice route for those of its tenant only', async () => {
    const below = await addTenant(api, 'Routes below');
    const theirs = (await api.call('POST', '/pbxs', { tenantId: below, name: 'Theirs' })).body.id;
    const routeId = (await api.call('POST', '/voice-routes', { tenantId: below, name: 'West' })).body.id;
    const [own, other] = [await addUser(await api.addPbx(), { name: 'A' }), await addUser(theirs, { name: 'B' })];
    const body = { action: 'change', userIds: [own, other], changes: { voiceRouteId: routeId } };
    expect(codes(await bulk(body))).toEqual({ VOICE_ROUTE_UNKNOWN: [own] });
    expect((await stateOf(other)).voiceRouteId).toBe(routeId);
    const foreign = await api.call(
      'POST',
      '/users/bulk',
      body,
      await addKey(api, await addTenant(api, 'Routes beside')),
    );
    expect(foreign.body.errors).toMatchObject([{ pointer: '#/body/changes/voiceRouteId' }]);
  });

  it('goes through many, with those in the way told apart in each batch', async () => {
    const [from, to] = [await api.addPbx(), await api.addPbx()];
    await addMany(from, 1100);
    await api.database.sql`
      insert into users (id, tenant_id, pbx_id, name, mac, source, status)
      select gen_random_uuid(), ${api.tenantId}, ${to}, 'there', lpad(to_hex(n * 100), 12, '0'), 'api', 'waiting'
      from generate_series(1, 11) n`;
    const answer = await bulk({ action: 'move', pbxId: to, filter: { pbxId: from } });
    expect(answer.body).toMatchObject({
      matched: 1100,
      changed: 1089,
      skipped: [{ code: 'MAC_DUPLICATE', count: 11 }],
    });
    const tagged = await bulk({ action: 'change', filter: { pbxId: to, q: 'many' }, changes: { userTag: 'moved' } });
    expect(tagged.body).toMatchObject({ matched: 1089, changed: 1089 });
  });
});

describe('a bulk action', () => {
  it.each<[string, unknown]>([
    ['neither filter nor ids', { action: 'sync' }],
    ['filter and ids', { action: 'sync', filter: {}, userIds: [UNKNOWN] }],
    ['an unknown action', { action: 'promote', filter: {} }],
    ['an unknown field of the filter', { action: 'sync', filter: { nobody: UNKNOWN } }],
    ['a status that is not known', { action: 'sync', filter: { status: ['dead'] } }],
    ['no ids', { action: 'sync', userIds: [] }],
    ['a move without a goal', { action: 'move', filter: {} }],
    ['a goal without a move', { action: 'sync', filter: {}, pbxId: UNKNOWN }],
    ['a change without changes', { action: 'change', filter: {} }],
    ['a change of nothing', { action: 'change', filter: {}, changes: {} }],
    ['a change of a password', { action: 'change', filter: {}, changes: { sipPassword: 'x' } }],
    ['changes without a change', { action: 'enable', filter: {}, changes: { userTag: 'x' } }],
  ])('refuses %s', async (_, body) => {
    expect((await bulk(body)).status).toBe(422);
  });

  it('touches no user of another tenant', async () => {
    const mine = await addKey(api, await addTenant(api, 'Mine'));
    const bulk = (body: object) => api.call('POST', '/users/bulk', body, mine);
    const tenant = await addTenant(api, 'Other');
    const [pbx, user] = ['01a1fd94-06ea-74e4-b19b-0dd520170822', '01a1fd94-06ea-74e4-b19b-0dd520170823'];
    await api.database.sql`insert into pbxs (id, tenant_id, name) values (${pbx}, ${tenant}, 'Theirs')`;
    await api.database.sql`
      insert into users (id, tenant_id, pbx_id, name, source, status)
      values (${user}, ${tenant}, ${pbx}, 'Stranger', 'api', 'waiting')`;
    expect((await bulk({ action: 'erase', userIds: [user], confirm: 0 })).body).toMatchObject({
      matched: 0,
      changed: 0,
    });
    expect((await bulk({ action: 'erase', filter: { pbxId: pbx }, confirm: 0 })).body.matched).toBe(0);
    await bulk({ action: 'disable', filter: { q: 'Stranger' } });
    expect(await api.database.sql`select status from users where id = ${user}`).toEqual([{ status: 'waiting' }]);
  });

  it('goes through thousands of users in batches, with one entry in the feed', async () => {
    const pbxId = await api.addPbx({ name: 'Large' });
    await addMany(pbxId, 1750);
    const off = await bulk({ action: 'disable', filter: { pbxId } });
    expect(off.body).toEqual({ dryRun: false, matched: 1750, changed: 1750, skipped: [] });
    const again = await bulk({ action: 'disable', filter: { pbxId } });
    expect(again.body).toMatchObject({ changed: 0, skipped: [{ code: 'ALREADY_OFF', count: 1750 }] });
    expect(again.body.skipped[0].userIds).toHaveLength(20);
    const erased = await bulk({ action: 'erase', filter: { pbxId, status: ['off'] }, confirm: 1750 });
    expect(erased.body.changed).toBe(1750);
    expect((await feedOf(pbxId)).map((entry: { sentence: string }) => entry.sentence)).toEqual([
      '1,750 users were deleted, with their credentials.',
      '1,750 users were switched off; what is stored is kept.',
    ]);
  });

  it('keeps the batches that are done when one fails, says so, and does the rest when asked again', async () => {
    const pbxId = await api.addPbx();
    await addMany(pbxId, 1200);
    const [victim] = await api.database.sql<{ id: string }[]>`
      select id from users where pbx_id = ${pbxId} order by id offset 700 limit 1`;
    await api.database.sql.unsafe(`
      create function refuse_one() returns trigger language plpgsql as
        $$ begin if new.id = '${victim?.id}' then raise exception 'no'; end if; return new; end $$;
      create trigger refuse_one before update on users for each row execute function refuse_one();`);
    const failed = await bulk({ action: 'disable', filter: { pbxId } });
    await api.database.sql.unsafe('drop trigger refuse_one on users; drop function refuse_one()');
    expect(failed.status).toBe(500);
    expect(failed.body).toMatchObject({ code: 'bulk-stopped', matched: 1200, changed: 500 });
    expect(failed.body.detail).toContain('500 of 1200');
    const [count] = await api.database.sql`
      select count(*)::int as off from users where pbx_id = ${pbxId} and status = 'off'`;
    expect(count).toEqual({ off: 500 });
    expect(await feedOf(pbxId)).toMatchObject([{ verb: 'users.disable', outcome: 'failed', detail: { changed: 500 } }]);
    const rest = await bulk({ action: 'disable', filter: { pbxId } });
    expect(rest.body).toMatchObject({ changed: 700, skipped: [{ code: 'ALREADY_OFF', count: 500 }] });
  });

  it('is done once for one Idempotency-Key', async () => {
    const pbxId = await api.addPbx();
    await addUser(pbxId, { name: 'Once', mac: '00005e005331' });
    const body = { action: 'erase', filter: { pbxId }, confirm: 1 };
    const first = await api.call('POST', '/users/bulk', body, { 'idempotency-key': 'erase-once' });
    const second = await api.call('POST', '/users/bulk', body, { 'idempotency-key': 'erase-once' });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await feedOf(pbxId)).toHaveLength(1);
  });

  it('shares users with another one that runs at the same time', async () => {
    const pbxId = await api.addPbx();
    await addMany(pbxId, 1100);
    const answers = await Promise.all([
      bulk({ action: 'disable', filter: { pbxId } }),
      bulk({ action: 'disable', filter: { pbxId } }),
      bulk({ action: 'sync', filter: { pbxId } }),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    expect((answers[0]?.body.changed ?? 0) + (answers[1]?.body.changed ?? 0)).toBe(1100);
    const [count] = await api.database.sql`
      select count(*)::int as due from users where pbx_id = ${pbxId} and (status <> 'off' or due_at is not null)`;
    expect(count).toEqual({ due: 0 });
  });

  it('refuses a NUL in a search, as the list does', async () => {
    expect((await bulk({ action: 'sync', filter: { q: 'a\u0000b' } })).status).toBe(422);
    for (const query of ['q=a%00b', 'reasonCode=a%00b', 'q=a&q=%00']) {
      expect([query, (await api.call('GET', `/users?${query}`)).status]).toEqual([query, 422]);
    }
  });
});
