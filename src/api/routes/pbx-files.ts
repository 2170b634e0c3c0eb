// Handlers of zips of configuration files: taken over, followed, stopped. What is done with them is in src/sync/from-files.ts.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadArchive } from '../../../fetchers/archive.ts';
import { readZip } from '../../../fetchers/zip.ts';
import {
  cancelRun,
  discardZip,
  type FileRun,
  isSettled,
  keepZip,
  leftOf,
  listRuns,
  publishRun,
  readRun,
} from '../../store/file-runs.ts';
import { findPbx, type Pbx } from '../../store/pbxs.ts';
import { type Access, whyMissing } from '../access.ts';
import { API_ROOT } from '../contract/operation.ts';
import type { FileRunView, FilesReport, pbxFilesContract } from '../contract/pbx-files.ts';
import type { Actor, FrameDeps, Handlers } from '../handlers.ts';
import { conflict, notFound, Problem } from '../problem.ts';
import type { Upload } from '../request-body.ts';

const SHOWN_RUNS = 20;
/** Whoever waits for the end looks this often: a row by its key. */
const LOOK_MS = 200;

export function pbxFilesRoutes(deps: FrameDeps): Handlers<typeof pbxFilesContract> {
  const { database, ring, queue, feed } = deps;
  const { db } = database;

  const mustFind = async (access: Access, id: string): Promise<Pbx> => {
    const pbx = await findPbx(db, access.reach, id);
    if (pbx === null) throw await whyMissing(access, 'This PBX', (reach) => findPbx(db, reach, id));
    return pbx;
  };
  const mustRead = async (pbxId: string, runId: string): Promise<FileRun> => {
    const run = await readRun(db, pbxId, runId);
    if (run === null) throw notFound('This run');
    return run;
  };

  /** Looks into the zip, so that what is wrong with it is said at once, and keeps it. */
  const receive = async (pbx: Pbx, upload: Upload, fileName: string | undefined, actor: Actor) => {
    const bytes = await wholeOf(upload);
    const name = archiveName(fileName);
    const read = await readZip(name, bytes);
    if (!read.ok) throw unreadableArchive(read);
    const handed = { tenantId: pbx.tenantId, pbxId: pbx.id, fileName: name, by: actor.name, bytes };
    const note = { object: { name: pbx.name }, tenantId: pbx.tenantId, after: { files: read.archive.files.length } };
    return { id: await keepZip(database, ring, handed), note };
  };

  /** Publishes a zip that was kept, or throws it away. */
  const publishing = async <T>(id: string, publish: () => Promise<T>): Promise<T> => {
    try {
      return await publish();
    } catch (error) {
      await discardZip(database, id).catch(() => undefined);
      throw error;
    }
  };

  const wake = async (pbxId: string) => {
    // A queue that does not answer is no failure: the metronome of a worker finds the run within seconds.
    await queue
      .enqueueFiles(pbxId)
      .catch((error: unknown) => deps.log.warn({ err: error, pbxId }, 'the queue could not be woken'));
  };

  return {
    async uploadPbxFiles({ params, query, upload, actor, access, audit, signal }) {
      const pbx = await mustFind(access, params.id);
      const { id, note } = await receive(pbx, upload, query.fileName, actor);
      let run = await publishing(id, () =>
        db.transaction(async (tx) => {
          await audit.write(tx, note);
          return published(await publishRun(tx, id));
        }),
      );
      await wake(pbx.id);
      while (!isSettled(run)) {
        await sleep(LOOK_MS, null, { signal });
        run = await mustRead(pbx.id, id);
      }
      if (run.state === 'failed') {
        throw new Problem({ status: 500, code: 'files-broke-off', detail: run.failure ?? 'The run broke off.' });
      }
      return { body: reportOf(run) };
    },

    async startFileRun({ params, query, upload, actor, access, audit, transact }) {
      const pbx = await mustFind(access, params.id);
      const { id, note } = await receive(pbx, upload, query.fileName, actor);
      const answer = await publishing(id, () =>
        transact(async (tx) => {
          audit.note(note);
          const run = published(await publishRun(tx, id));
          return { body: viewOf(run), headers: { Location: `${API_ROOT}/pbxs/${pbx.id}/file-runs/${run.id}` } };
        }),
      );
      await wake(pbx.id);
      return answer;
    },

    async listFileRuns({ params, access }) {
      const pbx = await mustFind(access, params.id);
      return { body: { items: (await listRuns(db, pbx.id, SHOWN_RUNS)).map(viewOf) } };
    },

    async getFileRun({ params, access }) {
      const pbx = await mustFind(access, params.id);
      return { body: viewOf(await mustRead(pbx.id, params.runId)) };
    },

    async cancelFileRun({ params, access, audit, transact }) {
      const pbx = await mustFind(access, params.id);
      const answer = await transact(async (tx) => {
        const run = await cancelRun(tx, pbx.id, params.runId);
        if (run === null) throw notFound('This run');
        const { fileName, state } = run;
        audit.note({ object: { name: pbx.name }, tenantId: pbx.tenantId, after: { fileName, state } });
        return { body: viewOf(run) };
      });
      feed.touch();
      return answer;
    },
  };
}

function published(run: FileRun | null): FileRun {
  if (run !== null) return run;
  throw conflict('files-waiting', 'Five zips of this PBX wait already. Wait until they are done, or cancel one.');
}

function reportOf(run: FileRun): FilesReport {
  const { users, provisioned, unchanged, failed, off, unknownMacs, failures } = run;
  return {
    users: users ?? 0,
    provisioned,
    unchanged,
    failed,
    off,
    left: leftOf(run),
    unknownMacs,
    failures: [...failures],
  };
}

function viewOf(run: FileRun): FileRunView {
  const { id, pbxId, fileName, state, users, unknownCount, failure, createdBy, createdAt, endedAt } = run;
  return {
    ...reportOf(run),
    id,
    pbxId,
    fileName,
    state,
    settled: isSettled(run),
    users,
    unknownCount,
    failure,
    createdBy,
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  };
}

/** The name of an uploaded file as people may see it; it is never used as a path. */
function archiveName(fileName: string | undefined): string {
  const name = (fileName ?? '')
    .replace(/[\p{Cc}\p{Cf}]+/gu, '')
    .toWellFormed()
    .trim();
  const last = name.slice(name.search(/[^/\\]*$/));
  return /^\.*$/.test(last) ? 'files.zip' : last;
}

/** In one piece from the beginning, where the client says how much comes: put together afterwards it is there twice. */
async function wholeOf({ chunks, size }: Upload): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const whole = Buffer.allocUnsafe(size ?? 0);
  let at = 0;
  for await (const chunk of chunks) {
    if (size === null) parts.push(chunk);
    else whole.set(chunk, at);
    at += chunk.length;
  }
  return size === null ? Buffer.concat(parts) : whole.subarray(0, at);
}

function unreadableArchive({ code, message }: Extract<ReadArchive, { ok: false }>): Problem {
  const errors = [{ pointer: '#/body', detail: message, code }];
  return new Problem({
    status: code === 'ARCHIVE_TOO_LARGE' ? 413 : 422,
    code: code.toLowerCase().replaceAll('_', '-'),
    detail: message,
    errors,
  });
}
