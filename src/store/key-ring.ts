// The keys of the installation: the key file, made at first start, and what is derived from it.
import { createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { Secret } from '../../fetchers/secret.ts';
import { createOnce } from './create-once.ts';
import type { Database } from './database.ts';
import {
  type Place,
  SealError,
  sealManyWith,
  sealWith,
  unsealManyWith,
  unsealWith,
  type WrappingKey,
} from './sealed.ts';
import { StoreError } from './store-error.ts';

export type { Place } from './sealed.ts';
export { SealError } from './sealed.ts';

export interface KeyRing {
  /** Id of the key that seals from now on. */
  readonly keyId: string;
  /** Every key id that can be opened. */
  readonly keyIds: readonly string[];
  seal(text: string | Secret, place: Place): string;
  /** @throws SealError when the value was changed or moved, or its key is not in the ring. */
  unseal(sealed: string, place: Place): Secret;
  /** Many rows of one column at a third of the cost: they share a data key, and each is bound to its place all the same. */
  sealMany(home: Omit<Place, 'row'>, rows: readonly { readonly row: string; readonly text: string }[]): string[];
  /** In the order given; opens what seal() and sealMany() made. @throws SealError as unseal */
  unsealMany(home: Omit<Place, 'row'>, rows: readonly { readonly row: string; readonly sealed: string }[]): Secret[];
  /** HMAC-SHA-256 as `<key id>.<hex>`: equal texts have equal tags, and nobody without the key learns more. */
  tag(purpose: string, text: string): string;
}

export interface OpenedKeyRing extends KeyRing {
  readonly file: string;
  /** True: the file was made now. Tell the operator to back it up (backUpNotice). */
  readonly created: boolean;
}

const KEY_BYTES = 32;
const HEADER = '# Key file of Provender. Whoever has it can open the stored passwords; without it nobody can.';

interface MasterKey extends WrappingKey {
  readonly master: Buffer;
  readonly tagKeys: Map<string, KeyObject>;
}

function derive(master: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), `provender/v1/${purpose}`, KEY_BYTES));
}

function masterKey(master: Buffer): MasterKey {
  return {
    // Derived, so that a file cannot give a key the id of another one.
    id: derive(master, 'id').toString('hex').slice(0, 8),
    key: createSecretKey(derive(master, 'seal')),
    master,
    tagKeys: new Map(),
  };
}

/** The ring of some master keys (32 bytes each). The first one seals and tags; all of them open. */
export function createKeyRing(masters: readonly Buffer[]): KeyRing {
  const keys = masters.map(masterKey);
  const byId = new Map(keys.map((key) => [key.id, key]));
  const [current] = keys;
  if (current === undefined) throw new Error('a key ring needs a key');
  return {
    keyId: current.id,
    keyIds: keys.map((key) => key.id),
    seal: (text, place) => sealWith(current, typeof text === 'string' ? text : text.reveal(), place),
    unseal: (sealed, place) => new Secret(unsealWith((id) => byId.get(id), sealed, place)),
    sealMany: (home, rows) => sealManyWith(current, home, rows),
    unsealMany: (home, rows) => unsealManyWith((id) => byId.get(id), home, rows).map((text) => new Secret(text)),
    tag(purpose, text) {
      let key = current.tagKeys.get(purpose);
      if (key === undefined) {
        key = createSecretKey(derive(current.master, `tag/${purpose}`));
        current.tagKeys.set(purpose, key);
      }
      return `${current.id}.${createHmac('sha256', key).update(text).digest('hex')}`;
    },
  };
}

/** What a new key file holds. */
export function newKeyFile(): string {
  return `${HEADER}\n${randomBytes(KEY_BYTES).toString('base64url')}\n`;
}

function parseKeyFile(file: string, content: string): Buffer[] {
  const lines = content
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const keys = lines.map((line) => Buffer.from(line, 'base64url'));
  if (
    keys.length === 0 ||
    keys.some((key, index) => key.length !== KEY_BYTES || key.toString('base64url') !== lines[index])
  )
    throw new StoreError(
      'KEY_FILE_INVALID',
      `The key file ${file} is damaged: it must hold one key of 43 characters per line. Put back a copy of it from your backup.`,
    );
  return keys;
}

function checkMode(file: string): void {
  if (process.platform === 'win32') return;
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) !== 0)
    throw new StoreError(
      'KEY_FILE_MODE',
      `The key file ${file} can be read by others (mode ${mode.toString(8).padStart(4, '0')}). Run: chmod 600 ${file}`,
    );
}

/** One plain sentence for whoever started us for the first time. */
export function backUpNotice(file: string): string {
  return `New key file ${file}: back it up, apart from the database. Without it the stored passwords cannot be opened again.`;
}

/**
 * Reads the key file; makes it (mode 0600) when it is missing, unless `create` is false.
 * @throws StoreError KEY_MISSING, KEY_FILE_MODE, KEY_FILE_INVALID, KEY_FILE_UNREADABLE
 */
export function openKeyRing(options: { readonly file: string; readonly create?: boolean }): OpenedKeyRing {
  const { file, create = true } = options;
  try {
    const { content, created } = create
      ? createOnce(file, newKeyFile())
      : { content: readFileSync(file, 'utf8'), created: false };
    checkMode(file);
    return { ...createKeyRing(parseKeyFile(file, content)), file, created };
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !create)
      throw new StoreError(
        'KEY_MISSING',
        `The key file ${file} is missing, and the database holds values sealed with it. Put it back from your backup, or name it with PROVENDER_KEY_FILE. Nothing was changed.`,
      );
    throw new StoreError(
      'KEY_FILE_UNREADABLE',
      `The key file ${file} cannot be ${create ? 'read or made' : 'read'} (${code ?? String(error)}). Check the folder and its owner.`,
    );
  }
}

const CANARY: Place = { tenant: '', table: 'installation', row: '1', column: 'key_canary' };

/**
 * Compares the ring with the database; the first ring ever is remembered.
 * @throws StoreError KEY_WRONG, and nothing is changed.
 */
export async function checkCanary(database: Database, ring: KeyRing & { readonly file?: string }): Promise<void> {
  const { sql } = database;
  await sql`insert into installation (id, key_canary_sealed) values (1, ${ring.seal('provender', CANARY)}) on conflict do nothing`;
  const [row] = await sql<{ sealed: string }[]>`select key_canary_sealed as sealed from installation where id = 1`;
  try {
    ring.unseal(row?.sealed ?? '', CANARY);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new StoreError(
      'KEY_WRONG',
      `The key file ${ring.file ?? 'in use'} is not the one that this database was sealed with. Put the right file back from your backup, or name it with PROVENDER_KEY_FILE. Nothing was changed.`,
    );
  }
}

/** Opens the key file that belongs to this database: made only while the database has none. What programs call at start. */
export async function openInstallationKeys(
  database: Database,
  options: { readonly file: string },
): Promise<OpenedKeyRing> {
  const known = await database.sql`select 1 from installation where id = 1`;
  const ring = openKeyRing({ file: options.file, create: known.length === 0 });
  await checkCanary(database, ring);
  return ring;
}
