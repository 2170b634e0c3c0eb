// From ciphertext to the file inside, with keys that the admin gives. Knows no phone: whose files are encrypted how stands
// beside each kind. No maker's built-in keys are here.
import {
  constants,
  createDecipheriv,
  createHash,
  createPrivateKey,
  hkdfSync,
  type KeyObject,
  pbkdf2Sync,
  privateDecrypt,
} from 'node:crypto';
import { sniff } from './sniff.ts';

export type Decrypted =
  /** `how` is for a warning. */
  | { readonly kind: 'opened'; readonly bytes: Uint8Array; readonly how: string }
  /** None of the keys opens it, or it is not encrypted in a way that we know. */
  | { readonly kind: 'closed' };

const CLOSED: Decrypted = { kind: 'closed' };

/**
 * Tries the keys in turn: pass phrases, AES keys as text or hex, RSA private keys as PEM. A result counts only when it is
 * text or gzip: a wrong key gives noise.
 */
export function decrypt(bytes: Uint8Array, keys: readonly string[]): Decrypted {
  for (const key of keys) {
    for (const { how, open } of KINDS) {
      const opened = attempt(() => open(bytes, key));
      if (opened !== null && isReadable(opened)) return { kind: 'opened', bytes: opened, how };
    }
  }
  return CLOSED;
}

interface Kind {
  readonly how: string;
  /** Null or an exception: not with this key, or not this kind. */
  readonly open: (bytes: Uint8Array, key: string) => Uint8Array | null;
}

const KINDS: readonly Kind[] = [
  { how: 'openssl', open: openSalted },
  { how: 'yealink-rsa', open: openYealinkRsa },
  { how: 'aes-ecb', open: openBlocks },
  { how: 'rfc8188', open: openRecords },
];

function attempt(open: () => Uint8Array | null): Uint8Array | null {
  try {
    return open();
  } catch {
    return null;
  }
}

/** Noise is binary; a file that opened is text, or gzip of text. */
function isReadable(bytes: Uint8Array): boolean {
  return bytes.length > 0 && sniff(bytes).kind === 'text';
}

/** NULs, blanks or PKCS#7 that a tool left at the end of the last block. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  const last = bytes.at(-1) ?? 0;
  if (last >= 1 && last <= 16 && last !== 10 && last !== 13 && last !== 9) {
    const start = bytes.length - last;
    if (start >= 0 && bytes.subarray(start).every((byte) => byte === last)) return bytes.subarray(0, start);
  }
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}

// ---- `openssl enc -aes-256-cbc -k phrase`: Cisco SPA (tested by Cisco with 0.9.7c, MD5), Grandstream (P1359; newer ones
// SHA-256, PBKDF2 as an option: assumption)

const SALTED = Buffer.from('Salted__');

function openSalted(bytes: Uint8Array, key: string): Uint8Array | null {
  if (bytes.length < 32 || !SALTED.equals(bytes.subarray(0, 8))) return null;
  const salt = bytes.subarray(8, 16);
  const body = bytes.subarray(16);
  for (const derive of [bytesToKey('md5'), bytesToKey('sha256'), pbkdf2]) {
    const opened = attempt(() => {
      const { aes, iv } = derive(key, salt);
      const decipher = createDecipheriv('aes-256-cbc', aes, iv);
      return Buffer.concat([decipher.update(body), decipher.final()]);
    });
    if (opened !== null && isReadable(opened)) return opened;
  }
  return null;
}

type Derive = (phrase: string, salt: Uint8Array) => { readonly aes: Uint8Array; readonly iv: Uint8Array };

/** OpenSSL's EVP_BytesToKey with one round. */
function bytesToKey(hash: 'md5' | 'sha256'): Derive {
  return (phrase, salt) => {
    let made = Buffer.alloc(0);
    let block = Buffer.alloc(0);
    while (made.length < 48) {
      block = createHash(hash).update(block).update(phrase).update(salt).digest();
      made = Buffer.concat([made, block]);
    }
    return { aes: made.subarray(0, 32), iv: made.subarray(32, 48) };
  };
}

