// Small tables for a terminal: columns as wide as their widest cell, the last one as long as it likes.
import { stripVTControlCharacters } from 'node:util';

/** Columns that a cell takes on a terminal. Wide (East Asian) characters are counted as two; colours as none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of stripVTControlCharacters(text)) {
    const code = char.codePointAt(0) ?? 0;
    if (/\p{Mark}|\p{Cf}/u.test(char)) continue;
    width += (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xffe6) || code >= 0x1f300 ? 2 : 1;
  }
  return width;
}

/** Fills up to the width, or shortens with an ellipsis. */
export function padTo(text: string, width: number): string {
  const taken = widthOf(text);
  if (taken <= width) return text + ' '.repeat(width - taken);
  let short = '';
  for (const char of stripVTControlCharacters(text)) {
    if (widthOf(short + char) > width - 1) break;
    short += char;
  }
  return `${short}…${' '.repeat(Math.max(0, width - widthOf(short) - 1))}`;
}

/**
 * What a file or a server says must not steer the terminal: control characters become visible, so does an escape that
 * would recolour or retitle it.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : `\\u{${code.toString(16)}}`;
  });
}

export function textTable(rows: readonly (readonly string[])[], indent = ''): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  return rows.map(
    (row) =>
      indent +
      row
        .map((cell, column) => padTo(cell, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
  );
}
