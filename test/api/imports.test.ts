import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCsv } from '../../src/intake/csv.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
beforeAll(async () => {
  api = await openIntakeApi();
});
afterAll(() => api.close());

async function upload(csv: string | Uint8Array, pbxId?: string) {
  const query = pbxId === undefined ? '' : `&pbx=${pbxId}`;
  return api.call('POST', `/imports?fileName=users.csv${query}`, csv);
}

async function uploaded(csv: string | Uint8Array, pbxId?: string): Promise<string> {
  const answer = await upload(csv, pbxId);
  expect(answer.status).toBe(201);
  return answer.body.id;
}

const post = (path: string, body?: unknown) => api.call('POST', path, body);

async function usersOf(importId: string) {
  return (await api.call('GET', `/users?importId=${importId}&limit=500`)).body.items;
}

async function codesOf(importId: string): Promise<Record<number, string[]>> {
  const page = await api.call('GET', `/imports/${importId}/rows?limit=500&problems=errors`);
  return Object.fromEntries(
    page.body.items.map((row: { number: number; errors: { code: string; column: string | null }[] }) => [
      row.number,
      row.errors.map((problem) => `${problem.column ?? '-'} ${problem.code}`),
    ]),
  );
}

describe('an upload', () => {
  it('goes from draft to users with assigned MACs in the result', async () => {
    const pbxId = await api.addPbx({ autoAssignMac: true });
    const csv = [
      'Teams User ID;SIP UserID;Mac Address;Phone Number;prov_username;prov_password;Shoe',
      'ann@acme.example;101;00:00:5E:00:53:01;+12025550101;u1;s3cret;42',
      'bob@acme.example;102;AUTO_ASSIGN;;;;',
      ';;;;;;',
      'cara@acme.example;103;;;;;',
    ].join('\r\n');
    const made = await upload(`\uFEFF${csv}`, pbxId);
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/api/v1/imports/${made.body.id}`);
    expect(made.body).toMatchObject({ state: 'draft', rowCount: 3, errorCount: 0, fileName: 'users.csv', pbxId });
    expect(made.body.columns[2]).toEqual({ header: 'Mac Address', column: 'mac_address' });
    expect(made.body.notices).toMatchObject([{ code: 'CSV_HEADER_UNKNOWN' }]);
    expect(await usersOf(made.body.id)).toHaveLength(0);

    const rows = await api.call('GET', `/imports/${made.body.id}/rows?limit=2`);
    expect(rows.body.items[0]).toMatchObject({
      number: 1,
      cells: { sip_user_id: '101', prov_username: 'u1' },
      userId: null,
    });
    expect(rows.text).not.toContain('s3cret');
    const next = await api.call(
      'GET',
      `/imports/${made.body.id}/rows?cursor=${encodeURIComponent(rows.body.nextCursor)}`,
    );
    expect(next.body.items.map((row: { number: number }) => row.number)).toEqual([3]);

    const checked = await post(`/imports/${made.body.id}/validate`);
    expect([checked.status, checked.body.state, checked.body.errorCount]).toEqual([200, 'ready', 0]);
    const done = await post(`/imports/${made.body.id}/submit`, { partial: false });
    expect(done.body).toMatchObject({ state: 'done', createdCount: 3, errorCount: 0 });
    expect(done.body.submittedAt).not.toBeNull();
    expect(api.woken).toContain(pbxId);

    const users = await usersOf(made.body.id);
    expect(users).toHaveLength(3);
    for (const user of users) {
      expect(user).toMatchObject({ status: 'waiting', reasonCode: 'QUEUED', source: 'import' });
      expect(Date.parse(user.nextTryAt)).toBeLessThanOrEqual(Date.now() + 1000);
    }
    const result = await api.call('GET', `/imports/${made.body.id}/result`);
    expect(result.headers.get('content-type')).toContain('text/csv');
    const lines = result.text.trim().split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain('1,created,,,00005e005301,false,');
    expect(lines[1]).toContain("'+12025550101");
    expect(lines[2]).toMatch(/^2,created,,,[0-9a-f][26ae][0-9a-f]{10},true,/);
    expect(result.text).not.toContain('s3cret');
    expect((await readCsv(Buffer.from(result.text))).ok).toBe(true);
    const feed = await api.call('GET', `/activity?importId=${made.body.id}`);
    expect(feed.body.items).toMatchObject([
      { verb: 'import.submit', outcome: 'ok', sentence: '3 users were created from users.csv.' },
    ]);
  });

  it('changes nothing when it is submitted again', async () => {
    const pbxId = await api.addPbx({ autoAssignMac: true });
    const id = await uploaded('mac\nAUTO_ASSIGN\nAUTO_ASSIGN\n', pbxId);
    const [a, b] = await Promise.all([post(`/imports/${id}/submit`), post(`/imports/${id}/submit`)]);
    expect([a.status, b.status]).toEqual([200, 200]);
    expect((await post(`/imports/${id}/submit`)).body).toMatchObject({ state: 'done', createdCount: 2 });
    expect(await usersOf(id)).toHaveLength(2);
    expect((await post(`/imports/${id}/validate`)).status).toBe(409);
    const etag = (await api.call('GET', `/imports/${id}`)).headers.get('etag') ?? '';
    const kept = await api.call('DELETE', `/imports/${id}`, undefined, { 'If-Match': etag });
    expect([kept.status, kept.body.code]).toEqual([409, 'import-submitted']);
  });

  it('is deleted while it is a draft', async () => {
    const id = await uploaded('mac\n00005e005302\n');
    const gone = await api.call('DELETE', `/imports/${id}`, undefined, { 'If-Match': `"${id}-1"` });
    expect(gone.status).toBe(204);
    expect((await api.call('GET', `/imports/${id}/rows`)).status).toBe(404);
    expect((await post(`/imports/${id}/submit`)).status).toBe(404);
  });
});

const BROKEN = [
  'teams_user_id,sip_user_id,mac,phone_number,pbx,auto_provision,prov_username,prov_password',
  'ann at acme,1 1,zz,2101,,maybe,,x',
  'ok@acme.example,201,00005e005311,,,,,',
  'OK@acme.example,201,00-00-5e-00-53-11,,,,,',
  'b@acme.example,202,1565113399,,,,,',
  'c@acme.example,203,8.05012E+11,,,,,',
  'd@acme.example,204,AUTO_ASSIGN,,,,,',
  'e@acme.example,205,00005e005312,,Head ofice,,,',
  'f@acme.example,206,00005e005313',
  'taken@acme.example,207,00005e005314,,,,,',
].join('\n');

describe('the dry run', () => {
  it('finds all errors of all rows, in the file and against the users there are', async () => {
    const pbxId = await api.addPbx({ name: 'Head office' });
    await post('/users', { pbxId, name: 'Tom', teamsUserId: 'TAKEN@acme.example', mac: '00005e005314' });
    const id = await uploaded(BROKEN, pbxId);
    const checked = await post(`/imports/${id}/validate`);
    expect(checked.body).toMatchObject({ state: 'ready', errorCount: 8, createdCount: 0 });
    expect(await codesOf(id)).toEqual({
      1: [
        'teams_user_id EMAIL_INVALID',
        'sip_user_id SIP_USER_INVALID',
        'auto_provision AUTO_PROVISION_INVALID',
        'mac_address MAC_INVALID',
        'phone_number DID_INVALID',
        'prov_password PASSWORD_WITHOUT_USER_NAME',
      ],
      3: ['teams_user_id TEAMS_USER_DUPLICATE', 'sip_user_id SIP_USER_DUPLICATE', 'mac_address MAC_DUPLICATE'],
      4: ['mac_address MAC_LOST_ZEROS'],
      5: ['mac_address EXCEL_EXPONENT'],
      6: ['mac_address AUTO_ASSIGN_OFF'],
      7: ['pbx PBX_UNKNOWN'],
      8: ['- ROW_CELLS'],
      9: ['teams_user_id TEAMS_USER_DUPLICATE', 'mac_address MAC_DUPLICATE'],
    });
    const rows = await api.call('GET', `/imports/${id}/rows?problems=errors&limit=500`);
    const byNumber = new Map(rows.body.items.map((row: { number: number }) => [row.number, row]));
    const text = JSON.stringify([...byNumber.values()]);
    expect(text).toContain('is in row 2 of the file already');
    expect(text).toContain('Write one of these: Head office');
    expect(text).toContain('Tom at Head office');
    for (const row of rows.body.items) for (const problem of row.errors) expect(problem.fix).not.toBe('');
    expect(await usersOf(id)).toHaveLength(0);

    const refused = await post(`/imports/${id}/submit`);
    expect([refused.status, refused.body.code]).toEqual([422, 'import-errors']);
    expect(refused.body.errors[0].pointer).toBe('#/rows/1/teams_user_id');
    expect(await usersOf(id)).toHaveLength(0);
    expect((await api.call('GET', `/imports/${id}`)).body.state).toBe('ready');

    const partial = await post(`/imports/${id}/submit`, { partial: true });
    expect(partial.body).toMatchObject({ state: 'done', createdCount: 1, errorCount: 8 });
    const result = await api.call('GET', `/imports/${id}/result`);
    expect(result.text).toContain('2,created,');
    expect(result.text).toContain('4,left out,MAC_LOST_ZEROS,');
  });

  it('finds the PBX of a row by its name in any case', async () => {
    const first = await api.addPbx({ name: 'Berlin' });
    const second = await api.addPbx({ name: 'Zürich', autoAssignMac: true });
    const id = await uploaded('name,mac,pbx\nA,00005e005321,berlin\nB,,ZÜRICH\n');
    expect((await post(`/imports/${id}/submit`)).body.createdCount).toBe(2);
    const users = await usersOf(id);
    expect(users.map((user: { pbxId: string }) => user.pbxId)).toEqual([first, second]);
    expect(api.woken).toEqual(expect.arrayContaining([first, second]));
  });

  it('says so when the PBX of the upload was deleted meanwhile', async () => {
    const pbxId = await api.addPbx();
    const id = await uploaded('mac\n00005e005331\n', pbxId);
    await api.database.sql`delete from pbxs where id = ${pbxId}`;
    expect((await post(`/imports/${id}/submit`)).status).toBe(422);
    expect(await codesOf(id)).toEqual({ 1: ['pbx PBX_MISSING'] });
    expect((await post(`/imports/${id}/submit`, { partial: true })).body).toMatchObject({
      state: 'done',
      createdCount: 0,
    });
  });
});

describe('two uploads of the same users at once', () => {
  it.each([false, true])('make each user once (partial: %s)', async (partial) => {
    const pbxId = await api.addPbx({ autoAssignMac: true });
    const names = Array.from({ length: 300 }, (_, n) => `${partial}${n}@acme.example`);
    const csvOf = (list: string[]) => `teams_user_id\n${list.join('\n')}\n`;
    const ids = [await uploaded(csvOf(names), pbxId), await uploaded(csvOf(names.toReversed()), pbxId)];
    const answers = await Promise.all(ids.map((id) => post(`/imports/${id}/submit`, { partial })));
    if (partial) expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    else expect(answers.map((answer) => answer.status).sort()).toEqual([200, 422]);
    const counts = await Promise.all(ids.map(async (id) => (await usersOf(id)).length));
    expect(counts[0] + counts[1]).toBe(300);
    for (const [n, id] of ids.entries()) {
      const refused = Object.values(await codesOf(id)).flat();
      expect(refused).toHaveLength(300 - (counts[n] ?? 0));
      expect(new Set(refused)).toEqual(new Set(refused.length > 0 ? ['teams_user_id TEAMS_USER_DUPLICATE'] : []));
    }
  });
});

describe('a file that cannot be read', () => {
  it.each([
    ['nothing', '', 'CSV_EMPTY'],
    ['a header alone', 'mac,name\n', 'CSV_EMPTY'],
    ['no header', '00005e005301,Ann\n', 'CSV_HEADER_MISSING'],
    ['a repeated header', 'mac,uuid\n1,2\n', 'CSV_HEADER_DUPLICATE'],
    ['a quote left open', 'mac,name\n00005e005301,"Ann\n', 'CSV_QUOTE_OPEN'],
    ['NUL bytes', 'mac\n00005e0053\u000001\n', 'CSV_NUL'],
    ['200 columns', `mac${',x'.repeat(199)}\n`, 'CSV_TOO_MANY_COLUMNS'],
  ])('is refused: %s', async (_, csv, code) => {
    const answer = await upload(csv);
    expect([answer.status, answer.body.errors[0].code]).toEqual([422, code]);
  });

  it('is refused with the line of the bytes that are not UTF-8', async () => {
    const answer = await upload(Buffer.from('name\nAnn\nJ\xf6rg\n', 'latin1'));
    expect(answer.status).toBe(422);
    expect(answer.body.detail).toContain('Line 3');
  });

  it('is refused when it has too many rows or bytes', async () => {
    const rows = await upload(`name\n${'x\n'.repeat(50_001)}`);
    expect([rows.status, rows.body.code]).toEqual([413, 'too-many-rows']);
    const bytes = await upload(`name\n${'x'.repeat(33 * 1024 * 1024)}`);
    expect(bytes.status).toBe(413);
  });

  it('needs a media type, a PBX that exists, and a name that is no path', async () => {
    expect((await api.call('POST', '/imports', 'mac\n1\n', { 'content-type': 'application/json' })).status).toBe(415);
    const unknown = await upload('mac\n00005e005301\n', '01a1fd94-06ea-74e4-b19b-0dd520170800');
    expect(unknown.body.errors).toMatchObject([{ pointer: '#/query/pbx', code: 'PBX_UNKNOWN' }]);
  });

  it('takes __proto__ and long or damaged cells for what they are', async () => {
    const pbxId = await api.addPbx();
    const id = await uploaded(
      `mac,__proto__,name\n00005e005341,x,${'y'.repeat(5000)}\n00005e005342,x,a\u0007b\n`,
      pbxId,
    );
    await post(`/imports/${id}/validate`);
    const codes = await codesOf(id);
    expect(codes[1]?.[0]).toBe('name CELL_TOO_LONG');
    expect(codes[2]).toEqual(['name CONTROL_CHARACTER']);
  });
});

it('imports 10,000 rows with assigned MACs, all different', async () => {
  const pbxId = await api.addPbx({ autoAssignMac: true });
  const rows = Array.from({ length: 10_000 }, (_, n) =>
    `many${n}@acme.example,AUTO_ASSIGN,p;"#${n}`.replace('"', '""'),
  );
  const csv = `teams_user_id,mac,user_tag\n${rows.map((row) => row.replace(/,(p.*)$/, ',"$1"')).join('\n')}\n`;
  const id = await uploaded(csv, pbxId);
  expect((await post(`/imports/${id}/submit`)).body).toMatchObject({ state: 'done', createdCount: 10_000 });
  const [row] = await api.database.sql`
    select count(*)::int as users, count(distinct mac)::int as macs from users where import_id = ${id}`;
  expect(row).toEqual({ users: 10_000, macs: 10_000 });
});
