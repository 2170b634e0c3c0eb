// Jobs of imports through the API: the real queue and a worker of its own, waiting, cancelling, watching.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGuard } from '../../fetchers/guard.ts';
import { fenceBatch, JobLost, reportProgress, takeJob } from '../../src/store/import-jobs.ts';
import { openQueue } from '../../src/sync/queue.ts';
import { startWorker } from '../../src/sync/worker.ts';
import { type IntakeApi, openIntakeApi } from '../help/api-client.ts';
import { silent } from '../help/harvest.ts';

let api: IntakeApi;
let workers: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  api = await openIntakeApi({ doesImports: false });
});
afterAll(async () => {
  await stopWorkers();
  await api.close();
});

async function work(): Promise<void> {
  const { database, ring } = api;
  const queue = await openQueue(database.url, 'work', silent);
  workers.push(
    await startWorker({
      database,
      ring,
      feed: api.feed,
      queue,
      guard: createGuard({ mode: 'local' }),
      activityRetentionDays: 90,
      log: silent,
    }),
  );
}

async function stopWorkers(): Promise<void> {
  for (const worker of workers) await worker.stop();
  workers = [];
}

const post = (id: string, verb: string, body?: unknown) => api.call('POST', `/imports/${id}/${verb}`, body);
const read = async (id: string) => (await api.call('GET', `/imports/${id}`)).body;
const csvOf = (count: number, first = 0) =>
  `sip_user_id,mac\n${Array.from({ length: count }, (_, n) => `${first + n},${(0x00005e000000 + first + n).toString(16).padStart(12, '0')}`).join('\n')}\n`;
const countUsers = async (pbxId: string) =>
  (await api.database.sql`select count(*)::int as users from users where pbx_id = ${pbxId}`)[0]?.users;

interface Progress {
  readonly settled: boolean;
  readonly state: string;
  readonly progressCount: number;
  readonly rowCount: number;
}

/** The events of a stream until it ends. */
async function follow(id: string, headers: Record<string, string> = {}): Promise<Progress[]> {
  const answer = await api.call('GET', `/imports/${id}/stream`, undefined, headers);
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  return [...answer.text.matchAll(/^event: progress\ndata: (.*)$/gm)].map((match) => JSON.parse(match[1] ?? ''));
}

describe('a job', () => {
  it('waits for a worker, and is followed live to its end', async () => {
    const pbxId = await api.addPbx();
    const id = await api.upload(csvOf(5000), pbxId);
    expect((await post(id, 'validate')).status).toBe(202);
    expect(await read(id)).toMatchObject({ state: 'checking', job: 'check', progressCount: 0 });
    expect((await post(id, 'submit')).body.code).toBe('import-state');
    expect((await post(id, 'validate')).status).toBe(202);
    const events = follow(id);
    await work();
    const seen = await events;
    expect(seen.at(0)).toMatchObject({ settled: false, state: 'checking', rowCount: 5000 });
    expect(seen.at(-1)).toMatchObject({ settled: true, state: 'ready', progressCount: 5000, createdCount: 5000 });
    const counts = seen.map((event) => event.progressCount);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    // A stream that is opened again tells the present state, and ends.
    expect(await follow(id, { 'Last-Event-ID': '1-1-0' })).toMatchObject([{ settled: true, state: 'ready' }]);

    expect((await post(id, 'submit')).status).toBe(202);
    expect((await follow(id)).at(-1)).toMatchObject({ settled: true, state: 'done', createdCount: 5000 });
    expect(await countUsers(pbxId)).toBe(5000);
    expect((await post(id, 'undo')).status).toBe(202);
    expect((await follow(id)).at(-1)).toMatchObject({ settled: true, state: 'undone', undoneCount: 5000 });
    expect(await countUsers(pbxId)).toBe(0);
    await stopWorkers();
  });

  it('is cancelled before a worker has begun it', async () => {
    const pbxId = await api.addPbx();
    const id = await api.upload(csvOf(3), pbxId);
    expect((await post(id, 'cancel')).body.code).toBe('import-state');
    await post(id, 'submit');
    expect((await post(id, 'cancel')).body).toMatchObject({ state: 'cancelled', job: null, createdCount: 0 });
    expect((await post(id, 'cancel')).status).toBe(200);
    await work();
    // Submitted again it is done.
    await post(id, 'submit');
    expect((await follow(id)).at(-1)).toMatchObject({ state: 'done', createdCount: 3 });
    await stopWorkers();
  });
});

describe('a cancel while a worker is at it', () => {
  it('leaves nothing of an all-or-nothing submit', async () => {
    const pbxId = await api.addPbx();
    const id = await api.upload(csvOf(20_000), pbxId);
    await work();
    await post(id, 'submit');
    await underWay(id);
    expect((await post(id, 'cancel')).body).toMatchObject({ state: 'cancelled', createdCount: 0, submittedAt: null });
    expect(await countUsers(pbxId)).toBe(0);
    await stopWorkers();
    expect(await countUsers(pbxId)).toBe(0);
    expect(await read(id)).toMatchObject({ state: 'cancelled', job: null });
    const [entry] = (await api.call('GET', `/activity?importId=${id}`)).body.items;
    expect(entry.sentence).toContain('no user was created or changed');
  });

  it('keeps what a partial submit has done, says how much, and lets it be undone', async () => {
    const pbxId = await api.addPbx();
    const id = await api.upload(csvOf(20_000), pbxId);
    await work();
    await post(id, 'submit', { partial: true });
    await underWay(id);
    const { body } = await post(id, 'cancel');
    expect(body.state).toBe('cancelled');
    expect(body.createdCount).toBeGreaterThan(0);
    expect(body.createdCount).toBeLessThan(20_000);
    expect(body.progressCount).toBe(body.createdCount);
    await stopWorkers();
    expect(await countUsers(pbxId)).toBe(body.createdCount);
    const [entry] = (await api.call('GET', `/activity?importId=${id}`)).body.items;
    expect(entry.sentence).toContain(`cancelled after ${body.createdCount} of 20000 rows`);
    const text = (await api.call('GET', `/imports/${id}/result`)).text;
    expect(text.match(/^\d+,created,/gm)).toHaveLength(body.createdCount);
    expect(text.match(/^\d+,not done,/gm)).toHaveLength(20_000 - body.createdCount);
    await work();
    await post(id, 'undo');
    expect((await follow(id)).at(-1)).toMatchObject({ state: 'undone', undoneCount: body.createdCount });
    expect(await countUsers(pbxId)).toBe(0);
    await stopWorkers();
  });

  async function underWay(id: string): Promise<void> {
    for (;;) {
      const seen = await read(id);
      if (seen.job === null) throw new Error('it was done before it could be cancelled');
      if (seen.progressCount >= 1000) return;
    }
  }
});

describe('a program that was taken for dead', () => {
  it('writes nothing once another one has taken the job up', async () => {
    const pbxId = await api.addPbx();
    const id = await api.upload(csvOf(3), pbxId);
    await post(id, 'submit');
    const late = await takeJob(api.database, id);
    const now = await takeJob(api.database, id);
    if (late === null || now === null) throw new Error('there is a job to take');
    expect(await reportProgress(api.database, late, 1)).toBe(false);
    await expect(api.database.db.transaction((tx) => fenceBatch(tx, late, 1))).rejects.toThrow(JobLost);
    await api.database.db.transaction((tx) => fenceBatch(tx, now, 2));
    expect((await read(id)).progressCount).toBe(2);
    await post(id, 'cancel');
    expect(await reportProgress(api.database, now, 3)).toBe(false);
    expect(await takeJob(api.database, id)).toBeNull();
  });
});
