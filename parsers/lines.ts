// Walks a text line by line without copying it. Knows no syntax.

/** The next line of `text` from `start`: where its content ends, and where the line after it begins. */
export interface LineEnds {
  /** Index behind the last character, without LF, CRLF or blanks before them. */
  end: number;
  /** Whether blanks were dropped at the end. */
  trimmed: boolean;
  next: number;
}

const LF = 10;
const CR = 13;
const TAB = 9;
const BLANK = 32;
const DELETE = 127;

/** The character that ends a line here: a text without any LF may use CR alone. */
export function lineBreakOf(text: string): '\n' | '\r' {
  return text.includes('\n') || !text.includes('\r') ? '\n' : '\r';
}

/** True when a line ends in CRLF. */
export function hasCrlf(text: string): boolean {
  return text.includes('\r\n');
}

/** Blank or tab. Other Unicode blanks are part of a value. */
export function isBlank(code: number): boolean {
  return code === BLANK || code === TAB;
}

/** Fills `ends` for the line that starts at `start`. One object is used again and again: files have many lines. */
export function endLine(text: string, start: number, lineBreak: '\n' | '\r', ends: LineEnds): void {
  const at = text.indexOf(lineBreak, start);
  let end = at === -1 ? text.length : at;
  ends.next = at === -1 ? text.length : at + 1;
  let trimmed = false;
  // Mostly there is nothing to drop.
  if (end > start && text.charCodeAt(end - 1) <= BLANK) {
    while (end > start && (text.charCodeAt(end - 1) === CR || text.charCodeAt(end - 1) === LF)) end -= 1;
    const withBlanks = end;
    while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
    trimmed = end < withBlanks;
  }
  ends.end = end;
  ends.trimmed = trimmed;
}

/** Goes over the lines of a text that say something. A cursor, as files have many lines and this is read again and again. */
export class ContentLines {
  /** Without blanks at either end; never empty. */
  content = '';
  /** Counted from 1, empty lines too. */
  line = 0;
  /** Whether blanks were dropped at the end. */
  trimmed = false;
  readonly #text: string;
  readonly #lineBreak: '\n' | '\r';
  readonly #ends: LineEnds = { end: 0, trimmed: false, next: 0 };

  constructor(text: string) {
    this.#text = text;
    this.#lineBreak = lineBreakOf(text);
  }

  /** To the next one; false: there is none. */
  next(): boolean {
    const text = this.#text;
    const ends = this.#ends;
    while (ends.next < text.length) {
      let at = ends.next;
      endLine(text, at, this.#lineBreak, ends);
      this.line += 1;
      while (at < ends.end && isBlank(text.charCodeAt(at))) at += 1;
      if (at >= ends.end) continue;
      this.content = text.slice(at, ends.end);
      this.trimmed = ends.trimmed;
      return true;
    }
    return false;
  }
}

const MOST_MISREAD = 20_000;

/**
 * Whether so many lines had no form that the syntax knows, and so few had one, that the text is no configuration whatever
 * follows: a million of them are not listed one by one.
 */
export function isJunk(misread: number, understood: number): boolean {
  return misread > MOST_MISREAD && misread > understood;
}

/** Blanks and tabs only: others are part of a value. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Why no line-based syntax carries this value; null when it does. */
export function refuseLineValue(value: string): string | null {
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code < 32 || code >= DELETE) return refuseUnusual(value);
  }
  return refuseBlankEnds(value);
}

function refuseBlankEnds(value: string): string | null {
  return value !== '' && (isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1)))
    ? 'it begins or ends with a blank, which the phone would drop'
    : null;
}

/** Of a value that holds other characters than ASCII's printable ones. */
function refuseUnusual(value: string): string | null {
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code === CR || code === LF) return 'it holds a line break';
    if (code === 0) return 'it holds a NUL character';
    if ((code < 32 && code !== TAB) || code === DELETE) return 'it holds a control character';
  }
  return value.isWellFormed() ? refuseBlankEnds(value) : 'it holds half a character';
}
