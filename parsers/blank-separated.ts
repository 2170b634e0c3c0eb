// `KEY value` lines, divided by blanks, perhaps under `[SECTION]` lines; `#` at the start of a line is a comment.
// Knows no phone.
import { ContentLines, hasCrlf, refuseLineValue } from './lines.ts';
import type { Entry, Note, Syntax } from './syntax.ts';

interface BlankSeparatedSection {
  /** Empty for entries before the first section. */
  readonly name: string;
  readonly entries: readonly Entry[];
}

const SECTION = /^\[([^\][]+)\]$/;
/** `SET` before the key changes nothing. */
const PAIR = /^(?:SET[ \t]+)?(\w+)(?:[ \t]+(.*))?$/s;

function parse(text: string): { document: BlankSeparatedSection[]; notes: Note[] } {
  const document: BlankSeparatedSection[] = [];
  const notes: Note[] = [];
  if (hasCrlf(text)) notes.push({ code: 'crlf' });
  let entries: Entry[] = [];
  const lines = new ContentLines(text);
  while (lines.next()) {
    const { content: whole, line, trimmed } = lines;
    const content = whole.trimStart();
    if (content === '' || content.startsWith('#')) continue;
    const section = SECTION.exec(content)?.[1];
    if (section !== undefined) {
      entries = [];
      document.push({ name: section.trim(), entries });
      continue;
    }
    const [, key, value = ''] = PAIR.exec(content) ?? [];
    if (key === undefined) {
      notes.push({ code: 'line-not-understood', at: String(line) });
      continue;
    }
    if (document.length === 0) document.push({ name: '', entries });
    entries.push({ key, value });
    if (trimmed && value !== '') notes.push({ code: 'trailing-space-trimmed', at: key });
  }
  return { document, notes };
}

function print(document: BlankSeparatedSection[]): string {
  let text = '';
  for (const { name, entries } of document) {
    if (name !== '') text += `[${name}]\n`;
    for (const { key, value } of entries) text += value === '' ? `${key}\n` : `${key} ${value}\n`;
  }
  return text;
}

function refuseKey(key: string): string | null {
  return /^\w+$/.test(key) && key !== 'SET' ? null : 'it is no name of letters, digits and "_"';
}

export const blankSeparated: Syntax<BlankSeparatedSection[]> = {
  parse,
  print,
  refuseKey,
  refuseValue: refuseLineValue,
};
