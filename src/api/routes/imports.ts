// Handlers of imports.
import { z } from 'zod';
import { KEEP } from '../../intake/check-rows.ts';
import { COLUMN_NAMES, COLUMNS, ERROR_COLUMNS, isSecretColumn } from '../../intake/columns.ts';
import { CSV_LIMITS, type CsvProblem, headerWarnings } from '../../intake/csv.ts';
import type { CsvEncoding } from '../../intake/csv-bytes.ts';
import { BOM, writeCsv } from '../../intake/csv-out.ts';
import { mendsFor } from '../../intake/mend.ts';
import { makePseudoMac } from '../../intake/pseudo-mac.ts';
import type { Db } from '../../store/database.ts';
import { requestJob, undoUntil } from '../../store/import-jobs.ts';
import { findPassedLimitOf } from '../../store/import-limits.ts';
import {
  badRowHeader,
  countProblems,
  type MendAllResult,
  mendAll,
  mendRow,
  readBadRows,
} from '../../store/import-mend.ts';
import { analyzeRows, discardUpload, publishUpload, receiveUpload } from '../../store/import-upload.ts';
import {
  countHarvest,
  deleteImport,
  type ImportRecord,
  type ImportRow,
  listImportRows,
  listImports,
  readImport,
} from '../../store/imports.ts';
import { findPbx, withTotal } from '../../store/pbxs.ts';
import { pbxsWithin } from '../../store/reach.ts';
import { describeLimit } from '../../store/user-limits.ts';
import type { UserStore, UserTools } from '../../store/users.ts';
import { type Access, whyMissing } from '../access.ts';
import { chooseTenant } from '../choose-tenant.ts';
import type { ImportRowView, ImportView, importContract } from '../contract/imports.ts';
import { API_ROOT } from '../contract/operation.ts';
import { cutPage, readCursor } from '../cursor.ts';
import { etagOf, requireMatch } from '../etag.ts';
import { type Actor, DEFAULT_UPLOAD_LIMITS, type FrameDeps, type Handlers } from '../handlers.ts';
import { conflict, invalid, notFound, Problem } from '../problem.ts';

const listKey = z.tuple([z.uuid()]);
const rowKey = z.tuple([z.int()]);

/** Fewer are found quickly in any case. */
const ANALYZED_ROWS = 5000;

