import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkClientCertificate } from '../../fetchers/certificates.ts';
import { openP12 } from '../../fetchers/p12.ts';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../fixtures/tls', name));
const PASSPHRASE = 'open#sesame';

test('takes certificate and key out of a file, as PEM that belong together', async () => {
  const opened = await openP12(fixture('client.p12'), PASSPHRASE);
  if (!opened.ok) throw new Error(opened.message);
  expect(opened.certPem).toContain('-----BEGIN CERTIFICATE-----');
  expect(opened.certPem).not.toContain('PRIVATE');
  expect(opened.key.reveal()).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  expect(checkClientCertificate(opened.certPem, opened.key)).toMatchObject({
    ok: true,
    subject: 'CN=harvester.example',
  });
});

test('puts the certificate of the key first and the chain behind it; letters beyond ASCII count in the passphrase', async () => {
  const opened = await openP12(fixture('client-chain.p12'), 'pässphräse ü');
  if (!opened.ok) throw new Error(opened.message);
  const subjects = opened.certPem
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .map((pem) => new X509Certificate(pem).subject);
  expect(subjects).toEqual(['CN=harvester-rsa.example', 'CN=Example client CA']);
  expect(createPrivateKey(opened.key.reveal()).asymmetricKeyType).toBe('rsa');
});

test.each([
  ['client.p12', 'wrong', 'KEY_PASSPHRASE', 'does not open'],
  ['client.p12', '', 'KEY_PASSPHRASE', 'does not open'],
  ['client-chain.p12', 'passphrase u', 'KEY_PASSPHRASE', 'does not open'],
  ['client-old.p12', PASSPHRASE, 'KEY_UNREADABLE', 'openssl pkcs12 -legacy'],
  ['client-3des.p12', PASSPHRASE, 'KEY_UNREADABLE', 'Export it again with AES-256'],
  ['client-no-key.p12', PASSPHRASE, 'KEY_UNREADABLE', 'no private key'],
  ['client-slow.p12', PASSPHRASE, 'KEY_UNREADABLE', 'more than 1000000 times'],
  ['client.pem', PASSPHRASE, 'KEY_UNREADABLE', 'no PKCS#12 file'],
] as const)('T9 T10 says why %s with "%s" cannot be used', async (name, passphrase, code, words) => {
  const opened = await openP12(fixture(name), passphrase);
  expect(opened).toMatchObject({ ok: false, code, message: expect.stringContaining(words) });
  if (passphrase !== '') expect(JSON.stringify(opened)).not.toContain(passphrase);
});

test('refuses a file that was changed or cut, whatever byte it is', async () => {
  const bytes = fixture('client.p12');
  for (let at = 0; at < bytes.length; at += 37) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x55;
    expect((await openP12(changed, PASSPHRASE)).ok, `byte ${at}`).toBe(false);
    expect((await openP12(bytes.subarray(0, at), PASSPHRASE)).ok, `cut at ${at}`).toBe(false);
  }
});
