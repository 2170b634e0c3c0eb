import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportRowView } from '../../src/api/contract/imports.ts';
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

/** Uploads that are still coming, or were left behind. */
async function hidden(): Promise<number> {
  const rows = await api.database.sql`select 1 from imports where state = 'uploading'`;
  return rows.length;
}

async function seen(what: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come');
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

    const checked = await api.settled(`/imports/${made.body.id}/validate`);
    expect([checked.body.state, checked.body.errorCount, checked.body.createdCount]).toEqual(['ready', 0, 3]);
    const done = await api.settled(`/imports/${made.body.id}/submit`, { partial: false });
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
    // What needs no look at other users is known when the file has come.
    expect((await api.call('GET', `/imports/${id}`)).body).toMatchObject({ state: 'draft', errorCount: 7 });
    const checked = await api.settled(`/imports/${id}/validate`);
    expect(checked.body).toMatchObject({ state: 'ready', errorCount: 8, createdCount: 1 });
    expect(await codesOf(id)).toEqual({
      1: [
        'teams_user_id EMAIL_INVALID',
        'sip_user_id SIP_USER_INVALID',
        'mac_address MAC_INVALID',
        'auto_provision AUTO_PROVISION_INVALID',
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
  });

  it('finds the PBX of a row by its name in any case', async () => {
    const first = await api.addPbx({ name: 'Berlin' });
    const second = await api.addPbx({ name: 'Zürich', autoAssignMac: true });
    const id = await uploaded('name,mac,pbx\nA,00005e005321,berlin\nB,,ZÜRICH\n');
    expect((await api.settled(`/imports/${id}/submit`)).body.createdCount).toBe(2);
    const users = await usersOf(id);
    expect(users.map((user: { pbxId: string }) => user.pbxId)).toEqual([first, second]);
    expect(api.woken).toEqual(expect.arrayContaining([first, second]));
  });

  it('finds what has changed since the rows came: who has a name by now, and what the PBX says', async () => {
    const pbxId = await api.addPbx({ country: 'US' });
    const csv = 'sip_user_id,phone_number\nlate1,202 555 0142\nlate2,202 555 0143\n';
    const ids = [await api.upload(csv, pbxId), await api.upload(csv, pbxId)];
    const validated = async (id: string | undefined) => {
      const { body } = await api.settled(`/imports/${id}/validate`);
      const rows = await api.call('GET', `/imports/${id}/rows`);
      // biome-ignore lint/suspicious/noExplicitAny: what the API gives.
      const codes = rows.body.items.map((row: any) => row.errors.map((error: any) => error.code));
      return [body.createdCount, body.errorCount, codes];
    };
    expect(await validated(ids[0])).toEqual([2, 0, [[], []]]);
    const made = await api.call('POST', '/users', { pbxId, sipUserId: 'LATE2' });
    expect(made.status).toBe(201);
    expect(await validated(ids[0])).toEqual([1, 1, [[], ['SIP_USER_DUPLICATE']]]);
    await api.call('DELETE', `/users/${made.body.id}`, undefined, { 'if-match': '*' });
    expect(await validated(ids[0])).toEqual([2, 0, [[], []]]);
    // A national number is none without the country.
    await api.database.sql`update pbxs set country = null where id = ${pbxId}`;
    expect(await validated(ids[1])).toEqual([0, 2, [['DID_INVALID'], ['DID_INVALID']]]);
  });

  it('says so when the PBX of the upload was deleted meanwhile', async () => {
    const pbxId = await api.addPbx();
    const id = await uploaded('mac\n00005e005331\n', pbxId);
    await api.database.sql`delete from pbxs where id = ${pbxId}`;
    expect((await api.settled(`/imports/${id}/validate`)).body).toMatchObject({ state: 'ready', errorCount: 1 });
    expect(await codesOf(id)).toEqual({ 1: ['pbx PBX_MISSING'] });
  });

  it('warns of one account that is written in two ways', async () => {
    const pbxId = await api.addPbx({ provisioningUrl: 'https://prov.pbx.example.com/{mac}.cfg' });
    const id = await uploaded(
      'sip_user_id\n101\n102@pbx.example.com\n101@sip.example.com\n102\n103\n103@other.test\n',
      pbxId,
    );
    await api.settled(`/imports/${id}/validate`);
    const page = await api.call('GET', `/imports/${id}/rows?problems=warnings`);
    const codes = (row: ImportRowView) =>
      row.warnings.map(({ code }) => code).filter((code) => code.startsWith('SIP_'));
    expect(page.body.items.map((row: ImportRowView) => [row.number, codes(row)])).toEqual([
      [1, []],
      [2, []],
      [3, ['SIP_USER_SAME_ACCOUNT']],
      [4, ['SIP_USER_SAME_ACCOUNT']],
      [5, []],
      [6, ['SIP_DOMAIN_OTHER']],
    ]);
  });

  it('warns of the same MAC at two PBXs, in the file and against the users there are', async () => {
    const [here, there] = [await api.addPbx({ name: 'Here' }), await api.addPbx({ name: 'There' })];
    await post('/users', { pbxId: there, mac: '00005e0053a1' });
    const id = await uploaded('mac,pbx\n00005e0053a1,\n00005e0053a2,\n00005e0053a2,There\n', here);
    await api.settled(`/imports/${id}/validate`);
    const page = await api.call('GET', `/imports/${id}/rows?problems=warnings`);
    expect(page.body.items.map((row: ImportRowView) => [row.number, row.warnings.map(({ code }) => code)])).toEqual([
      [1, ['MAC_AT_OTHER_PBX']],
      [3, ['MAC_AT_OTHER_PBX']],
    ]);
    expect(await codesOf(id)).toEqual({});
  });

  it('takes user types and voice routes per upload and per row, and names the nearest of unknown ones', async () => {
    const pbxId = await api.addPbx();
    const east = (await post('/voice-routes', { name: 'US East' })).body.id;
    const west = (await post('/voice-routes', { name: 'US West' })).body.id;
    const csv = [
      'teams_user_id,user_type,voice_route,did_list,default_did_index_number,password',
      't1@acme.example,Valet App user,,,,',
      't2@acme.example,Trunk,us west,"+12025550101,+12025550102",1,p',
      't3@acme.example,trnk,US Eest,,,',
      't4@acme.example,,,,,',
    ].join('\n');
    const made = await post(`/imports?pbx=${pbxId}&voiceRoute=${east}&userType=callApp`, csv);
    expect(made.body).toMatchObject({
      voiceRouteId: east,
      userType: 'callApp',
      existing: 'error',
      createMissing: true,
    });
    const { id } = made.body;
    await api.settled(`/imports/${id}/validate`);
    expect(await codesOf(id)).toEqual({ 3: ['voice_route VOICE_ROUTE_UNKNOWN', 'user_type USER_TYPE_UNKNOWN'] });
    const text = JSON.stringify((await api.call('GET', `/imports/${id}/rows?problems=errors`)).body);
    expect(text).toContain('Write one of these: US East, US West.');
    expect(text).toContain('Write trunk.');
    await api.settled(`/imports/${id}/submit`, { partial: true });
    const users = await usersOf(id);
    expect(users).toMatchObject([
      {
        teamsUserId: 't1@acme.example',
        userType: 'callApp',
        voiceRouteId: east,
        useTeamsVoicemail: false,
        status: 'off',
      },
      { userType: 'trunk', voiceRouteId: west, defaultDidIndex: 1, did: '+12025550102', sipPasswordSet: true },
      { teamsUserId: 't4@acme.example', userType: 'callApp', voiceRouteId: east },
    ]);
    const unknown = await post(`/imports?voiceRoute=${pbxId}`, csv);
    expect([unknown.status, unknown.body.errors[0].code]).toEqual([422, 'VOICE_ROUTE_UNKNOWN']);
  });
});

