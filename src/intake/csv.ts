// CSV bytes -> header and rows, with every problem of the file and of its rows named by line. Knows no users.
import { finished } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CsvError, type Parser, parse } from 'csv-parse';
import { COLUMN_NAMES, type Column, columnFor, foldHeader, isErrorColumn } from './columns.ts';
import { CsvBytes, type CsvEncoding, CsvUnreadable } from './csv-bytes.ts';
import { unguardCell } from './csv-out.ts';

export interface CsvLimits {
  readonly rows: number;
  readonly columns: number;
  /** Characters. */
  readonly cell: number;
}

export const CSV_LIMITS: CsvLimits = { rows: 500_000, columns: 100, cell: 2_000 };

export type CsvProblemCode =
  | 'CSV_EMPTY'
  | 'CSV_ENCODING'
  | 'CSV_NUL'
  | 'CSV_SYNTAX'
  | 'CSV_QUOTE_OPEN'
  | 'CSV_HEADER_MISSING'
  | 'CSV_HEADER_DUPLICATE'
  | 'CSV_HEADER_UNKNOWN'
  | 'CSV_TOO_MANY_COLUMNS'
  | 'CSV_TOO_MANY_ROWS'
  | 'CSV_LINE_TOO_LONG';

export interface CsvProblem {
  readonly code: CsvProblemCode;
  readonly message: string;
  /** From 1, of the file. */
  readonly line: number;
}

/** What is wrong with a row, or one cell of it; the same words for CSV rows and for users of the API. */
export interface RowProblem {
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
  /** What the reader can do. */
  readonly fix: string;
}

export interface CsvRow {
  /** From 1; header and empty rows are not counted. */
  readonly number: number;
  /** The line of the file where the row ends. */
  readonly line: number;
  /** As many as the header has; the guard against formulas is taken off, nothing else is changed. */
  readonly cells: readonly string[];
  readonly problems: readonly RowProblem[];
}

export type Delimiter = ',' | ';' | '\t';

/** What the first line says. */
export interface CsvHead {
  readonly delimiter: Delimiter;
  readonly header: readonly string[];
  /** Per header cell; null: not known, not read. */
  readonly columns: readonly (Column | null)[];
  /** The file can be used all the same. */
  readonly warnings: readonly CsvProblem[];
}

/** Where the rows of a file go as they are read. */
export interface CsvSink {
  /** Once, before the rows. */
  head(head: CsvHead): Promise<void> | void;
  /** At most a thousand at a time; the next ones are read when it is done. */
  rows(rows: readonly CsvRow[]): Promise<void> | void;
}

export type CsvEnd =
  | { readonly ok: true; readonly rowCount: number; readonly encoding: CsvEncoding }
  | { readonly ok: false; readonly problems: readonly CsvProblem[] };

export interface CsvTable extends CsvHead {
  readonly encoding: CsvEncoding;
  readonly rows: readonly CsvRow[];
}

export type CsvResult =
  | { readonly ok: true; readonly table: CsvTable }
  | { readonly ok: false; readonly problems: readonly CsvProblem[] };

const LINE_ENDS = ['\r\n', '\n', '\r'];
const SLICE_BYTES = 128 * 1024;
const BATCH = 1000;
/** Of the first line; what is longer names no columns. */
const HEADER_BYTES = 64 * 1024;
/** Of any other line, and of all lines of one row: a quote left open joins all that follow. */
const RECORD_BYTES = 1024 * 1024;

/** Reads a whole file. Large ones are read in slices, so that the process does other work between them. */
export async function readCsv(bytes: Uint8Array, limits: CsvLimits = CSV_LIMITS): Promise<CsvResult> {
  let head: CsvHead | null = null;
  const rows: CsvRow[] = [];
  const sink: CsvSink = {
    head: (given) => {
      head = given;
    },
    rows: (batch) => {
      rows.push(...batch);
    },
  };
  const end = await readCsvStream(slices(bytes), sink, { limits });
  if (!end.ok || head === null) return { ok: false, problems: end.ok ? [emptyFile()] : end.problems };
  const { delimiter, header, columns, warnings }: CsvHead = head;
  return { ok: true, table: { delimiter, header, columns, warnings, encoding: end.encoding, rows } };
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly line: number;
}

