import { createPrivateKey } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { checkCaPem, checkClientCertificate } from '../../fetchers/certificates.ts';
import { Secret } from '../../fetchers/secret.ts';
import {
  type Authority,
  type IssuedCertificate,
  issueClient,
  issueServer,
  makeAuthority,
  makeSelfSigned,
} from '../../src/demo/certificates.ts';

let authority: Authority;
let client: IssuedCertificate;
let encrypted: IssuedCertificate;

beforeAll(async () => {
  authority = await makeAuthority({ name: 'Example PBX CA' });
  client = await issueClient(authority, { name: 'provender' });
  encrypted = await issueClient(authority, { name: 'locked', passphrase: 'open sesame' });
});

test('reads an authority, also with text around it and others after it', async () => {
  const other = await makeAuthority({ name: 'Root' });
  const checked = checkCaPem(
    `Bag Attributes\r\n  friendlyName: x\r\n${authority.cert.replaceAll('\n', '\r\n')}\n${other.cert}`,
  );
  expect(checked).toMatchObject({
    ok: true,
    subject: 'CN=Example PBX CA',
    issuer: 'CN=Example PBX CA',
    fingerprint256: authority.fingerprint256,
    validTo: new Date(authority.validTo).toISOString(),
    certificates: [{ subject: 'CN=Example PBX CA' }, { subject: 'CN=Root' }],
    warnings: [],
  });
});

test('takes a self-signed server certificate as its own authority, but not one that another signed', async () => {
  expect(checkCaPem((await makeSelfSigned({ names: ['pbx.example.com'] })).cert)).toMatchObject({ ok: true });
  const server = await issueServer(authority, { names: ['pbx.example.com'] });
  expect(checkCaPem(server.cert)).toMatchObject({
    ok: false,
    code: 'CERT_NOT_CA',
    message: expect.stringContaining('CN=Example PBX CA'),
  });
});

test('says what is wrong with the file of an authority', async () => {
  expect(checkCaPem('')).toMatchObject({ ok: false, code: 'CERT_UNREADABLE' });
  expect(checkCaPem('<html>')).toMatchObject({ ok: false, code: 'CERT_UNREADABLE' });
  expect(checkCaPem(authority.cert.replace(/.{80}\n-----END/s, '\n-----END'))).toMatchObject({
    ok: false,
    code: 'CERT_UNREADABLE',
  });
  expect(checkCaPem(authority.cert + authority.key)).toMatchObject({ ok: false, code: 'KEY_IN_CERTIFICATE' });
  const expired = await makeAuthority({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') });
  expect(checkCaPem(expired.cert)).toMatchObject({
    ok: false,
    code: 'CERT_EXPIRED',
    message: expect.stringContaining('2021-01-01'),
  });
});

test('reads a client certificate with its key, in every form of PEM', () => {
  expect(checkClientCertificate(client.cert, client.key)).toMatchObject({
    ok: true,
    subject: 'CN=provender',
    warnings: [],
  });
  const sec1 = createPrivateKey(client.key).export({ type: 'sec1', format: 'pem' }).toString();
  expect(checkClientCertificate(client.cert, new Secret(sec1))).toMatchObject({ ok: true });
  expect(checkClientCertificate(client.cert + authority.cert, client.key)).toMatchObject({
    ok: true,
    subject: 'CN=provender',
  });
  expect(checkClientCertificate(encrypted.cert, encrypted.key, new Secret('open sesame'))).toMatchObject({ ok: true });
});

test('T11 says what is wrong with a client certificate or its key', async () => {
  const codeOf = (...given: Parameters<typeof checkClientCertificate>) => {
    const checked = checkClientCertificate(...given);
    return checked.ok ? 'ok' : checked.code;
  };
  expect(codeOf(client.cert, encrypted.key, 'open sesame')).toBe('KEY_MISMATCH');
  expect(codeOf(authority.cert + client.cert, client.key)).toBe('KEY_MISMATCH');
  expect(codeOf(encrypted.cert, encrypted.key)).toBe('KEY_PASSPHRASE');
  expect(codeOf(encrypted.cert, encrypted.key, 'open barley')).toBe('KEY_PASSPHRASE');
  expect(codeOf(client.cert, client.cert)).toBe('KEY_UNREADABLE');
  expect(codeOf(client.cert, client.key.replace(/\n.{20}/, '\n'))).toBe('KEY_UNREADABLE');
  expect(codeOf(client.key, client.key)).toBe('CERT_UNREADABLE');
  const dates = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') };
  const expired = await issueClient(authority, { name: 'old', ...dates });
  expect(codeOf(expired.cert, expired.key)).toBe('CERT_EXPIRED');
  expect(codeOf(client.cert, client.key, undefined, new Date('2001-01-01'))).toBe('CERT_NOT_YET_VALID');
});

test('T15 warns of a certificate that expires within a month, and never repeats a key or passphrase', () => {
  const soon = new Date(Date.parse(client.validTo) - 5 * 86_400_000);
  expect(checkClientCertificate(client.cert, client.key, undefined, soon)).toMatchObject({
    ok: true,
    warnings: [expect.stringMatching(/^CN=provender expires on /)],
  });
  const said = JSON.stringify([
    checkClientCertificate(encrypted.cert, encrypted.key, 'hush-hush'),
    checkClientCertificate(client.cert, 'hush-hush'),
    checkCaPem('hush-hush'),
  ]);
  expect(said).not.toContain('hush-hush');
});