describe('rows of users that exist', () => {
  const rowsOf = async (id: string): Promise<ImportRowView[]> =>
    (await api.call('GET', `/imports/${id}/rows?limit=500`)).body.items;

  it('are skipped, or update what they say, found by Teams user, SIP user or MAC', async () => {
    const pbxId = await api.addPbx({ name: 'Keys' });
    const make = (fields: object) => post('/users', { pbxId, ...fields });
    await make({
      teamsUserId: 'key1@acme.example',
      name: 'One',
      userTag: 'old',
      provUsername: 'u',
      provPassword: 'pw',
    });
    await make({ sipUserId: '702', name: 'Two', mac: '00005e005372', did: '+12025550172' });
    await make({ mac: '00005e005373', name: 'Three' });
    const csv = [
      'teams_user_id,sip_user_id,mac,name,user_tag,phone_number,prov_password',
      'KEY1@acme.example,,,(keep),new,,pw',
      ',702,,,,(clear),',
      ',,00:00:5E:00:53:73,Three,,,',
      'key4@acme.example,,,Four,,,',
      ',705,,(keep),,,',
    ].join('\n');
    const update = async (query: string) => {
      const made = await post(`/imports?pbx=${pbxId}&${query}`, csv);
      await api.settled(`/imports/${made.body.id}/validate`);
      return made.body.id as string;
    };

    const id = await update('existing=update');
    const rows = await rowsOf(id);
    expect(rows.map((row) => [row.action, row.outcomeReason])).toEqual([
      ['update', null],
      ['update', null],
      ['skip', 'UNCHANGED'],
      ['create', null],
      [null, null],
    ]);
    expect(rows[0]?.changes).toEqual([{ field: 'user_tag', before: 'old', after: 'new' }]);
    expect(rows[1]?.changes).toEqual([{ field: 'phone_number', before: '+12025550172', after: null }]);
    expect(await codesOf(id)).toEqual({ 5: ['name KEEP_ON_NEW'] });
    expect((await api.call('GET', `/imports/${id}`)).body).toMatchObject({
      createdCount: 1,
      updatedCount: 2,
      skippedCount: 1,
    });

    const skip = await rowsOf(await update('existing=skip'));
    expect(skip.map((row) => [row.action, row.outcomeReason])).toEqual([
      ['skip', 'EXISTS'],
      ['skip', 'EXISTS'],
      ['skip', 'EXISTS'],
      ['create', null],
      [null, null],
    ]);
    const only = await rowsOf(await update('existing=update&createMissing=false'));
    expect(only.slice(3).map((row) => [row.action, row.outcomeReason])).toEqual([
      ['skip', 'MISSING'],
      ['skip', 'MISSING'],
    ]);
    expect(await codesOf(await update('existing=error'))).toMatchObject({
      1: ['name KEEP_ON_NEW', 'prov_password PASSWORD_WITHOUT_USER_NAME'],
      3: ['mac_address MAC_DUPLICATE'],
    });
  });

  it('are refused where an update cannot be meant', async () => {
    const [pbxId, other] = [await api.addPbx({ name: 'Own' }), await api.addPbx({ name: 'Other' })];
    const make = (fields: object) => post('/users', { pbxId, ...fields });
    await make({ teamsUserId: 'no1@acme.example', sipUserId: '801' });
    await make({ sipUserId: '802', mac: '00005e005382', lineRule: '1' });
    await make({ sipUserId: '803', mac: '00005e005382', lineRule: '2' });
    await make({ teamsUserId: 'no4@acme.example', userType: 'callApp' });
    await make({ teamsUserId: 'no5@acme.example' });
    const csv = [
      'teams_user_id,sip_user_id,mac,pbx,name,user_type,password',
      'no1@acme.example,,,Other,,,',
      ',,00005e005382,,X,,',
      ',801,,(clear),,(clear),s3cret-one',
      'no5@acme.example,802,,,,,',
      'no4@acme.example,,,,N,PBX,',
      ',802,00005e005382,,again,,',
    ].join('\n');
    const made = await post(`/imports?pbx=${pbxId}&existing=update`, csv);
    await api.settled(`/imports/${made.body.id}/validate`);
    expect(await codesOf(made.body.id)).toEqual({
      1: ['pbx USER_AT_OTHER_PBX'],
      2: ['mac_address KEY_AMBIGUOUS'],
      3: ['pbx CLEAR_REQUIRED', 'user_type CLEAR_REQUIRED', '- USER_TWICE'],
      4: ['sip_user_id SIP_USER_DUPLICATE'],
      6: ['sip_user_id SIP_USER_DUPLICATE'],
    });
    const all = await api.call('GET', `/imports/${made.body.id}/rows`);
    expect(all.text).not.toContain('s3cret-one');
    expect(all.body.items[4].changes).toEqual([
      { field: 'name', before: null, after: 'N' },
      { field: 'user_type', before: 'callApp', after: 'pbx' },
    ]);
    expect(other).not.toBe(pbxId);
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
    ['one line without a line end', '00005e005301', 'CSV_HEADER_MISSING'],
    ['commas', ','.repeat(1000), 'CSV_HEADER_MISSING'],
  ])('is refused: %s', async (_, csv, code) => {
    const answer = await upload(csv);
    expect([answer.status, answer.body.errors[0].code]).toEqual([422, code]);
  });

  it('is refused with the line of the bytes that are not UTF-8, when the others are', async () => {
    const bytes = Buffer.concat([Buffer.from('name\nÄnn\nJ'), Buffer.from([0xf6]), Buffer.from('rg\n')]);
    const answer = await upload(bytes);
    expect([answer.status, answer.body.errors[0].code]).toEqual([422, 'CSV_ENCODING']);
    expect(answer.body.detail).toContain('Line 3');
  });

  it('is read in UTF-16 without a mark and in Windows-1252, and the answer says so', async () => {
    const text = 'name;sip_user_id\r\nJörg;1\r\n';
    for (const [encoding, bytes] of [
      ['utf-16le', Buffer.from(text, 'utf16le')],
      ['windows-1252', Buffer.from(text, 'latin1')],
    ] as const) {
      const made = await upload(bytes, await api.addPbx());
      expect(made.body).toMatchObject({ encoding, delimiter: ';', rowCount: 1 });
      const rows = await api.call('GET', `/imports/${made.body.id}/rows`);
      expect(rows.body.items[0].cells.name).toBe('Jörg');
    }
    const said = await api.call('POST', '/imports', Buffer.from(text, 'latin1'), {
      'content-type': 'text/csv; charset=koi8-r',
    });
    expect([said.status, said.body.errors[0].code]).toEqual([422, 'CSV_ENCODING']);
  });

  it('is refused at once when it is 64 MiB of commas, and nothing is left of it', async () => {
    const before = process.memoryUsage().rss;
    const commas = await upload(Buffer.alloc(64 * 1024 * 1024, ','));
    expect([commas.status, commas.body.errors[0].code]).toEqual([422, 'CSV_LINE_TOO_LONG']);
    const lines = Buffer.from(`${','.repeat(1023)}\n`.repeat(1024 * 8));
    const rows = await upload(Buffer.concat([Buffer.from('name,mac\n'), lines]));
    expect([rows.status, rows.body.errors[0].code]).toEqual([422, 'CSV_EMPTY']);
    expect(process.memoryUsage().rss - before).toBeLessThan(500 * 1024 * 1024);
    expect(await hidden()).toBe(0);
  });

  it('is refused when it has too many bytes, or too many rows', async () => {
    const small = await openIntakeApi({ uploadLimits: { bytes: 1_000_000, rows: 1500 } });
    try {
      const line = `${'x'.repeat(1000)}\n`;
      const bytes = await small.call('POST', '/imports', `name\n${line.repeat(1200)}`);
      expect([bytes.status, bytes.body.code, bytes.body.limit]).toEqual([413, 'too-large', 1_000_000]);
      const zipped = gzipSync(Buffer.from(`name\n${line.repeat(100_000)}`));
      const bomb = await small.call('POST', '/imports', zipped, { 'content-encoding': 'gzip' });
      expect([bomb.status, bomb.body.code]).toEqual([413, 'too-large']);
      const rows = await small.call('POST', '/imports', `name\n${'x\n'.repeat(1501)}`);
      expect([rows.status, rows.body.code, rows.body.limit]).toEqual([413, 'too-many-rows', 1500]);
      expect(await small.database.sql`select 1 from imports`).toHaveLength(0);
      expect((await small.call('POST', '/imports', `name\n${'x\n'.repeat(1500)}`)).body.rowCount).toBe(1500);
    } finally {
      await small.close();
    }
    expect(await hidden()).toBe(0);
  });

  it('leaves nothing when its sender breaks off in the middle', async () => {
    const { port, hostname } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    const head = [
      'POST /api/v1/imports HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${api.token}`,
      'Content-Type: text/csv',
      'Content-Length: 10000000',
      '',
      `name\n${'x\n'.repeat(20_000)}`,
    ];
    socket.write(head.join('\r\n'));
    await seen(async () => (await hidden()) === 1);
    // Rows are there before the file is whole, and nobody sees the import.
    await seen(
      async () =>
        (
          await api.database.sql`select 1 from import_rows r join imports i on i.id = r.import_id
      where i.state = 'uploading' limit 1`
        ).length > 0,
    );
    expect((await api.call('GET', '/imports?limit=1')).body.items[0]?.rowCount).not.toBe(0);
    socket.destroy();
    await seen(async () => (await hidden()) === 0);
  });

  it('is taken once under an Idempotency-Key, whatever its size', async () => {
    const csv = `name,sip_user_id\n${Array.from({ length: 3000 }, (_, n) => `A${n},${n}`).join('\n')}\n`;
    const send = (body: string) => api.call('POST', '/imports', body, { 'Idempotency-Key': 'upload-1' });
    const first = await send(csv);
    const again = await send(csv);
    expect([first.status, again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 201, 'true']);
    expect(again.body.id).toBe(first.body.id);
    const other = await send(`${csv}B,9999\n`);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
    const refused = await api.call('POST', '/imports', 'nothing\n', { 'Idempotency-Key': 'upload-2' });
    expect(refused.status).toBe(422);
    expect((await api.call('POST', '/imports', csv, { 'Idempotency-Key': 'upload-2' })).status).toBe(201);
  });

  it('may come with gzip', async () => {
    const zip = (text: string) => gzipSync(Buffer.from(text));
    const headers = { 'content-encoding': 'gzip' };
    const made = await api.call('POST', '/imports', zip('name,sip_user_id\nA,1\n'), headers);
    expect([made.status, made.body.rowCount]).toEqual([201, 1]);
    const broken = await api.call('POST', '/imports', Buffer.from('no gzip'), headers);
    expect([broken.status, broken.body.code]).toEqual([400, 'body-cut']);
  });

  it('needs a media type, a PBX that exists, and a name that is no path', async () => {
    expect((await api.call('POST', '/imports', 'mac\n1\n', { 'content-type': 'application/json' })).status).toBe(415);
    const unknown = await upload('mac\n00005e005301\n', '01a1fd94-06ea-74e4-b19b-0dd520170800');
    expect(unknown.body.errors).toMatchObject([{ pointer: '#/query/pbx', code: 'PBX_UNKNOWN' }]);
  });

  it('A15 takes __proto__ and long or damaged cells for what they are', async () => {
    const pbxId = await api.addPbx();
    const id = await uploaded(
      `mac,__proto__,name\n00005e005341,x,${'y'.repeat(5000)}\n00005e005342,x,a\u0007b\n`,
      pbxId,
    );
    await api.settled(`/imports/${id}/validate`);
    const codes = await codesOf(id);
    expect(codes[1]?.[0]).toBe('name CELL_TOO_LONG');
    expect(codes[2]).toEqual(['name CONTROL_CHARACTER']);
  });
});

