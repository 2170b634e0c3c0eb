// Java properties: `key=value`, `key: value` or `key value` with `\` escapes and lines that go on after a `\` at their
// end; `#` and `!` begin comments. Knows no program.
import { hasCrlf } from './lines.ts';
import type { Entry, Note, Syntax } from './syntax.ts';

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_whole, hex: string | undefined, other: string) =>
    hex === undefined ? (ESCAPES[other] ?? other) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** An odd number of `\` at the end: the last one escapes the line break. */
function goesOn(line: string): boolean {
  let count = 0;
  while (count < line.length && line[line.length - 1 - count] === '\\') count += 1;
  return count % 2 === 1;
}

/** Where the key ends: at the first blank, `=` or `:` that is not escaped. */
function endOfKey(line: string): number {
  let at = 0;
  while (at < line.length && !/[ \t\f=:]/.test(line.charAt(at))) at += line[at] === '\\' ? 2 : 1;
  return Math.min(at, line.length);
}

function parse(text: string): { document: Entry[]; notes: Note[] } {
  const document: Entry[] = [];
  const notes: Note[] = hasCrlf(text) ? [{ code: 'crlf' }] : [];
  let parts: string[] = [];
  const add = (line: string): void => {
    const keyEnd = endOfKey(line);
    const value = line.slice(keyEnd).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
    document.push({ key: unescaped(line.slice(0, keyEnd)), value: unescaped(value) });
  };
  for (const natural of text.split(/\r\n|\n|\r/)) {
    const line = natural.replace(/^[ \t\f]+/, '');
    if (parts.length === 0 && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    if (goesOn(line)) {
      parts.push(line.slice(0, -1));
      continue;
    }
    add(parts.join('') + line);
    parts = [];
  }
  if (parts.length > 0) add(parts.join(''));
  return { document, notes };
}

function escaped(text: string): string {
  return text.replaceAll(/[\\\t\n\r\f=:#!]/g, (found) => {
    const letter = Object.entries(ESCAPES).find(([, meant]) => meant === found)?.[0];
    return `\\${letter ?? found}`;
  });
}

function print(document: Entry[]): string {
  let text = '';
  for (const { key, value } of document) {
    text += `${escaped(key).replaceAll(' ', '\\ ')}=${escaped(value).replace(/^ /, '\\ ')}\n`;
  }
  return text;
}

function refuse(text: string): string | null {
  if (!text.isWellFormed()) return 'it holds half a character';
  return text.includes('\0') ? 'it holds a NUL character' : null;
}

export const properties: Syntax<Entry[]> = {
  parse,
  print,
  refuseKey: (key) => (key === '' ? 'it is empty' : refuse(key)),
  refuseValue: refuse,
};
