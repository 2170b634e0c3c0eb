// The bytes of a CSV file as they come -> the same text in UTF-8, whatever it was written in. Knows no columns.
import { isAscii, isUtf8 } from 'node:buffer';
import type { CsvProblem } from './csv.ts';

export type CsvEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** Thrown to end the reading of a file; becomes its problem. */
export class CsvUnreadable extends Error {
  readonly problem: CsvProblem;

  constructor(problem: CsvProblem) {
    super(problem.message);
    this.name = 'CsvUnreadable';
    this.problem = problem;
  }
}

/** Enough to see where the NULs of UTF-16 stand. */
const HEAD = 1024;
const NOTHING = new Uint8Array();

/**
 * Takes the file in parts. Without a byte order mark it is UTF-8 until bytes come that are none: if all before was ASCII,
 * which both write alike, it is Windows-1252 from there on.
 */
export class CsvBytes {
  #encoding: CsvEncoding | null = null;
  /** Bytes of a character that is not whole yet, and at first the head. */
  #held: Uint8Array = NOTHING;
  #onlyAscii = true;
  #lines = 0;
  #decoder: InstanceType<typeof TextDecoder> | null = null;

  /** @param said by the sender, who often does not know; only what says more than UTF-8 counts */
  constructor(said: CsvEncoding | null = null) {
    if (said !== null && said !== 'utf-8') this.#begin(said);
  }

  /** What the file was found to be written in. */
  get encoding(): CsvEncoding {
    return this.#encoding ?? 'utf-8';
  }

  /** Whole characters only: what is left of one waits for the next part. @throws CsvUnreadable */
  push(part: Uint8Array): Uint8Array {
    const bytes = this.#held.length === 0 ? part : Buffer.concat([this.#held, part]);
    this.#held = NOTHING;
    if (this.#encoding === null && bytes.length < HEAD) {
      this.#held = bytes;
      return NOTHING;
    }
    return this.#take(bytes, false);
  }

  end(): Uint8Array {
    const bytes = this.#held;
    this.#held = NOTHING;
    return this.#take(bytes, true);
  }

  #begin(encoding: CsvEncoding): void {
    this.#encoding = encoding;
    if (encoding !== 'utf-8') this.#decoder = new TextDecoder(encoding, { fatal: encoding.startsWith('utf-16') });
  }

  #take(bytes: Uint8Array, last: boolean): Uint8Array {
    if (this.#encoding !== null) return this.#decode(bytes, last);
    this.#begin(guessEncoding(bytes));
    return this.#decode(this.#encoding === 'utf-8' && hasMark(bytes) ? bytes.subarray(3) : bytes, last);
  }

  #decode(bytes: Uint8Array, last: boolean): Uint8Array {
    const text = this.#decoder === null ? this.#utf8(bytes, last) : this.#other(this.#decoder, bytes, last);
    const nul = text.indexOf(0);
    if (nul !== -1) {
      const line = this.#lineAt(text, nul);
      const message = `Line ${line} holds a NUL byte: the file is no text, or it is damaged. Save it as "CSV UTF-8".`;
      throw new CsvUnreadable({ code: 'CSV_NUL', line, message });
    }
    this.#lines += countLines(text, text.length);
    return text;
  }

  #utf8(bytes: Uint8Array, last: boolean): Uint8Array {
    const whole = last ? bytes.length : wholeCharacters(bytes);
    const text = bytes.subarray(0, whole);
    if (!isUtf8(text)) {
      if (!this.#onlyAscii || hasSequences(text)) throw this.#mixed(text);
      this.#begin('windows-1252');
      return this.#decode(bytes, last);
    }
    this.#onlyAscii &&= isAscii(text);
    this.#held = bytes.subarray(whole);
    return text;
  }

  #other(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array, last: boolean): Uint8Array {
    try {
      return Buffer.from(decoder.decode(bytes, { stream: !last }));
    } catch {
      const line = this.#lines + 1;
      const message = `The file is ${this.encoding.toUpperCase()} text, damaged in or after line ${line}. Save it as "CSV UTF-8" and upload it again.`;
      throw new CsvUnreadable({ code: 'CSV_ENCODING', line, message });
    }
  }

  #mixed(text: Uint8Array): CsvUnreadable {
    const line = this.#lineAt(text, firstNotUtf8(text));
    const message = `Line ${line} holds bytes that are not UTF-8, though the file is. Mend the line, or save the file as "CSV UTF-8", and upload it again.`;
    return new CsvUnreadable({ code: 'CSV_ENCODING', line, message });
  }

  #lineAt(text: Uint8Array, offset: number): number {
    return this.#lines + countLines(text, offset) + 1;
  }
}

function hasMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** A header is mostly ASCII: as UTF-16 every second byte of it is NUL. */
function guessEncoding(head: Uint8Array): CsvEncoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const pairs = Math.min(head.length, HEAD) >> 1;
  let even = 0;
  let odd = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    if (head[pair * 2] === 0) even += 1;
    if (head[pair * 2 + 1] === 0) odd += 1;
  }
  if (odd > pairs * 0.6 && even < pairs * 0.1) return 'utf-16le';
  if (even > pairs * 0.6 && odd < pairs * 0.1) return 'utf-16be';
  return 'utf-8';
}

/** How many bytes from the start do not cut the last character. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return back < length ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** True when some of the characters beyond ASCII are UTF-8: in Windows-1252 text they look so by accident only. */
function hasSequences(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  return /[^\0-\x7f\ufffd]/.test(text);
}

function firstNotUtf8(bytes: Uint8Array): number {
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return start;
    start = end + 1;
  }
  return start;
}

function countLines(text: Uint8Array, until: number): number {
  let lines = 0;
  for (let at = text.indexOf(0x0a); at !== -1 && at < until; at = text.indexOf(0x0a, at + 1)) lines += 1;
  return lines;
}
