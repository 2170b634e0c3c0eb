// The first lines of a file of users, read where it lies: how it is written, what its columns are called; and the same file with
// other names for its columns. What the rows mean, the API says: it reads the whole file.
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
export type Delimiter = ',' | ';' | '\t';
export const DELIMITERS: readonly Delimiter[] = [',', ';', '\t'];

export interface CsvHead {
  readonly encoding: Encoding;
  readonly delimiter: Delimiter;
  readonly header: readonly string[];
  /** The first ones. */
  readonly rows: readonly (readonly string[])[];
  /** Bytes of the file where the line with the names begins, and where it ends. */
  readonly start: number;
  readonly end: number;
}

/** Why a file cannot be one of users; `at` counts from 1. */
export type CsvFault =
  | { readonly kind: 'empty' }
  /** A workbook of Excel, or a zip. */
  | { readonly kind: 'workbook' }
  | { readonly kind: 'binary'; readonly at: number }
  | { readonly kind: 'header-open' };

export type HeadResult =
  | { readonly ok: true; readonly head: CsvHead }
  | { readonly ok: false; readonly fault: CsvFault };

/** Of the file: enough for the first rows. */
export const HEAD_BYTES = 256 * 1024;
export const SHOWN_ROWS = 20;
/** Enough to see where the NULs of UTF-16 stand. */
const GUESS_BYTES = 1024;

/**
 * @param bytes the beginning of the file; `isWhole` when that is all of it
 * @param isKnown whether a header cell names a column: it tells the delimiter from others
 */
export function readHead(
  bytes: Uint8Array,
  isWhole: boolean,
  isKnown: (cell: string) => boolean,
  chosen?: Delimiter,
): HeadResult {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4) return fail({ kind: 'workbook' });
  const encoding = guessEncoding(bytes);
  const size = encoding.startsWith('utf-16') ? 2 : 1;
  const skip = markLength(bytes, encoding);
  // One character per unit of the encoding: delimiters, quotes and line ends are the same ones in all of them.
  const units = unitsOf(bytes.subarray(skip), encoding);
  const nul = units.indexOf('\0');
  if (nul !== -1) return fail({ kind: 'binary', at: skip + nul * size + 1 });
  const textOf = (from: number, to: number) =>
    new TextDecoder(encoding).decode(bytes.subarray(skip + from * size, skip + to * size));

  const sep = /^sep=([,;\t])\r?\n/i.exec(units.slice(0, 8));
  let at = sep?.[0].length ?? 0;
  while (units[at] === '\r' || units[at] === '\n') at += 1;
  if (units.slice(at).trim() === '') return fail({ kind: 'empty' });
  const line = /^[^\r\n]*/.exec(units.slice(at))?.[0].length ?? 0;
  const delimiter = chosen ?? (sep?.[1] as Delimiter | undefined) ?? sniffDelimiter(textOf(at, at + line), isKnown);

  const end = recordEnd(units, at, delimiter);
  if (end === null && !isWhole) return fail({ kind: 'header-open' });
  const headerEnd = end ?? units.length;
  const header = splitRecord(textOf(at, headerEnd), delimiter).map((cell) => cell.trim());
  const rows: string[][] = [];
  for (let from = headerEnd; rows.length < SHOWN_ROWS; ) {
    while (units[from] === '\r' || units[from] === '\n') from += 1;
    if (from >= units.length) break;
    const to = recordEnd(units, from, delimiter);
    // Cut off by what was read of the file, not by the file.
    if (to === null && !isWhole) break;
    const cells = splitRecord(textOf(from, to ?? units.length), delimiter);
    if (cells.some((cell) => cell.trim() !== '')) rows.push(cells);
    from = to ?? units.length;
  }
  // Excel's own first line names the delimiter for everybody who reads the file: another one that is chosen replaces it.
  const start = sep && sep[1] !== delimiter ? 0 : at;
  return {
    ok: true,
    head: {
      encoding,
      delimiter,
      // Spreadsheets leave delimiters behind the last column: these name nothing.
      header: header.slice(0, header.findLastIndex((cell) => cell !== '') + 1),
      rows,
      start: start === 0 && at > 0 ? skip : skip + at * size,
      end: skip + headerEnd * size,
    },
  };
}