export interface CsvOptions {
  readonly limits?: CsvLimits;
  /** What the sender says that the file is written in. */
  readonly encoding?: CsvEncoding | null;
}

/**
 * Reads a file while it comes; what is held of it at a time does not grow with it. What the sink or the source throws
 * is thrown.
 */
export async function readCsvStream(
  chunks: AsyncIterable<Uint8Array>,
  sink: CsvSink,
  { limits = CSV_LIMITS, encoding = null }: CsvOptions = {},
): Promise<CsvEnd> {
  const bytes = new CsvBytes(encoding);
  let lastLine = 0;
  try {
    const parts = decoded(chunks, bytes);
    const start = await readStart(parts);
    lastLine = start.lines;
    let records: CsvRecord[] = [];
    const parser = parse({
      delimiter: start.delimiter,
      // Taken here and not out of the stream, which costs as much for each record as reading it.
      on_record: (record: string[], { lines }) => {
        lastLine = lines + start.lines;
        records.push({ record, line: lastLine });
        return null;
      },
      record_delimiter: LINE_ENDS,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: RECORD_BYTES,
    });
    let head: CsvHead | null = null;
    let rowCount = 0;
    let batch: CsvRow[] = [];
    for await (const _ of parsed(parser, withoutLongLines(start, parts))) {
      const taken = records;
      records = [];
      for (const { record, line } of taken) {
        const cells = unguarded(record);
        if (head === null) {
          const read = readHeader(cells, line, limits);
          if (!read.ok) return fail(...read.problems);
          const { cells: header, columns, warnings } = read.header;
          head = { delimiter: start.delimiter, header, columns, warnings };
          await sink.head(head);
        } else if (isFilledRow(cells)) {
          if (rowCount >= limits.rows) return fail(tooManyRows(line, limits));
          rowCount += 1;
          batch.push(fittedRow(rowCount, line, cells, head, limits));
          if (batch.length === BATCH) {
            await sink.rows(batch);
            batch = [];
          }
        }
      }
    }
    if (head === null) return fail(emptyFile());
    if (batch.length > 0) await sink.rows(batch);
    return { ok: true, rowCount, encoding: bytes.encoding };
  } catch (error) {
    const problem = problemOf(error, lastLine);
    if (problem === null) throw error;
    return fail(problem);
  }
}

/** Puts the parts into the parser, one at a time; a turn for each that was parsed. @throws what the parts or the parser throw */
async function* parsed(parser: Parser, parts: AsyncIterable<Uint8Array>): AsyncGenerator<void> {
  // Told by the callback as well.
  parser.on('error', () => {});
  const told = (step: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => step((error) => (error ? reject(error) : resolve())));
  try {
    for await (const part of parts) {
      await told((done) => parser.write(part, done));
      yield;
    }
    // It ends when it is read to its end, of which nothing is left.
    parser.resume();
    const end = told((done) => finished(parser, done));
    parser.end();
    await end;
    yield;
  } finally {
    parser.destroy();
  }
}

/** The same array where nothing is guarded, as nearly always. */
function unguarded(cells: readonly string[]): readonly string[] {
  for (const cell of cells) if (cell.charCodeAt(0) === 0x27) return cells.map(unguardCell);
  return cells;
}

/** The cell of a column, or null when the file has no such column. */
export function cellOf(table: Pick<CsvTable, 'columns'>, row: Pick<CsvRow, 'cells'>, column: Column): string | null {
  const index = table.columns.indexOf(column);
  return index === -1 ? null : (row.cells[index] ?? '');
}

function fail(...problems: readonly CsvProblem[]): CsvEnd {
  return { ok: false, problems };
}

function tooManyRows(line: number, limits: CsvLimits): CsvProblem {
  const rows = limits.rows.toLocaleString('en');
  return {
    code: 'CSV_TOO_MANY_ROWS',
    line,
    message: `The file has more than ${rows} rows. Split it into files of at most ${rows} rows.`,
  };
}

function emptyFile(): CsvProblem {
  return { code: 'CSV_EMPTY', line: 1, message: 'The file is empty. The first line names the columns.' };
}

