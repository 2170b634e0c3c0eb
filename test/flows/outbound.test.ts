// What holds of one fetch holds of a harvest: settings of a PBX are its own, a changed certificate stops before anything
// secret is sent, and a hostile PBX stops nobody else.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Authority,
  issueClient,
  issueServer,
  makeAuthority,
  makeSelfSigned,
} from '../../src/demo/certificates.ts';
import { tenantReach } from '../../src/store/reach.ts';
import { requestSync } from '../../src/sync/requests.ts';
import { type Harvest, openHarvest, yealinkFile } from '../help/harvest.ts';
import { MEAN_CLOCK, startPbx } from '../help/mean-pbx.ts';
import { endless, gzipBomb } from '../help/provisioning-server.ts';

let harvest: Harvest;
let authority: Authority;
const servers: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  harvest = await openHarvest();
  authority = await makeAuthority();
  await harvest.startWorker(MEAN_CLOCK);
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await harvest.close();
});

async function serve(options: Parameters<typeof startPbx>[0]) {
  const server = await startPbx(options);
  servers.push(server);
  return server;
}

let next = 0x6000;
const newMac = () => `00005e00${(next++).toString(16)}`;
const file = (mac: string) => yealinkFile({ userName: `u-${mac}`, password: `pw-${mac}`, mac });
const user = (id: string) => () => harvest.user(id);
const press = (userIds: string[]) =>
  requestSync(harvest, { reach: tenantReach(harvest.tenantId), of: { userIds }, by: 'ann' });
const sealed = (pbxId: string, column: string, text: string) =>
  harvest.ring.seal(text, { tenant: harvest.tenantId, table: 'pbxs', row: pbxId, column });

test('T12 a pin that does not fit any more stops the PBX, names old and new, and sends neither login nor path', async () => {
  const [old, changed] = [
    await makeSelfSigned({ names: ['127.0.0.1'] }),
    await makeSelfSigned({ names: ['127.0.0.1'] }),
  ];
  const mac = newMac();
  const options = { otherwise: file(mac), login: { kind: 'basic', accounts: { prov: 'canary-login' } } } as const;
  const first = await startPbx({ tls: old, ...options });
  const pbxId = '01a1fd94-06ea-74e4-b19b-0dd520170a01';
  await harvest.addPbx({
    id: pbxId,
    provisioningUrl: `${first.origin}/{mac}.cfg`,
    didField: 'none',
    pinSha256: old.fingerprint256,
    username: 'prov',
    passwordSealed: sealed(pbxId, 'password', 'canary-login'),
  });
  const id = await harvest.addUser(pbxId, { mac });
  await harvest.until('provisioned', user(id), (row) => row.status === 'provisioned');
  await first.close();
  const second = await serve({ tls: changed, port: first.port, ...options });
  await press([id]);
  const stale = await harvest.until('stopped', user(id), (row) => row.reasonCode === 'TLS_PIN');
  expect(stale.status).toBe('stale');
  expect(stale.reason).toContain(old.fingerprint256);
  expect(stale.reason).toContain(changed.fingerprint256);
  expect(second.connections()).toBeGreaterThan(0);
  expect(second.requests).toEqual([]);
  // An admin accepts it.
  await harvest.database.sql`update pbxs set pin_sha256 = ${changed.fingerprint256},
    connection_version = connection_version + 1 where id = ${pbxId}`;
  await press([id]);
  await harvest.until('accepted', user(id), (row) => row.status === 'provisioned');
});

