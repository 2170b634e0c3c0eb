// Softphones whose file is a list of `<account>`s that hold one element per setting: to entries `account.N.name`. Knows
// no vendor.
import type { Entry } from '../parsers/syntax.ts';
import { type XmlElement, xmlText } from '../parsers/xml.ts';

const MARK = 'line-';

/** How an account that is written says its number: the place in the list says it otherwise. */
export function lineMark(line: string): string {
  return MARK + line;
}

/** `markOf` gives an account's own mark, where it has one. */
export function accountEntries(
  accounts: readonly XmlElement[],
  markOf: (account: XmlElement) => string | undefined,
): Entry[] {
  const entries: Entry[] = [];
  for (const [index, account] of accounts.entries()) {
    const mark = markOf(account);
    const number = mark !== undefined && /^line-[1-9]\d{0,3}$/.test(mark) ? mark.slice(MARK.length) : index + 1;
    for (const child of account.children) {
      if (child.children.length === 0) entries.push({ key: `account.${number}.${child.name}`, value: child.text });
    }
  }
  return entries;
}

const ACCOUNT_KEY = /^account\.(\d+)\.(.+)$/;

/** The elements of each account, by its number, in the order of the entries. */
export function accountElements(entries: readonly Entry[], indent: string): Map<string, string[]> {
  const accounts = new Map<string, string[]>();
  for (const { key, value } of entries) {
    const [, number, name] = ACCOUNT_KEY.exec(key) ?? [];
    if (number === undefined || name === undefined) continue;
    const elements = accounts.get(number) ?? [];
    elements.push(`${indent}<${name}>${xmlText(value)}</${name}>\n`);
    accounts.set(number, elements);
  }
  return accounts;
}
