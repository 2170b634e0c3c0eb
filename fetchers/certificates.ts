// Looks at certificates and keys when they are handed in, so that a mistake is told at the upload and not at the first
// fetch. Pure; opens no connection and stores nothing.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { Secret } from './secret.ts';

interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** SHA-256, upper-case hex pairs joined by colons. */
  readonly fingerprint256: string;
  /** As RFC 3339 in UTC. */
  readonly validFrom: string;
  readonly validTo: string;
}

export type CertificateProblem =
  | 'CERT_UNREADABLE'
  | 'CERT_NOT_CA'
  | 'CERT_EXPIRED'
  | 'CERT_NOT_YET_VALID'
  | 'KEY_UNREADABLE'
  | 'KEY_PASSPHRASE'
  | 'KEY_MISMATCH'
  | 'KEY_IN_CERTIFICATE';

export interface CertificateRefusal {
  readonly ok: false;
  readonly code: CertificateProblem;
  readonly message: string;
}

export type CaCheck =
  | ({
      readonly ok: true;
      readonly certificates: readonly CertificateFacts[];
      readonly warnings: readonly string[];
    } & CertificateFacts)
  | CertificateRefusal;

export type ClientCertificateCheck =
  | ({ readonly ok: true; readonly warnings: readonly string[] } & CertificateFacts)
  | CertificateRefusal;

/** Old certificates without the extension can be authorities too; those that say no cannot. */
const PEM_CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;
const PEM_KEY = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/;

/**
 * The CA (one or several certificates) that a PBX's server certificate must be signed by. A self-signed server
 * certificate is accepted too: trusting it is how such a server is usually set up.
 */
export function checkCaPem(pem: string, now: Date = new Date()): CaCheck {
  if (PEM_KEY.test(pem)) {
    return refused(
      'KEY_IN_CERTIFICATE',
      'This file holds a private key. Give the certificate of the CA only; its key must stay where it is.',
    );
  }
  const read = readCertificates(pem);
  if (!read.ok) return read;
  const { certificates, first } = read;
  const stranger = certificates.find((certificate) => !certificate.ca && certificate.subject !== certificate.issuer);
  if (stranger) {
    return refused(
      'CERT_NOT_CA',
      `${nameOf(stranger)} is the certificate of a server, not of the CA that signed it. Give the certificate of ${oneLine(stranger.issuer)}, or pin this one by its fingerprint.`,
    );
  }
  const usable = certificates.filter((certificate) => certificate.validToDate > now);
  if (usable.length === 0) {
    return refused(
      'CERT_EXPIRED',
      `The CA ${nameOf(first)} expired on ${day(first.validToDate)}. Give the one that is in use now.`,
    );
  }
  return {
    ok: true,
    ...factsOf(first),
    certificates: certificates.map(factsOf),
    warnings: certificates.flatMap((certificate) => expiryWarning(certificate, now)),
  };
}

/** Client certificate and key, both PEM: readable, belonging together, valid today. Give the passphrase of an encrypted key. */
export function checkClientCertificate(
  certPem: string,
  keyPem: string | Secret,
  passphrase?: string | Secret,
  now: Date = new Date(),
): ClientCertificateCheck {
  const read = readCertificates(certPem);
  if (!read.ok) return read;
  const { first } = read;
  const key = readKey(keyPem, passphrase);
  if (!key.ok) return key;
  if (!first.checkPrivateKey(key.key)) {
    return refused(
      'KEY_MISMATCH',
      `The key does not belong to the certificate ${nameOf(first)}. Give the key that it was issued for; in a chain, the client's own certificate comes first.`,
    );
  }
  if (first.validToDate <= now) {
    return refused(
      'CERT_EXPIRED',
      `The client certificate ${nameOf(first)} expired on ${day(first.validToDate)}. Have a new one issued.`,
    );
  }
  if (first.validFromDate > now) {
    return refused(
      'CERT_NOT_YET_VALID',
      `The client certificate ${nameOf(first)} is valid from ${day(first.validFromDate)} on. Check the clock of this machine, or wait.`,
    );
  }
  return { ok: true, ...factsOf(first), warnings: expiryWarning(first, now) };
}

type ReadCertificates =
  | { readonly ok: true; readonly certificates: readonly X509Certificate[]; readonly first: X509Certificate }
  | CertificateRefusal;

