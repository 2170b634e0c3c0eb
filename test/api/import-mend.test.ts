import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportRowView } from '../../src/api/contract/imports.ts';
import { readCsv } from '../../src/intake/csv.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
beforeAll(async () => {
  api = await openIntakeApi();
});
afterAll(() => api.close());

const read = async (id: string) => (await api.call('GET', `/imports/${id}`)).body;
const mend = (id: string, row: number, cells: object) => api.call('PATCH', `/imports/${id}/rows/${row}`, { cells });
const rowsOf = async (id: string): Promise<ImportRowView[]> =>
  (await api.call('GET', `/imports/${id}/rows?limit=500`)).body.items;
const codesOf = async (id: string) => (await rowsOf(id)).map((row) => row.errors.map((problem) => problem.code));

async function checked(csv: string, pbxId: string, settings: Record<string, string> = {}): Promise<string> {
  const id = await api.upload(csv, pbxId, settings);
  await api.settled(`/imports/${id}/validate`);
  return id;
}

describe('a mended row', () => {
  it('is checked again at once, with the rows that shared a key with it', async () => {
    const pbxId = await api.addPbx();
    const csv =
      'teams_user_id,sip_user_id,mac\na@m.example,1,00005e005301\nA@m.example,2,00-00-5e-00-53-01\nc@m.example,2,x\n';
    const id = await checked(csv, pbxId);
    expect(await codesOf(id)).toEqual([[], ['TEAMS_USER_DUPLICATE', 'MAC_DUPLICATE'], ['MAC_INVALID']]);

    const first = await mend(id, 1, { teams_user_id: 'b@m.example' });
    expect([first.status, first.body.edited, first.body.cells.teams_user_id]).toEqual([200, true, 'b@m.example']);
    expect(first.body.others.map((row: ImportRowView) => [row.number, row.errors.map(({ code }) => code)])).toEqual([
      [2, ['MAC_DUPLICATE']],
      // It has the SIP user of row 2.
      [3, ['MAC_INVALID']],
    ]);
    expect(await codesOf(id)).toEqual([[], ['MAC_DUPLICATE'], ['MAC_INVALID']]);
    await mend(id, 2, { mac: '00005e005302' }).then((answer) => expect(answer.status).toBe(422));
    await mend(id, 2, { mac_address: '00005e005302' });
    expect(await codesOf(id)).toEqual([[], [], ['MAC_INVALID']]);
    // Row 3 has the SIP user of row 2: seen as soon as its own error is gone.
    const third = await mend(id, 3, { mac_address: null });
    expect(third.body.errors.map((problem: { code: string }) => problem.code)).toEqual(['SIP_USER_DUPLICATE']);
    expect(await read(id)).toMatchObject({ state: 'ready', errorCount: 1, createdCount: 2 });
    await mend(id, 3, { sip_user_id: '3' });
    expect(await read(id)).toMatchObject({ errorCount: 0, createdCount: 3 });
    const done = await api.settled(`/imports/${id}/submit`);
    expect(done.body).toMatchObject({ state: 'done', createdCount: 3 });
    const late = await mend(id, 3, { sip_user_id: '4' });
    expect([late.status, late.body.code]).toEqual([409, 'import-state']);
  });

  it('takes columns that the file lacks, and secrets, which are never shown', async () => {
    const pbxId = await api.addPbx({ name: 'Mend' });
    const id = await api.upload('mac,prov_username\n00005e005311,\n00005e005312,u\n', pbxId);
    await api.database.sql`update imports set pbx_id = null where id = ${id}`;
    const given = await mend(id, 1, { pbx: 'mend', prov_username: 'v', prov_password: ' s3cret-mend ' });
    expect(given.body).toMatchObject({ errors: [], cells: { pbx: 'mend', prov_username: 'v' }, action: 'create' });
    expect((await read(id)).columns.map((column: { header: string }) => column.header)).toEqual([
      'mac',
      'prov_username',
      'pbx',
      'prov_password',
    ]);
    await mend(id, 2, { pbx: 'Mend' });
    const stored = await api.database.sql`select * from import_rows where import_id = ${id}`;
    expect(JSON.stringify([stored, await rowsOf(id), given.text])).not.toContain('s3cret-mend');
    await api.settled(`/imports/${id}/submit`);
    const [user] = await api.database
      .sql`select id, prov_password_sealed as sealed from users where mac = '00005e005311'`;
    const place = { tenant: api.tenantId, table: 'users', row: user?.id, column: 'prov_password' };
    expect(api.ring.unseal(user?.sealed, place).reveal()).toBe(' s3cret-mend ');
  });

  it('is one whose cells were shifted or too long, once somebody has looked at it', async () => {
    const pbxId = await api.addPbx();
    const id = await api.upload(`mac,name\n00005e005321\n00005e005322,${'x'.repeat(5000)}\n`, pbxId);
    expect(await codesOf(id)).toEqual([['ROW_CELLS'], ['CELL_TOO_LONG', 'VALUE_TOO_LONG']]);
    await mend(id, 1, { name: 'Ann' });
    await mend(id, 2, { name: 'Bob' });
    expect(await codesOf(id)).toEqual([[], []]);
    await api.settled(`/imports/${id}/validate`);
    expect(await codesOf(id)).toEqual([[], []]);
  });

  it.each([
    ['/rows/9', { cells: { name: 'x' } }, 404],
    ['/rows/0', { cells: { name: 'x' } }, 404],
    ['/rows/x', { cells: { name: 'x' } }, 404],
    ['/rows/1', { cells: {} }, 422],
    ['/rows/1', { cells: { shoe: '44' } }, 422],
    ['/rows/1', { cells: { __proto__x: '44' } }, 422],
    ['/rows/1', { name: 'x' }, 422],
  ])('is refused: %s %j', async (path, body, status) => {
    const id = await api.upload('mac\n00005e005331\n', await api.addPbx());
    expect((await api.call('PATCH', `/imports/${id}${path}`, body)).status).toBe(status);
  });
});

