// The sealed value: an AES-256-GCM envelope `v1.<key id>.<wrapped data key>.<iv, tag, ciphertext>`, bound to its place.
// `v2.` is the same with one data key for many rows of a column, which costs a third: the wrapped key is bound to the
// column, every value to its row besides.
// Knows no file and no database.
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomFillSync } from 'node:crypto';

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

type Version = 'v1' | 'v2';
const IV = 12;
const TAG = 16;
const KEY = 32;

// One call for many values: a system call per IV and key costs more than the encryption.
const pool = Buffer.alloc(16_384);
let used = pool.length;

/** Fresh random bytes. The pool is wiped as it is handed out. */
function fillRandom(bytes: Buffer): void {
  if (used + bytes.length > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  pool.copy(bytes, 0, used, used + bytes.length);
  pool.fill(0, used, used + bytes.length);
  used += bytes.length;
}

/** For a key: in memory of its own, which nobody else is given. */
function randomKey(): Buffer {
  const bytes = Buffer.allocUnsafeSlow(KEY);
  fillRandom(bytes);
  return bytes;
}

/** JSON of an array says where one part ends, whatever it holds; a joined string would not. */
function binding(version: Version, part: 'key' | 'value', keyId: string, place: Place): Buffer {
  const row = version === 'v2' && part === 'key' ? '' : place.row;
  return Buffer.from(JSON.stringify([version, part, keyId, place.tenant, place.table, row, place.column]));
}

/** binding('v2', 'value', ...) of many rows of a column: what they have in common is written once. */
function bindingsOf(keyId: string, { tenant, table, column }: Omit<Place, 'row'>): (row: string) => Buffer {
  const before = `${JSON.stringify(['v2', 'value', keyId, tenant, table]).slice(0, -1)},`;
  const after = `,${JSON.stringify(column)}]`;
  return (row) => Buffer.from(before + JSON.stringify(row) + after);
}

const GCM = { authTagLength: TAG };

/** iv, tag, ciphertext in one buffer: each further one costs as much as a short text's encryption. */
function encrypt(key: KeyObject | Buffer, plain: Buffer, aad: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(IV + TAG + plain.length);
  const iv = bytes.subarray(0, IV);
  fillRandom(iv);
  const cipher = createCipheriv('aes-256-gcm', key, iv, GCM);
  cipher.setAAD(aad);
  cipher.update(plain).copy(bytes, IV + TAG);
  cipher.final();
  cipher.getAuthTag().copy(bytes, IV);
  return bytes;
}

function decrypt(key: KeyObject | Buffer, bytes: Buffer, aad: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV), { authTagLength: TAG });
  decipher.setAAD(aad);
  decipher.setAuthTag(bytes.subarray(IV, IV + TAG));
  return Buffer.concat([decipher.update(bytes.subarray(IV + TAG)), decipher.final()]);
}

export function sealWith(wrapping: WrappingKey, text: string, place: Place): string {
  const dataKey = randomKey();
  const wrapped = encrypt(wrapping.key, dataKey, binding('v1', 'key', wrapping.id, place));
  const body = encrypt(dataKey, Buffer.from(text), binding('v1', 'value', wrapping.id, place));
  dataKey.fill(0);
  return `v1.${wrapping.id}.${wrapped.toString('base64url')}.${body.toString('base64url')}`;
}

/** Sealed values that share a data key: each of them is the head and its body. */
export interface SealedTogether {
  readonly head: string;
  /** In the order given. */
  readonly bodies: readonly string[];
}

/** Rows of one column, sealed under one data key. */
export function sealManyWith(
  wrapping: WrappingKey,
  home: Omit<Place, 'row'>,
  rows: readonly { readonly row: string; readonly text: string }[],
): SealedTogether {
  const bytes = randomKey();
  const wrapped = encrypt(wrapping.key, bytes, binding('v2', 'key', wrapping.id, { ...home, row: '' }));
  const head = `v2.${wrapping.id}.${wrapped.toString('base64url')}.`;
  const dataKey = createSecretKey(bytes);
  bytes.fill(0);
  const bind = bindingsOf(wrapping.id, home);
  const bodies = rows.map(({ row, text }) => encrypt(dataKey, Buffer.from(text), bind(row)).toString('base64url'));
  return { head, bodies };
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

function isVersion(text: string | undefined): text is Version {
  return text === 'v1' || text === 'v2';
}

/** Id of the key that a value was sealed with; null: not a sealed value. */
export function keyIdOf(sealed: string): string | null {
  const parts = sealed.split('.');
  return parts.length === 4 && isVersion(parts[0]) ? (parts[1] ?? null) : null;
}

interface Envelope {
  readonly version: Version;
  readonly wrapping: WrappingKey;
  readonly wrapped: string;
  readonly body: Buffer;
}

type Find = (id: string) => WrappingKey | undefined;

function readEnvelope(find: Find, sealed: string, place: Place): Envelope {
  const [version, id, wrapped, text, ...rest] = sealed.split('.');
  if (!isVersion(version) || id === undefined || wrapped === undefined || text === undefined || rest.length > 0)
    throw broken(place);
  const wrapping = find(id);
  if (wrapping === undefined)
    throw new SealError(
      'SEAL_KEY_UNKNOWN',
      `${place.table}.${place.column} of row ${place.row} is sealed with a key that is not in the key file.`,
    );
  const body = bytesOf(text, place);
  if (body.length < IV + TAG) throw broken(place);
  return { version, wrapping, wrapped, body };
}

function unwrap({ version, wrapping, wrapped }: Envelope, place: Place): Buffer {
  const bytes = bytesOf(wrapped, place);
  if (bytes.length !== IV + TAG + KEY) throw broken(place);
  return decrypt(wrapping.key, bytes, binding(version, 'key', wrapping.id, place));
}

function open({ version, wrapping, body }: Envelope, dataKey: KeyObject | Buffer, place: Place): string {
  return decrypt(dataKey, body, binding(version, 'value', wrapping.id, place)).toString();
}

/** @throws SealError when the key is not in the ring, or the value was changed or stands in another place. */
export function unsealWith(find: Find, sealed: string, place: Place): string {
  const envelope = readEnvelope(find, sealed, place);
  try {
    const dataKey = unwrap(envelope, place);
    const text = open(envelope, dataKey, place);
    dataKey.fill(0);
    return text;
  } catch {
    throw broken(place);
  }
}

/** Rows of one column; a data key that several of them share is unwrapped once. @throws SealError as unsealWith */
export function unsealManyWith(
  find: Find,
  home: Omit<Place, 'row'>,
  rows: readonly { readonly row: string; readonly sealed: string }[],
): string[] {
  const dataKeys = new Map<string, KeyObject>();
  return rows.map(({ row, sealed }) => {
    const place = { ...home, row };
    const envelope = readEnvelope(find, sealed, place);
    if (envelope.version === 'v1') return unsealWith(find, sealed, place);
    try {
      const shared = `${envelope.wrapping.id}.${envelope.wrapped}`;
      let dataKey = dataKeys.get(shared);
      if (dataKey === undefined) {
        const bytes = unwrap(envelope, place);
        dataKey = createSecretKey(bytes);
        bytes.fill(0);
        dataKeys.set(shared, dataKey);
      }
      return open(envelope, dataKey, place);
    } catch {
      throw broken(place);
    }
  });
}
