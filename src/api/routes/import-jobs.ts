// Handlers of what is done with imports: check, submit, cancel, undo, the live progress, the result.
import { setTimeout as sleep } from 'node:timers/promises';
import { writeCsv } from '../../intake/csv-out.ts';
import type { Db, Tx } from '../../store/database.ts';
import { cancelJob, type JobAnswer, type JobRequest, requestJob, UNDO_HOURS } from '../../store/import-jobs.ts';
import { findPassedLimitOf } from '../../store/import-limits.ts';
import { type ImportRecord, type ImportRow, listImportRows, readImport } from '../../store/imports.ts';
import { type Access, whyMissing } from '../access.ts';
import type { ImportProgressView, importJobContract } from '../contract/import-jobs.ts';
import { API_ROOT } from '../contract/operation.ts';
import { etagOf } from '../etag.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';
import { overLimit } from '../limit-passed.ts';
import { conflict, type Problem } from '../problem.ts';
import { viewOf } from './imports.ts';

const RESULT_PAGE = 1000;
/** The stream looks this often: a row by its key, only while a job runs. */
const LOOK_MS = 250;

export function importJobRoutes(deps: FrameDeps): Handlers<typeof importJobContract> {
  const { database } = deps;
  const mustRead = async (access: Access, id: string): Promise<ImportRecord> => {
    const found = await readImport(database.db, access.reach, id);
    if (found === null) throw await missing(access, id);
    return found;
  };
  const missing = (access: Access, id: string) =>
    whyMissing(access, 'This import', (reach) => readImport(database.db, reach, id));
  const accept = (access: Access, id: string, answer: JobAnswer) => accepted(answer, () => missing(access, id));
  const ask = async (tx: Tx, access: Access, id: string, request: JobRequest) =>
    accept(access, id, await requestJob(tx, access.reach, id, request));
  const wake = async (id: string) => {
    // A queue that does not answer is no failure: the metronome of a worker finds the job within seconds.
    await deps.queue
      .enqueueImport(id)
      .catch((error: unknown) => deps.log.warn({ err: error, importId: id }, 'the queue could not be woken'));
  };

  return {
    async validateImport({ params: { id }, actor, access, transact }) {
      const given = await transact((tx) => ask(tx, access, id, { job: 'check', by: actor.name }));
      await wake(id);
      return given;
    },

    async submitImport({ params: { id }, body, actor, access, transact }) {
      const partial = body?.partial ?? false;
      const found = await readImport(database.db, access.reach, id);
      const passed = found && (await findPassedLimitOf(database.db, access.reach, found));
      if (passed) throw overLimit(passed);
      const given = await transact((tx) => ask(tx, access, id, { job: 'submit', by: actor.name, partial }));
      await wake(id);
      return given;
    },

    async cancelImport({ params: { id }, actor, access, transact }) {
      const given = await transact(async (tx) => accept(access, id, await cancelJob(tx, access.reach, id, actor.name)));
      deps.feed.touch();
      return given;
    },

    async undoImport({ params: { id }, actor, access, transact }) {
      const given = await transact((tx) => ask(tx, access, id, { job: 'undo', by: actor.name }));
      await wake(id);
      return given;
    },

    async streamImport({ params, access }) {
      const first = await mustRead(access, params.id);
      return async (sink) => {
        let record: ImportRecord | null = first;
        let sent = '';
        while (record !== null) {
          const data = progressOf(record);
          const text = JSON.stringify(data);
          if (text !== sent) {
            await sink.send({
              id: `${record.version}-${record.jobEpoch}-${data.progressCount}`,
              event: 'progress',
              data,
            });
          }
          sent = text;
          if (data.settled || sink.signal.aborted) return;
          await sleep(LOOK_MS, null, { signal: sink.signal });
          record = await readImport(database.db, access.reach, params.id);
        }
      };
    },

    async getImportResult({ params, access }) {
      const found = await mustRead(access, params.id);
      return {
        text: resultOf(database.db, found),
        headers: { 'Content-Disposition': `attachment; filename="import-${found.id}.csv"` },
      };
    },
  };
}

