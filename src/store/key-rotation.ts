// `provender keys rotate`: a new key, everything sealed anew with it while programs run, and then the old key retired.
// Where it is stands in the database: killed at any point, it goes on with the next call. Steps:
//   announced  every running process learns the new key; all seal with the old one still
//   sealing    all seal with the new one; what is sealed with the old one is sealed anew, batch by batch, until none is left
//   done       the old key is not needed any more
import { eq, sql } from 'drizzle-orm';
import type postgres from 'postgres';
import { v7 as uuidv7 } from 'uuid';
import { type AuditActor, appendAudit } from './audit.ts';
import type { Database } from './database.ts';
import { jsonText } from './json-text.ts';
import { handOver } from './key-handover.ts';
import { HOLDER_DEAD_SECONDS, HOLDER_PROOF, proofText } from './key-holder.ts';
import { keepRing, type OpenedKeyRing, SealError, sameTag, sealCanary } from './key-ring.ts';
import { newKey, sourceName } from './key-source.ts';
import { linesTags } from './lines-tags.ts';
import { installation, keyRotations } from './schema.ts';
import { homeOf, SEALED_COLUMNS, type SealedColumn, type SealedRow, selectionOf } from './sealed-columns.ts';
import { StoreError } from './store-error.ts';

export interface RotationOptions {
  readonly by: AuditActor;
  /** Progress for people, a line each. */
  readonly say: (line: string) => void;
  /**
   * How long a process may hold a value between sealing and writing it: only after this time without the old key being
   * used is it retired. A slice seals right before it writes; a minute is more than an import's batch takes.
   */
  readonly settleMs?: number;
  /** How long to wait for processes that do not answer. */
  readonly patienceMs?: number;
  readonly batch?: number;
}

interface Rotation {
  readonly id: string;
  readonly oldKeyId: string;
  readonly newKeyId: string;
  readonly phase: 'announced' | 'sealing' | 'done';
}

export interface RotationResult {
  readonly oldKeyId: string;
  readonly newKeyId: string;
  /** Values that were sealed anew by this call. */
  readonly resealed: number;
  /** Processes that know the new key and could not write it to their key file. */
  readonly notKept: readonly string[];
}

/** One rotation at a time; a number of no meaning. */
const ROTATION_LOCK = 7_264_002;
const LOOK_MS = 250;
const DEFAULTS = { settleMs: 60_000, patienceMs: 300_000, batch: 200 };

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** @throws StoreError KEY_ROTATING, KEY_MISSING, KEY_FILE_UNREADABLE, SEALED_BROKEN: said to the operator, who may call again */
export async function rotateKeys(
  database: Database,
  ring: OpenedKeyRing,
  options: RotationOptions,
): Promise<RotationResult> {
  const lock = await database.sql.reserve();
  try {
    const [got] = await lock<{ ok: boolean }[]>`select pg_try_advisory_lock(${ROTATION_LOCK}) as ok`;
    if (got?.ok !== true) throw new StoreError('KEY_ROTATING', 'Another provender keys rotate is running.');
    return await new Run(database, ring, { ...DEFAULTS, ...options }).run();
  } finally {
    await lock`select pg_advisory_unlock(${ROTATION_LOCK})`.catch(() => undefined);
    lock.release();
  }
}

class Run {
  readonly #database: Database;
  readonly #sql: postgres.Sql;
  readonly #ring: OpenedKeyRing;
  readonly #options: RotationOptions & typeof DEFAULTS;

  constructor(database: Database, ring: OpenedKeyRing, options: RotationOptions & typeof DEFAULTS) {
    this.#database = database;
    this.#sql = database.sql;
    this.#ring = ring;
    this.#options = options;
  }

