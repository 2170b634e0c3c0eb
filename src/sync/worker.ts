// A worker: takes slices, jobs of imports and uploaded files from the queues, sends what webhooks are told, and ticks. Holds what lives as long as the process: connections, the gate.
import type { Fetch } from '../../fetchers/fetcher.ts';
import type { Guard } from '../../fetchers/guard.ts';
import { createHttpFetcher, type HttpFetcher } from '../../fetchers/http.ts';
import type { FetchLimits } from '../../fetchers/limits.ts';
import { doImportJob } from '../intake/import-worker.ts';
import { makePseudoMac } from '../intake/pseudo-mac.ts';
import type { Logger } from '../log.ts';
import type { Mailer } from '../mail/mailer.ts';
import { startNotices } from '../mail/notices.ts';
import type { Database } from '../store/database.ts';
import type { FeedSignal } from '../store/feed-signal.ts';
import type { KeyRing } from '../store/key-ring.ts';
import { findDuePbxs, type SlicePbx } from '../store/slices.ts';
import { startCourier } from '../webhooks/courier.ts';
import { doFileRuns } from './files-worker.ts';
import type { SliceQueue } from './queue.ts';
import { startMetronome } from './schedule.ts';
import { type Gate, runSlice } from './slice.ts';

/** Fetches in flight of one worker. */
export const FETCHES_AT_ONCE = 50;
/** Connections of a PBX that nobody asked for this long are closed. */
const IDLE_MS = 5 * 60_000;

export interface WorkerOptions {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly feed: FeedSignal;
  readonly queue: SliceQueue;
  readonly guard: Guard;
  readonly activityRetentionDays: number;
  readonly log: Logger;
  /** Null or absent: no SMTP is set, and nobody is mailed. */
  readonly mailer?: Mailer | null;
  /** Of one exchange; those of the fetcher unless said. */
  readonly fetchLimits?: Partial<FetchLimits>;
  /** Retry delays are multiplied by it, default 1: for a rehearsal that shall not take hours. Retry-After is not. */
  readonly retryScale?: number;
}

export interface Worker {
  /** Lets running fetches go, writes what is finished, gives back the rest. */
  stop(): Promise<void>;
}

export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { database, ring, feed, queue, log } = options;
  const stopping = new AbortController();
  const fetchers = new FetcherPool(options.guard, options.fetchLimits ?? {});
  const gate = createGate(FETCHES_AT_ONCE);
  const metronome = startMetronome({
    database,
    ring,
    queue,
    feed,
    log,
    activityRetentionDays: options.activityRetentionDays,
  });

  await queue.work(
    (pbxId, idle) =>
      runSlice(pbxId, {
        database,
        ring,
        feed,
        gate,
        fetchFor: (pbx) => fetchers.for(pbx),
        mayStay: idle,
        signal: stopping.signal,
        now: Date.now,
        random: Math.random,
        retryScale: options.retryScale,
      }),
    async (pbxId) => (await findDuePbxs(database, pbxId)).length > 0,
  );
  const importTools = { database, ring, feed, queue, makeMac: makePseudoMac, log, signal: stopping.signal };
  await queue.workImports((importId) => doImportJob(importTools, importId));
  const filesTools = { database, ring, feed, log, signal: stopping.signal };
  await queue.workFiles((pbxId) => doFileRuns(filesTools, pbxId));
  const courier = startCourier({ database, ring, guard: options.guard, log, feed });
  const notices = options.mailer ? startNotices({ database, mailer: options.mailer, log }) : null;
  log.info('worker started');

  return {
    async stop() {
      metronome.stop();
      stopping.abort();
      await courier.stop();
      await notices?.stop();
      await queue.stop();
      fetchers.close();
    },
  };
}

function createGate(places: number): Gate {
  let free = places;
  return {
    tryEnter() {
      if (free === 0) return false;
      free -= 1;
      return true;
    },
    leave() {
      free += 1;
    },
  };
}

/** One warm connection pool per PBX and connection version: a changed certificate or login is used at once. */
class FetcherPool {
  readonly #guard: Guard;
  readonly #limits: Partial<FetchLimits>;
  readonly #open = new Map<string, { version: number; fetcher: HttpFetcher; usedAt: number }>();

  constructor(guard: Guard, limits: Partial<FetchLimits>) {
    this.#guard = guard;
    this.#limits = limits;
  }

  for(pbx: SlicePbx): Fetch {
    const now = Date.now();
    for (const [id, entry] of this.#open) {
      if (id !== pbx.id && now - entry.usedAt > IDLE_MS) this.#drop(id);
    }
    const known = this.#open.get(pbx.id);
    if (known?.version === pbx.connectionVersion) {
      known.usedAt = now;
      return known.fetcher.fetch;
    }
    if (known !== undefined) this.#drop(pbx.id);
    const fetcher = createHttpFetcher({
      guard: this.#guard,
      tls: pbx.tls,
      allowPlainLogin: pbx.allowPlainHttp,
      limits: this.#limits,
      maxSockets: pbx.maxConcurrent,
    });
    this.#open.set(pbx.id, { version: pbx.connectionVersion, fetcher, usedAt: now });
    return fetcher.fetch;
  }

  #drop(id: string): void {
    this.#open.get(id)?.fetcher.close();
    this.#open.delete(id);
  }

  close(): void {
    for (const id of [...this.#open.keys()]) this.#drop(id);
  }
}
