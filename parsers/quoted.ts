// `NAME="value"`, one a line; a `#` at the start of a line is a comment. Knows no phone.
// There is no escape: the value reaches from the first quote to the last one of the line, blanks included.
import { ContentLines, hasCrlf, isJunk, refuseLineValue, trimBlanks } from './lines.ts';
import type { Entry, Note, Syntax } from './syntax.ts';

const HASH = 35;
const QUOTE = 34;

function parse(text: string): { document: readonly Entry[]; notes: Note[] } {
  const entries: Entry[] = [];
  const notes: Note[] = [];
  if (hasCrlf(text)) notes.push({ code: 'crlf' });
  let misread = 0;
  const lines = new ContentLines(text);
  while (lines.next()) {
    const { content, line } = lines;
    if (content.charCodeAt(0) === HASH) continue;
    const found = readPair(content);
    if (found === null) {
      notes.push({ code: 'line-not-understood', at: String(line) });
      misread += 1;
      if (isJunk(misread, entries.length)) break;
    } else {
      entries.push(found.entry);
      if (found.note !== null) notes.push({ code: found.note, at: found.entry.key });
    }
  }
  return { document: entries, notes };
}

function readPair(line: string): { readonly entry: Entry; readonly note: Note['code'] | null } | null {
  const equals = line.indexOf('=');
  if (equals < 1) return null;
  const key = trimBlanks(line.slice(0, equals));
  const rest = trimBlanks(line.slice(equals + 1));
  // A phone wants the quotes; what a person wrote without them is still plain.
  if (rest.charCodeAt(0) !== QUOTE) return { entry: { key, value: rest }, note: 'value-not-quoted' };
  const last = rest.lastIndexOf('"');
  if (last === 0) return null;
  const value = rest.slice(1, last);
  return { entry: { key, value }, note: value.includes('"') ? 'quote-in-value' : null };
}

function print(document: readonly Entry[]): string {
  return document.map(({ key, value }) => `${key}="${value}"\r\n`).join('');
}

function refuseKey(key: string): string | null {
  if (key === '') return 'it is empty';
  if (key.includes('=')) return 'it holds a "="';
  if (key.charCodeAt(0) === HASH) return 'it begins like a comment';
  return refuseLineValue(key);
}

function refuseValue(value: string): string | null {
  if (value.includes('"')) return 'it holds a quote, which ends the value';
  // Between quotes blanks at the ends count.
  return refuseLineValue(`|${value}|`);
}

export const quoted: Syntax<readonly Entry[]> = { parse, print, refuseKey, refuseValue };
