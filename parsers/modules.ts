// `<NAME MODULE>` headings over `Key :value` lines, between a first line with a version and `<<END OF FILE>>`. Within a
// module `--Name--  :` stands over a list. Knows no phone. The first colon splits; there is no quoting and no escape.
import { ContentLines, hasCrlf, refuseLineValue, trimBlanks } from './lines.ts';
import type { Entry, Note, Syntax } from './syntax.ts';

interface ListEntry extends Entry {
  /** The name over the list that it stands in; null: none. */
  readonly list: string | null;
}

export interface Module {
  /** Empty for entries before the first heading. */
  readonly name: string;
  readonly entries: readonly ListEntry[];
}

export interface ModulesDocument {
  /** Of the first line; null: it has none. */
  readonly version: string | null;
  readonly modules: readonly Module[];
}

const START = '<<VOIP CONFIG FILE>>Version:';
const END = '<<END OF FILE>>';
/** As phones write them: the first line is filled with blanks, keys are as wide as this. */
const START_WIDTH = 60;
const KEY_WIDTH = 19;

const HASH = 35;

/** Neither list name nor module name is longer: what is, is a setting with an odd key. */
const LONGEST_HEADING = 60;

function parse(text: string): { document: ModulesDocument; notes: Note[] } {
  const notes: Note[] = [];
  if (hasCrlf(text)) notes.push({ code: 'crlf' });
  const modules: Module[] = [];
  let entries: ListEntry[] = [];
  let list: string | null = null;
  let version: string | null = null;
  const lines = new ContentLines(text);
  while (lines.next()) {
    const { content, line, trimmed } = lines;
    if (content.charCodeAt(0) === HASH) continue;
    if (content.startsWith(END)) break;
    if (content.startsWith(START)) {
      version = content.slice(START.length).trim();
      continue;
    }
    const short = content.length <= LONGEST_HEADING;
    if (short && content.startsWith('<') && content.endsWith('>')) {
      entries = [];
      list = null;
      modules.push({ name: content.slice(1, -1).trim(), entries });
      continue;
    }
    const listName = short ? /^--([^:]+?)--[ \t]*:$/.exec(content)?.[1] : undefined;
    if (listName !== undefined) {
      list = listName.trim();
      continue;
    }
    const colon = content.indexOf(':');
    if (colon < 1) {
      notes.push({ code: 'line-not-understood', at: String(line) });
      continue;
    }
    if (modules.length === 0) modules.push({ name: '', entries });
    const key = trimBlanks(content.slice(0, colon));
    const value = trimBlanks(content.slice(colon + 1));
    entries.push({ key, value, list });
    if (trimmed && value !== '') notes.push({ code: 'trailing-space-trimmed', at: key });
  }
  return { document: { version, modules }, notes };
}

/** With CRLF, as phones and their makers' tools write it. */
function print({ version, modules }: ModulesDocument): string {
  let text = version === null ? '' : `${(START + version).padEnd(START_WIDTH)}\r\n`;
  for (const { name, entries } of modules) {
    if (name !== '') text += `\r\n<${name}>\r\n`;
    let list: string | null = null;
    for (const entry of entries) {
      if (entry.list !== null && entry.list !== list) text += `${`--${entry.list}--`.padEnd(KEY_WIDTH)}:\r\n`;
      list = entry.list;
      text += `${entry.key.padEnd(KEY_WIDTH)}:${entry.value}\r\n`;
    }
  }
  return version === null ? text : `${text}${END}\r\n`;
}

function refuseKey(key: string): string | null {
  if (key === '') return 'it is empty';
  if (key.includes(':')) return 'it holds a ":"';
  if (key.charCodeAt(0) === HASH || /^(?:<|--)/.test(key)) return 'it begins like a comment or a heading';
  return refuseLineValue(key);
}

export const modules: Syntax<ModulesDocument> = { parse, print, refuseKey, refuseValue: refuseLineValue };
