// Goes through the zips that were handed over for a PBX, one after the other. Whatever ends it early, the run stays and is
// taken up again. Knows no queue and no HTTP.
import { readZip } from '../../fetchers/zip.ts';
import type { Logger } from '../log.ts';
import { isDatabaseGone } from '../store/database.ts';
import { endRun, type FileRun, RunLost, readZipOf, saveMatched, saveTally, takeRun } from '../store/file-runs.ts';
import { type FilesDeps, syncFromFiles } from './from-files.ts';

export interface FilesTools extends FilesDeps {
  readonly log: Logger;
  /** Ends the work at the next group; another worker goes on. */
  readonly signal: AbortSignal;
}

/** Does the runs of this PBX that are open, if any. @throws when the database is gone: the run is still to do */
export async function doFileRuns(tools: FilesTools, pbxId: string): Promise<void> {
  const { database, log, signal } = tools;
  while (!signal.aborted) {
    const run = await takeRun(database, pbxId);
    if (run === null) return;
    try {
      await doRun(tools, run);
    } catch (error) {
      // Cancelled, or another program is at it: what else waits is asked for again within a second.
      if (signal.aborted || error instanceof RunLost) return;
      if (isDatabaseGone(error)) throw error;
      log.error({ err: error, runId: run.id, pbxId }, 'a run through files failed');
      const failure = `It ended by a fault of Provender (see the log, run ${run.id}). Upload the zip again.`;
      await endRun(database, run, { state: 'failed', failure }).catch(unlessLost);
    } finally {
      tools.feed.touch();
    }
  }
}

async function doRun(tools: FilesTools, run: FileRun): Promise<void> {
  const { database, ring, signal } = tools;
  const read = await readZip(run.fileName, await readZipOf(database, ring, run));
  if (!read.ok) throw new Error(`a zip that was read when it came cannot be read: ${read.code}`);
  const request = {
    pbxId: run.pbxId,
    archive: read.archive,
    by: run.createdBy,
    after: run.doneUpTo,
    signal,
  };
  const isThere = await syncFromFiles(tools, request, {
    matched: (found) => saveMatched(database, run, found),
    group: (tx, tally, doneUpTo) => saveTally(tx, run, tally, doneUpTo),
  });
  // A PBX takes its runs with it.
  if (isThere) await endRun(database, run, { state: 'done' });
}

function unlessLost(error: unknown): void {
  if (!(error instanceof RunLost)) throw error;
}