/** The parts that the file is sent as, with these names for its columns; everything else stays as it is, byte for byte. */
export function withHeader(file: Blob, head: CsvHead, names: readonly string[]): Blob {
  const line = names.map((name) => name.replace(/[",;\t\r\n]+/g, ' ')).join(head.delimiter);
  return new Blob([file.slice(0, head.start), encode(line, head.encoding), file.slice(head.end)], { type: file.type });
}

function fail(fault: CsvFault): HeadResult {
  return { ok: false, fault };
}

/** As the API guesses it, from the beginning alone. */
function guessEncoding(bytes: Uint8Array): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const pairs = Math.min(bytes.length, GUESS_BYTES) >> 1;
  let even = 0;
  let odd = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    if (bytes[pair * 2] === 0) even += 1;
    if (bytes[pair * 2 + 1] === 0) odd += 1;
  }
  if (odd > pairs * 0.6 && even < pairs * 0.1) return 'utf-16le';
  if (even > pairs * 0.6 && odd < pairs * 0.1) return 'utf-16be';
  try {
    // What was read may end within a character.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

function markLength(bytes: Uint8Array, encoding: Encoding): number {
  if (encoding === 'utf-8') return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  if (encoding === 'windows-1252') return 0;
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff) ? 2 : 0;
}

function unitsOf(bytes: Uint8Array, encoding: Encoding): string {
  const label = encoding === 'utf-8' ? 'windows-1252' : encoding;
  return new TextDecoder(label, { ignoreBOM: true }).decode(bytes);
}

/** The delimiter that gives the most columns that are known; then the one that the line holds most often. */
function sniffDelimiter(line: string, isKnown: (cell: string) => boolean): Delimiter {
  const unquoted = line.replaceAll('"', '');
  let best: { delimiter: Delimiter; score: number } = { delimiter: ',', score: -1 };
  for (const delimiter of DELIMITERS) {
    const cells = unquoted.split(delimiter);
    const score = cells.filter(isKnown).length * 10_000 + cells.length;
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

/** Where the record ends: before its line end. Null: not within the text. */
function recordEnd(text: string, from: number, delimiter: string): number | null {
  let isQuoted = false;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (isQuoted) {
      if (char !== '"') continue;
      if (text[at + 1] === '"') at += 1;
      else isQuoted = false;
    } else if (char === '\r' || char === '\n') return at;
    // Only at the beginning of a cell is it one.
    else if (char === '"' && (at === from || text[at - 1] === delimiter)) isQuoted = true;
  }
  return null;
}

function splitRecord(text: string, delimiter: string): string[] {
  const cells: string[] = [];
  for (let at = 0; at <= text.length; ) {
    if (text[at] === '"') {
      let cell = '';
      let next = at + 1;
      for (; next < text.length; next += 1) {
        if (text[next] !== '"') cell += text[next];
        else if (text[next + 1] === '"') {
          cell += '"';
          next += 1;
        } else break;
      }
      const end = text.indexOf(delimiter, next);
      cells.push(cell + text.slice(next + 1, end === -1 ? undefined : end));
      at = end === -1 ? text.length + 1 : end + 1;
    } else {
      const end = text.indexOf(delimiter, at);
      cells.push(text.slice(at, end === -1 ? undefined : end));
      at = end === -1 ? text.length + 1 : end + 1;
    }
  }
  return cells;
}

function encode(text: string, encoding: Encoding): Uint8Array<ArrayBuffer> {
  switch (encoding) {
    case 'utf-8':
      return new TextEncoder().encode(text);
    case 'windows-1252': {
      const all = new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
      // A name that was typed elsewhere may hold what the file cannot.
      return Uint8Array.from(text, (char) => (all.includes(char) ? all.indexOf(char) : 0x3f));
    }
    case 'utf-16le':
    case 'utf-16be': {
      const bytes = new Uint8Array(text.length * 2);
      const view = new DataView(bytes.buffer);
      for (let at = 0; at < text.length; at += 1) {
        view.setUint16(at * 2, text.charCodeAt(at), encoding === 'utf-16le');
      }
      return bytes;
    }
  }
}
