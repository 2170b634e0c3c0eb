// Makes certificates: an authority of our own, servers and clients signed by it, with any dates, names and key types.
// For the demo's simulated PBXs and for tests; knows nothing of connections, and the product itself never issues one.
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { generate } from 'selfsigned';

export interface IssuedCertificate {
  /** PEM of the certificate itself, without its chain. */
  readonly cert: string;
  /** PEM (PKCS#8) of its private key; encrypted when a passphrase was given. */
  readonly key: string;
  /** SHA-256 of the certificate, upper-case hex pairs joined by colons (what a pin is compared with). */
  readonly fingerprint256: string;
  readonly subject: string;
  readonly validTo: string;
}

/** Signs with SHA-256 of its own key type: a certificate has the key type of the authority that issues it. */
export interface Authority extends IssuedCertificate {
  readonly keyType: KeyType;
}

export type KeyType = 'ec' | 'rsa';

interface Dates {
  /** Default: one day ago, so that a clock slightly behind accepts it. */
  readonly notBefore?: Date;
  /** Default: one year from now. In the past: an expired certificate. */
  readonly notAfter?: Date;
}

export interface AuthorityOptions extends Dates {
  readonly name?: string;
  /** Default `ec` (P-256): made in milliseconds. RSA takes up to a second. */
  readonly keyType?: KeyType;
}

export interface ServerOptions extends Dates {
  /** Host names and IP addresses that the certificate is valid for. The first one is its common name. */
  readonly names: readonly string[];
  /** Bits of an RSA key, default 2048. 1024 is refused by a client without the legacy switch. */
  readonly keySize?: number;
}

export interface ClientOptions extends Dates {
  readonly name: string;
  readonly keySize?: number;
  /** Encrypts the key with it (PKCS#8, AES-256-CBC). */
  readonly passphrase?: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Makes a certificate authority. */
export async function makeAuthority(options: AuthorityOptions = {}): Promise<Authority> {
  const keyType = options.keyType ?? 'ec';
  const made = await generate([{ name: 'commonName', value: options.name ?? 'Example Provisioning CA' }], {
    ...signing(keyType, options),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  return { ...describe(made), keyType };
}

/** Issues a server certificate, signed by the authority. */
export async function issueServer(authority: Authority, options: ServerOptions): Promise<IssuedCertificate> {
  return describe(
    await generate([{ name: 'commonName', value: options.names[0] ?? 'localhost' }], {
      ...signing(authority.keyType, options),
      ...(options.keySize === undefined ? {} : { keySize: options.keySize }),
      ca: { key: authority.key, cert: authority.cert },
      extensions: serverExtensions(options.names),
    }),
  );
}

/** A server certificate that nobody else signed, as PBX appliances bring it. */
export async function makeSelfSigned(options: ServerOptions & { keyType?: KeyType }): Promise<IssuedCertificate> {
  return describe(
    await generate([{ name: 'commonName', value: options.names[0] ?? 'localhost' }], {
      ...signing(options.keyType ?? 'ec', options),
      ...(options.keySize === undefined ? {} : { keySize: options.keySize }),
      extensions: serverExtensions(options.names),
    }),
  );
}

/** Issues a client certificate, signed by the authority. */
export async function issueClient(authority: Authority, options: ClientOptions): Promise<IssuedCertificate> {
  return describe(
    await generate([{ name: 'commonName', value: options.name }], {
      ...signing(authority.keyType, options),
      ...(options.keySize === undefined ? {} : { keySize: options.keySize }),
      ...(options.passphrase === undefined ? {} : { passphrase: options.passphrase }),
      ca: { key: authority.key, cert: authority.cert },
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', clientAuth: true },
      ],
    }),
  );
}

function signing(keyType: KeyType, dates: Dates) {
  return {
    keyType,
    algorithm: 'sha256',
    notBeforeDate: dates.notBefore ?? new Date(Date.now() - DAY_MS),
    notAfterDate: dates.notAfter ?? new Date(Date.now() + 365 * DAY_MS),
  };
}

function serverExtensions(names: readonly string[]) {
  return [
    { name: 'basicConstraints' as const, cA: false, critical: true },
    { name: 'keyUsage' as const, digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage' as const, serverAuth: true },
    {
      name: 'subjectAltName' as const,
      altNames: names.map((name) =>
        isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name },
      ),
    },
  ];
}

function describe(made: { cert: string; private: string }): IssuedCertificate {
  const certificate = new X509Certificate(made.cert);
  return {
    // With a newline at the end, so that certificates can be put one after the other.
    cert: `${made.cert.trimEnd()}\n`,
    key: made.private,
    fingerprint256: certificate.fingerprint256,
    subject: certificate.subject,
    validTo: certificate.validTo,
  };
}
