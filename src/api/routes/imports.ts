// Handlers of imports.
import { z } from 'zod';
import type { RowProblem } from '../../intake/csv.ts';
import { CSV_LIMITS, type CsvProblem, headerWarnings, readCsv } from '../../intake/csv.ts';
import { writeCsv } from '../../intake/csv-out.ts';
import { makePseudoMac } from '../../intake/pseudo-mac.ts';
import type { Db } from '../../store/database.ts';
import {
  createImport,
  deleteImport,
  type ImportRecord,
  type ImportResult,
  type ImportRow,
  listImportRows,
  listImports,
  readImport,
  submitImport,
  validateImport,
} from '../../store/imports.ts';
import type { UserStore } from '../../store/users.ts';
import { QUEUE_PRIORITY } from '../../sync/queue.ts';
import type { ImportRowView, ImportView, importContract } from '../contract/imports.ts';
import { API_ROOT } from '../contract/operation.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { etagOf, requireMatch } from '../etag.ts';
import type { Actor, FrameDeps, Handlers } from '../handlers.ts';
import { conflict, invalid, notFound, Problem, pointer } from '../problem.ts';

const listKey = z.tuple([z.uuid()]);
const rowKey = z.tuple([z.int()]);
/** Errors that an answer lists; all of them are in the rows and in the result. */
const SHOWN_ERRORS = 50;
const RESULT_PAGE = 1000;

export function importRoutes(deps: FrameDeps): Handlers<typeof importContract> {
  const { database, ring, tenantId } = deps;
  const storeFor = (actor: Actor): UserStore => ({ ring, makeMac: makePseudoMac, tenantId, actor: actor.name });
  const mustRead = async (id: string): Promise<ImportRecord> => {
    const found = await readImport(database.db, tenantId, id);
    if (found === null) throw notFound('This import');
    return found;
  };

  return {
    async createImport({ query, upload, actor, transact }) {
      if (upload.charset !== null && !/^(?:utf-?8|us-ascii)$/.test(upload.charset)) {
        throw unreadable([{ code: 'CSV_ENCODING', line: 1, message: 'Send the file as UTF-8.' }]);
      }
      const read = await readCsv(upload.bytes);
      if (!read.ok) throw unreadable(read.problems);
      if (read.table.rows.length === 0) {
        throw unreadable([{ code: 'CSV_EMPTY', line: 1, message: 'The file has a header and no rows.' }]);
      }
      return transact(async (tx) => {
        const file = { pbxId: query.pbx ?? null, fileName: nameOf(query.fileName), table: read.table };
        const created = await createImport(tx, storeFor(actor), file);
        if (created === null) {
          throw invalid([{ pointer: '#/query/pbx', detail: 'There is no PBX with this id.', code: 'PBX_UNKNOWN' }]);
        }
        return {
          body: viewOf(created),
          etag: etagOf(created),
          headers: { Location: `${API_ROOT}/imports/${created.id}` },
        };
      });
    },

    async listImports({ query }) {
      const list = `imports:${query.state ?? ''}`;
      const before = query.cursor === undefined ? undefined : readCursor(ring, list, query.cursor, listKey)[0];
      const found = await listImports(database.db, tenantId, { limit: query.limit + 1, before, state: query.state });
      const items = found.slice(0, query.limit);
      const last = items.at(-1);
      const more = last !== undefined && found.length > items.length;
      return { body: { items: items.map(viewOf), nextCursor: more ? writeCursor(ring, list, [last.id]) : null } };
    },

    async getImport({ params }) {
      const found = await mustRead(params.id);
      return { body: viewOf(found), etag: etagOf(found) };
    },

    async deleteImport({ params, ifMatch, transact }) {
      return transact(async (tx) => {
        const check = (record: ImportRecord) => requireMatch(ifMatch, record, viewOf(record));
        const result = await deleteImport(tx, tenantId, params.id, check);
        if (result === 'not-found') throw notFound('This import');
        if (result === 'submitted') {
          throw conflict('import-submitted', 'This import was submitted: it is kept, and its users with it.');
        }
        return {};
      });
    },

    async listImportRows({ params, query }) {
      await mustRead(params.id);
      const list = `import-rows:${params.id}:${query.problems ?? ''}`;
      const after = query.cursor === undefined ? 0 : readCursor(ring, list, query.cursor, rowKey)[0];
      const page = { limit: query.limit + 1, after, problems: query.problems };
      const found = await listImportRows(database.db, params.id, page);
      const items = found.slice(0, query.limit);
      const last = items.at(-1);
      const more = last !== undefined && found.length > items.length;
      return {
        body: { items: items.map(viewOfRow), nextCursor: more ? writeCursor(ring, list, [last.number]) : null },
      };
    },

    async validateImport({ params, actor }) {
      return answer(await validateImport(database, storeFor(actor), params.id), database.db);
    },

    async submitImport({ params, body, actor }) {
      const result = await submitImport(database, storeFor(actor), params.id, body?.partial ?? false);
      if (result.kind === 'ok') {
        deps.feed.touch();
        for (const pbxId of result.pbxIds) {
          // A queue that does not answer is no failure: the metronome finds due users within seconds.
          await deps.queue
            .enqueue(pbxId, QUEUE_PRIORITY.changed)
            .catch((error: unknown) => deps.log.warn({ err: error, pbxId }, 'the queue could not be woken'));
        }
      }
      return answer(result, database.db);
    },

    async getImportResult({ params }) {
      const found = await mustRead(params.id);
      return {
        text: resultOf(database.db, found),
        headers: { 'Content-Disposition': `attachment; filename="import-${found.id}.csv"` },
      };
    },
  };
}

