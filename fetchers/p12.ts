// Takes certificate and key out of a PKCS#12 file, as PEM. OpenSSL (through Node) can use such a file but not show what is
// in it; pkijs can. Stores nothing and connects to nothing.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  type AlgorithmIdentifier,
  AuthenticatedSafe,
  CertBag,
  ContentInfo,
  EncryptedContentInfo,
  EncryptedData,
  PBES2Params,
  PBKDF2Params,
  PFX,
  PKCS8ShroudedKeyBag,
  PrivateKeyInfo,
  SafeContents,
} from 'pkijs';
import {
  type CertificateRefusal,
  checkP12,
  oldP12,
  refused,
  unreadableP12,
  wrongP12Passphrase,
} from './certificates.ts';
import { Secret } from './secret.ts';

export type OpenedP12 =
  | {
      readonly ok: true;
      /** PEM: the certificate of the key first, its chain after it. */
      readonly certPem: string;
      /** PEM (PKCS#8), not encrypted. */
      readonly key: Secret;
    }
  | CertificateRefusal;

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
/** The file says how often its passphrase is hashed. Exports have 1 to 600,000; a million costs about a second. */
const MOST_ITERATIONS = 1_000_000;

class Refusal extends Error {
  readonly refusal: CertificateRefusal;

  constructor(refusal: CertificateRefusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

/** Opens the file with its passphrase. Certificate and key belong together; dates are for `checkClientCertificate`. */
export async function openP12(bytes: Uint8Array, passphrase: string): Promise<OpenedP12> {
  try {
    const contents = await readContents(bytes, passphrase);
    const [key, ...furtherKeys] = contents.keys.map((der) =>
      createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }),
    );
    if (key === undefined) {
      return refused('KEY_UNREADABLE', 'The PKCS#12 file holds no private key. Export the certificate with its key.');
    }
    if (furtherKeys.length > 0) {
      return refused(
        'KEY_UNREADABLE',
        'The PKCS#12 file holds several keys. Export the one certificate that is meant.',
      );
    }
    // OpenSSL has the last word: it verifies the file's seal.
    const checked = checkP12(bytes, passphrase);
    if (!checked.ok) return checked;
    const certificates = contents.certificates.map((der) => new X509Certificate(Buffer.from(der)));
    const own = certificates.find((certificate) => certificate.checkPrivateKey(key));
    if (own === undefined) {
      return refused(
        'KEY_MISMATCH',
        'The PKCS#12 file holds no certificate that belongs to its key. Export both again.',
      );
    }
    const chain = [own, ...certificates.filter((certificate) => certificate !== own)];
    return {
      ok: true,
      certPem: chain.map((certificate) => certificate.toString()).join(''),
      key: new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString()),
    };
  } catch (error) {
    return error instanceof Refusal ? error.refusal : unreadableP12();
  }
}

interface Contents {
  /** DER, PKCS#8. */
  readonly keys: ArrayBuffer[];
  /** DER. */
  readonly certificates: ArrayBuffer[];
}

async function readContents(bytes: Uint8Array, passphrase: string): Promise<Contents> {
  const pfx = PFX.fromBER(new Uint8Array(bytes).buffer);
  if (pfx.authSafe.contentType !== ContentInfo.DATA) throw new Refusal(unreadableP12());
  checkIterations(pfx.macData?.iterations ?? 1);
  // As OpenSSL does for PBES2: the bytes of the passphrase in UTF-8.
  const password = new TextEncoder().encode(passphrase).buffer;

  const contents: Contents = { keys: [], certificates: [] };
  for (const part of AuthenticatedSafe.fromBER(pfx.authSafe.content.getValue()).safeContents) {
    let plain: ArrayBuffer;
    if (part.contentType === ContentInfo.ENCRYPTED_DATA) {
      const encrypted = new EncryptedData({ schema: part.content });
      checkEncryption(encrypted.encryptedContentInfo.contentEncryptionAlgorithm);
      plain = await opened(() => encrypted.decrypt({ password }));
    } else {
      plain = part.content.getValue();
    }
    for (const { bagValue } of SafeContents.fromBER(plain).safeBags) {
      if (bagValue instanceof PKCS8ShroudedKeyBag) {
        checkEncryption(bagValue.encryptionAlgorithm);
        contents.keys.push(await opened(() => decryptKey(bagValue, password)));
      } else if (bagValue instanceof PrivateKeyInfo) {
        contents.keys.push(bagValue.toSchema().toBER(false));
      } else if (bagValue instanceof CertBag && bagValue.parsedValue) {
        contents.certificates.push(bagValue.parsedValue.toSchema(true).toBER(false));
      }
    }
  }
  return contents;
}

async function decryptKey(bag: PKCS8ShroudedKeyBag, password: ArrayBuffer): Promise<ArrayBuffer> {
  const encrypted = new EncryptedData({
    encryptedContentInfo: new EncryptedContentInfo({
      contentEncryptionAlgorithm: bag.encryptionAlgorithm,
      encryptedContent: bag.encryptedData,
    }),
  });
  return encrypted.decrypt({ password });
}

/** Whatever goes wrong in decrypting a well-formed part with a known method: the passphrase is another one. */
async function opened<T>(decrypt: () => Promise<T>): Promise<T> {
  try {
    return await decrypt();
  } catch {
    throw new Refusal(wrongP12Passphrase());
  }
}

function checkEncryption(algorithm: AlgorithmIdentifier): void {
  if (algorithm.algorithmId !== PBES2) throw new Refusal(oldP12());
  const { keyDerivationFunc } = new PBES2Params({ schema: algorithm.algorithmParams });
  if (keyDerivationFunc.algorithmId !== PBKDF2) throw new Refusal(unreadableP12());
  checkIterations(new PBKDF2Params({ schema: keyDerivationFunc.algorithmParams }).iterationCount);
}

function checkIterations(iterations: number): void {
  if (iterations <= MOST_ITERATIONS) return;
  throw new Refusal(
    refused(
      'KEY_UNREADABLE',
      `The PKCS#12 file wants its passphrase hashed more than ${MOST_ITERATIONS} times. Export it again with the usual settings.`,
    ),
  );
}