describe('all rows with the same problem', () => {
  const mendAll = async (id: string, body: object) => {
    const answer = await api.call('POST', `/imports/${id}/mend`, body);
    if (answer.status === 202) await api.settle(id);
    return answer;
  };

  it('are counted by kind, and mended in one go', async () => {
    const pbxId = await api.addPbx({ name: 'Head office' });
    await api.call('POST', '/voice-routes', { name: 'US East' });
    const lines = Array.from({ length: 2300 }, (_, n) => `${n},${1_000_000_000 + n},Head ofice,us eest,trunkk,s${n}`);
    const id = await checked(`sip_user_id,mac,pbx,voice_route,user_type,password\n${lines.join('\n')}\n`, pbxId);
    const problems = async () => (await api.call('GET', `/imports/${id}/problems`)).body.items;
    expect(await problems()).toMatchObject([
      { severity: 'error', column: 'mac_address', code: 'MAC_LOST_ZEROS', rows: 2300 },
      {
        severity: 'error',
        column: 'pbx',
        code: 'PBX_UNKNOWN',
        rows: 2300,
        firstRow: 1,
        mends: ['use-nearest', 'set', 'clear'],
      },
      { severity: 'error', column: 'user_type', code: 'USER_TYPE_UNKNOWN', rows: 2300 },
      { severity: 'error', column: 'voice_route', code: 'VOICE_ROUTE_UNKNOWN', rows: 2300 },
    ]);
    const pbx = await mendAll(id, { column: 'pbx', code: 'PBX_UNKNOWN', action: 'use-nearest' });
    expect(pbx.body).toMatchObject({ mended: 2300, left: 0, import: { job: 'check', state: 'checking' } });
    await mendAll(id, { column: 'voice_route', code: 'VOICE_ROUTE_UNKNOWN', action: 'use-nearest' });
    await mendAll(id, { column: 'user_type', code: 'USER_TYPE_UNKNOWN', action: 'clear' });
    expect((await problems()).map((problem: { code: string; rows: number }) => [problem.code, problem.rows])).toEqual([
      ['MAC_LOST_ZEROS', 2300],
    ]);
    await mendAll(id, { column: 'mac_address', code: 'MAC_LOST_ZEROS', action: 'pad-zeros' });
    expect(await read(id)).toMatchObject({ state: 'ready', errorCount: 0, createdCount: 2300 });
    const rows = await rowsOf(id);
    expect(rows[7]).toMatchObject({ edited: true, cells: { mac_address: '001000000007', pbx: 'Head office' } });
    // What was not mended is what it was.
    await api.settled(`/imports/${id}/submit`);
    const users = await api.storedUsers(pbxId);
    expect(users['2299']).toMatchObject({ mac: '001000002299', sip_password: 's2299' });
    const late = await mendAll(id, { column: 'pbx', code: 'PBX_UNKNOWN', action: 'clear' });
    expect([late.status, late.body.code]).toEqual([409, 'import-state']);
  });

  it('are given one value, or left when nothing is near', async () => {
    const pbxId = await api.addPbx({ name: 'Nowhere near' });
    const id = await checked('sip_user_id,pbx\n1,qqqqqq\n2,zzzzzz\n3,\n', pbxId);
    const near = await mendAll(id, { column: 'pbx', code: 'PBX_UNKNOWN', action: 'use-nearest' });
    expect(near.body).toMatchObject({ mended: 0, left: 2 });
    await mendAll(id, { column: 'pbx', code: 'PBX_UNKNOWN', action: 'set', value: 'Nowhere near' });
    expect(await read(id)).toMatchObject({ errorCount: 0 });
    for (const body of [
      { column: 'pbx', code: 'PBX_UNKNOWN', action: 'pad-zeros' },
      { column: 'pbx', code: 'PBX_UNKNOWN', action: 'set' },
      { column: 'shoe', code: 'PBX_UNKNOWN', action: 'clear' },
    ]) {
      expect((await mendAll(id, body)).status).toBe(422);
    }
  });
});

