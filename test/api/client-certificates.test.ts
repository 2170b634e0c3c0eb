// Client certificates at the API: PKCS#12 and encrypted keys, from the upload to a server that asks for them.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkClientCertificate } from '../../fetchers/certificates.ts';
import { openP12 } from '../../fetchers/p12.ts';
import { issueServer, makeAuthority } from '../../src/demo/certificates.ts';
import { startTestApi, type TestApi } from '../help/api.ts';
import { yealinkFile } from '../help/harvest.ts';
import { startProvisioningServer } from '../help/provisioning-server.ts';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../fixtures/tls', name));
const MAC = '00005e005301';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(() => api.close());

let number = 0;
async function addPbx(provisioningUrl = 'https://pbx.example.com/'): Promise<string> {
  number += 1;
  const { json } = await api.call('POST', '/pbxs', { name: `PBX ${number}`, provisioningUrl, didField: 'none' });
  return json.id;
}
const put = (id: string, body: unknown) => api.call('PUT', `/pbxs/${id}/certificates`, body, { 'if-match': '*' });
const p12 = (name: string) => fixture(name).toString('base64');

test('T16 a PKCS#12 file is unpacked: certificate and chain are shown, the key is sealed, the passphrase is not kept', async () => {
  const id = await addPbx();
  const reply = await put(id, { clientP12: p12('client-chain.p12'), passphrase: 'pässphräse ü' });
  expect(reply.status).toBe(200);
  expect(reply.json.certificates.client.subject).toBe('CN=harvester-rsa.example');
  expect(reply.text).not.toMatch(/PRIVATE|p12|sealed/i);
  const [row] = await api.store.database.sql`select * from pbxs where id = ${id}`;
  expect(JSON.stringify(row)).not.toMatch(/PRIVATE KEY|passphr|pässphr/);
  const place = { tenant: api.store.tenantId, table: 'pbxs', row: id, column: 'client_key' };
  const key = api.store.ring.unseal(row?.client_key_sealed, place);
  expect(checkClientCertificate(row?.client_cert_pem, key)).toMatchObject({ ok: true });
  expect(api.logged.join('')).not.toContain('pässphräse');
});

test('a server that asks for a client certificate lets the unpacked one in', async () => {
  const opened = await openP12(fixture('client-chain.p12'), 'pässphräse ü');
  if (!opened.ok) throw new Error(opened.message);
  const [, clientCa = ''] = opened.certPem.split(/(?<=-----END CERTIFICATE-----\n)/);
  expect(new X509Certificate(clientCa).subject).toBe('CN=Example client CA');
  const authority = await makeAuthority();
  const certificate = await issueServer(authority, { names: ['127.0.0.1'] });
  const server = await startProvisioningServer({
    tls: { cert: certificate.cert, key: certificate.key, clientCa },
    files: { [`/${MAC}.cfg`]: yealinkFile({ userName: '2101', password: 'pw', mac: MAC }) },
  });
  try {
    const id = await addPbx(`${server.origin}/`);
    await put(id, { caPem: authority.cert });
    const without = await api.call('POST', `/pbxs/${id}/test`, { mac: MAC });
    expect(without.json).toMatchObject({ ok: false, code: 'TLS_CLIENT_CERT_REQUIRED' });
    await put(id, { clientP12: p12('client-chain.p12'), passphrase: 'pässphräse ü' });
    const withIt = await api.call('POST', `/pbxs/${id}/test`, { mac: MAC });
    expect(withIt.json).toMatchObject({ ok: true, code: null });
    expect(server.requests.at(-1)?.clientName).toBe('harvester-rsa.example');
  } finally {
    await server.close();
  }
});

test('T9 T10 T11 what cannot be used is refused at the upload, by the part that is wrong, and nothing is stored', async () => {
  const id = await addPbx();
  const rsa = fixture('client-rsa.pem').toString();
  const desKey = fixture('client-des.key').toString();
  const cases = [
    [{ clientP12: p12('client.p12'), passphrase: 'hush-hush' }, 'passphrase', 'KEY_PASSPHRASE', 'does not open'],
    [{ clientP12: p12('client.p12') }, 'passphrase', 'KEY_PASSPHRASE', 'does not open'],
    [{ clientP12: p12('client-old.p12'), passphrase: 'open#sesame' }, 'clientP12', 'KEY_UNREADABLE', '-legacy'],
    [{ clientP12: p12('client-3des.p12'), passphrase: 'open#sesame' }, 'clientP12', 'KEY_UNREADABLE', 'old way'],
    [{ clientP12: p12('client-no-key.p12'), passphrase: 'open#sesame' }, 'clientP12', 'KEY_UNREADABLE', 'no private'],
    [{ clientP12: btoa('hello') }, 'clientP12', 'KEY_UNREADABLE', 'no PKCS#12'],
    [{ clientP12: 'not base64!' }, 'clientP12', expect.any(String), ''],
    [{ clientP12: p12('client.p12'), clientCertPem: rsa }, 'clientCertPem', 'not-both', 'leave this out'],
    [{ clientCertPem: rsa, clientKeyPem: desKey }, 'passphrase', 'KEY_PASSPHRASE', 'Enter its passphrase'],
    [
      { clientCertPem: rsa, clientKeyPem: desKey, passphrase: 'open#sesame' },
      'clientKeyPem',
      'KEY_UNREADABLE',
      'aes-256-cbc',
    ],
  ] as const;
  for (const [body, part, code, words] of cases) {
    const reply = await put(id, body);
    expect(reply.json).toMatchObject({
      status: 422,
      errors: [{ pointer: `#/body/${part}`, code, detail: expect.stringContaining(words) }],
    });
    expect(reply.text).not.toMatch(/hush-hush|open#sesame/);
  }
  expect((await api.call('GET', `/pbxs/${id}`)).json).toMatchObject({ version: 1, certificates: { client: null } });
});