export function importRoutes(deps: FrameDeps): Handlers<typeof importContract> {
  const { database, ring, uploadLimits = DEFAULT_UPLOAD_LIMITS } = deps;
  const toolsFor = (actor: Actor): UserTools => ({ ring, makeMac: makePseudoMac, actor: actor.name });
  const missing = (access: Access, id: string) =>
    whyMissing(access, 'This import', (reach) => readImport(database.db, reach, id));
  const mustRead = async (access: Access, id: string): Promise<ImportRecord> => {
    const found = await readImport(database.db, access.reach, id);
    if (found === null) throw await missing(access, id);
    return found;
  };

  return {
    async createImport({ query, upload, actor, access, transact }) {
      const settings = {
        fileName: nameOf(query.fileName),
        pbxId: query.pbx ?? null,
        voiceRouteId: query.voiceRoute ?? null,
        userType: query.userType,
        existing: query.existing,
        createMissing: query.createMissing === 'true',
      };
      const limits = { ...CSV_LIMITS, rows: uploadLimits.rows };
      const options = { limits, encoding: encodingOf(upload.charset) };
      const tenantId = await tenantOfUpload(deps, access, query);
      const store = { ...toolsFor(actor), tenantId, pbxIds: pbxsWithin(access.reach, tenantId) };
      const received = await receiveUpload(database, store, settings, upload.chunks, options);
      switch (received.kind) {
        case 'no-pbx':
          throw invalid([{ pointer: '#/query/pbx', detail: 'There is no PBX with this id.', code: 'PBX_UNKNOWN' }]);
        case 'no-voice-route': {
          const detail = 'There is no voice route with this id.';
          throw invalid([{ pointer: '#/query/voiceRoute', detail, code: 'VOICE_ROUTE_UNKNOWN' }]);
        }
        case 'unreadable':
          throw unreadable(received.problems, limits.rows);
        case 'ok':
      }
      try {
        if (received.upload.end.rowCount > ANALYZED_ROWS) await analyzeRows(database);
        return await transact(async (tx) => {
          const created = await publishUpload(tx, received.upload);
          return {
            body: viewOf(created),
            etag: etagOf(created),
            headers: { Location: `${API_ROOT}/imports/${created.id}` },
          };
        });
      } catch (error) {
        await discardUpload(database, received.upload.id);
        throw error;
      }
    },

    async listImports({ query, access }) {
      const list = `imports:${query.state ?? ''}`;
      const before = query.cursor === undefined ? undefined : readCursor(ring, list, query.cursor, listKey)[0];
      const { state, tenantId } = query;
      const found = await listImports(database.db, access.reach, { limit: query.limit + 1, before, state, tenantId });
      const { items, nextCursor } = cutPage(ring, list, found, query.limit, (last) => [last.id]);
      return { body: { items: items.map(viewOf), nextCursor } };
    },

    async listImportColumns() {
      const items = COLUMN_NAMES.map((name) => ({
        name,
        spellings: [...COLUMNS[name].aliases],
        secret: isSecretColumn(name),
      }));
      return { body: { items, passedOver: [...ERROR_COLUMNS] } };
    },

    async getImport({ params, access }) {
      const found = await mustRead(access, params.id);
      const passed = await findPassedLimitOf(database.db, access.reach, found);
      const view = viewOf(found);
      const notices = [...view.notices, ...(passed ? [{ code: 'USER_LIMIT', detail: describeLimit(passed) }] : [])];
      return { body: { ...view, notices }, etag: etagOf(found) };
    },

    async deleteImport({ params, ifMatch, access, audit, transact }) {
      return transact(async (tx) => {
        const check = (record: ImportRecord) => {
          requireMatch(ifMatch, record, viewOf(record));
          audit.note({ before: viewOf(record) });
        };
        const result = await deleteImport(tx, access.reach, params.id, check);
        if (result === 'not-found') throw await missing(access, params.id);
        if (result === 'submitted') {
          throw conflict('import-submitted', 'This import was submitted: it is kept, and its users with it.');
        }
        return {};
      });
    },

    async listImportRows({ params, query, access }) {
      await mustRead(access, params.id);
      const { problems, code, column, outcome } = query;
      const list = `import-rows:${params.id}:${[problems, code, column, outcome].join(':')}`;
      const after =
        query.cursor === undefined ? (query.from ?? 1) - 1 : readCursor(ring, list, query.cursor, rowKey)[0];
      const page = { limit: query.limit + 1, after, problems, code, column, outcome };
      const found = await listImportRows(database.db, params.id, page);
      const { items, nextCursor } = cutPage(ring, list, found, query.limit, (last) => [last.number]);
      return { body: { items: items.map(viewOfRow), nextCursor } };
    },

    async mendImportRow({ params, body, actor, access, transact }) {
      return transact(async (tx) => {
        const cells = Object.fromEntries(Object.entries(body.cells).map(([name, cell]) => [name, cell ?? '']));
        const result = await mendRow(tx, toolsFor(actor), access.reach, params.id, params.number, cells);
        if (result.kind === 'not-found') throw await missing(access, params.id);
        if (result.kind === 'no-row') throw notFound('This row');
        if (result.kind !== 'ok') throw cannotMend(result);
        const numbers = [params.number, ...result.others];
        const rows = await listImportRows(tx, params.id, { limit: numbers.length, after: 0, numbers });
        const row = rows.find(({ number }) => number === params.number);
        if (row === undefined) throw notFound('This row');
        return { body: { ...viewOfRow(row), others: rows.filter((each) => each !== row).map(viewOfRow) } };
      });
    },

    async mendImport({ params: { id }, body, actor, access, transact }) {
      const { column, code, action: mend, value = '' } = body;
      if (!mendsFor(column, code).includes(mend)) {
        const detail = `does not go with ${code}`;
        throw invalid([{ pointer: '#/body/action', detail, code: 'MEND_UNFIT' }]);
      }
      const answer = await transact(async (tx) => {
        const result = await mendAll(tx, toolsFor(actor), access.reach, id, { column, code, mend, value });
        if (result.kind === 'not-found') throw await missing(access, id);
        if (result.kind !== 'ok') throw cannotMend(result);
        const asked = await requestJob(tx, access.reach, id, { job: 'check', by: actor.name });
        if (asked.kind !== 'ok') throw notFound('This import');
        const { mended, left } = result;
        return { body: { mended, left, import: viewOf(asked.import) }, etag: etagOf(asked.import) };
      });
      // A queue that does not answer is no failure: the metronome of a worker finds the job within seconds.
      await deps.queue
        .enqueueImport(id)
        .catch((error: unknown) => deps.log.warn({ err: error, importId: id }, 'the queue could not be woken'));
      return answer;
    },

    async listImportProblems({ params, access }) {
      await mustRead(access, params.id);
      const counts = await countProblems(database.db, params.id);
      return { body: { items: counts.map((count) => ({ ...count, mends: mendsFor(count.column, count.code) })) } };
    },

    async getImportHarvest({ params, access }) {
      await mustRead(access, params.id);
      const { users, reasons } = await countHarvest(database.db, params.id);
      return { body: { users: withTotal(users), reasons: [...reasons] } };
    },

    async getImportErrors({ params, actor, access }) {
      const found = await mustRead(access, params.id);
      return {
        text: errorsOf(database.db, { ...toolsFor(actor), tenantId: found.tenantId, pbxIds: found.pbxIds }, found),
        headers: { 'Content-Disposition': `attachment; filename="import-${found.id}-errors.csv"` },
      };
    },
  };
}