function readCertificates(pem: string): ReadCertificates {
  const blocks = pem.match(PEM_CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    return refused(
      'CERT_UNREADABLE',
      'This is no PEM certificate: the line -----BEGIN CERTIFICATE----- is missing. Convert DER with "openssl x509 -inform der", PKCS#12 with "openssl pkcs12".',
    );
  }
  const certificates: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    try {
      certificates.push(new X509Certificate(block));
    } catch {
      return refused(
        'CERT_UNREADABLE',
        `Certificate ${index + 1} of the file cannot be read: it is damaged or cut short. Export it again.`,
      );
    }
  }
  const [first] = certificates;
  return first ? { ok: true, certificates, first } : refused('CERT_UNREADABLE', 'The file holds no certificate.');
}

function readKey(
  keyPem: string | Secret,
  passphrase: string | Secret | undefined,
): { readonly ok: true; readonly key: KeyObject } | CertificateRefusal {
  const key = revealed(keyPem);
  const opened = passphrase === undefined ? undefined : revealed(passphrase);
  if (!PEM_KEY.test(key)) {
    return refused(
      'KEY_UNREADABLE',
      'This is no PEM key: a line like -----BEGIN PRIVATE KEY----- is missing. Give the private key of the certificate as PEM.',
    );
  }
  try {
    return {
      ok: true,
      key: createPrivateKey({ key, format: 'pem', ...(opened === undefined ? {} : { passphrase: opened }) }),
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const encrypted = /-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(key);
    if (code === 'ERR_MISSING_PASSPHRASE' || (encrypted && opened === undefined)) {
      return refused('KEY_PASSPHRASE', 'The key is encrypted. Enter its passphrase too.');
    }
    if (encrypted && code === 'ERR_OSSL_EVP_UNSUPPORTED') {
      return refused(
        'KEY_UNREADABLE',
        'The key is encrypted in an old way (DES or RC2). Write it anew with AES-256: "openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE".',
      );
    }
    if (encrypted)
      return refused('KEY_PASSPHRASE', 'The passphrase does not open the key. Check it, or export the key again.');
    return refused(
      'KEY_UNREADABLE',
      'The key cannot be read: it is damaged or of an unknown kind. Export it again as PEM (PKCS#8).',
    );
  }
}

type P12Check = { readonly ok: true } | CertificateRefusal;

/** A PKCS#12 file as browsers and Windows export it: readable by this OpenSSL, and opened by the passphrase. */
export function checkP12(bytes: Uint8Array, passphrase?: string | Secret): P12Check {
  try {
    createSecureContext({ pfx: Buffer.from(bytes), passphrase: passphrase === undefined ? '' : revealed(passphrase) });
    return { ok: true };
  } catch (error) {
    const { message } = error as Error;
    if (/mac verify failure/i.test(message)) return wrongP12Passphrase();
    if (/unsupported/i.test(message)) return oldP12();
    return unreadableP12();
  }
}

export function wrongP12Passphrase(): CertificateRefusal {
  return refused(
    'KEY_PASSPHRASE',
    'The passphrase does not open the PKCS#12 file. Check it, or export the file again.',
  );
}

export function oldP12(): CertificateRefusal {
  return refused(
    'KEY_UNREADABLE',
    'The PKCS#12 file is encrypted in an old way (RC2 or 3DES). Export it again with AES-256, or make PEM files of it: "openssl pkcs12 -legacy -in FILE".',
  );
}

export function unreadableP12(): CertificateRefusal {
  return refused('KEY_UNREADABLE', 'This is no PKCS#12 file, or it is damaged. Export certificate and key again.');
}

function revealed(text: string | Secret): string {
  return text instanceof Secret ? text.reveal() : text;
}

function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    fingerprint256: certificate.fingerprint256,
    validFrom: certificate.validFromDate.toISOString(),
    validTo: certificate.validToDate.toISOString(),
  };
}

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

function expiryWarning(certificate: X509Certificate, now: Date): string[] {
  const left = certificate.validToDate.getTime() - now.getTime();
  if (left > MONTH_MS) return [];
  return [`${nameOf(certificate)} ${left <= 0 ? 'expired' : 'expires'} on ${day(certificate.validToDate)}.`];
}

function nameOf(certificate: X509Certificate): string {
  return oneLine(certificate.subject) || 'without a name';
}

/** Node gives one line per part of a name. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

export function refused(code: CertificateProblem, message: string): CertificateRefusal {
  return { ok: false, code, message };
}
