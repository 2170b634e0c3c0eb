// The queues: at most one slice per PBX, one job per import and one worker for the files of a PBX is queued or active, on
// any number of machines.
// Knows neither users nor rows.
import { PgBoss } from 'pg-boss';
import type { Secret } from '../../fetchers/secret.ts';
import type { Logger } from '../log.ts';
import { databaseAccess } from '../store/database-tls.ts';

const QUEUE = 'slices';
const IMPORTS = 'imports';
const FILES = 'files';
/** pg-boss's least. A worker that died is noticed after this. */
const HEARTBEAT_SECONDS = 10;
/** Slices side by side in one worker; the fetches of all of them go through one gate. */
const SLICES_AT_ONCE = 16;
/** Imports side by side in one worker: they take its processor from the slices. */
const IMPORTS_AT_ONCE = 2;
/** PBXs whose files are gone through side by side in one worker: each takes the memory of a zip. */
const FILES_AT_ONCE = 2;
/** How often a queue is looked at, told of jobs or not. */
const LOOKS = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 2 };

export const QUEUE_PRIORITY = { schedule: 0, changed: 5, person: 10 } as const;

export interface SliceQueue {
  /** Asks for a slice of this PBX. Idempotent: a queued one is raised to the priority, an active one goes on. */
  enqueue(pbxId: string, priority: number): Promise<void>;
  /**
   * Runs slices until stopped. `isDueAgain` is asked after each: a PBX with due users goes behind the others.
   * @param idle told to the handler: true while this worker has a free place, so that nobody waits for it
   */
  work(
    handler: (pbxId: string, idle: () => boolean) => Promise<void>,
    isDueAgain: (pbxId: string) => Promise<boolean>,
  ): Promise<void>;
  /** Asks for the job of this import. Idempotent. */
  enqueueImport(importId: string): Promise<void>;
  /** Does jobs of imports until stopped. A handler that throws leaves its job to be asked for again. */
  workImports(handler: (importId: string) => Promise<void>): Promise<void>;
  /** Asks for somebody to go through the files that were handed over for this PBX. Idempotent. */
  enqueueFiles(pbxId: string): Promise<void>;
  /** Goes through files until stopped; as workImports. */
  workFiles(handler: (pbxId: string) => Promise<void>): Promise<void>;
  /** Waits for running slices, imports and files (they end early when their signal is aborted). */
  stop(): Promise<void>;
}

/** @param role `ask` only enqueues; `work` also repairs jobs of workers that died */
export async function openQueue(url: Secret, role: 'ask' | 'work', log: Logger): Promise<SliceQueue> {
  const { address, ssl } = databaseAccess(url.reveal());
  const boss = new PgBoss({
    connectionString: address,
    ssl,
    application_name: 'provender queue',
    max: 4,
    schedule: false,
    supervise: role === 'work',
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
    useListenNotify: role === 'work',
    reindex: false,
    persistWarnings: false,
  });
  boss.on('error', (error: unknown) => log.warn({ err: error }, 'the queue lost the database for a moment'));
  await boss.start();
  for (const [name, expireInSeconds] of [
    [QUEUE, 120],
    [IMPORTS, 12 * 3600],
    [FILES, 12 * 3600],
  ] as const) {
    await boss.createQueue(name, {
      policy: 'exclusive',
      notify: true,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      expireInSeconds,
      retryLimit: 0,
      retentionSeconds: 3600,
      deleteAfterSeconds: 60,
    });
  }

  let active = 0;
  const enqueue = async (pbxId: string, priority: number) => {
    const sent = await boss.send(QUEUE, { pbxId }, { singletonKey: pbxId, priority });
    if (sent === null && priority > 0) await boss.update(QUEUE, undefined, { singletonKey: pbxId, priority });
  };

  /** Jobs that the metronome sends again as long as there is something to do: one that breaks off is only told of. */
  const workEach = <Data extends object>(
    name: string,
    localConcurrency: number,
    whatBroke: string,
    handler: (data: Data) => Promise<void>,
  ) =>
    boss.work<Data>(name, { localConcurrency, ...LOOKS }, async ([job]) => {
      if (job === undefined) return;
      const of: object = job.data;
      await handler(job.data).catch((error: unknown) => log.error({ err: error, ...of }, whatBroke));
    });

  return {
    enqueue,
    async work(handler, isDueAgain) {
      await boss.work<{ pbxId: string }>(QUEUE, { localConcurrency: SLICES_AT_ONCE, ...LOOKS }, async ([job]) => {
        if (job === undefined) return;
        const { pbxId } = job.data;
        active += 1;
        try {
          await handler(pbxId, () => active < SLICES_AT_ONCE);
        } catch (error) {
          // The metronome sends the PBX again: its unfinished users are still due.
          log.error({ err: error, pbx: pbxId }, 'a slice broke off');
        } finally {
          active -= 1;
        }
        // Under `exclusive` a send with the key of an active job is refused: end this one first.
        await boss.complete(QUEUE, job.id);
        if (await isDueAgain(pbxId)) await enqueue(pbxId, QUEUE_PRIORITY.schedule);
      });
    },
    async enqueueImport(importId) {
      await boss.send(IMPORTS, { importId }, { singletonKey: importId });
    },
    async workImports(handler) {
      await workEach<{ importId: string }>(IMPORTS, IMPORTS_AT_ONCE, 'the job of an import broke off', (data) =>
        handler(data.importId),
      );
    },
    async enqueueFiles(pbxId) {
      await boss.send(FILES, { pbxId }, { singletonKey: pbxId });
    },
    async workFiles(handler) {
      await workEach<{ pbxId: string }>(FILES, FILES_AT_ONCE, 'going through the files of a PBX broke off', (data) =>
        handler(data.pbxId),
      );
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: 25_000 });
    },
  };
}
