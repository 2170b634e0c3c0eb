import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
beforeAll(async () => {
  api = await openIntakeApi();
});
afterAll(() => api.close());

const add = (body: unknown) => api.call('POST', '/voice-routes', body);
const patch = async (id: string, body: unknown) => {
  const etag = (await api.call('GET', `/voice-routes/${id}`)).headers.get('etag') ?? '';
  return api.call('PATCH', `/voice-routes/${id}`, body, { 'If-Match': etag });
};
const remove = async (id: string, query = '') => {
  const etag = (await api.call('GET', `/voice-routes/${id}`)).headers.get('etag') ?? '';
  return api.call('DELETE', `/voice-routes/${id}${query}`, undefined, { 'If-Match': etag });
};
const defaults = async () =>
  (await api.call('GET', '/voice-routes')).body.items
    .filter((route: { isDefault: boolean }) => route.isDefault)
    .map((route: { name: string }) => route.name);

describe('voice routes', () => {
  it('are made, read, listed by name, changed and deleted', async () => {
    const made = await add({ name: ' US East ', description: 'Ashburn' });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/api/v1/voice-routes/${made.body.id}`);
    expect(made.body).toMatchObject({ name: 'US East', description: 'Ashburn', isDefault: false, version: 1 });
    await add({ name: 'eu west' });
    await add({ name: 'APAC' });
    const first = await api.call('GET', '/voice-routes?limit=2');
    expect(first.body.items.map((route: { name: string }) => route.name)).toEqual(['APAC', 'eu west']);
    const next = await api.call('GET', `/voice-routes?cursor=${encodeURIComponent(first.body.nextCursor)}`);
    expect(next.body.items).toMatchObject([{ name: 'US East' }]);
    const changed = await patch(made.body.id, { name: 'US EAST' });
    expect(changed.body).toMatchObject({ name: 'US EAST', description: 'Ashburn', version: 2 });
    expect((await remove(made.body.id)).status).toBe(204);
    expect((await api.call('GET', `/voice-routes/${made.body.id}`)).status).toBe(404);
    const feed = await api.call('GET', '/activity?limit=10');
    expect(feed.body.items.map((entry: { verb: string }) => entry.verb)).toContain('voice-route.delete');
  });

  it('have names of their own, whatever the case', async () => {
    await add({ name: 'Zürich' });
    const again = await add({ name: 'ZÜRICH' });
    expect([again.status, again.body.code]).toEqual([409, 'voice-route-conflict']);
    const other = await add({ name: 'Bern' });
    expect((await patch(other.body.id, { name: 'zürich' })).status).toBe(409);
    expect((await add({ name: '' })).status).toBe(422);
    expect((await add({ name: 'x', tenantId: 'y' })).status).toBe(422);
  });

  it('have one default, also when three are made it at once', async () => {
    const made = await Promise.all(['D1', 'D2', 'D3'].map((name) => add({ name, isDefault: true })));
    expect(made.map((answer) => answer.status)).toEqual([201, 201, 201]);
    expect(await defaults()).toHaveLength(1);
    const ids = made.map((answer) => answer.body.id as string);
    await Promise.all(
      ids.map((id) => api.call('PATCH', `/voice-routes/${id}`, { isDefault: true }, { 'If-Match': '*' })),
    );
    expect(await defaults()).toHaveLength(1);
    const [only] = (await api.call('GET', '/voice-routes')).body.items.filter(
      (route: { isDefault: boolean }) => route.isDefault,
    );
    await patch(only.id, { isDefault: false });
    expect(await defaults()).toEqual([]);
  });

  it('are kept while users have them, unless these get another one', async () => {
    const pbxId = await api.addPbx();
    const [old, other] = [await add({ name: 'Old' }), await add({ name: 'New' })].map((made) => made.body.id as string);
    const made = await api.call('POST', '/users', { pbxId, name: 'Ann', voiceRouteId: old });
    expect(made.body).toMatchObject({ voiceRouteId: old, userType: 'pbx' });
    const refused = await remove(old ?? '');
    expect([refused.status, refused.body.code]).toEqual([409, 'voice-route-in-use']);
    expect((await remove(old ?? '', `?reassignTo=${old}`)).status).toBe(422);
    expect((await remove(old ?? '', `?reassignTo=${other}`)).status).toBe(204);
    expect((await api.call('GET', `/users/${made.body.id}`)).body).toMatchObject({ voiceRouteId: other, version: 2 });
    expect((await remove(other ?? '', '?reassignTo=default')).status).toBe(204);
    expect((await api.call('GET', `/users/${made.body.id}`)).body.voiceRouteId).toBeNull();
    const unknown = await api.call('POST', '/users', { pbxId, name: 'Bob', voiceRouteId: old });
    expect([unknown.status, unknown.body.errors[0].pointer]).toEqual([422, '#/body/voiceRouteId']);
  });
});

describe('users of other kinds', () => {
  it('keep what belongs to their kind, secrets sealed and never shown', async () => {
    const pbxId = await api.addPbx();
    const body = {
      pbxId,
      name: 'Trunk',
      userType: 'trunk',
      didList: ['(202) 555-0101', '+12025550102'],
      defaultDidIndex: 1,
      sipAuthId: '101t',
      sipPassword: 'a-sip-secret',
      portalLoginName: 'trunk',
      portalLoginPassword: 'a-portal-secret',
      useTeamsVoicemail: true,
    };
    const made = await api.call('POST', '/users', body);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      userType: 'trunk',
      didList: ['+12025550101', '+12025550102'],
      defaultDidIndex: 1,
      did: '+12025550102',
      sipAuthId: '101t',
      sipPasswordSet: true,
      portalLoginName: 'trunk',
      portalLoginPasswordSet: true,
      useTeamsVoicemail: true,
      status: 'off',
    });
    expect(made.text).not.toMatch(/a-sip-secret|a-portal-secret/);
    const [row] = await api.database.sql`select * from users where id = ${made.body.id}`;
    expect(JSON.stringify(row)).not.toMatch(/a-sip-secret|a-portal-secret/);
    const place = { tenant: api.tenantId, table: 'users', row: made.body.id, column: 'sip_password' };
    expect(api.ring.unseal(row?.sip_password_sealed, place).reveal()).toBe('a-sip-secret');

    const etag = made.headers.get('etag') ?? '';
    const changed = await api.call(
      'PATCH',
      `/users/${made.body.id}`,
      { didList: ['+12025550103'], defaultDidIndex: 0, sipPassword: null, portalLoginName: null },
      { 'If-Match': etag },
    );
    expect(changed.body).toMatchObject({
      didList: ['+12025550103'],
      sipPasswordSet: false,
      portalLoginName: null,
      portalLoginPasswordSet: false,
    });
  });

  it.each([
    [{ userType: 'trunk' }, ['#/body/didList DID_LIST_MISSING']],
    [{ userType: 'trunk', didList: ['+12025550101'] }, ['#/body/defaultDidIndex DID_INDEX_MISSING']],
    [{ userType: 'trunk', didList: ['+12025550101'], defaultDidIndex: 1 }, ['#/body/defaultDidIndex DID_INDEX_RANGE']],
    [{ userType: 'callApp' }, ['#/body/teamsUserId TEAMS_USER_MISSING']],
    [
      { userType: 'callApp', teamsUserId: 'a@acme.example', useTeamsVoicemail: true },
      ['#/body/useTeamsVoicemail VOICEMAIL_NOT_FALSE'],
    ],
    [{ portalLoginPassword: 'x' }, ['#/body/portalLoginPassword PORTAL_PASSWORD_WITHOUT_NAME']],
  ])('are refused without what their kind needs: %j', async (body, expected) => {
    const answer = await api.call('POST', '/users', { pbxId: await api.addPbx(), ...body });
    expect(answer.status).toBe(422);
    expect(
      answer.body.errors.map((error: { pointer: string; code: string }) => `${error.pointer} ${error.code}`),
    ).toEqual(expected);
  });
});