/** Where the users of a file go: to the tenant that is named, or that of the PBX, or the caller's own. */
async function tenantOfUpload(
  { database: { db } }: FrameDeps,
  access: Access,
  query: { readonly tenantId?: string | undefined; readonly pbx?: string | undefined },
): Promise<string> {
  const pbx = query.pbx === undefined ? null : await findPbx(db, access.reach, query.pbx);
  if (query.pbx !== undefined && pbx === null) {
    throw invalid([{ pointer: '#/query/pbx', detail: 'There is no PBX with this id.', code: 'PBX_UNKNOWN' }]);
  }
  if (query.tenantId === undefined && pbx !== null) return pbx.tenantId;
  const { id } = await chooseTenant(db, access, query.tenantId, { pointer: '#/query/tenantId', somePbx: true });
  if (pbx !== null && pbx.tenantId !== id) {
    throw invalid([{ pointer: '#/query/pbx', detail: 'is of another tenant', code: 'PBX_UNKNOWN' }]);
  }
  return id;
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

/** Null: to be found out. Who says UTF-8 often only means text. */
function encodingOf(charset: string | null): CsvEncoding | null {
  switch (charset) {
    case null:
    case 'utf-8':
    case 'utf8':
    case 'us-ascii':
    case 'utf-16':
      return null;
    case 'utf-16le':
    case 'utf-16be':
    case 'windows-1252':
      return charset;
    case 'iso-8859-1':
    case 'latin1':
      return 'windows-1252';
    default: {
      const message = 'This character set is not read here. Save the file as "CSV UTF-8" and upload it again.';
      throw unreadable([{ code: 'CSV_ENCODING', line: 1, message }], 0);
    }
  }
}

function unreadable(problems: readonly CsvProblem[], rows: number): Problem {
  const errors = problems.map(({ code, message }) => ({ pointer: '#/body', detail: message, code }));
  const [first] = problems;
  if (first?.code === 'CSV_TOO_MANY_ROWS') {
    const extra = { limit: rows };
    return new Problem({ status: 413, code: 'too-many-rows', detail: first.message, errors, extra });
  }
  const detail = problems.map((problem) => problem.message).join(' ');
  return new Problem({ status: 422, code: 'csv-unreadable', detail, errors });
}

export function viewOf(record: ImportRecord): ImportView {
  return {
    id: record.id,
    tenantId: record.tenantId,
    version: record.version,
    state: record.state,
    pbxId: record.pbxId,
    voiceRouteId: record.voiceRouteId,
    userType: record.userType,
    existing: record.existing,
    createMissing: record.createMissing,
    fileName: record.fileName,
    encoding: record.encoding,
    delimiter: record.delimiter,
    columns: record.header.map((header, index) => ({ header, column: record.columns[index] ?? null })),
    notices: headerWarnings(record.header, record.columns).map(({ code, message }) => ({ code, detail: message })),
    rowCount: record.rowCount,
    errorCount: record.errorCount,
    warningCount: record.warningCount,
    job: record.job,
    progressCount: record.progressCount,
    createdCount: record.createdCount,
    updatedCount: record.updatedCount,
    skippedCount: record.skippedCount,
    undoneCount: record.undoneCount,
    partial: record.partial,
    failure: record.failure,
    createdBy: record.createdBy,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
    submittedBy: record.submittedBy,
    submittedAt: record.submittedAt?.toISOString() ?? null,
    undoneAt: record.undoneAt?.toISOString() ?? null,
    undoUntil: undoUntil(record)?.toISOString() ?? null,
  };
}

function viewOfRow({ shown, errors, warnings, changes, ...row }: ImportRow): ImportRowView {
  return { ...row, cells: { ...shown }, errors: [...errors], warnings: [...warnings], changes: [...changes] };
}

function cannotMend(result: Extract<MendAllResult, { readonly kind: 'wrong-state' }>): Problem {
  const { state, job } = result.import;
  const why = job === null ? `is ${state}` : 'is being worked on';
  return conflict('import-state', `The import ${why}: its rows cannot be mended ${job === null ? 'any more' : 'now'}.`);
}

async function* errorsOf(db: Db, store: UserStore, found: ImportRecord): AsyncGenerator<string> {
  yield BOM + writeCsv([[...badRowHeader(found), ...ERROR_COLUMNS]]);
  for await (const rows of readBadRows(db, store, found, KEEP)) {
    yield writeCsv(
      rows.map(({ cells, errors }) => [
        ...cells,
        errors.map(({ code }) => code).join(' '),
        errors.map(({ column, message }) => (column === null ? message : `${column}: ${message}`)).join(' '),
        errors.map(({ fix }) => fix).join(' '),
      ]),
    );
  }
}