  async run(): Promise<RotationResult> {
    const { say } = this.#options;
    const ring = this.#ring;
    const rotation = (await this.#openRotation()) ?? (await this.#announce());
    const { oldKeyId, newKeyId } = rotation;
    for (const keyId of [oldKeyId, newKeyId])
      if (!ring.keyIds.includes(keyId))
        throw new StoreError(
          'KEY_MISSING',
          `A rotation from key ${oldKeyId} to ${newKeyId} is under way, and needs both. ${sourceName(ring.source)} lacks ${keyId}: call it where the rotation was begun, or give it both keys.`,
        );
    if (rotation.phase === 'announced') {
      await this.#waitForHolders(rotation, 'know the new key', (holder) => holder.key_ids.includes(newKeyId));
      await this.#beginSealing(rotation);
    }
    ring.sealWith(newKeyId);
    await this.#waitUntilAllSeal(rotation);
    const quietSince = new Date();
    let resealed = 0;
    // The first pass does the work; what was sealed with the old key just before the switch may be written after it.
    let copiedSince = quietSince;
    for (let settled = false; ; ) {
      const found = await this.#pass(oldKeyId);
      // A transaction that is older may have copied what this pass sealed anew: a submit does, from rows to users.
      if (found > 0) copiedSince = new Date();
      resealed += found;
      say(`${resealed} values sealed anew`);
      if (found === 0 && settled) break;
      // Also those that started meanwhile.
      await this.#waitUntilAllSeal(rotation);
      settled = await this.#settle(quietSince, copiedSince);
    }
    await this.#retire(rotation);
    ring.forget(oldKeyId);
    const kept = keepRing(ring, ring.keyIds);
    const holders = await this.#holders();
    const notKept = holders.filter((holder) => !holder.kept).map((holder) => holder.name);
    return { oldKeyId, newKeyId, resealed, notKept: kept ? notKept : ['this program', ...notKept] };
  }

  #waitUntilAllSeal(rotation: Rotation): Promise<void> {
    const what = 'seal with the new key';
    return this.#waitForHolders(rotation, what, (holder) => holder.seals_with === rotation.newKeyId);
  }

