// How many users a tenant may have: who says so, and that nobody gets past it, one by one, by a file, or at the same time.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doImportJob } from '../../src/intake/import-worker.ts';
import { makePseudoMac } from '../../src/intake/pseudo-mac.ts';
import { addKey, addTenant } from '../help/access.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { addMember, openBrowser } from '../help/browser.ts';

let api: TestApi;
beforeAll(async () => {
  // Jobs of imports are done when a test says so.
  api = await startTestApi({ doesImports: false });
});
afterAll(() => api.close());

const ANY = { 'if-match': '*' };
let number = 0;
const unique = (word: string) => `${word} ${++number}`;
const newMac = () => `0000${(++number).toString(16).padStart(8, '0')}`;

interface Place {
  readonly tenantId: string;
  readonly name: string;
  readonly pbxId: string;
}
async function addPlace(userLimit: number | null, parentId?: string): Promise<Place> {
  const name = unique('Tenant');
  const made = await api.call('POST', '/tenants', { name, kind: 'reseller', userLimit, ...(parentId && { parentId }) });
  const tenantId = made.json.id;
  const pbx = await api.call('POST', '/pbxs', { tenantId, name: unique('PBX'), autoProvision: true });
  return { tenantId, name, pbxId: pbx.json.id };
}
const create = (pbxId: string, headers = {}) =>
  api.call('POST', '/users', { pbxId, name: 'Ann', mac: newMac() }, headers);
const setLimit = (tenantId: string, userLimit: number | null, headers = {}) =>
  api.call('PATCH', `/tenants/${tenantId}`, { userLimit }, { ...ANY, ...headers });
async function countOf(...places: Place[]): Promise<number> {
  const ids = places.map(({ tenantId }) => tenantId);
  const [row] = await api.store.database.sql`
    select count(*)::int as n from users where tenant_id = any(${ids}::uuid[])`;
  return row?.n;
}

describe('the limit', () => {
  it('is set by who manages the tenant above, never by the tenant itself', async () => {
    const { tenantId } = await addPlace(3);
    const child = await addTenant(api.store, unique('Child'), { parentId: tenantId });
    const email = `admin-${++number}@example.com`;
    await addMember(api, email, 'resellerAdmin', tenantId);
    const browser = openBrowser(api);
    await browser.signIn(email);
    const set = (id: string, body: object) => browser.call('PATCH', `/tenants/${id}`, body, ANY);
    for (const userLimit of [null, 1, 1000]) {
      const refused = await set(tenantId, { userLimit });
      expect(refused.json).toMatchObject({
        status: 403,
        errors: [{ pointer: '#/body/userLimit', code: 'from-above' }],
      });
    }
    expect((await setLimit(tenantId, 9, await addKey(api.store, tenantId))).status).toBe(403);
    // What does not change it is no matter of it.
    expect((await set(tenantId, { name: unique('Renamed'), userLimit: 3 })).json.userLimit).toBe(3);
    expect((await set(child, { userLimit: 5 })).json).toMatchObject({ id: child, userLimit: 5 });
    expect((await setLimit(tenantId, 4)).json.userLimit).toBe(4);
    expect((await setLimit(tenantId, null)).json.userLimit).toBeNull();
    // Nobody is above the operator.
    expect((await setLimit(api.store.tenantId, 5)).status).toBe(403);
    for (const wrong of [-1, 1.5, '5']) {
      expect((await set(child, { userLimit: wrong })).json.errors).toMatchObject([{ pointer: '#/body/userLimit' }]);
    }
    const feed = await api.call('GET', `/activity?tenantId=${tenantId}&verb=tenant.update&limit=2`);
    expect(feed.json.items.map((entry: { sentence: string }) => entry.sentence)).toEqual([
      expect.stringMatching(/ may have any number of users now\.$/),
      expect.stringMatching(/ may have 4 users now\.$/),
    ]);
  });

  it('is full: the next user is refused, and the numbers are said', async () => {
    const place = await addPlace(2);
    for (let round = 0; round < 2; round += 1) expect((await create(place.pbxId)).status).toBe(201);
    const refused = await create(place.pbxId);
    expect(refused.json).toMatchObject({
      status: 409,
      code: 'user-limit',
      detail: `${place.name} may have 2 users, those below it counted, and has 2: 1 user more are too many. Delete users that are not needed, or have the limit raised by whoever manages the tenant above.`,
    });
    expect(await countOf(place)).toBe(2);
    const { json } = await api.call('GET', `/activity?tenantId=${place.tenantId}&verb=user.create`);
    expect(json.items).toHaveLength(2);
    await setLimit(place.tenantId, 3);
    expect((await create(place.pbxId)).status).toBe(201);
    // Below what there is: nobody goes, nobody comes, and those who are there can be changed.
    await setLimit(place.tenantId, 1);
    expect((await create(place.pbxId)).json.code).toBe('user-limit');
    const [user] = (await api.call('GET', `/users?pbxId=${place.pbxId}`)).json.items;
    expect((await api.call('PATCH', `/users/${user.id}`, { name: 'Bea' }, ANY)).status).toBe(200);
  });

  it('counts the users of those below, and gives no numbers of what is not for the caller to see', async () => {
    const above = await addPlace(2);
    const [one, two] = [await addPlace(null, above.tenantId), await addPlace(50, above.tenantId)];
    expect((await create(one.pbxId)).status).toBe(201);
    expect((await create(above.pbxId)).status).toBe(201);
    const seen = await create(two.pbxId, await addKey(api.store, above.tenantId));
    expect(seen.json.detail).toContain(`${above.name} may have 2 users`);
    const unseen = await create(two.pbxId, await addKey(api.store, two.tenantId));
    expect(unseen.json).toMatchObject({
      status: 409,
      code: 'user-limit',
      detail:
        'A limit of users that is set above this tenant does not let 1 user more in. Ask whoever manages the tenant above.',
    });
    expect(unseen.text).not.toContain(above.name);
    const place = await addPlace(1);
    await create(place.pbxId);
    const onePbx = await create(place.pbxId, await addKey(api.store, place.tenantId, { pbxIds: [place.pbxId] }));
    expect(onePbx.json.detail).not.toContain(place.name);
  });

  it('is not passed by many at the same time, at different PBXs of different tenants', async () => {
    const above = await addPlace(7);
    const places = [above, await addPlace(null, above.tenantId), await addPlace(4, above.tenantId)];
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => create(places[n % places.length]?.pbxId ?? '')),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(7);
    expect(statuses.filter((status) => status === 409)).toHaveLength(23);
    expect(await countOf(...places)).toBe(7);
    expect(await countOf(places[2] as Place)).toBeLessThanOrEqual(4);
  });
});