async function accepted(answer: JobAnswer, missing: () => Promise<Problem>) {
  switch (answer.kind) {
    case 'ok': {
      const { import: record } = answer;
      return {
        body: viewOf(record),
        etag: etagOf(record),
        headers: { Location: `${API_ROOT}/imports/${record.id}` },
      };
    }
    case 'not-found':
      throw await missing();
    case 'too-late':
      throw conflict(
        'import-undo-late',
        `An import can be undone within ${UNDO_HOURS} hours. Delete or change its users one by one.`,
      );
    case 'wrong-state':
      throw conflict('import-state', whyNot(answer.import));
  }
}

function whyNot({ state, job }: ImportRecord): string {
  switch (job) {
    case 'check':
      return 'The import is being checked. Wait until it is ready, or cancel the check.';
    case 'submit':
      return 'The import is being submitted. Wait until it is done, or cancel the submit.';
    case 'undo':
      return 'The import is being undone. Wait until that is done.';
    case null:
      return `The import is ${state}: this cannot be done with it ${state === 'done' || state === 'undone' ? 'any more' : 'now'}.`;
  }
}

function progressOf(record: ImportRecord): ImportProgressView {
  const { state, job, rowCount, progressCount, errorCount, failure } = record;
  const { createdCount, updatedCount, skippedCount, undoneCount } = record;
  return {
    state,
    job,
    settled: job === null,
    rowCount,
    progressCount,
    errorCount,
    createdCount,
    updatedCount,
    skippedCount,
    undoneCount,
    failure,
  };
}

/** Columns of the file that the result repeats, so that it can be corrected and uploaded again; secrets are left out. */
const REPEATED = [
  'name',
  'teams_user_id',
  'sip_user_id',
  'phone_number',
  'pbx',
  'auto_provision',
  'line_rule',
  'prov_username',
  'user_tag',
] as const;

async function* resultOf(db: Db, found: ImportRecord): AsyncGenerator<string> {
  yield writeCsv([['row', 'result', 'code', 'message', 'mac_address', 'mac_assigned', 'user_id', ...REPEATED]]);
  for (let after = 0; ; ) {
    const rows = await listImportRows(db, found.id, { limit: RESULT_PAGE, after });
    yield writeCsv(rows.map((row) => resultRow(row, found)));
    const last = rows.at(-1);
    if (last === undefined || rows.length < RESULT_PAGE) return;
    after = last.number;
  }
}

function resultRow(row: ImportRow, found: ImportRecord): (string | null)[] {
  const [fate, said] = fateOf(row, found);
  const problems = row.errors.length > 0 ? row.errors : row.warnings;
  const messages = problems.map(
    ({ column, message, fix }) => `${column === null ? '' : `${column}: `}${message} ${fix}`,
  );
  return [
    String(row.number),
    fate,
    [...said.map(({ code }) => code), ...problems.map(({ code }) => code)].join(' '),
    [...said.map(({ message }) => message), ...messages].join(' '),
    row.mac ?? row.shown.mac_address ?? null,
    row.mac === null ? null : String(row.macAssigned),
    row.userId,
    ...REPEATED.map((column) => row.shown[column] ?? null),
  ];
}

interface Said {
  readonly code: string;
  readonly message: string;
}

const SKIPPED: Readonly<Record<string, string>> = {
  EXISTS: 'The user exists and was left alone.',
  MISSING: 'There is no such user, and none was to be created.',
  UNCHANGED: 'The user has all of this already.',
};

/** The word for a row, and why. */
function fateOf(row: ImportRow, { state }: ImportRecord): readonly [string, readonly Said[]] {
  const reason = row.outcomeReason ?? '';
  switch (row.outcome) {
    case 'created':
    case 'updated':
      return [row.status === null ? 'deleted since' : row.outcome, []];
    case 'skipped':
      return ['skipped', [{ code: reason, message: SKIPPED[reason] ?? '' }]];
    case 'failed':
      return ['left out', []];
    case 'undone':
      return ['undone', []];
    case 'kept':
      return ['kept', [{ code: 'UNDO_KEPT', message: reason }]];
    case null:
      if (row.errors.length > 0) return ['error', []];
      if (state === 'cancelled') return ['not done', []];
      return [row.action === null ? 'not checked' : `to ${row.action}`, []];
  }
}
