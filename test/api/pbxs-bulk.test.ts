// Many PBXs at once: how they stand, in which order, and one action on all that are meant.
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey, addTenant } from '../help/access.ts';
import { TEST_KEY } from '../help/api.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
beforeAll(async () => {
  api = await openIntakeApi();
});
afterAll(() => api.close());

let number = 0;
/** In a tenant of its own, with what slices know of each. */
async function addPbxs(runs: Readonly<Record<string, { settings?: object; run?: object; users?: readonly string[] }>>) {
  const { sql } = api.database;
  const tenantId = await addTenant(api, `Customer ${++number}`);
  const ids: Record<string, string> = {};
  for (const [name, { settings, run, users = [] }] of Object.entries(runs)) {
    const id = await api.addPbx({ name, tenantId, username: 'u', ...settings });
    ids[name] = id;
    await sql`insert into pbx_runs ${sql({ pbx_id: id, ...run })}`;
    for (const status of users) {
      const mac = (0x5e005301 + ++number).toString(16).padStart(12, '0');
      const row = { id: uuidv7(), tenant_id: tenantId, pbx_id: id, source: 'api', status, mac };
      await sql`insert into users ${sql(row)}`;
    }
  }
  const list = async (query: string) =>
    (await api.call('GET', `/pbxs?tenantId=${tenantId}&${query}`)).body.items.map(({ name }: { name: string }) => name);
  return { tenantId, ids, list };
}
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);

describe('the list', () => {
  it('says how each PBX stands, and is narrowed by that', async () => {
    const refused = { connectionVersion: 1, state: 'refused', refusedMacs: [] } as const;
    const login = api.database.sql.json(refused);
    const { ids, list } = await addPbxs({
      Well: { users: ['provisioned', 'stale'] },
      Away: { run: { paused_until: inMinutes(5), pause_code: 'HOST_CIRCUIT_OPEN' } },
      'Back again': { run: { paused_until: inMinutes(-5), pause_code: 'HTTP_429' } },
      'Wrong login': { run: { login } },
      Mended: { run: { login }, settings: { connectionVersion: 2 } },
      Partly: { users: ['provisioned', 'failed'] },
      Off: { settings: { autoProvision: false }, run: { login } },
      'Off, but': { settings: { autoProvision: false }, users: ['failed'] },
    });
    expect(await list('state=ok')).toEqual(['Back again', 'Mended', 'Well']);
    expect(await list('state=trouble')).toEqual(['Away', 'Off, but', 'Partly', 'Wrong login']);
    expect(await list('state=off')).toEqual(['Off']);
    expect((await api.call('GET', `/pbxs/${ids.Partly}`)).body.run.state).toBe('trouble');
    expect((await api.call('GET', `/pbxs/${ids.Well}`)).body.run.state).toBe('ok');
    expect((await api.call('GET', `/pbxs/${ids.Off}`)).body.run.state).toBe('off');
    expect((await api.call('GET', '/pbxs?state=green')).status).toBe(422);
  });

  it('is sorted by users that failed and by the last success, page by page', async () => {
    const { tenantId } = await addPbxs({
      a: { users: ['failed', 'failed'], run: { last_success_at: inMinutes(-1) } },
      b: { run: { last_success_at: inMinutes(-90) } },
      c: { users: Array(11).fill('failed') },
      d: { users: ['failed'], run: { last_success_at: inMinutes(-60) } },
    });
    const walk = async (sort: string) => {
      const names: string[] = [];
      let cursor = '';
      do {
        const page = await api.call('GET', `/pbxs?tenantId=${tenantId}&limit=1&sort=${sort}${cursor}`);
        names.push(...page.body.items.map(({ name }: { name: string }) => name));
        cursor = page.body.nextCursor === null ? '' : `&cursor=${encodeURIComponent(page.body.nextCursor)}`;
      } while (cursor !== '');
      return names.join('');
    };
    expect(await walk('-failedUsers')).toBe('cadb');
    expect(await walk('failedUsers')).toBe('bdac');
    expect(await walk('-lastSuccessAt')).toBe('adbc');
    expect(await walk('lastSuccessAt')).toBe('cbda');
  });
});