describe('the list of errors', () => {
  it('is a file with the bad rows, without secrets, that can be corrected and uploaded again', async () => {
    const pbxId = await api.addPbx();
    const csv = [
      'Teams User ID;Shoe;mac;prov_username;prov_password',
      'good@e.example;40;00005e005341;;',
      'bad at e.example;41;00005e005342;u;s3cret-err',
      '=cmd@e.example;42;zz;;',
    ].join('\r\n');
    const id = await checked(csv, pbxId);
    const answer = await api.call('GET', `/imports/${id}/errors.csv`);
    expect(answer.headers.get('content-type')).toContain('text/csv');
    expect(answer.text).not.toContain('s3cret-err');
    const lines = answer.text.trim().split('\r\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe('Teams User ID,Shoe,mac,prov_username,prov_password,error_code,error,fix');
    expect(lines[1]).toContain('bad at e.example,41,00005e005342,u,(keep),EMAIL_INVALID,');
    expect(lines[2]).toMatch(/^'=cmd@e.example,42,zz,,,/);

    const again = await checked(answer.text, pbxId);
    expect((await read(again)).notices).toMatchObject([{ detail: 'Not read, since unknown: "Shoe".' }]);
    expect(await codesOf(again)).toEqual([['KEEP_ON_NEW', 'EMAIL_INVALID'], expect.arrayContaining(['MAC_INVALID'])]);
    const second = await api.call('GET', `/imports/${again}/errors.csv`);
    expect(second.text.split('\r\n')[0]).toBe(lines[0]);
    const corrected = answer.text
      .replace('bad at e', 'bad@e')
      .replace('(keep)', 'typed-again')
      .replace('zz', '00005e005343');
    expect((await readCsv(Buffer.from(corrected))).ok).toBe(true);
    const good = await checked(corrected, pbxId);
    expect(await read(good)).toMatchObject({ rowCount: 2, errorCount: 0, createdCount: 2 });
  });
});

describe('the rows of an import', () => {
  it('begin where one looks, and may be those with one problem only', async () => {
    const pbxId = await api.addPbx();
    const csv = 'sip_user_id,mac\n1,x\n2,00005e005341\n3,y\n2,00005e005343\n5,00005e005344\n';
    const id = await checked(csv, pbxId);
    const numbers = async (query: string) =>
      (await api.call('GET', `/imports/${id}/rows?${query}`)).body.items.map((row: ImportRowView) => row.number);
    expect(await numbers('from=4')).toEqual([4, 5]);
    expect(await numbers('from=2&limit=2')).toEqual([2, 3]);
    expect(await numbers('code=MAC_INVALID')).toEqual([1, 3]);
    expect(await numbers('code=MAC_INVALID&column=mac_address&from=2')).toEqual([3]);
    expect(await numbers('code=MAC_INVALID&column=name')).toEqual([]);
    expect(await numbers('code=SIP_USER_DUPLICATE')).toEqual([4]);
    await api.settled(`/imports/${id}/submit`, { partial: true });
    expect(await numbers('outcome=created')).toEqual([2, 5]);
    expect(await numbers('outcome=failed')).toEqual([1, 3, 4]);
    const { body } = await api.call('GET', `/imports/${id}/harvest`);
    expect(body).toMatchObject({ users: { total: 2, waiting: 2 }, reasons: [{ status: 'waiting', users: 2 }] });
    const { submittedAt, undoUntil } = await read(id);
    expect(Date.parse(undoUntil) - Date.parse(submittedAt)).toBe(24 * 3_600_000);
  });

  it('may have columns that are listed, with how they are spelled', async () => {
    const { items, passedOver } = (await api.call('GET', '/imports/columns')).body;
    expect(items).toContainEqual({
      name: 'prov_password',
      spellings: expect.arrayContaining(['provpass']),
      secret: true,
    });
    expect(items).toContainEqual({ name: 'mac_address', spellings: expect.arrayContaining(['uuid']), secret: false });
    expect(passedOver).toContain('error_code');
  });
});
