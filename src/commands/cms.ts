// A file that only the holder of a private RSA key can open: CMS AuthEnvelopedData (RFC 5083) with AES-256-GCM and
// RSA-OAEP, written while its content comes. `openssl cms -decrypt` of OpenSSL 3 opens it, and refuses one that was changed.
import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';

const SEQUENCE = 0x30;
const SET = 0x31;
const OCTETS = 0x04;
const INTEGER = 0x02;

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

/** One DER value. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

const AUTH_ENVELOPED = oid('1.2.840.113549.1.9.16.1.23');
const DATA = oid('1.2.840.113549.1.7.1');
const AES_256_GCM = oid('2.16.840.1.101.3.4.1.46');
const RSAES_OAEP = oid('1.2.840.113549.1.1.7');
const MGF1 = oid('1.2.840.113549.1.1.8');
const SHA_256 = der(SEQUENCE, oid('2.16.840.1.101.3.4.2.1'), Buffer.from([0x05, 0x00]));

/** Of indefinite length: its end is told by END, since nobody knows yet how much comes. */
const open = (tag: number) => Buffer.from([tag, 0x80]);
const END = Buffer.from([0, 0]);

/** RFC 5280 4.2.1.2 (1): SHA-1 of the key's bits. */
function keyIdentifier(key: KeyObject): Buffer {
  const spki = key.export({ type: 'spki', format: 'der' });
  // The bit string is the last part: 03 <length> 00 <PKCS#1 key>.
  const bits = key.export({ type: 'pkcs1', format: 'der' });
  if (!spki.subarray(-bits.length).equals(bits)) throw new Error('not an RSA key');
  return createHash('sha1').update(bits).digest();
}

function recipientInfo(key: KeyObject, contentKey: Buffer): Buffer {
  const wrapped = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, contentKey);
  const oaep = der(SEQUENCE, RSAES_OAEP, der(SEQUENCE, der(0xa0, SHA_256), der(0xa1, der(SEQUENCE, MGF1, SHA_256))));
  const version = der(INTEGER, Buffer.from([2]));
  return der(SEQUENCE, version, der(0x80, keyIdentifier(key)), oaep, der(OCTETS, wrapped));
}

export type Recipient =
  | { readonly ok: true; readonly key: KeyObject }
  | { readonly ok: false; readonly message: string };

/** A public key or certificate (PEM). */
export function readRecipient(pem: string): Recipient {
  if (/PRIVATE KEY/.test(pem))
    return { ok: false, message: 'holds a private key. Give the public one: openssl pkey -in key.pem -pubout' };
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return { ok: false, message: 'holds no public key and no certificate (PEM).' };
  }
  if (key.asymmetricKeyType !== 'rsa')
    return { ok: false, message: `holds a key of the kind ${key.asymmetricKeyType}; it must be RSA.` };
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048)
    return { ok: false, message: 'holds an RSA key of less than 2048 bits.' };
  return { ok: true, key };
}

/** The file, piece by piece; holds one piece of the content at a time. */
export async function* encryptFor(recipient: KeyObject, content: AsyncIterable<string>): AsyncGenerator<Buffer> {
  const contentKey = randomBytes(32);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', contentKey, nonce);
  const parameters = der(SEQUENCE, der(OCTETS, nonce), der(INTEGER, Buffer.from([16])));
  yield Buffer.concat([
    open(SEQUENCE),
    AUTH_ENVELOPED,
    open(0xa0),
    open(SEQUENCE),
    der(INTEGER, Buffer.from([0])),
    der(SET, recipientInfo(recipient, contentKey)),
    open(SEQUENCE),
    DATA,
    der(SEQUENCE, AES_256_GCM, parameters),
    open(0xa0),
  ]);
  contentKey.fill(0);
  for await (const text of content) {
    const bytes = cipher.update(text, 'utf8');
    if (bytes.length > 0) yield der(OCTETS, bytes);
  }
  cipher.final();
  // Ends of the content and of EncryptedContentInfo; the tag; the three that are left.
  yield Buffer.concat([END, END, der(OCTETS, cipher.getAuthTag()), END, END, END]);
}
