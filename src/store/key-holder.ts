// A running process as a holder of keys: it says which it has, and learns a new one while `provender keys rotate` runs, so
// that nobody needs to restart it. See docs/decisions for the protocol.
import { v7 as uuidv7 } from 'uuid';
import type { Database } from './database.ts';
import { createHandoverPair } from './key-handover.ts';
import { idOfKey, keepRing, type OpenedKeyRing } from './key-ring.ts';
import { parseKeys, readKeys } from './key-source.ts';
import { StoreError } from './store-error.ts';

/** How often it looks. */
const BEAT_MS = 2_000;
/** It tells that it lives at least this often; after HOLDER_DEAD_SECONDS without that nobody waits for it. */
const TELL_MS = 10_000;
export const HOLDER_DEAD_SECONDS = 30;
/** A program that starts in the middle of a rotation waits this long for the new key. */
const FIRST_KEY_MS = 30_000;

/** What a holder proves that it is one with: nobody without a key of the installation is handed the new one. */
export const HOLDER_PROOF = 'key-holder';
export function proofText(id: string, publicKey: string): string {
  return `${id} ${publicKey}`;
}

export interface KeyHolder {
  stop(): Promise<void>;
}

export interface HolderOptions {
  /** Program, host and process id. */
  readonly name: string;
  /** A sentence for the log. */
  readonly tell: (
    severity: 'info' | 'warn' | 'error',
    sentence: string,
    data: Readonly<Record<string, unknown>>,
  ) => void;
  readonly beatMs?: number;
}

interface Seen {
  readonly known: boolean;
  readonly handed_over: string | null;
  readonly phase: 'announced' | 'sealing' | 'done' | null;
  readonly old_key_id: string | null;
  readonly new_key_id: string | null;
}

/** @throws StoreError KEY_ROTATING: the keys are being changed, and this process cannot get the new one */
export async function holdKeys(database: Database, ring: OpenedKeyRing, options: HolderOptions): Promise<KeyHolder> {
  const { sql } = database;
  const { tell, beatMs = BEAT_MS } = options;
  const id = uuidv7();
  const pair = createHandoverPair();
  let kept = true;
  let told = '';
  let toldAt = 0;
  let started = false;

  const register = () => sql`
    insert into key_holders (id, name, public_key, proof, key_ids, seals_with)
    values (${id}, ${options.name}, ${pair.publicKey}, ${ring.tag(HOLDER_PROOF, proofText(id, pair.publicKey))},
      ${ring.keyIds as string[]}, ${ring.keyId})
    on conflict do nothing`;

  async function look(): Promise<Seen | undefined> {
    const [seen] = await sql<Seen[]>`
      select h.id is not null as known, h.handed_over, r.phase, r.old_key_id, r.new_key_id
      from (select) one
      left join key_holders h on h.id = ${id}
      left join (select * from key_rotations order by started_at desc, id desc limit 1) r on true`;
    return seen;
  }

  /** The new key, where this process can find it: handed over, or in the file that the rotation wrote. */
  async function learn(newKeyId: string, handedOver: string | null): Promise<void> {
    const given = handedOver === null ? [] : [pair.open(id, handedOver)];
    const found = given.length > 0 || !('file' in ring.source) ? given : await readOwnFile(ring);
    const key = found.find((candidate) => idOfKey(candidate) === newKeyId);
    if (key === undefined) return;
    ring.add(key);
    kept = keepRing(ring, ring.keyIds);
    tell(
      kept ? 'info' : 'warn',
      kept ? 'learned a new key' : 'learned a new key, and cannot write it to the key file',
      {
        newKeyId,
      },
    );
  }

  function finish(oldKeyId: string, newKeyId: string): void {
    if (!ring.keyIds.includes(oldKeyId)) return;
    if (!ring.keyIds.includes(newKeyId)) {
      if (!started) return;
      tell('error', 'the keys were changed while this process did not answer: give it the new key and start it again', {
        newKeyId,
      });
      return;
    }
    ring.sealWith(newKeyId);
    ring.forget(oldKeyId);
    kept = keepRing(ring, ring.keyIds);
    tell('info', 'the old key is retired', { oldKeyId, newKeyId });
  }

  async function beat(): Promise<void> {
    const seen = await look();
    if (seen === undefined) return;
    if (!seen.known) await register();
    const { phase, old_key_id: oldKeyId, new_key_id: newKeyId } = seen;
    if (phase !== null && oldKeyId !== null && newKeyId !== null) {
      if (phase !== 'done' && !ring.keyIds.includes(newKeyId)) await learn(newKeyId, seen.handed_over);
      if (phase === 'sealing' && ring.keyId !== newKeyId && ring.keyIds.includes(newKeyId)) ring.sealWith(newKeyId);
      if (phase === 'done') finish(oldKeyId, newKeyId);
    }
    const state = JSON.stringify([ring.keyIds, ring.keyId, kept]);
    if (state === told && Date.now() - toldAt < TELL_MS) return;
    await sql`
      update key_holders set key_ids = ${ring.keyIds as string[]}, seals_with = ${ring.keyId}, kept = ${kept},
        seen_at = clock_timestamp(), handed_over = case when ${ring.keyIds.length > 1} then null else handed_over end
      where id = ${id}`;
    told = state;
    toldAt = Date.now();
  }

  await sql`delete from key_holders where seen_at < now() - interval '1 hour'`;
  await register();
  await beat();
  for (const end = Date.now() + FIRST_KEY_MS; await lacksKey(database, ring); ) {
    if (Date.now() > end) {
      await sql`delete from key_holders where id = ${id}`;
      throw new StoreError(
        'KEY_ROTATING',
        'The keys are being changed, and this process lacks the new one. Run provender keys rotate (again) where it was begun, or copy the key file from there, and start anew. Nothing was changed.',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
    await beat();
  }

  started = true;

  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = beat()
      .catch((error: unknown) => tell('warn', 'the keys could not be looked after; trying again', { err: error }))
      .finally(() => {
        busy = false;
      });
  }, beatMs);
  return {
    async stop() {
      clearInterval(timer);
      await running;
      await sql`delete from key_holders where id = ${id}`.catch(() => undefined);
    },
  };
}

/** Also when the change ended a moment ago, after our own keys were read. */
async function lacksKey({ sql }: Database, ring: OpenedKeyRing): Promise<boolean> {
  const rows = await sql`
    select 1 from (select * from key_rotations order by started_at desc, id desc limit 1) r
    where phase in ('sealing', 'done') and old_key_id in ${sql(ring.keyIds)} and new_key_id not in ${sql(ring.keyIds)}`;
  return rows.length > 0;
}

async function readOwnFile({ source }: OpenedKeyRing): Promise<readonly Buffer[]> {
  try {
    return parseKeys(source, (await readKeys(source, false)).content);
  } catch {
    return [];
  }
}
