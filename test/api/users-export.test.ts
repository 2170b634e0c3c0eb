import { get, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CheckedRow, createCellReader, createRowChecker } from '../../src/intake/check-rows.ts';
import { COLUMN_NAMES, isSecretColumn } from '../../src/intake/columns.ts';
import { type CsvTable, cellOf, readCsv } from '../../src/intake/csv.ts';
import { makePseudoMac } from '../../src/intake/pseudo-mac.ts';
import { checkRows } from '../../src/store/import-check.ts';
import { readPbxFacts } from '../../src/store/new-users.ts';
import { addKey, addTenant } from '../help/access.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
beforeAll(async () => {
  api = await openIntakeApi();
});
afterAll(() => api.close());

async function exported(query: string): Promise<CsvTable> {
  const answer = await api.call('GET', `/users/export${query}`);
  expect(answer.status).toBe(200);
  const read = await readCsv(Buffer.from(answer.text));
  if (!read.ok) throw new Error(read.problems.map((problem) => problem.message).join(' '));
  return read.table;
}

describe('exporting users', () => {
  it('writes the columns of an upload in their order, without the secret ones', async () => {
    const pbxId = await api.addPbx({ name: 'HQ' });
    const secret = { provUsername: 'own', provPassword: 'top-secret-1' };
    await api.call('POST', '/users', { pbxId, name: 'Ann', mac: '00005e005301', lineRule: '2', ...secret });
    const answer = await api.call('GET', `/users/export?pbxId=${pbxId}`);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="users.csv"');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { header } = await exported(`?pbxId=${pbxId}`);
    expect(header).toEqual(COLUMN_NAMES.filter((column) => !isSecretColumn(column)));
    expect(answer.text).not.toContain('top-secret-1');
    expect(answer.text).toContain('own');
  });

  it('begins with a byte order mark, so that spreadsheets take it for UTF-8', async () => {
    const url = await fetchBytes('/users/export?q=nobody-has-this');
    expect([...url.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(url.toString('utf8').trim().split('\n')).toHaveLength(1);
  });

  it('writes every field as an upload reads it', async () => {
    const pbxId = await api.addPbx({ name: 'Branch', autoAssignMac: true, pseudoMacOui: '001565' });
    const made = await api.call('POST', '/users', {
      pbxId,
      name: '=HYPERLINK("x"); "Zoë"',
      teamsUserId: 'zoe@acme.example',
      sipUserId: '0201',
      userTag: "'-5+cmd|x",
      did: '+12025550142',
      autoProvision: 'off',
      lineRule: 'user:0201',
    });
    expect(made.status).toBe(201);
    await api.database.sql`
      insert into voice_routes (id, tenant_id, name)
      values ('01a1fd94-06ea-74e4-b19b-0dd520170811', ${api.tenantId}, 'US East')`;
    await api.database.sql`
      update users set user_type = 'trunk', voice_route_id = '01a1fd94-06ea-74e4-b19b-0dd520170811',
        use_teams_voicemail = false, sip_auth_id = '0201t', portal_login_name = 'zoe', default_did_index = 1,
        did_list = '{+12025550142,+12025550143}' where id = ${made.body.id}`;
    const answer = await api.call('GET', `/users/export?pbxId=${pbxId}`);
    expect(answer.text).toContain(`"'=HYPERLINK(""x""); ""Zoë"""`);
    const table = await exported(`?pbxId=${pbxId}`);
    const [row] = table.rows;
    if (row === undefined) throw new Error('no row');
    const cells = Object.fromEntries(table.header.map((name, index) => [name, row.cells[index]]));
    expect(cells).toEqual({
      name: '=HYPERLINK("x"); "Zoë"',
      teams_user_id: 'zoe@acme.example',
      sip_user_id: '0201',
      phone_number: '+12025550142',
      mac_address: made.body.mac.replace(/..(?!$)/g, '$&:'),
      pbx: 'Branch',
      auto_provision: 'off',
      line_rule: 'user:0201',
      prov_username: '',
      user_tag: "'-5+cmd|x",
      voice_route: 'US East',
      user_type: 'trunk',
      use_teams_voicemail: 'false',
      sip_auth_id: '0201t',
      portal_login_name: 'zoe',
      default_did_index_number: '1',
      did_list: '+12025550142,+12025550143',
    });
  });

  it('takes the filters of the list, and refuses what the list refuses', async () => {
    const pbxId = await api.addPbx();
    await api.call('POST', '/users', { pbxId, name: 'Off', mac: '00005e005341', autoProvision: 'off' });
    await api.call('POST', '/users', { pbxId, name: 'Waits', mac: '00005e005342' });
    await api.call('POST', '/users', { pbxId, name: 'Gone', mac: '00005e005343' });
    await api.database.sql`
      update users set status = 'stale', reason_code = 'HTTP_404', absent_since = now() - interval '3 days'
      where pbx_id = ${pbxId} and name = 'Gone'`;
    const names = async (query: string) => {
      const table = await exported(`?pbxId=${pbxId}&${query}`);
      return table.rows.map((row) => cellOf(table, row, 'name'));
    };
    expect(await names('status=off,stale')).toEqual(['Off', 'Gone']);
    expect(await names('enabled=true')).toEqual(['Waits', 'Gone']);
    expect(await names('q=wai')).toEqual(['Waits']);
    expect(await names('reasonCode=HTTP_404')).toEqual(['Gone']);
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    expect(await names(`absentSince=${ago(2)}`)).toEqual(['Gone']);
    expect(await names(`absentSince=${ago(4)}`)).toEqual([]);
    const listed = await api.call('GET', `/users?pbxId=${pbxId}&absentSince=${ago(2)}`);
    expect(listed.body.items.map((user: { name: string }) => user.name)).toEqual(['Gone']);
    for (const query of ['absentSince=yesterday', 'limit=5', 'cursor=x', 'status=dead']) {
      const refused = await api.call('GET', `/users/export?${query}`);
      expect([query, refused.status]).toEqual([query, 422]);
    }
  });

  it('never shows users of other tenants', async () => {
    const mine = await addKey(api, await addTenant(api, 'Mine'));
    const tenant = await addTenant(api, 'Other');
    const [pbx, user] = ['01a1fd94-06ea-74e4-b19b-0dd520170822', '01a1fd94-06ea-74e4-b19b-0dd520170823'];
    await api.database.sql`insert into pbxs (id, tenant_id, name) values (${pbx}, ${tenant}, 'Theirs')`;
    await api.database.sql`
      insert into users (id, tenant_id, pbx_id, name, source, status)
      values (${user}, ${tenant}, ${pbx}, 'Stranger', 'api', 'off')`;
    expect((await api.call('GET', '/users/export')).text).toContain('Stranger');
    expect((await api.call('GET', '/users/export', undefined, mine)).text).not.toContain('Stranger');
  });
});

describe('export, edit, import', () => {
  /** What the dry run of an upload with existing=update says to the rows of a file. */
  async function check(text: string): Promise<CheckedRow[]> {
    const read = await readCsv(Buffer.from(text));
    if (!read.ok) throw new Error('the file cannot be read');
    const { columns, rows } = read.table;
    const store = { ring: api.ring, makeMac: makePseudoMac, tenantId: api.tenantId, pbxIds: null, actor: 'test' };
    return api.database.db.transaction(async (tx) => {
      const readCells = createCellReader(columns);
      const checker = createRowChecker({
        pbxs: await readPbxFacts(tx, api.tenantId, null),
        voiceRoutes: await api.database.sql<{ id: string; name: string }[]>`select id, name from voice_routes`,
        pbxId: null,
        voiceRouteId: null,
        userType: 'pbx',
        existing: 'update',
        createMissing: true,
      });
      const raw = rows.map(({ number, cells, problems }) => ({
        number,
        cells: readCells(cells),
        fileProblems: problems,
      }));
      return checkRows(tx, store, raw, checker);
    });
  }

  it('finds nothing to do in an untouched file, and exactly what was edited in an edited one', async () => {
    const pbxId = await api.addPbx({ name: '=Round, trip', autoAssignMac: true, pseudoMacOui: '001565' });
    await api.database.sql`
      insert into voice_routes (id, tenant_id, name)
      values ('01a1fd94-06ea-74e4-b19b-0dd520170812', ${api.tenantId}, '+East "1"')`;
    const kinds = [
      { name: '-5+cmd|x', teamsUserId: 'rt1@acme.example', sipUserId: '0301', did: '+12025550142' },
      { name: "'quoted", sipUserId: '+12025550143', provUsername: '@own', provPassword: 'p;#="' },
      { name: 'Assigned', sipUserId: '302' },
      { name: 'By MAC', mac: '00-00-5E-00-53-51', lineRule: '2', autoProvision: 'off' },
      { name: 'Harvested', sipUserId: '303', teamsUserId: 'rt2@acme.example' },
      { name: '', sipUserId: '304', userTag: 'ＳＡＬＥＳ ＝1' },
    ];
    for (const kind of kinds) {
      const made = await api.call('POST', '/users', { pbxId, ...kind });
      expect([made.status, made.body.errors]).toEqual([201, undefined]);
    }
    await api.database.sql`
      update users set did = '+12025550144', did_source = 'harvest', use_teams_voicemail = true, sip_auth_id = '303t',
        portal_login_name = '=portal', voice_route_id = '01a1fd94-06ea-74e4-b19b-0dd520170812'
      where sip_user_id = '303' and pbx_id = ${pbxId}`;
    const trunk = await api.call('POST', '/users', { pbxId, sipUserId: 'trunk-1', mac: '00005e005352' });
    await api.database.sql`
      update users set user_type = 'trunk', did_list = '{+12025550142,+12025550143}', default_did_index = 1,
        did = '+12025550143', did_source = 'manual' where id = ${trunk.body.id}`;

    const { text } = await api.call('GET', `/users/export?pbxId=${pbxId}`);
    const untouched = await check(text);
    expect(untouched).toHaveLength(kinds.length + 1);
    for (const row of untouched) expect(row).toMatchObject({ action: 'skip', reason: 'UNCHANGED', errors: [] });

    const edited = text.replace('Assigned', 'Zoë').replace("'+12025550144", "'+12025550145");
    expect(edited).not.toBe(text);
    const rows = await check(edited);
    expect(rows.flatMap((row) => row.errors)).toEqual([]);
    expect(rows.filter((row) => row.action !== 'skip').map(({ action, changes }) => ({ action, changes }))).toEqual([
      { action: 'update', changes: [{ field: 'name', before: 'Assigned', after: 'Zoë' }] },
      { action: 'update', changes: [{ field: 'phone_number', before: '+12025550144', after: '+12025550145' }] },
    ]);
  });
});

it('gives the edited file again after it was uploaded and submitted', async () => {
  const pbxId = await api.addPbx({ name: 'Cycle', autoAssignMac: true });
  for (const [name, sipUserId] of [
    ['Ann', '401'],
    ['Bob', '402'],
    ['=Cara', '403'],
  ]) {
    await api.call('POST', '/users', { pbxId, name, sipUserId, provUsername: 'u', provPassword: `pw ${sipUserId}` });
  }
  const sealed = () => api.database.sql`
    select id, prov_password_sealed, mac, mac_assigned from users where pbx_id = ${pbxId} order by id`;
  const before = await sealed();
  const { text } = await api.call('GET', `/users/export?pbxId=${pbxId}`);
  const edited = text.replace('Bob', 'Bea').replace(',403,', ',404,');
  const upload = await api.call('POST', '/imports', edited);
  expect(upload.status).toBe(201);
  await api.database.sql`update imports set existing = 'update', create_missing = false where id = ${upload.body.id}`;
  const checked = await api.settled(`/imports/${upload.body.id}/validate`);
  // The SIP user is the key of a row without a Teams user: 404 is nobody.
  expect(checked.body).toMatchObject({ errorCount: 0, createdCount: 0, updatedCount: 1, skippedCount: 2 });
  await api.settled(`/imports/${upload.body.id}/submit`, {});
  expect((await api.call('GET', `/users/export?pbxId=${pbxId}`)).text).toBe(text.replace('Bob', 'Bea'));
  expect(await sealed()).toEqual(before);
});

async function fetchBytes(path: string): Promise<Buffer> {
  const own = await startTestApi();
  try {
    const answer = await fetch(`${own.url}/api/v1${path}`, { headers: { authorization: `Bearer ${own.token}` } });
    return Buffer.from(await answer.arrayBuffer());
  } finally {
    await own.close();
  }
}

describe('an export of 10,000 large users', () => {
  let own: TestApi;
  const USERS = 10_000;
  const PAGES = USERS / 1000;
  beforeAll(async () => {
    own = await startTestApi();
    const pbx = '01a1fd94-06ea-74e4-b19b-0dd520170831';
    await own.store.database
      .sql`insert into pbxs (id, tenant_id, name) values (${pbx}, ${own.store.tenantId}, 'Large')`;
    // 8 kB each, 80 MB together: far more than sockets hold.
    await own.store.database.sql`
      insert into users (id, tenant_id, pbx_id, name, user_tag, source, status)
      select ('01a1fd94-06ea-74e4-b19b-' || lpad(to_hex(n), 12, '0'))::uuid, ${own.store.tenantId}, ${pbx},
        'user ' || n, repeat('x', 8000), 'api', 'off'
      from generate_series(1, ${USERS}) n`;
  });
  afterAll(() => own.close());

  it('reads no further than the client, and gives every user once and in order', async () => {
    const asked = vi.spyOn(own.store.database.db, 'execute');
    const pages = () => asked.mock.calls.length;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { authorization: `Bearer ${own.token}` };
      get(`${own.url}/api/v1/users/export`, { headers }, resolve).on('error', reject);
    });
    // Nothing is read from the socket yet: the server goes on until the buffers between are full, and then waits.
    for (let before = -1; before !== pages(); ) {
      before = pages();
      await pause(500);
    }
    expect(pages()).toBeLessThan(PAGES);
    const names: string[] = [];
    let rest = '';
    response.setEncoding('utf8');
    for await (const chunk of response) {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop() ?? '';
      names.push(...lines.map((line) => line.split(',', 1)[0] ?? ''));
    }
    expect(names.slice(1)).toEqual(Array.from({ length: USERS }, (_, n) => `user ${n + 1}`));
    expect(pages()).toBeGreaterThan(PAGES);
    asked.mockRestore();
  });
});
