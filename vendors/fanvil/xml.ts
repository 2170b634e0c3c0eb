// Fanvil's two XML dialects: VOIP_CONFIG_FILE (lists of entries with an ID) and sysConf (elements with an index).
// Sources as in table.ts.
import type { Entry } from '../../parsers/syntax.ts';
import { attributeOf, parseXml, refuseXmlValue, type XmlElement, xmlText } from '../../parsers/xml.ts';
import { noteWarnings } from '../note-warnings.ts';
import type { KeyTable, ParsedConfig, Target, Writer, WrittenFile } from '../vendor.ts';
import { fanvilTable } from './table.ts';
import { fileVersion, isFanvilSecret } from './text.ts';

/** No file of theirs has more levels: what is deeper is no setting, and a hostile file would make long keys of it. */
const MOST_LEVELS = 12;
const LONGEST_NAME = 60;

// ---- VOIP_CONFIG_FILE

function underscored(words: string): string {
  return words.replaceAll(' ', '_');
}

export const voipTable: KeyTable = fanvilTable({
  line: (words) => `SIP{n} ${underscored(words)}`,
  phone: underscored,
  item: (list, number, words) => `${list}${number} ${underscored(words)}`,
  lineNumber: /^SIP(\d{1,9}) /,
  dialPeer: (number, words) => `Item${number} ${underscored(words)}`,
});

/** The keys of an entry begin with its ID, as in the text format; modules have no part in keys. */
export function parseVoip(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  const walk = (element: XmlElement, id: string | null, level: number): void => {
    if (element.children.length === 0) {
      if (element.name !== 'ID')
        entries.push({ key: id === null ? element.name : `${id} ${element.name}`, value: element.text });
      return;
    }
    if (level >= MOST_LEVELS) return;
    const found = element.children.find(({ name }) => name === 'ID')?.text;
    const own = found === undefined || found === '' || found.length > LONGEST_NAME ? id : found;
    for (const child of element.children) walk(child, own, level + 1);
  };
  for (const root of document.roots) walk(root, null, 0);
  return { entries, includes: [], warnings: noteWarnings(notes, isFanvilSecret) };
}

// ---- sysConf

function joined(words: string): string {
  return words.replaceAll(' ', '');
}

export const sysConfTable: KeyTable = fanvilTable({
  line: (words) => `line.{n}.${joined(words)}`,
  phone: (words, path) => path + joined(words),
  item: (_list, number, words, path) => `${path}${number}.${joined(words)}`,
  lineNumber: /^line\.(\d{1,9})\./,
  dialPeer: null,
});

/** Keys are the path below the root, each index behind its element's name; lines stand without the `sip` above them. */
export function parseSysConf(text: string): ParsedConfig {
  const { document, notes } = parseXml(text);
  const entries: Entry[] = [];
  const walk = (element: XmlElement, above: string, level: number): void => {
    if (element.name.length > LONGEST_NAME) return;
    const index = attributeOf(element, 'index')?.trim() ?? '';
    const name = /^\d{1,6}$/.test(index) ? `${element.name}.${index}` : element.name;
    const key = above === '' || (above === 'sip' && element.name === 'line') ? name : `${above}.${name}`;
    if (element.children.length === 0) entries.push({ key, value: element.text });
    else if (level < MOST_LEVELS) for (const child of element.children) walk(child, key, level + 1);
  };
  for (const root of document.roots) for (const child of root.children) walk(child, '', 0);
  return { entries, includes: [], warnings: noteWarnings(notes, isFanvilSecret) };
}

interface Branch {
  readonly name: string;
  /** Null: no attribute. */
  readonly index: string | null;
  readonly branches: Map<string, Branch>;
  value: string | null;
}

function branch(name: string, index: string | null): Branch {
  return { name, index, branches: new Map(), value: null };
}

/** The way back of the paths: a number in one is the index of the element before it. */
function grow(root: Branch, key: string, value: string): void {
  const path = key.startsWith('line.') ? `sip.${key}` : key;
  const parts = path.split('.');
  let at = root;
  for (let part = 0; part < parts.length; part += 1) {
    const name = parts[part] ?? '';
    const next = parts[part + 1];
    const index = next !== undefined && /^\d+$/.test(next) ? next : null;
    if (index !== null) part += 1;
    const id = `${name} ${index}`;
    const known = at.branches.get(id) ?? branch(name, index);
    at.branches.set(id, known);
    at = known;
  }
  at.value = value;
}

function printBranch({ name, index, branches, value }: Branch, indent: string): string {
  const tag = index === null ? name : `${name} index="${index}"`;
  if (value !== null) return `${indent}<${tag}>${xmlText(value)}</${name}>\n`;
  const inner = Array.from(branches.values(), (inside) => printBranch(inside, `${indent}  `)).join('');
  return `${indent}<${tag}>\n${inner}${indent}</${name}>\n`;
}

function printSysConf(entries: readonly Entry[], target: Target): readonly [WrittenFile] {
  const root = branch('sysConf', null);
  grow(root, 'Version', fileVersion(entries, target));
  for (const { key, value } of entries) grow(root, key, value);
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${printBranch(root, '')}`;
  return [{ name: `${target.mac ?? '{mac}'}.cfg`, text }];
}

export const sysConfWriter: Writer = { print: printSysConf, refuseValue: refuseXmlValue, access: [] };