it('A18 names formula cells, and gives them out again as text', async () => {
  const pbxId = await api.addPbx({ autoAssignMac: true });
  const id = await uploaded('name,mac,user_tag\n=1+1,"=""00005e0053b1""",@SUM(A1)\n"\'=x",,-1\n', pbxId);
  await api.settled(`/imports/${id}/validate`);
  const rows = (await api.call('GET', `/imports/${id}/rows`)).body.items;
  expect(rows.map((row: ImportRowView) => row.warnings.map((problem) => problem.code))).toEqual([
    ['FORMULA_CELL', 'FORMULA_CELL'],
    ['FORMULA_CELL'],
  ]);
  await api.settled(`/imports/${id}/submit`);
  const [first] = await usersOf(id);
  expect(first).toMatchObject({ name: '=1+1', mac: '00005e0053b1' });
  expect((await api.call('GET', `/imports/${id}/result`)).text).toContain("'=1+1");
});

it('seals secrets to the user that the row makes, rows with an unknown column whole, and nothing else', async () => {
  const pbxId = await api.addPbx();
  const id = await uploaded('name,sip_user_id,password,shoe\nA,1,,\nB,2, s3cret-two ,\nC,3,,44\nD,4,,\n', pbxId);
  const stored = await api.database.sql`
    select raw_sealed, sip_password_sealed, new_user_id, shown from import_rows where import_id = ${id} order by number`;
  expect(stored.map((row) => row.raw_sealed === null)).toEqual([true, true, false, true]);
  expect(stored.map((row) => row.sip_password_sealed === null)).toEqual([true, false, true, true]);
  expect(JSON.stringify(stored)).not.toContain('s3cret-two');
  expect(JSON.stringify(stored.map((row) => row.shown))).not.toContain('44');
  await api.settled(`/imports/${id}/submit`);
  const [user] = await api.database
    .sql`select id, sip_password_sealed as sealed from users where sip_user_id = '2' and pbx_id = ${pbxId}`;
  expect(user).toEqual({ id: stored[1]?.new_user_id, sealed: stored[1]?.sip_password_sealed });
  const place = { tenant: api.tenantId, table: 'users', row: user?.id, column: 'sip_password' };
  expect(api.ring.unseal(user?.sealed, place).reveal()).toBe(' s3cret-two ');
  const kept = await api.database
    .sql`select 1 from import_rows where import_id = ${id} and sip_password_sealed is not null`;
  expect(kept).toHaveLength(0);
});

it('imports 10,000 rows with assigned MACs, all different', async () => {
  const pbxId = await api.addPbx({ autoAssignMac: true });
  const rows = Array.from({ length: 10_000 }, (_, n) =>
    `many${n}@acme.example,AUTO_ASSIGN,p;"#${n}`.replace('"', '""'),
  );
  const csv = `teams_user_id,mac,user_tag\n${rows.map((row) => row.replace(/,(p.*)$/, ',"$1"')).join('\n')}\n`;
  const id = await uploaded(csv, pbxId);
  expect((await api.settled(`/imports/${id}/submit`)).body).toMatchObject({ state: 'done', createdCount: 10_000 });
  const [row] = await api.database.sql`
    select count(*)::int as users, count(distinct mac)::int as macs from users where import_id = ${id}`;
  expect(row).toEqual({ users: 10_000, macs: 10_000 });
});