function isFilledRow(cells: readonly string[]): boolean {
  for (const cell of cells) if (cell !== '' && cell.trim() !== '') return true;
  return false;
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    yield bytes.subarray(start, start + SLICE_BYTES);
    await nextTurn();
  }
}

async function* decoded(chunks: AsyncIterable<Uint8Array>, bytes: CsvBytes): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const text = bytes.push(chunk);
    if (text.length > 0) yield text;
  }
  const rest = bytes.end();
  if (rest.length > 0) yield rest;
}

interface Start {
  readonly delimiter: Delimiter;
  /** What was read to find it, without Excel's own first line `sep=;`. */
  readonly bytes: Uint8Array;
  /** Lines before it. */
  readonly lines: number;
}

/** Reads until the first line is whole, which says the delimiter. */
async function readStart(parts: AsyncGenerator<Uint8Array>): Promise<Start> {
  let bytes: Uint8Array = new Uint8Array();
  for (;;) {
    const sep = /^sep=([,;\t])\r?\n/i.exec(Buffer.from(bytes.subarray(0, 8)).toString('latin1'));
    const start = bytes.subarray(sep?.[0].length ?? 0);
    const line = /^[\r\n]*([^\r\n]+)[\r\n]/.exec(Buffer.from(start.subarray(0, HEADER_BYTES + 1)).toString())?.[1];
    const next = line === undefined && start.length <= HEADER_BYTES ? await parts.next() : null;
    if (next !== null && next.done !== true) {
      bytes = Buffer.concat([bytes, next.value]);
      continue;
    }
    if (line === undefined && start.length > HEADER_BYTES) throw new CsvUnreadable(lineTooLong(1, HEADER_BYTES));
    const given = sep?.[1] as Delimiter | undefined;
    const delimiter = given ?? sniffDelimiter(line ?? Buffer.from(start).toString().trim());
    return { delimiter, bytes: start, lines: sep === null ? 0 : 1 };
  }
}

/** Refuses a line that is longer than any row: of millions of cells the parser would make an array. */
async function* withoutLongLines(start: Start, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let open = 0;
  let lines = start.lines;
  const check = (part: Uint8Array) => {
    const last = Math.max(part.lastIndexOf(0x0a), part.lastIndexOf(0x0d));
    open = last === -1 ? open + part.length : part.length - last - 1;
    if (open > RECORD_BYTES) throw new CsvUnreadable(lineTooLong(lines + 1, RECORD_BYTES));
    for (let at = part.indexOf(0x0a); at !== -1; at = part.indexOf(0x0a, at + 1)) lines += 1;
  };
  for (const part of pieces(start.bytes)) {
    check(part);
    yield part;
  }
  for await (const whole of rest) {
    for (const part of pieces(whole)) {
      check(part);
      yield part;
    }
  }
}

/** So that the parser gives the turn to others now and then, however large the chunks come. */
function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) yield bytes.subarray(start, start + SLICE_BYTES);
}

function lineTooLong(line: number, limit: number): CsvProblem {
  const message = `Line ${line} is longer than ${limit / 1024} KiB: this is no table of users, or a quote (") is never closed.`;
  return { code: 'CSV_LINE_TOO_LONG', line, message };
}

