// `key = value`, one a line; a `#` at the start of a line is a comment. Knows no phone.
// In a value everything counts: `#`, `;`, `=`, quotes, `%`. There is no quoting and no escape.
import { endLine, hasCrlf, isBlank, isJunk, type LineEnds, lineBreakOf, refuseLineValue } from './lines.ts';
import type { Entry, Note, Syntax } from './syntax.ts';

export interface KeyValueDocument {
  readonly entries: readonly Entry[];
  /** Lines of another kind, whole: those that begin with `<` or `[` or `include:`, and those without `=`. */
  readonly directives: readonly Directive[];
}

interface Directive {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

const HASH = 35;
const LESS = 60;
const BRACKET = 91;
const LETTER_I = 105;

/** `<a.b>`: what is shorter names no file. */
const SHORTEST_DIRECTIVE = 5;

function isDirective(text: string, start: number): boolean {
  const first = text.charCodeAt(start);
  return first === LESS || first === BRACKET || (first === LETTER_I && text.startsWith('include:', start));
}

function parse(text: string): { document: KeyValueDocument; notes: Note[] } {
  const entries: Entry[] = [];
  const directives: Directive[] = [];
  const notes: Note[] = [];
  if (hasCrlf(text)) notes.push({ code: 'crlf' });
  const lineBreak = lineBreakOf(text);
  const ends: LineEnds = { end: 0, trimmed: false, next: 0 };
  // The next "=", wherever it is: looked for again only when passed, so that lines without one stay cheap.
  let equals = -1;
  let line = 0;
  let misread = 0;
  for (let start = 0; start < text.length; start = ends.next) {
    line += 1;
    endLine(text, start, lineBreak, ends);
    const { end } = ends;
    let at = start;
    while (at < end && isBlank(text.charCodeAt(at))) at += 1;
    if (at === end || text.charCodeAt(at) === HASH) continue;
    if (equals < at) {
      equals = text.indexOf('=', at);
      if (equals === -1) equals = text.length;
    }
    const isOther = isDirective(text, at);
    if (isOther || equals >= end || equals === at) {
      directives.push({ text: text.slice(at, end), line });
      if (!isOther || end - at < SHORTEST_DIRECTIVE) misread += 1;
      if (isJunk(misread, entries.length + directives.length - misread)) break;
      continue;
    }
    let keyEnd = equals;
    while (isBlank(text.charCodeAt(keyEnd - 1))) keyEnd -= 1;
    let valueStart = equals + 1;
    while (valueStart < end && isBlank(text.charCodeAt(valueStart))) valueStart += 1;
    const key = text.slice(at, keyEnd);
    const value = text.slice(valueStart, end);
    entries.push({ key, value });
    if (ends.trimmed && value !== '') notes.push({ code: 'trailing-space-trimmed', at: key });
  }
  return { document: { entries, directives }, notes };
}

function print(document: KeyValueDocument): string {
  let text = '';
  for (const directive of document.directives) text += `${directive.text}\n`;
  for (const { key, value } of document.entries) {
    text += key;
    text += value === '' ? ' =' : ' = ';
    text += value;
    text += '\n';
  }
  return text;
}

function refuseKey(key: string): string | null {
  if (key === '') return 'it is empty';
  if (key.includes('=')) return 'it holds a "="';
  if (key.charCodeAt(0) === HASH || isDirective(key, 0)) return 'it begins like a comment or a directive';
  return refuseLineValue(key);
}

export const keyValue: Syntax<KeyValueDocument> = { parse, print, refuseKey, refuseValue: refuseLineValue };