/** `openssl enc -pbkdf2` with its default of 10,000 rounds. */
function pbkdf2(phrase: string, salt: Uint8Array): ReturnType<Derive> {
  const made = pbkdf2Sync(phrase, salt, 10_000, 48, 'sha256');
  return { aes: made.subarray(0, 32), iv: made.subarray(32, 48) };
}

// ---- Yealink: a key of 16 or 32 characters, AES in ECB mode over the whole file (admin guides of T5 phones)

function ecb(body: Uint8Array, key: string): Uint8Array | null {
  const size = Buffer.byteLength(key);
  if ((size !== 16 && size !== 32) || body.length === 0 || body.length % 16 !== 0) return null;
  const decipher = createDecipheriv(size === 16 ? 'aes-128-ecb' : 'aes-256-ecb', Buffer.from(key), null);
  // Yealink's tool does not say how it pads: the tail is looked at afterwards.
  decipher.setAutoPadding(false);
  return withoutPadding(Buffer.concat([decipher.update(body), decipher.final()]));
}

function openBlocks(bytes: Uint8Array, key: string): Uint8Array | null {
  return ecb(bytes, key);
}

/** `#!key_ciphertext:<base64>` holds the AES key under RSA; the data follow in base64. */
function openYealinkRsa(bytes: Uint8Array, key: string): Uint8Array | null {
  const text = Buffer.from(bytes).toString('latin1');
  const parts = /^\s*#!key_ciphertext:[ \t]*([A-Za-z0-9+/=]+)\s+#!-+BEGIN CONFIG DATA-+\s+([A-Za-z0-9+/=\s]+)/.exec(
    text,
  );
  if (parts === null || !key.includes('PRIVATE KEY')) return null;
  const [, wrapped = '', body = ''] = parts;
  const rsa: KeyObject = createPrivateKey(key);
  const aes = privateDecrypt({ key: rsa, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(wrapped, 'base64'));
  return ecb(Buffer.from(body, 'base64'), aes.toString('latin1'));
}

// ---- RFC 8188 (aes128gcm): Cisco MPP phones (8800 administration guide)

function openRecords(bytes: Uint8Array, key: string): Uint8Array | null {
  if (bytes.length < 38) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const recordSize = view.getUint32(16);
  const start = 21 + view.getUint8(20);
  if (recordSize < 18 || start + 17 > bytes.length) return null;
  const salt = bytes.subarray(0, 16);
  const body = bytes.subarray(start);
  for (const material of keyingMaterial(key)) {
    const opened = attempt(() => readRecords(body, recordSize, salt, material));
    if (opened !== null) return opened;
  }
  return null;
}

/** Base64url as the RFC shows it, hex, or the text itself. */
function keyingMaterial(key: string): Buffer[] {
  const found = [Buffer.from(key)];
  if (/^(?:[0-9a-f]{2})+$/i.test(key)) found.push(Buffer.from(key, 'hex'));
  if (/^[\w+/-]+=*$/.test(key)) found.push(Buffer.from(key, 'base64url'));
  return found;
}

function readRecords(body: Uint8Array, recordSize: number, salt: Uint8Array, material: Uint8Array): Uint8Array | null {
  const derive = (info: string, length: number) => Buffer.from(hkdfSync('sha256', material, salt, info, length));
  const aes = derive('Content-Encoding: aes128gcm\0', 16);
  const base = derive('Content-Encoding: nonce\0', 12);
  const parts: Uint8Array[] = [];
  for (let at = 0, record = 0; at < body.length; at += recordSize, record += 1) {
    const sealed = body.subarray(at, at + recordSize);
    if (sealed.length < 17) return null;
    const nonce = Buffer.from(base);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ record) >>> 0, 8);
    const decipher = createDecipheriv('aes-128-gcm', aes, nonce, { authTagLength: 16 });
    decipher.setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    let end = plain.length - 1;
    while (end >= 0 && plain[end] === 0) end -= 1;
    // The last record ends in 2, the others in 1: a file that was cut is no file.
    const isLast = at + recordSize >= body.length;
    if (plain[end] !== (isLast ? 2 : 1)) return null;
    parts.push(plain.subarray(0, end));
  }
  return Buffer.concat(parts);
}