  async #openRotation(): Promise<Rotation | null> {
    const [row] = await this.#sql<Rotation[]>`
      select id, old_key_id as "oldKeyId", new_key_id as "newKeyId", phase from key_rotations where phase <> 'done'`;
    return row ?? null;
  }

  /** The new key is safe on disk before anybody hears of it. */
  async #announce(): Promise<Rotation> {
    const ring = this.#ring;
    const newKeyId = await this.#newKey();
    const rotation: Rotation = { id: uuidv7(), oldKeyId: ring.keyId, newKeyId, phase: 'announced' };
    await this.#database.db.transaction(async (tx) => {
      await appendAudit(tx, this.#entry('keys.rotate', rotation));
      const { id, oldKeyId } = rotation;
      await tx.insert(keyRotations).values({ id, oldKeyId, newKeyId });
    });
    this.#options.say(`New key ${newKeyId}; the old one is ${ring.keyId}`);
    return rotation;
  }

  /** One that the source holds and that was never in force, such as that of a call that was killed; or a new one. */
  async #newKey(): Promise<string> {
    const ring = this.#ring;
    const used = await this.#sql<{ id: string }[]>`
      select old_key_id as id from key_rotations union select new_key_id from key_rotations`;
    const known = new Set([ring.keyId, ...used.map(({ id }) => id)]);
    const waiting = ring.keyIds.find((id) => !known.has(id));
    if (waiting !== undefined) return waiting;
    if (!('file' in ring.source))
      throw new StoreError(
        'KEY_MISSING',
        `${sourceName(ring.source)} holds no new key. Make one (provender keys new), add it there beside the old one, for this call only or for all programs, and call again.`,
      );
    const id = ring.add(newKey());
    if (!keepRing(ring, ring.keyIds))
      throw new StoreError(
        'KEY_FILE_UNREADABLE',
        `The key file ${ring.source.file} cannot be written. Call provender keys rotate as the user that owns it and its folder. Nothing was changed.`,
      );
    return id;
  }

  #entry(action: string, { oldKeyId, newKeyId }: Rotation) {
    return {
      actor: this.#options.by,
      action,
      object: { type: 'keys', id: newKeyId },
      tenantId: null,
      before: { keyId: oldKeyId },
      after: { keyId: newKeyId },
    };
  }

  async #holders(): Promise<Holder[]> {
    return this.#sql<Holder[]>`
      select id, name, public_key, proof, key_ids, seals_with, handed_over, kept from key_holders
      where seen_at > clock_timestamp() - ${HOLDER_DEAD_SECONDS} * interval '1 second' order by id`;
  }

  /** Hands the new key to those that lack it, and waits until all that live are as they shall be. */
  async #waitForHolders(rotation: Rotation, what: string, ready: (holder: Holder) => boolean): Promise<void> {
    const { say, patienceMs } = this.#options;
    const until = Date.now() + patienceMs;
    let said = '';
    for (;;) {
      const behind = (await this.#holders()).filter((holder) => !ready(holder));
      if (behind.length === 0) return;
      for (const holder of behind) await this.#give(rotation, holder);
      const names = behind.map((holder) => holder.name).join(', ');
      if (names !== said) say(`waiting for those that do not ${what} yet: ${names}`);
      said = names;
      if (Date.now() > until)
        throw new StoreError(
          'KEY_ROTATING',
          `These do not ${what} after ${Math.round(patienceMs / 1000)} s: ${names}. Start or stop them, and call provender keys rotate again: it goes on from here.`,
        );
      await pause(LOOK_MS);
    }
  }

  async #give({ newKeyId }: Rotation, holder: Holder): Promise<void> {
    if (holder.key_ids.includes(newKeyId) || holder.handed_over !== null) return;
    const proofs = this.#ring.tags(HOLDER_PROOF, proofText(holder.id, holder.public_key));
    const master = this.#ring.masterOf(newKeyId);
    if (master === null || !proofs.some((proof) => sameTag(proof, holder.proof))) return;
    const sealed = handOver(holder.id, holder.public_key, master);
    await this.#sql`update key_holders set handed_over = ${sealed} where id = ${holder.id} and handed_over is null`;
  }

  /** A process that registers now either was asked, or sees that it must know the new key before it goes on. */
  async #beginSealing({ id, newKeyId }: Rotation): Promise<void> {
    await this.#sql.begin(async (tx) => {
      await tx`lock table key_holders in share mode`;
      const behind = await tx`
        select 1 from key_holders where not ${newKeyId} = any(key_ids)
          and seen_at > clock_timestamp() - ${HOLDER_DEAD_SECONDS} * interval '1 second'`;
      if (behind.length > 0) throw new StoreError('KEY_ROTATING', 'A program started just now. Call it again.');
      await tx`update key_rotations set phase = 'sealing', sealing_at = clock_timestamp() where id = ${id}`;
    });
  }

  /** Every value that the old key seals, once. @returns how many there were */
  async #pass(oldKeyId: string): Promise<number> {
    let found = await this.#retagLines(oldKeyId);
    for (const column of SEALED_COLUMNS)
      if (column.table !== 'installation') found += await this.#resealColumn(column, oldKeyId);
    return found;
  }

  async #resealColumn(column: SealedColumn, oldKeyId: string): Promise<number> {
    const { table, key } = column;
    const { batch } = this.#options;
    const keys = key.map(([name]) => `t.${name}`).join(', ');
    const beyond = key.map(([, type], n) => `$${n + 4}::text::${type}`).join(', ');
    const query = `select ${selectionOf(column)} from ${table} t
      where (t.${column.column}_sealed like $1 or t.${column.column}_sealed like $2)`;
    let after: string[] | null = null;
    for (let total = 0; ; ) {
      const from: string[] | null = after;
      const rows: KeyedRow[] = await this.#sql.begin(async (tx) => {
        // Locked rows are being written; the next pass finds them, if they are still sealed with the old key.
        const page = await tx.unsafe<KeyedRow[]>(
          `${query} ${from === null ? '' : `and (${keys}) > (${beyond})`}
           order by ${keys} limit $3 for no key update of t skip locked`,
          [`v1.${oldKeyId}.%`, `v2.${oldKeyId}.%`, batch, ...(from ?? [])],
        );
        if (page.length > 0) await this.#reseal(tx, column, page);
        return page;
      });
      const last = rows.at(-1);
      if (last === undefined) return total;
      total += rows.length;
      after = key.map((_, n) => last[`k${n}`] ?? '');
    }
  }

  /** As they were sealed: one by one, or many under one data key. */
  async #reseal(tx: postgres.TransactionSql, column: SealedColumn, page: readonly KeyedRow[]): Promise<void> {
    const groups = Map.groupBy(page, ({ tenant, sealed }) => `${sealed.slice(0, 2)} ${tenant}`);
    const values: Record<string, string>[] = [];
    for (const rows of groups.values()) {
      const home = homeOf(column, rows[0]?.tenant ?? '');
      const texts = this.#open(column, home, rows);
      const sealed = rows[0]?.sealed.startsWith('v2.')
        ? this.#ring.sealMany(home, texts)
        : texts.map(({ row, text }) => this.#ring.seal(text, { ...home, row }));
      rows.forEach(({ row: _, tenant: __, sealed: ___, ...keys }, n) => {
        values.push({ ...keys, sealed: sealed[n] ?? '' });
      });
    }
    const { table, key } = column;
    const match = key.map(([name, type], n) => `t.${name} = r.k${n}::${type}`).join(' and ');
    await tx.unsafe(
      `update ${table} t set ${column.column}_sealed = r.sealed
       from json_to_recordset($1::json) as r(sealed text, ${key.map((_, n) => `k${n} text`).join(', ')}) where ${match}`,
      [jsonText(values)],
    );
  }

  #open(column: SealedColumn, home: ReturnType<typeof homeOf>, rows: readonly KeyedRow[]) {
    try {
      const texts = this.#ring.unsealMany(home, rows);
      return rows.map(({ row }, n) => ({ row, text: texts[n]?.reveal() ?? '' }));
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      throw new StoreError(
        'SEALED_BROKEN',
        `${error.message} It cannot be sealed anew, so that ${column.table} keeps the old key in use. Run provender check, mend or empty what it names, and call provender keys rotate again: it goes on from here.`,
      );
    }
  }

  /** Tags by which unchanged files and equal accounts are known: made anew from what was harvested. */
  async #retagLines(oldKeyId: string): Promise<number> {
    const { batch } = this.#options;
    const old = `${oldKeyId}.%`;
    for (let total = 0, after = '00000000-0000-0000-0000-000000000000'; ; ) {
      const rows = await this.#sql<TaggedRow[]>`
        select u.id, u.tenant_id, u.content_tag, u.aor_tag, h.version, h.content_sealed
        from users u left join harvested_lines h on h.user_id = u.id and h.version = u.lines_version
        where u.id > ${after} and (u.content_tag like ${old} or u.aor_tag like ${old}) order by u.id limit ${batch}`;
      const last = rows.at(-1);
      if (last === undefined) return total;
      const values = rows.map((row) => ({ id: row.id, before: row.content_tag, ...this.#tagsOf(row) }));
      await this.#sql`
        update users u set content_tag = r.content, aor_tag = r.aor
        from json_to_recordset(${jsonText(values)}::json) as r(id uuid, before text, content text, aor text)
        where u.id = r.id and u.content_tag is not distinct from r.before`;
      total += rows.length;
      after = last.id;
    }
  }

  /** Null where nothing is stored: the next fetch compares in full. */
  #tagsOf(row: TaggedRow): { readonly content: string | null; readonly aor: string | null } {
    if (row.content_sealed === null) return { content: null, aor: null };
    const place = {
      tenant: row.tenant_id,
      table: 'harvested_lines',
      row: `${row.id}.${row.version}`,
      column: 'content',
    };
    return linesTags(this.#ring, this.#ring.unseal(row.content_sealed, place).reveal());
  }

  /** True: nothing that was sealed before the switch can still be written. @param copied older transactions may do so too */
  async #settle(since: Date, copied: Date): Promise<boolean> {
    const { settleMs, say } = this.#options;
    const left = since.getTime() + settleMs - Date.now();
    if (left > 1000) say(`waiting ${Math.ceil(left / 1000)} s for values that were sealed before the change`);
    if (left > 0) await pause(left);
    const [old] = await this.#sql<{ n: number }[]>`
      select count(*)::int as n from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and xact_start < ${copied}`;
    if ((old?.n ?? 0) > 0) await pause(LOOK_MS);
    return old?.n === 0;
  }

  async #retire(rotation: Rotation): Promise<void> {
    await this.#database.db.transaction(async (tx) => {
      await tx.update(installation).set({ keyCanarySealed: sealCanary(this.#ring) });
      await tx
        .update(keyRotations)
        .set({ phase: 'done', doneAt: sql`clock_timestamp()` })
        .where(eq(keyRotations.id, rotation.id));
      await appendAudit(tx, this.#entry('keys.retire', rotation));
    });
  }
}

interface Holder {
  readonly id: string;
  readonly name: string;
  readonly public_key: string;
  readonly proof: string;
  readonly key_ids: readonly string[];
  readonly seals_with: string;
  readonly handed_over: string | null;
  readonly kept: boolean;
}

type KeyedRow = SealedRow & { readonly [part: `k${number}`]: string };

interface TaggedRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly content_tag: string | null;
  readonly aor_tag: string | null;
  readonly version: number | null;
  readonly content_sealed: string | null;
}
