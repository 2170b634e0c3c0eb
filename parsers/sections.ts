// `[ name ]` sections of `key = value` lines; the same name may come many times and each is a section of its own.
// Knows no phone. Not INI: nothing is merged, quoted, typed or cut at `;` and `#`.
import { ContentLines, hasCrlf, isJunk, refuseLineValue, trimBlanks } from './lines.ts';
import type { Entry, Note, Syntax } from './syntax.ts';

export interface Section {
  /** Empty for entries before the first section. */
  readonly name: string;
  readonly entries: readonly Entry[];
}

const HASH = 35;
const SEMICOLON = 59;

function isComment(code: number): boolean {
  return code === HASH || code === SEMICOLON;
}

function parse(text: string): { document: Section[]; notes: Note[] } {
  const notes: Note[] = [];
  if (hasCrlf(text)) notes.push({ code: 'crlf' });
  const sections: Section[] = [];
  let entries: Entry[] = [];
  let misread = 0;
  let understood = 0;
  const lines = new ContentLines(text);
  while (lines.next()) {
    const { content, line, trimmed } = lines;
    if (isComment(content.charCodeAt(0))) continue;
    if (isHeader(content)) {
      entries = [];
      sections.push({ name: trimBlanks(content.slice(1, -1)), entries });
      continue;
    }
    const equals = content.indexOf('=');
    if (equals < 1) {
      notes.push({ code: 'line-not-understood', at: String(line) });
      misread += 1;
      if (isJunk(misread, understood)) break;
      continue;
    }
    if (sections.length === 0) sections.push({ name: '', entries });
    const key = trimBlanks(content.slice(0, equals));
    const value = trimBlanks(content.slice(equals + 1));
    entries.push({ key, value });
    understood += 1;
    if (trimmed && value !== '') notes.push({ code: 'trailing-space-trimmed', at: key });
  }
  return { document: sections, notes };
}

function isHeader(content: string): boolean {
  return content.startsWith('[') && content.indexOf(']') === content.length - 1 && content.length > 2;
}

function print(sections: Section[]): string {
  let text = '';
  for (const { name, entries } of sections) {
    if (name !== '') text += text === '' ? `[ ${name} ]\n` : `\n[ ${name} ]\n`;
    for (const { key, value } of entries) text += value === '' ? `${key} =\n` : `${key} = ${value}\n`;
  }
  return text;
}

function refuseKey(key: string): string | null {
  if (key === '') return 'it is empty';
  if (key.includes('=')) return 'it holds a "="';
  if (isComment(key.charCodeAt(0)) || key.startsWith('[')) return 'it begins like a comment or a section';
  return refuseLineValue(key);
}

export const sections: Syntax<Section[]> = { parse, print, refuseKey, refuseValue: refuseLineValue };
