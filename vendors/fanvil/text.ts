// Fanvil's text: modules with `Key :value` lines. Other makers' phones of the same family have it too, so recognising it
// is left to them. [mikopbx], [tancredi]: files of those servers; [fusionpbx]: its templates.
import { createHash } from 'node:crypto';
import { type Module, modules } from '../../parsers/modules.ts';
import type { Entry } from '../../parsers/syntax.ts';
import { noteWarnings } from '../note-warnings.ts';
import { rememberKeys, secretWord } from '../secret-key.ts';
import type { KeyTable, ParsedConfig, Target, Writer, WrittenFile } from '../vendor.ts';
import { fanvilTable } from './table.ts';

/** Every file of the text format begins so. */
export const TEXT_START = /^\s*<<VOIP CONFIG FILE>>/;

/** What tells others' files from Fanvil's: names of models and what their servers write; a key of an own firmware. */
export const MARKS_OF_OTHERS = {
  swissvoice:
    /^(?:(?:LCD Title|Phone Model|SIP\d+ User Agent)[ \t]*:[ \t]*(?:CP\d{4}|Swissvoice)|# (?:Local SIP|SIP Line) settings #)/m,
  atcom: /^SIP\d+ Register Pwd[ \t]*:/m,
} as const;

/** The end of a key, as words are not always apart: `RegisterPswd`, `PassWd`. */
const SECRET_END = /(?:pswd|pwd|passwd|password|pass|secret|cryptokey|filekey|encryptionkey|encryption key|file key)$/i;

export const isFanvilSecret = rememberKeys((key) => SECRET_END.test(key) || secretWord(key));

export const textTable: KeyTable = fanvilTable({
  line: (words) => `SIP{n} ${words}`,
  phone: (words) => words,
  item: (list, number, words) => `${list}${number} ${words}`,
  lineNumber: /^SIP(\d{1,9}) /,
  dialPeer: (number, words) => `Item${number} ${words}`,
});

/** Key lists come once a page, with the same numbers: all but the oldest's single list keep their name. */
const KEY_PAGES = /dss/i;
const FIRST_PAGE = /^dsskey config ?1$/i;

export function parseText(text: string): ParsedConfig {
  const { document, notes } = modules.parse(text);
  const entries: Entry[] = [];
  for (const { entries: found } of document.modules) {
    for (const { key, value, list } of found) {
      const isPaged = list !== null && KEY_PAGES.test(list) && !FIRST_PAGE.test(list);
      entries.push({ key: isPaged ? `${list} ${key}` : key, value });
    }
  }
  return { entries, includes: [], warnings: noteWarnings(notes, isFanvilSecret) };
}

/** Where a key stands in the file: the first that fits. Sources: [fusionpbx], [tancredi]. */
const PLACES: readonly (readonly [key: RegExp, module: string, list: string | null])[] = [
  [/^SIP\d+ /, 'SIP CONFIG MODULE', 'SIP Line List'],
  [/^Account\d+ /, 'MMI CONFIG MODULE', 'MMI Account'],
  [/^(?:Enable (?:VLAN|PVID)|VLAN ID|PVID|Signalling)/, 'QOS CONFIG MODULE', null],
  [/^(?:Flash|Default (?:User|Pass)|DHCP Option|PNP)/, 'AUTOUPDATE CONFIG MODULE', null],
  [/^(?:Enable Auto Upgrade|Upgrade Server)/, 'FIRMWARE CHECK MODULE', null],
  [/^Item\d/, 'TELE CONFIG MODULE', 'Dial Peer List'],
  [/^XML-PBook/, 'PHONE FEATURE MODULE', 'Xml PhoneBook'],
  [/^Fkey/, 'DSSKEY CONFIG MODULE', 'Dsskey Config1'],
  [/^/, 'PHONE FEATURE MODULE', null],
];

function printText(entries: readonly Entry[], target: Target): readonly [WrittenFile] {
  const found = new Map<string, { list: string | null; key: string; value: string }[]>();
  for (const { key, value } of entries) {
    const [, name, list] = PLACES.find(([start]) => start.test(key)) ?? [/^/, 'PHONE FEATURE MODULE', null];
    const of = found.get(name) ?? [];
    found.set(name, of);
    of.push({ list, key, value });
  }
  // What stands in no list comes before the first of them: nothing ends a list but the module.
  const all: Module[] = Array.from(found, ([name, of]) => ({
    name,
    entries: of.toSorted((a, b) => Number(a.list !== null) - Number(b.list !== null)),
  }));
  const text = modules.print({ version: fileVersion(entries, target), modules: all });
  return [{ name: `${target.mac ?? '{mac}'}.cfg`, text }];
}

/**
 * A phone takes a file only when its version is above that of the last one, or, in digest mode, another. With a revision
 * it grows with that; without, it says what is in the file, below all that a revision gives.
 */
export function fileVersion(entries: readonly Entry[], { revision }: Target): string {
  if (revision !== undefined) return `2.${1_000_000_000 + revision}`;
  const hash = createHash('sha256');
  for (const { key, value } of entries) hash.update(`${key}\n${value}\n`);
  return `2.0${String(hash.digest().readUInt32BE() % 1_000_000_000).padStart(9, '0')}`;
}

export const textWriter: Writer = { print: printText, refuseValue: modules.refuseValue, access: [] };