describe('an upload', () => {
  const fileOf = (rows: number) =>
    `name,mac_address\n${Array.from({ length: rows }, () => `Ann,${newMac()}\n`).join('')}`;
  async function upload(place: Place, csv: string, more = ''): Promise<string> {
    const headers = { 'content-type': 'text/csv' };
    const made = await api.call('POST', `/imports?pbx=${place.pbxId}${more}`, csv, headers);
    expect(made.status).toBe(201);
    return made.json.id;
  }
  const work = (id: string) =>
    doImportJob({ ...api.deps, makeMac: makePseudoMac, signal: new AbortController().signal }, id);
  const ask = (id: string, job: string, body?: object) => api.call('POST', `/imports/${id}/${job}`, body);
  const read = async (id: string) => (await api.call('GET', `/imports/${id}`)).json;

  it.each([{ partial: false }, { partial: true }])('is refused as a whole when it would pass it: %o', async (how) => {
    const place = await addPlace(4);
    await create(place.pbxId);
    const id = await upload(place, fileOf(4));
    await ask(id, 'validate');
    await work(id);
    const detail = `${place.name} may have 4 users, those below it counted, and has 1: 4 users more are too many. Delete users that are not needed, or have the limit raised by whoever manages the tenant above.`;
    expect(await read(id)).toMatchObject({
      state: 'ready',
      createdCount: 4,
      notices: [{ code: 'USER_LIMIT', detail }],
    });
    expect((await ask(id, 'submit', how)).json).toMatchObject({ status: 409, code: 'user-limit', detail });
    expect(await read(id)).toMatchObject({ state: 'ready', job: null });
    expect(await countOf(place)).toBe(1);
    await setLimit(place.tenantId, 5);
    expect((await read(id)).notices).toEqual([]);
    expect((await ask(id, 'submit', how)).status).toBe(202);
    await work(id);
    expect(await read(id)).toMatchObject({ state: 'done', createdCount: 4 });
    expect(await countOf(place)).toBe(5);
  });

  it.each([{ partial: false }, { partial: true }])(
    'that was let in when there was room ends in a failure that says why: %o',
    async (how) => {
      const place = await addPlace(4);
      const id = await upload(place, fileOf(4));
      expect((await ask(id, 'submit', how)).status).toBe(202);
      await create(place.pbxId);
      await work(id);
      const seen = await read(id);
      expect(seen).toMatchObject({ state: 'ready', job: null, failure: expect.stringContaining('may have 4 users') });
      expect(seen.failure).toContain('and has 1: 4 users more are too many');
      expect(await countOf(place)).toBe(1);
    },
  );

  it.each([{ partial: false }, { partial: true }])(
    'does not pass it together with others at the same time: %o',
    async (how) => {
      const above = await addPlace(5);
      const places = [above, await addPlace(null, above.tenantId), await addPlace(null, above.tenantId)];
      const ids: string[] = [];
      for (const place of places) {
        const id = await upload(place, fileOf(3));
        await ask(id, 'submit', how);
        ids.push(id);
      }
      const [created] = await Promise.all([
        Promise.all(Array.from({ length: 6 }, () => create(above.pbxId))),
        ...ids.map(work),
      ]);
      const one = created.filter(({ status }) => status === 201).length;
      const done = (await Promise.all(ids.map(read))).filter(({ state }) => state === 'done').length;
      expect(await countOf(...places)).toBe(one + 3 * done);
      expect(one + 3 * done).toBeLessThanOrEqual(5);
      expect(one + done).toBeGreaterThan(0);
    },
  );

  it('that only changes users goes in, however full it is', async () => {
    const place = await addPlace(null);
    const mac = newMac();
    await api.call('POST', '/users', { pbxId: place.pbxId, mac });
    await setLimit(place.tenantId, 0);
    const id = await upload(place, `name,mac_address\nBea,${mac}\n`, '&existing=update');
    await ask(id, 'validate');
    await work(id);
    expect(await read(id)).toMatchObject({ updatedCount: 1, createdCount: 0, notices: [] });
    expect((await ask(id, 'submit')).status).toBe(202);
    await work(id);
    expect(await read(id)).toMatchObject({ state: 'done', updatedCount: 1 });
  });
});
