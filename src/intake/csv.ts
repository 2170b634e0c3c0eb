// CSV bytes -> header and rows, with every problem of the file and of its rows named by line. Knows no users.
import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parse } from 'csv-parse';
import { COLUMN_NAMES, type Column, columnFor, foldHeader, isErrorColumn } from './columns.ts';
import { unguardCell } from './csv-out.ts';

export interface CsvLimits {
  readonly rows: number;
  readonly columns: number;
  /** Characters. */
  readonly cell: number;
}

export const CSV_LIMITS: CsvLimits = { rows: 50_000, columns: 100, cell: 2_000 };

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
  | 'CSV_TOO_MANY_ROWS';

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

export interface CsvTable {
  readonly delimiter: ',' | ';' | '\t';
  readonly header: readonly string[];
  /** Per header cell; null: not known, not read. */
  readonly columns: readonly (Column | null)[];
  readonly rows: readonly CsvRow[];
  /** The file can be used all the same. */
  readonly warnings: readonly CsvProblem[];
}

export type CsvResult =
  | { readonly ok: true; readonly table: CsvTable }
  | { readonly ok: false; readonly problems: readonly CsvProblem[] };

const LINE_ENDS = ['\r\n', '\n', '\r'];
const SLICE_BYTES = 128 * 1024;

/** Reads a whole file. Large ones are read in slices, so that the process does other work between them. */
export async function readCsv(bytes: Uint8Array, limits: CsvLimits = CSV_LIMITS): Promise<CsvResult> {
  const unreadable = checkEncoding(bytes);
  if (unreadable !== null) return fail(unreadable);
  const start = afterPreamble(bytes);
  const delimiter = start.delimiter ?? sniffDelimiter(firstRecord(start.rest));

  let header: Header | null = null;
  const rows: CsvRow[] = [];
  let lastLine = start.lines;
  const parser = Readable.from(slices(start.rest)).pipe(
    parse({
      delimiter,
      info: true,
      record_delimiter: LINE_ENDS,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    }),
  );
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      const line = info.lines + start.lines;
      const cells = record.map(unguardCell);
      if (header === null) {
        const read = readHeader(cells, line, limits);
        if (!read.ok) return fail(...read.problems);
        header = read.header;
      } else if (cells.some((cell) => cell.trim() !== '')) {
        if (rows.length >= limits.rows) return fail(tooManyRows(line, limits));
        rows.push({ number: rows.length + 1, line, ...fitCells(cells, header.cells, line, limits) });
      }
      lastLine = line;
    }
  } catch (error) {
    return fail(syntaxProblem(error, lastLine));
  } finally {
    parser.destroy();
  }
  if (header === null) {
    return fail({ code: 'CSV_EMPTY', line: 1, message: 'The file is empty. The first line names the columns.' });
  }
  return {
    ok: true,
    table: { delimiter, header: header.cells, columns: header.columns, rows, warnings: header.warnings },
  };
}

/** The cell of a column, or null when the file has no such column. */
export function cellOf(table: Pick<CsvTable, 'columns'>, row: Pick<CsvRow, 'cells'>, column: Column): string | null {
  const index = table.columns.indexOf(column);
  return index === -1 ? null : (row.cells[index] ?? '');
}

function fail(...problems: readonly CsvProblem[]): CsvResult {
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

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    yield bytes.subarray(start, start + SLICE_BYTES);
    await nextTurn();
  }
}

function checkEncoding(bytes: Uint8Array): CsvProblem | null {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) {
    const message = 'The file is UTF-16 text. Save it as "CSV UTF-8" and upload it again.';
    return { code: 'CSV_ENCODING', line: 1, message };
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    const line = lineAt(bytes, nul);
    const message = `Line ${line} holds a NUL byte: the file is no UTF-8 text, or it is damaged. Save it as "CSV UTF-8".`;
    return { code: 'CSV_NUL', line, message };
  }
  if (isUtf8(bytes)) return null;
  const line = firstLineNotUtf8(bytes);
  const message = `Line ${line} holds bytes that are not UTF-8. Save the file as "CSV UTF-8" and upload it again.`;
  return { code: 'CSV_ENCODING', line, message };
}

function lineAt(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(0x0a); at !== -1 && at < offset; at = bytes.indexOf(0x0a, at + 1)) line += 1;
  return line;
}

function firstLineNotUtf8(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(0x0a, start);
    const text = bytes.subarray(start, end === -1 ? bytes.length : end);
    if (!isUtf8(text)) return line;
    if (end === -1) break;
    start = end + 1;
    line += 1;
  }
  return line;
}

/** Steps over a byte order mark and over Excel's own first line `sep=;`. */
function afterPreamble(bytes: Uint8Array): { rest: Uint8Array; lines: number; delimiter: ',' | ';' | '\t' | null } {
  const rest = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
  const sep = /^sep=([,;\t])\r?\n/i.exec(Buffer.from(rest.subarray(0, 8)).toString('latin1'));
  if (sep === null) return { rest, lines: 0, delimiter: null };
  return { rest: rest.subarray(sep[0].length), lines: 1, delimiter: sep[1] as ',' | ';' | '\t' };
}

function firstRecord(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 64 * 1024)).toString('utf8');
  return /^[\r\n]*([^\r\n]*)/.exec(head)?.[1] ?? '';
}

/** The delimiter that gives the most known columns in the header; then the one that it holds most often. */
export function sniffDelimiter(headerLine: string): ',' | ';' | '\t' {
  const unquoted = headerLine.replaceAll('"', '');
  let best: { delimiter: ',' | ';' | '\t'; score: number } = { delimiter: ',', score: -1 };
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

function fitCells(
  cells: readonly string[],
  header: readonly string[],
  line: number,
  limits: CsvLimits,
): Pick<CsvRow, 'cells' | 'problems'> {
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
      column: name,
      code: 'CELL_TOO_LONG',
      message: `The cell in line ${line} has ${cell.length} characters; ${limits.cell} are the most.`,
      fix: 'Shorten the cell. A quote that is never closed joins many cells into one.',
    });
    return cell.slice(0, limits.cell);
  });
  return { cells: fitted, problems };
}

function syntaxProblem(error: unknown, lastLine: number): CsvProblem {
  const line = lastLine + 1;
  if (error instanceof Error && 'code' in error && error.code === 'CSV_QUOTE_NOT_CLOSED') {
    const message = `A quote (") is opened in or after line ${line} and never closed. Close it, or double it (""), and upload again.`;
    return { code: 'CSV_QUOTE_OPEN', line, message };
  }
  const reason = error instanceof Error ? error.message.slice(0, 200).replace(/\p{Cc}+/gu, ' ') : 'unknown';
  return { code: 'CSV_SYNTAX', line, message: `The file cannot be read from line ${line} on: ${reason}` };
}
