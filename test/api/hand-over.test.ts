import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HAND_OVER_FORMATS } from '../../src/intake/hand-over.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';

let api: IntakeApi;
let pbxId: string;
let mac: string;
beforeAll(async () => {
  api = await openIntakeApi();
  pbxId = await api.addPbx({
    name: 'HQ',
    autoAssignMac: true,
    pseudoMacOui: '001565',
    provisioningUrl: 'https://acme.pbx.example.com:8443/app/provision/{mac}.cfg?token=url-secret-1',
    personaModel: 'SIP-T46U',
  });
  const made = await api.call('POST', '/users', {
    pbxId,
    name: 'Ann Marie Lee',
    sipUserId: '101@acme.example',
    teamsUserId: 'ann@acme.example',
    did: '+12025550142',
    provUsername: 'own',
    provPassword: 'top-secret-1',
  });
  mac = made.body.mac;
  await api.call('POST', '/users', { pbxId, name: '=cmd', sipUserId: '102', lineRule: '2' });
  await api.call('POST', '/users', { pbxId, name: 'Typed', mac: '00005e005301' });
});
afterAll(() => api.close());

async function sheet(query: string): Promise<Record<string, string>[]> {
  const answer = await api.call('GET', `/pbxs/${pbxId}/hand-over${query}`);
  expect(answer.status).toBe(200);
  return parse(answer.text, { columns: true });
}

it('lists assigned MACs only, readable for people, formulas guarded', async () => {
  const rows = await sheet('');
  expect(rows.map((row) => row.name)).toEqual(['Ann Marie Lee', "'=cmd"]);
  expect(rows[0]).toEqual({
    mac_address: mac.replace(/..(?!$)/g, '$&:'),
    name: 'Ann Marie Lee',
    sip_user_id: '101@acme.example',
    teams_user_id: 'ann@acme.example',
    phone_number: "'+12025550142",
    line_rule: '',
    status: 'waiting',
    reason_code: 'QUEUED',
  });
});

it('gives FusionPBX its field names of both generations, a domain and a line', async () => {
  const rows = await sheet('?format=fusionpbx');
  expect(rows[0]).toEqual({
    device_address: mac,
    device_mac_address: mac,
    device_label: 'Ann Marie Lee',
    device_vendor: 'yealink',
    device_template: 'yealink/t46u',
    device_enabled: 'true',
    device_description: 'ann@acme.example',
    line_number: '1',
    server_address: 'acme.example',
    display_name: 'Ann Marie Lee',
    user_id: '101',
    auth_id: '101',
    password: '',
    enabled: 'true',
  });
  expect(rows[1]).toMatchObject({ server_address: 'acme.pbx.example.com', line_number: '2', user_id: '102' });
});

it('gives NetSapiens the fields of a phone', async () => {
  const rows = await sheet('?format=netsapiens');
  expect(rows[0]).toEqual({
    mac,
    model: 'Yealink SIP-T46U',
    domain: 'acme.example',
    subscriber_name: '101',
    device1: 'sip:101@acme.example',
    notes: 'Ann Marie Lee',
  });
  expect(rows[1]).toMatchObject({ domain: '', device1: '102' });
});

it('gives 3CX every column in its place, and fills those that are known', async () => {
  const [row = {}] = await sheet('?format=3cx');
  const header = Object.keys(row);
  expect([header.length, header.indexOf('Number'), header.indexOf('AuthPassword')]).toEqual([61, 0, 6]);
  expect(header.indexOf('MAC_0')).toBe(39);
  const filled = Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== ''));
  expect(filled).toEqual({
    Number: '101',
    FirstName: 'Ann Marie',
    LastName: 'Lee',
    EmailAddress: 'ann@acme.example',
    MAC_0: mac,
    PhoneModel14: 'Yealink SIP-T46U',
  });
});

it.each(HAND_OVER_FORMATS)('holds no secret in the format %s, and is a download', async (format) => {
  const answer = await api.call('GET', `/pbxs/${pbxId}/hand-over?format=${format}`);
  expect(answer.text).not.toMatch(/secret|own/);
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="macs-${format}.csv"`);
});

it('leaves out with pending what the PBX knows already, and users who are off', async () => {
  const own = await api.addPbx({ autoAssignMac: true });
  const states: readonly [name: string, status: string, code: string | null, lines: number | null][] = [
    ['new', 'waiting', 'QUEUED', null],
    ['asked in vain', 'waiting', 'HTTP_404', null],
    ['given up', 'failed', 'ABSENT', null],
    ['never reached', 'failed', 'CONNECT_REFUSED', null],
    ['known', 'provisioned', null, 1],
    ['lost again', 'stale', 'HTTP_404', 1],
    ['switched off', 'off', null, null],
  ];
  for (const [name, status, code, lines] of states) {
    const made = await api.call('POST', '/users', { pbxId: own, name });
    await api.database.sql`
      update users set status = ${status}, reason_code = ${code}, lines_version = ${lines} where id = ${made.body.id}`;
  }
  const names = async (query: string) => {
    const answer = await api.call('GET', `/pbxs/${own}/hand-over${query}`);
    return parse(answer.text, { columns: true }).map((row) => (row as { name: string }).name);
  };
  expect(await names('?pending=true')).toEqual(['new', 'asked in vain', 'given up', 'never reached']);
  expect(await names('?pending=false')).toEqual(states.map(([name]) => name));
});

it('is 404 for a PBX that is not there, 422 for a format that is not known', async () => {
  const missing = '01a1fd94-06ea-74e4-b19b-0dd520170800';
  expect((await api.call('GET', `/pbxs/${missing}/hand-over`)).status).toBe(404);
  expect((await api.call('GET', `/pbxs/${pbxId}/hand-over?format=asterisk`)).status).toBe(422);
});
