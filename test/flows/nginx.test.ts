// The whole harvest against a server that nobody here wrote. Its access log is the witness.
import { connect } from 'node:tls';
import { eq } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../fetchers/secret.ts';
import {
  type Authority,
  type IssuedCertificate,
  issueClient,
  issueServer,
  makeAuthority,
} from '../../src/demo/certificates.ts';
import { lockPbx, type PbxChanges, updatePbx } from '../../src/store/pbxs.ts';
import { tenantReach } from '../../src/store/reach.ts';
import type { pbxs } from '../../src/store/schema.ts';
import { users } from '../../src/store/schema.ts';
import { readContent } from '../../src/store/slices.ts';
import { requestSync } from '../../src/sync/requests.ts';
import { type Harvest, openHarvest, yealinkFile } from '../help/harvest.ts';
import { type Nginx, type NginxOptions, noNginx, startNginx } from '../help/nginx.ts';

if (noNginx !== null) process.stderr.write(`SKIPPED test/flows/nginx.test.ts: ${noNginx}\n`);

describe.skipIf(noNginx !== null)('the harvest against nginx', () => {
  let harvest: Harvest;
  let authority: Authority;
  let server: IssuedCertificate;
  const open: Nginx[] = [];

  beforeAll(async () => {
    harvest = await openHarvest();
    await harvest.startWorker({ retryScale: 0.05 });
    authority = await makeAuthority();
    server = await issueServer(authority, { names: ['127.0.0.1'] });
  });

  afterEach(async () => {
    for (const nginx of open.splice(0)) await nginx.close();
  });

  afterAll(() => harvest.close());

  const serve = async (options: NginxOptions = {}) => {
    const nginx = await startNginx({ tls: server, ...options });
    open.push(nginx);
    return nginx;
  };

  let next = 0x5300;
  /** Puts the files of so many phones into the folder, as a cron job of a PBX would. */
  const putPhones = (nginx: Nginx, count: number) =>
    Array.from({ length: count }, () => {
      const number = next++;
      const mac = `00005e00${number.toString(16)}`;
      const text = yealinkFile({
        userName: `u${number}`,
        password: `pw-${mac}`,
        label: `+1202555${number % 10_000}`,
        mac,
      });
      nginx.put(`/prov/${mac}.cfg`, `${text}linekey.1.label = +1 312 555 ${number % 10_000}\n`, 3600);
      return mac;
    });

  const addPbx = async (
    nginx: Nginx,
    settings: Partial<Omit<typeof pbxs.$inferInsert, 'provisioningUrl'>> = {},
    secrets: { readonly password?: string; readonly key?: string } = {},
  ) => {
    const id = uuidv7();
    const seal = (text: string, column: string) =>
      harvest.ring.seal(text, { tenant: harvest.tenantId, table: 'pbxs', row: id, column });
    return harvest.addPbx({
      id,
      provisioningUrl: `${nginx.origin}/prov/{mac}.cfg`,
      caPem: authority.cert,
      ...(secrets.password === undefined ? {} : { passwordSealed: seal(secrets.password, 'password') }),
      ...(secrets.key === undefined ? {} : { clientKeySealed: seal(secrets.key, 'client_key') }),
      ...settings,
    });
  };
  const change = (pbxId: string, changes: PbxChanges) =>
    harvest.database.db.transaction(async (tx) => {
      const pbx = await lockPbx(tx, tenantReach(harvest.tenantId), pbxId);
      if (pbx === null) throw new Error('no PBX');
      await updatePbx(tx, harvest.ring, pbx, changes);
    });
  const usersOf = (pbxId: string) => () =>
    harvest.database.db.select().from(users).where(eq(users.pbxId, pbxId)).orderBy(users.mac);
  const allProvisioned = (pbxId: string, timeoutMs?: number) =>
    harvest.until(
      'all provisioned',
      usersOf(pbxId),
      (rows) => rows.length > 0 && rows.every((row) => row.status === 'provisioned'),
      timeoutMs,
    );
  /** The users are due, as at their next scheduled re-sync. */
  const makeDue = async (pbxId: string) => {
    const since = new Date();
    await harvest.database.db.update(users).set({ dueAt: since }).where(eq(users.pbxId, pbxId));
    return harvest.until('checked again', usersOf(pbxId), (rows) =>
      rows.every((row) => (row.lastCheckedAt ?? since) > since),
    );
  };
  const press = (pbxId: string) =>
    requestSync(harvest, { reach: tenantReach(harvest.tenantId), of: { pbxId }, by: 'ann@acme.example' });
  const expectCredentials = async (pbxId: string) => {
    for (const user of await usersOf(pbxId)()) {
      const content = await readContent(harvest.database, harvest.ring, user);
      expect(content?.lines[0]?.password).toBe(`pw-${user.mac}`);
    }
  };
  const statuses = (nginx: Nginx, since = 0) => {
    const counts: Record<number, number> = {};
    for (const { status } of nginx.asked().slice(since)) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  };

  test('static files: 304 in the steady state without a feed entry; another DID field fetches in full', async () => {
    const nginx = await serve();
    const macs = putPhones(nginx, 25);
    const pbxId = await addPbx(nginx);
    await harvest.addUsers(pbxId, macs);
    await allProvisioned(pbxId);
    expect(statuses(nginx)).toEqual({ 200: 25 });
    await expectCredentials(pbxId);

    await makeDue(pbxId);
    expect(statuses(nginx, 25)).toEqual({ 304: 25 });
    const conditional = nginx.asked().slice(25);
    expect(conditional.every(({ ifNoneMatch, ifModifiedSince }) => ifNoneMatch !== '' && ifModifiedSince !== '')).toBe(
      true,
    );
    const rows = await usersOf(pbxId)();
    expect(rows.every((row) => row.status === 'provisioned' && row.linesVersion === 1)).toBe(true);
    expect(await harvest.feed({ pbxId })).toHaveLength(25);

    await change(pbxId, { didField: 'linekey.1.label' });
    await harvest.until('DIDs of the other field', usersOf(pbxId), (seen) =>
      seen.every((row) => row.did?.startsWith('+1312555')),
    );
    expect(statuses(nginx, 50)).toEqual({ 200: 25 });
    expect(
      nginx
        .asked()
        .slice(50)
        .every(({ ifNoneMatch }) => ifNoneMatch === ''),
    ).toBe(true);

    // One file changed: that one is read, the others answer 304.
    const [first = ''] = macs;
    nginx.put(
      `/prov/${first}.cfg`,
      yealinkFile({ userName: 'other', password: `pw-${first}`, mac: first }).concat(
        'linekey.1.label = +1 312 555 0199\n',
      ),
    );
    const again = await makeDue(pbxId);
    expect(statuses(nginx, 75)).toEqual({ 200: 1, 304: 24 });
    expect(again.find((row) => row.mac === first)).toMatchObject({ did: '+13125550199', linesVersion: 3 });
  });

  test('auth_basic: the right login is sent without being asked each time, a wrong one stops after two MACs', async () => {
    const nginx = await serve({ accounts: { prov: 'p:ä$s' } });
    const macs = putPhones(nginx, 20);
    const good = await addPbx(nginx, { username: 'prov' }, { password: 'p:ä$s' });
    await harvest.addUsers(good, macs);
    await allProvisioned(good);
    const challenged = nginx.asked().filter(({ status }) => status === 401);
    expect(challenged.length).toBeLessThanOrEqual(4);
    expect(challenged.every(({ login }) => login === '')).toBe(true);
    await expectCredentials(good);

    const before = nginx.asked().length;
    const bad = await addPbx(nginx, { username: 'prov', didField: 'none' }, { password: 'wrong' });
    await harvest.addUsers(bad, macs);
    const rows = await harvest.until('all told', usersOf(bad), (seen) =>
      seen.every((row) => row.reasonCode === 'HTTP_401'),
    );
    expect(rows.every((row) => row.status === 'failed')).toBe(true);
    const refused = nginx
      .asked()
      .slice(before)
      .filter(({ login }) => login !== '');
    expect(new Set(refused.map(({ path }) => path)).size).toBe(2);
  });

  test('ssl_verify_client on: a good certificate gets files, none and a foreign one get their own codes', async () => {
    const clients = await makeAuthority({ name: 'Example client CA' });
    const good = await issueClient(clients, { name: 'provender' });
    const foreign = await issueClient(await makeAuthority({ name: 'Somebody else' }), { name: 'provender' });
    const nginx = await serve({ clientCa: clients.cert });
    const [one = '', two = '', three = ''] = putPhones(nginx, 3);

    const withGood = await addPbx(nginx, { clientCertPem: good.cert }, { key: good.key });
    await harvest.addUser(withGood, { mac: one });
    await allProvisioned(withGood);

    for (const [code, certificate, mac] of [
      ['TLS_CLIENT_CERT_REQUIRED', null, two],
      ['TLS_CLIENT_CERT_REJECTED', foreign, three],
    ] as const) {
      const pbxId = certificate
        ? await addPbx(nginx, { clientCertPem: certificate.cert }, { key: certificate.key })
        : await addPbx(nginx);
      const id = await harvest.addUser(pbxId, { mac });
      const user = await harvest.until(
        code,
        () => harvest.user(id),
        (row) => row.reasonCode === code,
      );
      expect(user).toMatchObject({ status: 'failed', retryClass: 'human' });
      expect(user.dueAt).not.toBeNull();
      const [entry] = await harvest.feed({ userId: id });
      expect(entry?.nextAction).toMatch(/[Uu]pload/);

      // The right one is uploaded: nobody has to press Sync.
      await change(pbxId, { client: { certPem: good.cert, key: new Secret(good.key) } });
      await allProvisioned(pbxId);
    }
    expect(nginx.asked().map(({ status, clientVerify }) => [status, clientVerify.split(':')[0]])).toEqual([
      [200, 'SUCCESS'],
      [400, 'NONE'],
      [200, 'SUCCESS'],
      [400, 'FAILED'],
      [200, 'SUCCESS'],
    ]);
  });

  test('HTTP/2 is offered: the harvest stays with HTTP/1.1', async () => {
    const nginx = await serve({ http2: true });
    const offered = await new Promise((resolve, reject) => {
      const socket = connect(
        { host: '127.0.0.1', port: nginx.port, ca: authority.cert, ALPNProtocols: ['h2', 'http/1.1'] },
        () => {
          resolve(socket.alpnProtocol);
          socket.destroy();
        },
      ).once('error', reject);
    });
    expect(offered).toBe('h2');
    const macs = putPhones(nginx, 5);
    const pbxId = await addPbx(nginx);
    await harvest.addUsers(pbxId, macs);
    await allProvisioned(pbxId);
    expect(new Set(nginx.asked().map(({ protocol }) => protocol))).toEqual(new Set(['HTTP/1.1']));
  });

  test.each([429, 503] as const)(
    'limit_req answering %i: the pace gives way and all users converge',
    async (status) => {
      const perSecond = 40;
      const nginx = await serve({ limit: { perSecond, status } });
      const macs = putPhones(nginx, 150);
      const pbxId = await addPbx(nginx);
      await harvest.addUsers(pbxId, macs);
      await allProvisioned(pbxId, 60_000);
      await expectCredentials(pbxId);
      const asked = nginx.asked();
      const counts = statuses(nginx);
      expect(Object.keys(counts)).toEqual(['200', String(status)]);
      expect(counts[200]).toBe(150);
      // A harvest that does not give way is refused most of the time: it asks many times faster than is borne.
      expect(counts[status]).toBeLessThan(150);
      const refused = asked.findIndex((request) => request.status === status);
      const after = asked.slice(refused);
      const seconds = ((after.at(-1)?.at ?? 0) - (after[0]?.at ?? 0)) / 1000;
      expect(after.length / seconds).toBeLessThan(perSecond * 2);
      const pace = (await harvest.run(pbxId))?.pace;
      expect(pace?.perSecond).toBeLessThan(perSecond * 4);
    },
  );

  test('the certificate changes while it runs: a new one of the same CA works, a pinned one stops before any login', async () => {
    const nginx = await serve({ accounts: { prov: 'secret' } });
    const [one = '', two = ''] = putPhones(nginx, 2);
    const signed = await addPbx(nginx, { username: 'prov' }, { password: 'secret' });
    const pinned = await addPbx(
      nginx,
      { username: 'prov', pinSha256: server.fingerprint256, caPem: null },
      { password: 'secret' },
    );
    await harvest.addUser(signed, { mac: one });
    await allProvisioned(signed);
    const id = await harvest.addUser(pinned, { mac: two });
    await allProvisioned(pinned);

    const renewed = await issueServer(authority, { names: ['127.0.0.1'] });
    await nginx.changeCertificate(renewed);
    const before = nginx.asked().length;
    await press(pinned);
    const user = await harvest.until(
      'stopped',
      () => harvest.user(id),
      (row) => row.reasonCode === 'TLS_PIN',
    );
    expect(user).toMatchObject({ status: 'stale', retryClass: 'human' });
    expect(user.dueAt).not.toBeNull();
    expect(user.reason).toContain(renewed.fingerprint256);
    expect(nginx.asked().slice(before)).toEqual([]);

    await press(signed);
    await harvest.until('the new one works', usersOf(signed), ([row]) => row?.syncRequestedBy === null);
    expect((await usersOf(signed)())[0]).toMatchObject({ status: 'provisioned' });
    expect(
      nginx
        .asked()
        .slice(before)
        .some(({ status }) => status === 200),
    ).toBe(true);

    await change(pinned, { pinSha256: renewed.fingerprint256 });
    await allProvisioned(pinned);
  });
});
