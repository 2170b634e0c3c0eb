// The keys of the installation in memory: what seals and opens, and what is derived from them. Where they come from is in
// key-source.ts, how they change in key-rotation.ts.
import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Secret } from '../../fetchers/secret.ts';
import type { Database } from './database.ts';
import { type KeySource, keepKeys, parseKeys, readKeys, sourceName } from './key-source.ts';
import {
  keyIdOf,
  type Place,
  SealError,
  type SealedTogether,
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
  /** The same, and what all of them begin with once: for who would write it a thousand times. */
  sealTogether(
    home: Omit<Place, 'row'>,
    rows: readonly { readonly row: string; readonly text: string }[],
  ): SealedTogether;
  /** In the order given; opens what seal() and sealMany() made. @throws SealError as unseal */
  unsealMany(home: Omit<Place, 'row'>, rows: readonly { readonly row: string; readonly sealed: string }[]): Secret[];
  /** HMAC-SHA-256 as `<key id>.<hex>`: equal texts have equal tags, and nobody without the key learns more. */
  tag(purpose: string, text: string): string;
  /** The tags of a text under every key, that of `tag` first: while keys change, tags of both are stored. */
  tags(purpose: string, text: string): readonly string[];
}

/** A ring whose keys change while the program runs. */
export interface LiveKeyRing extends KeyRing {
  /** @returns the id of the key */
  add(master: Buffer): string;
  /** This key of the ring seals from now on. */
  sealWith(keyId: string): void;
  forget(keyId: string): void;
  masterOf(keyId: string): Buffer | null;
}

export interface OpenedKeyRing extends LiveKeyRing {
  readonly source: KeySource;
  /** True: the file was made now. Tell the operator to back it up (backUpNotice). */
  readonly created: boolean;
}

const KEY_BYTES = 32;
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

/** What a key calls itself. */
export function idOfKey(master: Buffer): string {
  return masterKey(master).id;
}

/** Whether two tags are the same, in constant time. */
export function sameTag(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function tagWith(key: MasterKey, purpose: string, text: string): string {
  let tagKey = key.tagKeys.get(purpose);
  if (tagKey === undefined) {
    tagKey = createSecretKey(derive(key.master, `tag/${purpose}`));
    key.tagKeys.set(purpose, tagKey);
  }
  return `${key.id}.${createHmac('sha256', tagKey).update(text).digest('hex')}`;
}

/** The ring of some master keys (32 bytes each). The first one seals and tags; all of them open. */
export function createKeyRing(masters: readonly Buffer[]): LiveKeyRing {
  const keys = new Map(masters.map(masterKey).map((key) => [key.id, key]));
  const [first] = keys.values();
  if (first === undefined) throw new Error('a key ring needs a key');
  let current = first;
  const find = (id: string) => keys.get(id);
  const open = (text: string) => new Secret(text);
  return {
    get keyId() {
      return current.id;
    },
    get keyIds() {
      return [...keys.keys()];
    },
    seal: (text, place) => sealWith(current, typeof text === 'string' ? text : text.reveal(), place),
    unseal: (sealed, place) => open(unsealWith(find, sealed, place)),
    sealMany(home, rows) {
      const { head, bodies } = sealManyWith(current, home, rows);
      return bodies.map((body) => head + body);
    },
    sealTogether: (home, rows) => sealManyWith(current, home, rows),
    unsealMany: (home, rows) => unsealManyWith(find, home, rows).map(open),
    tag: (purpose, text) => tagWith(current, purpose, text),
    tags: (purpose, text) =>
      [current, ...[...keys.values()].filter((key) => key !== current)].map((key) => tagWith(key, purpose, text)),
    add(master) {
      const key = masterKey(master);
      if (!keys.has(key.id)) keys.set(key.id, key);
      return key.id;
    },
    sealWith(keyId) {
      const key = keys.get(keyId);
      if (key === undefined) throw new Error('this key is not in the ring');
      current = key;
    },
    forget(keyId) {
      if (keyId === current.id) throw new Error('the key that seals cannot be forgotten');
      keys.delete(keyId);
    },
    masterOf: (keyId) => keys.get(keyId)?.master ?? null,
  };
}

/** One plain sentence for whoever started us for the first time. */
export function backUpNotice(file: string): string {
  return `New key file ${file}: back it up, apart from the database. Without it the stored passwords cannot be opened again.`;
}

function opened(masters: readonly Buffer[], source: KeySource, created: boolean): OpenedKeyRing {
  return Object.assign(createKeyRing(masters), { source, created });
}

/**
 * Reads the keys; makes the key file (mode 0600) when it is missing, unless `create` is false.
 * @throws StoreError KEY_MISSING, KEY_FILE_MODE, KEY_INVALID, KEY_FILE_UNREADABLE, KEY_COMMAND_FAILED
 */
export async function openKeyRing(
  source: KeySource,
  options: { readonly create?: boolean } = {},
): Promise<OpenedKeyRing> {
  const { content, created } = await readKeys(source, options.create ?? true);
  return opened(parseKeys(source, content), source, created);
}

const CANARY: Place = { tenant: '', table: 'installation', row: '1', column: 'key_canary' };

/**
 * Compares the ring with the database; the first ring ever is remembered. The key that the database says is in force seals.
 * @throws StoreError KEY_WRONG, and nothing is changed.
 */
export async function checkCanary(
  database: Database,
  ring: LiveKeyRing & { readonly source?: KeySource },
): Promise<void> {
  const { sql } = database;
  await sql`insert into installation (id, key_canary_sealed) values (1, ${ring.seal('provender', CANARY)}) on conflict do nothing`;
  const [row] = await sql<{ sealed: string }[]>`select key_canary_sealed as sealed from installation where id = 1`;
  const sealed = row?.sealed ?? '';
  try {
    ring.unseal(sealed, CANARY);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    const where = ring.source === undefined ? 'The key in use' : sourceName(ring.source);
    const [rotated] = await sql<{ at: Date }[]>`
      select done_at as at from key_rotations where new_key_id = ${keyIdOf(sealed) ?? ''} and old_key_id in ${sql(ring.keyIds)}`;
    throw new StoreError(
      'KEY_WRONG',
      rotated === undefined
        ? `${where} is not the one that this database was sealed with. Put the right one back from your backup, or name it with PROVENDER_KEY_FILE. Nothing was changed.`
        : `${where} holds the key that was retired on ${rotated.at.toISOString().slice(0, 10)} (provender keys rotate). Copy the new one from a machine that runs, or from your backup. Nothing was changed.`,
    );
  }
  ring.sealWith(keyIdOf(sealed) ?? ring.keyId);
}

/** Seals the canary with the key in force: the last step of a rotation. */
export function sealCanary(ring: KeyRing): string {
  return ring.seal('provender', CANARY);
}

/** Opens the keys that belong to this database: a file is made only while the database has none. What programs call at start. */
export async function openInstallationKeys(database: Database, source: KeySource): Promise<OpenedKeyRing> {
  const known = await database.sql`select 1 from installation where id = 1`;
  const ring = await openKeyRing(source, { create: known.length === 0 });
  await checkCanary(database, ring);
  return ring;
}

/** Makes the file of the ring hold exactly these keys; other sources are the operator's. False: it could not be written. */
export function keepRing(ring: OpenedKeyRing, keyIds: readonly string[]): boolean {
  const masters = keyIds.flatMap((id) => ring.masterOf(id) ?? []);
  return 'file' in ring.source ? keepKeys(ring.source.file, masters) : true;
}