describe('a bulk action', () => {
  const bulk = (body: object, headers?: Record<string, string>) => api.call('POST', '/pbxs/bulk', body, headers);

  it('pauses and resumes as the switch of one does, and says of each what became of it', async () => {
    const { ids } = await addPbxs({
      One: { users: ['provisioned'] },
      Two: {},
      Paused: { settings: { autoProvision: false } },
    });
    const missing = uuidv7();
    const pbxIds = [ids.One, ids.Two, ids.Paused, missing];
    const paused = await bulk({ action: 'pause', pbxIds });
    expect(paused.body).toMatchObject({
      changed: 2,
      items: [
        { id: missing, name: null, result: 'skipped', code: 'PBX_UNKNOWN' },
        { id: ids.One, name: 'One', result: 'done', code: null, message: null },
        { id: ids.Paused, result: 'skipped', code: 'ALREADY_OFF', message: expect.stringContaining('off already') },
        { id: ids.Two, result: 'done' },
      ],
    });
    const one = (await api.call('GET', `/pbxs/${ids.One}`)).body;
    expect(one).toMatchObject({ autoProvision: false, version: 2, users: { off: 1 } });
    const { items } = (await api.call('GET', `/activity?pbxId=${ids.One}`)).body;
    expect(items).toMatchObject([
      { verb: 'pbx.update', actor: TEST_KEY, sentence: 'Settings changed: autoProvision.' },
    ]);
    const rows = await api.database.sql`
      select object_id, object_name, action, before, after from audit
      where request_id = ${paused.headers.get('x-request-id')} order by object_name`;
    expect(rows).toMatchObject([
      { object_id: ids.One, object_name: 'One', action: 'pbx.change', before: { autoProvision: true } },
      { object_id: ids.Two, object_name: 'Two', action: 'pbx.change', after: { autoProvision: false } },
    ]);

    const resumed = await bulk({ action: 'resume', pbxIds: [ids.One, ids.Paused] });
    expect(resumed.body.changed).toBe(2);
    expect((await api.call('GET', `/pbxs/${ids.One}`)).body).toMatchObject({ users: { waiting: 1 } });
    expect(api.woken).toContain(ids.One);
  });

  it('syncs those that a filter finds, with an entry in the audit for each', async () => {
    const { tenantId, ids } = await addPbxs({
      Well: { users: ['provisioned'] },
      Partly: { users: ['failed', 'provisioned'] },
      Lost: { users: ['failed'], run: { paused_until: inMinutes(5), pause_code: 'HOST_CIRCUIT_OPEN' } },
    });
    const synced = await bulk({ action: 'sync', filter: { tenantId, state: 'trouble' } });
    expect(synced.body).toMatchObject({
      changed: 2,
      items: [
        { id: ids.Lost, requested: 1 },
        { id: ids.Partly, requested: 2 },
      ],
    });
    const [row] = await api.database.sql`select paused_until from pbx_runs where pbx_id = ${ids.Lost ?? ''}`;
    expect(row?.paused_until).toBeNull();
    const rows = await api.database.sql`
      select object_name, action, tenant_id, after from audit
      where request_id = ${synced.headers.get('x-request-id')} order by object_name`;
    expect(rows).toMatchObject([
      { object_name: 'Lost', action: 'pbx.sync', tenant_id: tenantId, after: { requested: 1 } },
      { object_name: 'Partly', after: { requested: 2 } },
    ]);
  });

  it('takes either ids or a filter, and what the action on one takes', async () => {
    const { tenantId, ids } = await addPbxs({ Theirs: {} });
    expect((await bulk({ action: 'sync' })).status).toBe(422);
    expect((await bulk({ action: 'sync', filter: {}, pbxIds: [ids.Theirs] })).status).toBe(422);
    expect((await bulk({ action: 'delete', filter: {} })).status).toBe(422);
    const syncer = await addKey(api, tenantId, { scopes: ['users:sync', 'pbxs:read'] });
    expect((await bulk({ action: 'sync', pbxIds: [ids.Theirs] }, syncer)).body.changed).toBe(1);
    expect((await bulk({ action: 'pause', pbxIds: [ids.Theirs] }, syncer)).body.code).toBe('not-allowed');
    const stranger = await addKey(api, await addTenant(api, 'Stranger'));
    const seen = await bulk({ action: 'pause', pbxIds: [ids.Theirs] }, stranger);
    expect(seen.body).toMatchObject({ changed: 0, items: [{ name: null, code: 'PBX_UNKNOWN' }] });
    expect((await bulk({ action: 'pause', filter: {} }, stranger)).body).toEqual({ changed: 0, items: [] });
  });
});