test('T13 T5 legacy TLS is switched on for one PBX; another one at the same server stays strict', async () => {
  const { cert, key } = await issueServer(authority, { names: ['127.0.0.1'] });
  const [one, other] = [newMac(), newMac()];
  const server = await serve({
    tls: { cert, key, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
    files: { [`/${one}.cfg`]: file(one), [`/${other}.cfg`]: file(other) },
  });
  const settings = { provisioningUrl: `${server.origin}/{mac}.cfg`, didField: 'none', caPem: authority.cert };
  const lenient = await harvest.addUser(await harvest.addPbx({ ...settings, legacyTls: true }), { mac: one });
  const strict = await harvest.addUser(await harvest.addPbx(settings), { mac: other });
  await harvest.until('lenient', user(lenient), (row) => row.status === 'provisioned');
  await harvest.until('strict', user(strict), (row) => row.reasonCode === 'TLS_LEGACY');
  expect(new Set(server.requests.map(({ path }) => path))).toEqual(new Set([`/${one}.cfg`]));
});

test('T14 Basic over plain http needs a switch; without it the password is not sent', async () => {
  const mac = newMac();
  const server = await serve({ otherwise: file(mac), login: { kind: 'basic', accounts: { prov: 'canary-login' } } });
  const pbxId = '01a1fd94-06ea-74e4-b19b-0dd520170a02';
  await harvest.addPbx({
    id: pbxId,
    provisioningUrl: `${server.origin}/{mac}.cfg`,
    didField: 'none',
    username: 'prov',
    passwordSealed: sealed(pbxId, 'password', 'canary-login'),
  });
  const id = await harvest.addUser(pbxId, { mac });
  await harvest.until('refused', user(id), (row) => row.reasonCode === 'PLAIN_HTTP_REFUSED');
  expect(server.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  await harvest.database.sql`
    update pbxs set allow_plain_http = true, connection_version = connection_version + 1 where id = ${pbxId}`;
  await press([id]);
  await harvest.until('allowed', user(id), (row) => row.status === 'provisioned');
});

test('T16 a renewed client certificate is used by the very next request: no connection of the old one is', async () => {
  const { cert, key } = await issueServer(authority, { names: ['127.0.0.1'] });
  const [old, renewed] = [
    await issueClient(authority, { name: 'old one' }),
    await issueClient(authority, { name: 'renewed one' }),
  ];
  const mac = newMac();
  const calm = 'the very next request is looked at';
  const server = await serve({ calm, tls: { cert, key, clientCa: authority.cert }, otherwise: file(mac) });
  const pbxId = '01a1fd94-06ea-74e4-b19b-0dd520170a03';
  await harvest.addPbx({
    id: pbxId,
    provisioningUrl: `${server.origin}/{mac}.cfg`,
    didField: 'none',
    caPem: authority.cert,
    clientCertPem: old.cert,
    clientKeySealed: sealed(pbxId, 'client_key', old.key),
  });
  const id = await harvest.addUser(pbxId, { mac });
  const first = await harvest.until('provisioned', user(id), (row) => row.status === 'provisioned');
  await harvest.database.sql`update pbxs set client_cert_pem = ${renewed.cert},
    client_key_sealed = ${sealed(pbxId, 'client_key', renewed.key)}, connection_version = connection_version + 1
    where id = ${pbxId}`;
  await press([id]);
  await harvest.until('asked', user(id), (row) => Number(row.lastCheckedAt) > Number(first.lastCheckedAt));
  expect(server.requests.map(({ clientName }) => clientName)).toEqual(['old one', 'renewed one']);
  const [row] = await harvest.database.sql`select client_key_sealed from pbxs where id = ${pbxId}`;
  expect(row?.client_key_sealed).toMatch(/^v1\./);
});

test('O7 PBXs that drip and bomb fail with their reason; the worker goes on with the others', async () => {
  const calm = 'it is about these two faults';
  const hostile = await serve({
    calm,
    files: { '/drip.cfg': endless('a', 500), '/bomb.cfg': gzipBomb(20 * 1024 * 1024) },
  });
  const drips = await harvest.addUser(await harvest.addPbx({ provisioningUrl: `${hostile.origin}/drip.cfg` }), {
    mac: newMac(),
  });
  const bombs = await harvest.addUser(await harvest.addPbx({ provisioningUrl: `${hostile.origin}/bomb.cfg` }), {
    mac: newMac(),
  });
  const mac = newMac();
  const good = await serve({ otherwise: file(mac) });
  const fine = await harvest.addUser(
    await harvest.addPbx({ provisioningUrl: `${good.origin}/{mac}.cfg`, didField: 'none' }),
    { mac },
  );
  await harvest.until('fine', user(fine), (row) => row.status === 'provisioned');
  await harvest.until('drips', user(drips), (row) => row.reasonCode === 'HTTP_TIMEOUT');
  await harvest.until('bombs', user(bombs), (row) => row.reasonCode === 'BODY_TOO_LARGE');
});
