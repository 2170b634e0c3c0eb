// The sealed value: an AES-256-GCM envelope `v1.<key id>.<wrapped data key>.<iv, tag, ciphertext>`, bound to its place.
// Knows no file and no database.
import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto';

/** Where a sealed value stands. A value that was moved does not open. */
export interface Place {
  /** Tenant id; empty for what belongs to the installation. */
  readonly tenant: string;
  readonly table: string;
  /** Primary key; the parts of a composite one joined by a dot. */
  readonly row: string;
  /** Name of the column in the database, without `_sealed`. */
  readonly column: string;
}

/** The key that wraps data keys, and its public id. */
export interface WrappingKey {
  readonly id: string;
  readonly key: KeyObject;
}

export class SealError extends Error {
  readonly code: 'SEAL_BROKEN' | 'SEAL_KEY_UNKNOWN';

  constructor(code: SealError['code'], message: string) {
    super(message);
    this.name = 'SealError';
    this.code = code;
  }
}

const VERSION = 'v1';
const IV = 12;
const TAG = 16;
const KEY = 32;

// One call for many values: a system call per IV and key costs more than the encryption.
const pool = Buffer.alloc(16_384);
let used = pool.length;

/** Fresh random bytes, in memory of their own. The pool is wiped as it is handed out. */
function random(length: number): Buffer {
  if (used + length > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.allocUnsafeSlow(length);
  pool.copy(bytes, 0, used, used + length);
  pool.fill(0, used, used + length);
  used += length;
  return bytes;
}

/** JSON of an array says where one part ends, whatever it holds; a joined string would not. */
function binding(part: 'key' | 'value', keyId: string, place: Place): Buffer {
  return Buffer.from(JSON.stringify([VERSION, part, keyId, place.tenant, place.table, place.row, place.column]));
}

function encrypt(key: KeyObject | Buffer, plain: Buffer, aad: Buffer): Buffer {
  const iv = random(IV);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG });
  cipher.setAAD(aad);
  const text = cipher.update(plain);
  cipher.final();
  return Buffer.concat([iv, cipher.getAuthTag(), text]);
}

function decrypt(key: KeyObject | Buffer, bytes: Buffer, aad: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV), { authTagLength: TAG });
  decipher.setAAD(aad);
  decipher.setAuthTag(bytes.subarray(IV, IV + TAG));
  return Buffer.concat([decipher.update(bytes.subarray(IV + TAG)), decipher.final()]);
}

export function sealWith(wrapping: WrappingKey, text: string, place: Place): string {
  const dataKey = random(KEY);
  const wrapped = encrypt(wrapping.key, dataKey, binding('key', wrapping.id, place));
  const body = encrypt(dataKey, Buffer.from(text), binding('value', wrapping.id, place));
  dataKey.fill(0);
  return `${VERSION}.${wrapping.id}.${wrapped.toString('base64url')}.${body.toString('base64url')}`;
}

function broken(place: Place): SealError {
  const where = `${place.table}.${place.column} of row ${place.row}`;
  return new SealError(
    'SEAL_BROKEN',
    `The sealed value ${where} does not open: it was changed, or moved from another place.`,
  );
}

/** Exactly what we write: base64url has several spellings of the same bytes, and only one of them is ours. */
function bytesOf(text: string, place: Place): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw broken(place);
  return bytes;
}

/** Id of the key that a value was sealed with; null: not a sealed value. */
export function keyIdOf(sealed: string): string | null {
  const parts = sealed.split('.');
  return parts.length === 4 && parts[0] === VERSION ? (parts[1] ?? null) : null;
}

/** @throws SealError when the key is not in the ring, or the value was changed or stands in another place. */
export function unsealWith(find: (id: string) => WrappingKey | undefined, sealed: string, place: Place): string {
  const [version, id, wrapped, body, ...rest] = sealed.split('.');
  if (version !== VERSION || id === undefined || wrapped === undefined || body === undefined || rest.length > 0)
    throw broken(place);
  const wrapping = find(id);
  if (wrapping === undefined)
    throw new SealError(
      'SEAL_KEY_UNKNOWN',
      `${place.table}.${place.column} of row ${place.row} is sealed with a key that is not in the key file.`,
    );
  const wrappedBytes = bytesOf(wrapped, place);
  const bodyBytes = bytesOf(body, place);
  if (wrappedBytes.length !== IV + TAG + KEY || bodyBytes.length < IV + TAG) throw broken(place);
  try {
    const dataKey = decrypt(wrapping.key, wrappedBytes, binding('key', id, place));
    const text = decrypt(dataKey, bodyBytes, binding('value', id, place)).toString();
    dataKey.fill(0);
    return text;
  } catch {
    throw broken(place);
  }
}