/** The delimiter that gives the most known columns in the header; then the one that it holds most often. */
export function sniffDelimiter(headerLine: string): Delimiter {
  const unquoted = headerLine.replaceAll('"', '');
  let best: { delimiter: Delimiter; score: number } = { delimiter: ',', score: -1 };
  for (const delimiter of [',', ';', '\t'] as const) {
    const cells = unquoted.split(delimiter);
    const score = cells.filter((cell) => columnFor(cell) !== null).length * 10_000 + cells.length;
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

interface Header {
  readonly cells: readonly string[];
  readonly columns: readonly (Column | null)[];
  readonly warnings: readonly CsvProblem[];
}

type HeaderResult =
  | { readonly ok: true; readonly header: Header }
  | { readonly ok: false; readonly problems: readonly CsvProblem[] };

function readHeader(rawCells: readonly string[], line: number, limits: CsvLimits): HeaderResult {
  // Spreadsheets leave delimiters behind the last column: these name nothing.
  const last = rawCells.findLastIndex((cell) => cell.trim() !== '');
  const cells = rawCells.slice(0, last + 1).map((cell) => cell.trim());
  if (cells.length > limits.columns) {
    const message = `The file has ${cells.length} columns; ${limits.columns} are the most.`;
    return { ok: false, problems: [{ code: 'CSV_TOO_MANY_COLUMNS', line, message }] };
  }
  const columns = cells.map(columnFor);
  const problems: CsvProblem[] = [];
  if (columns.every((column) => column === null)) {
    const message = `The first line names no column that is known here; it says ${quoteAll(cells)}. Known: ${COLUMN_NAMES.join(', ')}.`;
    return { ok: false, problems: [{ code: 'CSV_HEADER_MISSING', line, message }] };
  }
  for (const column of new Set(columns)) {
    if (column === null) continue;
    const names = cells.filter((_, index) => columns[index] === column);
    if (names.length < 2) continue;
    const message = `The columns ${quoteAll(names)} mean the same (${column}). Keep one of them.`;
    problems.push({ code: 'CSV_HEADER_DUPLICATE', line, message });
  }
  if (problems.length > 0) return { ok: false, problems };

  return { ok: true, header: { cells, columns, warnings: headerWarnings(cells, columns, line) } };
}

/** Which columns of a file are not read, and why. */
export function headerWarnings(
  cells: readonly string[],
  columns: readonly (Column | null)[],
  line = 1,
): readonly CsvProblem[] {
  const warnings: CsvProblem[] = [];
  const unknown = cells.filter((cell, index) => columns[index] === null && !isErrorColumn(cell));
  if (unknown.length > 0) {
    const message = `Not read, since unknown: ${quoteAll(unknown)}.`;
    warnings.push({ code: 'CSV_HEADER_UNKNOWN', line, message });
  }
  return warnings;
}

/** Names for a message: at most ten, each of at most 40 characters, without control characters. */
function quoteAll(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => {
    const clean = name.replace(/\p{Cc}+/gu, ' ').trim();
    if (foldHeader(clean) === '') return '(a column without a name)';
    return `"${clean.length > 40 ? `${clean.slice(0, 40)}…` : clean}"`;
  });
  return shown.join(', ') + (names.length > shown.length ? ` and ${names.length - shown.length} more` : '');
}

const NO_PROBLEMS: readonly RowProblem[] = [];

function fittedRow(
  number: number,
  line: number,
  cells: readonly string[],
  { header, columns }: CsvHead,
  limits: CsvLimits,
): CsvRow {
  if (cells.length === header.length && !cells.some((cell) => cell.length > limits.cell))
    return { number, line, cells, problems: NO_PROBLEMS };
  const problems: RowProblem[] = [];
  const beyond = cells.slice(header.length).some((cell) => cell.trim() !== '');
  if (beyond || cells.length < header.length) {
    problems.push({
      column: null,
      code: 'ROW_CELLS',
      message: `Line ${line} has ${cells.length} cells, the header has ${header.length}.`,
      fix: 'Put cells that hold a delimiter in quotes, and give every row as many cells as the header.',
    });
  }
  const fitted = header.map((name, index) => {
    const cell = cells[index] ?? '';
    if (cell.length <= limits.cell) return cell;
    problems.push({
      column: columns[index] ?? name,
      code: 'CELL_TOO_LONG',
      message: `The cell in line ${line} has ${cell.length} characters; ${limits.cell} are the most.`,
      fix: 'Shorten the cell. A quote that is never closed joins many cells into one.',
    });
    return cell.slice(0, limits.cell);
  });
  return { number, line, cells: fitted, problems };
}

/** Null: no fault of the file. */
function problemOf(error: unknown, lastLine: number): CsvProblem | null {
  if (error instanceof CsvUnreadable) return error.problem;
  if (!(error instanceof CsvError)) return null;
  const line = lastLine + 1;
  if (error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE') {
    const message = `A quote (") is opened in or after line ${line} and never closed. Close it, or double it (""), and upload again.`;
    return { code: 'CSV_QUOTE_OPEN', line, message };
  }
  const reason = error.message.slice(0, 200).replace(/\p{Cc}+/gu, ' ');
  return { code: 'CSV_SYNTAX', line, message: `The file cannot be read from line ${line} on: ${reason}` };
}
