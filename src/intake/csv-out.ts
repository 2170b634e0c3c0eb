// Text of the CSV files that we write, and the guard against cells that a spreadsheet would run. Knows no columns.
import { stringify } from 'csv-stringify/sync';

// Spreadsheets take a cell that begins so for a formula; tab and CR in front of one are skipped by some, and the
// full-width forms count as the plain ones in East Asian settings.
const FORMULA = /^'*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
const GUARDED = /^'+[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

/** A cell that begins with = + - @, or with ' before one of these, gets one leading '. */
export function guardCell(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** Takes off what guardCell put on: for every text, unguardCell(guardCell(text)) is that text. */
export function unguardCell(text: string): string {
  // Asked first, since it is asked of every cell of a file.
  return text.charCodeAt(0) === 0x27 && GUARDED.test(text) ? text.slice(1) : text;
}

/** Spreadsheets take a file without a byte order mark for text of their own code page. */
export const BOM = '\uFEFF';

/** One CSV text with CRLF, every cell guarded; null is an empty cell. */
export function writeCsv(rows: Iterable<readonly (string | null)[]>): string {
  return stringify(
    Array.from(rows, (row) => row.map((cell) => (cell === null ? '' : guardCell(cell)))),
    { record_delimiter: 'windows', quoted_match: /^\s|\s$|[\r\n]/ },
  );
}