/** For people only: it is never used as a path. */
function nameOf(fileName: string | undefined): string | null {
  const name =
    fileName
      ?.replace(/[\p{Cc}\p{Cf}]+/gu, '')
      .toWellFormed()
      .trim() ?? '';
  return name === '' ? null : name;
}

function unreadable(problems: readonly CsvProblem[]): Problem {
  const errors = problems.map(({ code, message }) => ({ pointer: '#/body', detail: message, code }));
  const [first] = problems;
  if (first?.code === 'CSV_TOO_MANY_ROWS') {
    const extra = { limit: CSV_LIMITS.rows };
    return new Problem({ status: 413, code: 'too-many-rows', detail: first.message, errors, extra });
  }
  const detail = problems.map((problem) => problem.message).join(' ');
  return new Problem({ status: 422, code: 'csv-unreadable', detail, errors });
}

async function answer(result: ImportResult, db: Db) {
  switch (result.kind) {
    case 'ok':
      return { body: viewOf(result.import), etag: etagOf(result.import) };
    case 'not-found':
      throw notFound('This import');
    case 'wrong-state':
      throw conflict(
        'import-state',
        `The import is ${result.import.state}: ${
          result.import.state === 'submitting'
            ? 'wait until it is done, or submit it again.'
            : 'it cannot be changed any more.'
        }`,
      );
    case 'errors': {
      const { id, errorCount, rowCount } = result.import;
      const rows = await listImportRows(db, id, { limit: SHOWN_ERRORS, after: 0, problems: 'errors' });
      const errors = rows.flatMap((row) => row.errors.map((problem) => rowError(row.number, problem)));
      throw new Problem({
        status: 422,
        code: 'import-errors',
        detail: `${errorCount} of ${rowCount} rows have errors, so no user was created. Mend them, or submit with partial to create the users of the other rows.`,
        errors: errors.slice(0, SHOWN_ERRORS),
      });
    }
  }
}

function rowError(number: number, { column, code, message, fix }: RowProblem) {
  return {
    pointer: pointer(column === null ? ['rows', number] : ['rows', number, column]),
    detail: `${message} ${fix}`,
    code,
  };
}

function viewOf(record: ImportRecord): ImportView {
  return {
    id: record.id,
    version: record.version,
    state: record.state,
    pbxId: record.pbxId,
    fileName: record.fileName,
    columns: record.header.map((header, index) => ({ header, column: record.columns[index] ?? null })),
    notices: headerWarnings(record.header, record.columns).map(({ code, message }) => ({ code, detail: message })),
    rowCount: record.rowCount,
    errorCount: record.errorCount,
    createdCount: record.createdCount,
    createdBy: record.createdBy,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
    submittedAt: record.submittedAt?.toISOString() ?? null,
  };
}

function viewOfRow({ shown, errors, warnings, ...row }: ImportRow): ImportRowView {
  return { ...row, cells: { ...shown }, errors: [...errors], warnings: [...warnings] };
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
  const problems = row.errors.length > 0 ? row.errors : row.warnings;
  return [
    String(row.number),
    fateOf(row, found),
    problems.map((problem) => problem.code).join(' '),
    problems.map(({ column, message, fix }) => `${column === null ? '' : `${column}: `}${message} ${fix}`).join(' '),
    row.mac ?? row.shown.mac_address ?? null,
    row.mac === null ? null : String(row.macAssigned),
    row.userId,
    ...REPEATED.map((column) => row.shown[column] ?? null),
  ];
}

function fateOf(row: ImportRow, found: ImportRecord): string {
  if (row.userId !== null) return row.status === null ? 'deleted since' : 'created';
  if (row.errors.length > 0) return found.state === 'done' ? 'left out' : 'error';
  return found.state === 'draft' ? 'not checked' : found.state === 'done' ? 'left out' : 'ready';
}
