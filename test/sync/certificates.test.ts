// Certificates that end: noticed in a real handshake, told once per step, whatever number of machines looks.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueClient, issueServer, makeAuthority } from '../../src/demo/certificates.ts';
import { warningDue, warnOfCertificates } from '../../src/sync/certificates.ts';
import { type Harvest, openHarvest, yealinkFile } from '../help/harvest.ts';
import { startProvisioningServer } from '../help/provisioning-server.ts';

const DAY = 86_400_000;
const NOW = new Date('2030-01-31T12:00:00Z');
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY);

test.each([
  [31, false, null],
  [30, false, 30],
  [8, false, 30],
  [7, false, 7],
  [1.5, false, 7],
  [1, false, 1],
  [0.1, false, 1],
  [-0.1, false, 0],
  [-9, false, 0],
  [-0.1, true, 0],
  [-9.5, true, -9],
])('T15 with %d days left (used on: %s) the warning is %s', (left, usedOn, due) => {
  expect(warningDue(inDays(left), NOW, usedOn)).toBe(due);
});

describe('a PBX over https', () => {
  let harvest: Harvest;
  beforeAll(async () => {
    harvest = await openHarvest();
  });
  afterAll(() => harvest.close());

  test('T15 a certificate that ends in 30, 7 and 1 days is told in the feed, once each, and anew when it was renewed', async () => {
    const authority = await makeAuthority({ name: 'Example CA', notAfter: new Date(Date.now() + 4000 * DAY) });
    const until = (days: number) => ({ names: ['127.0.0.1'], notAfter: new Date(Date.now() + days * DAY) });
    const first = await issueServer(authority, until(40));
    const client = await issueClient(authority, { name: 'provender', notAfter: new Date(Date.now() + 100 * DAY) });
    const mac = '00005e005301';
    const behaviour = { otherwise: yealinkFile({ userName: '1', password: 'pw', mac }) };
    const server = await startProvisioningServer({ tls: first, ...behaviour });
    const pbxId = await harvest.addPbx({
      provisioningUrl: `${server.origin}/{mac}.cfg`,
      caPem: authority.cert,
      clientCertPem: client.cert,
      clientKeySealed: null,
    });
    const id = await harvest.addUser(pbxId, { mac });
    const worker = await harvest.startWorker();
    const seen = () => harvest.run(pbxId);
    const run = await harvest.until('seen', seen, (row) => row?.serverCertFingerprint === first.fingerprint256);
    expect(run?.serverCertValidTo?.toISOString()).toBe(new Date(first.validTo).toISOString());

    const told = async () =>
      (await harvest.feed({ pbxId }))
        .filter((entry) => entry.verb === 'certificate.expiring')
        .map((entry) => `${entry.detail.kind} ${entry.detail.days}`)
        .reverse();
    const look = (days: number) => warnOfCertificates(harvest.database, new Date(Date.now() + days * DAY));
    expect(await look(0)).toBe(0);
    // Two machines at once: one tells.
    expect((await Promise.all([look(11), look(11)])).toSorted()).toEqual([0, 1]);
    expect(await look(12)).toBe(0);
    expect(await look(35)).toBe(1);
    expect(await look(39.5)).toBe(1);
    expect(await look(41)).toBe(1);
    expect(await look(55)).toBe(0);
    expect(await told()).toEqual(['server 30', 'server 7', 'server 1', 'server 0']);
    expect(await look(72)).toBe(1);
    expect((await told()).at(-1)).toBe('client 30');
    const [entry] = (await harvest.feed({ pbxId })).filter(({ detail }) => detail.days === 1);
    expect(entry).toMatchObject({
      code: 'CERTIFICATE_EXPIRING',
      sentence: expect.stringMatching(/^The certificate of the server \(CN=127\.0\.0\.1\) ends on .*, in 1 day\.$/),
      nextAction: expect.stringMatching(/renewed/),
    });
    // An incident is an e-mail too; who gets it is asked when it is sent.
    const mails = await harvest.database.sql`select event from mail_notices where pbx_id = ${pbxId}`;
    expect(mails).toHaveLength(5);

    await server.close();
    const renewed = await issueServer(authority, until(20));
    const again = await startProvisioningServer({ tls: renewed, port: server.port, ...behaviour });
    try {
      await harvest.database.sql`
        update users set due_at = now(), sync_requested_by = 'test' where id = ${id}`;
      await harvest.until('renewed', seen, (row) => row?.serverCertFingerprint === renewed.fingerprint256);
      expect(await look(0)).toBe(1);
      expect((await told()).at(-1)).toBe('server 30');
    } finally {
      await worker.stop();
      await again.close();
    }
  });

  test('T4 a pinned certificate that has ended is told each day', async () => {
    const pbxId = await harvest.addPbx({ provisioningUrl: 'https://pbx.example.com/', pinSha256: 'AA:BB' });
    await harvest.database
      .sql`insert into pbx_runs (pbx_id, server_cert_fingerprint, server_cert_subject, server_cert_valid_to)
      values (${pbxId}, 'AA:BB', 'CN=old', ${NOW})`;
    for (const days of [0.5, 0.6, 1.5, 2.5]) await warnOfCertificates(harvest.database, inDays(days));
    const told = await harvest.feed({ pbxId });
    expect(told.map((entry) => entry.detail.days).reverse()).toEqual([0, -1, -2]);
    expect(told[0]?.sentence).toMatch(/accepted for its pin alone/);
    expect(await harvest.database.sql`select 1 from mail_notices where pbx_id = ${pbxId}`).toHaveLength(1);
  });
});
