// The DID of a user: which field of the file holds it, and the number inside that field's text. Knows no vendor, no database.
import {
  type CountryCode,
  findPhoneNumbersInText,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js';
import type { Line } from '../../vendors/model.ts';
import type { Reading } from '../../vendors/read.ts';
import { nearestNames } from '../nearest.ts';

export type DidResult =
  | { readonly ok: true; readonly did: string }
  | { readonly ok: false; readonly code: 'DID_EMPTY' | 'DID_INVALID'; readonly message: string };

/** A name in a label, a number and an extension fit well; what is longer is no label. */
const TEXT_LIMIT = 400;
const SHOWN_LIMIT = 60;
/**
 * What most fields and cells hold in North America. The tables say the same of it (test/sync/did.test.ts) after looking
 * for its country in twenty-five of them, which took a fifteenth of a harvest.
 */
const NORTH_AMERICAN = /^\+1[2-9]\d\d[2-9]\d{6}$/;

/**
 * The first phone number in a field's text, as E.164 (`+12025550142`).
 *
 * `country` is the PBX's ISO 3166 code; with none, only international forms (`+...`, `00...`) count. An extension
 * such as 2101 is never completed to a number: a national form needs 7 digits, and 9 where the country writes a trunk
 * prefix and the text has none.
 */
export function extractDid(text: string, country: string | null): DidResult {
  if (NORTH_AMERICAN.test(text)) return { ok: true, did: text };
  const clean = cleanText(text);
  if (clean === '') {
    return {
      ok: false,
      code: 'DID_EMPTY',
      message: 'The DID field is empty. Enter the number at the PBX, or choose another field for the DID.',
    };
  }
  const searched = clean.slice(0, TEXT_LIMIT);
  const code = countryCode(country);
  const number = findInternational(searched, code) ?? (code === null ? null : findNational(searched, code));
  if (number !== null) return { ok: true, did: number.number };
  const hint =
    code === null
      ? 'No country is set for this PBX, so only numbers that begin with + count. Set the country, or write the number as +<country code>...'
      : `Write the full number (country ${code}, or +<country code>...) at the PBX, or choose another field for the DID.`;
  return {
    ok: false,
    code: 'DID_INVALID',
    message: `No phone number in the DID field, which says "${shown(clean)}". ${hint}`,
  };
}

/** A number as a person typed it into a form or a CSV cell: the whole text must be the number. */
export function parseTypedDid(text: string, country: string | null): DidResult {
  if (NORTH_AMERICAN.test(text)) return { ok: true, did: text };
  const clean = cleanText(text);
  if (clean !== '' && !/^\+?[\d\s().\-/]+$/.test(clean)) {
    return { ok: false, code: 'DID_INVALID', message: `"${shown(clean)}" is not a phone number.` };
  }
  const result = extractDid(clean, country);
  if (result.ok) return result;
  if (result.code === 'DID_EMPTY') return { ...result, message: 'The phone number is empty.' };
  const hint = countryCode(country) === null ? ' The PBX has no country that could complete it.' : '';
  return { ok: false, code: 'DID_INVALID', message: `"${shown(clean)}" is not a full phone number.${hint}` };
}

/** True for ISO 3166 codes whose numbers are known (`US`, `ch`). */
export function isKnownCountry(country: string): boolean {
  return countryCode(country) !== null;
}

export type DidText =
  /** The PBX takes no DID from the file: it is typed by hand. */
  | { readonly kind: 'none' }
  /** `source` is the role or the key that was read. */
  | { readonly kind: 'text'; readonly source: string; readonly text: string }
  | { readonly kind: 'missing'; readonly source: string; readonly code: 'DID_EMPTY'; readonly message: string };

/** Where the values of a file's keys come from (a Reading of vendors/read.ts). */
export type FieldSource = Pick<Reading, 'field' | 'fields'>;

export const DID_ROLES = ['label', 'displayName', 'userName', 'authName'] as const;
type DidRole = (typeof DID_ROLES)[number];

/**
 * The text that the PBX's DID field names: `none`, a role of the chosen line, or a key of the file. In a key such as
 * `account.1.label` the first part `1` stands for the chosen line.
 */
export function findDidText(didField: string, line: Line, source: FieldSource): DidText {
  const field = didField.trim();
  if (field === 'none') return { kind: 'none' };
  if (isRole(field)) {
    const text = line[field];
    if (text !== null) return { kind: 'text', source: field, text };
    return missing(field, `Line ${line.line} of the file has no ${field}. Choose another field for the DID.`);
  }
  const key = didKeyForLine(field, line.line);
  const exact = source.field(key);
  if (exact !== undefined) return { kind: 'text', source: key, text: exact };
  const keys = Object.keys(source.fields);
  const folded = keys.find((candidate) => candidate.toLowerCase() === key.toLowerCase());
  if (folded !== undefined) return { kind: 'text', source: folded, text: source.field(folded) ?? '' };
  const near = nearestNames(key, keys);
  const hint = near.length > 0 ? ` Near it: ${near.map((name) => shown(name)).join(', ')}.` : '';
  return missing(
    key,
    `The file has no field "${shown(key)}".${hint} Choose the field for the DID in the PBX's settings.`,
  );
}

/** `account.1.label` for line 3: `account.3.label`. Keys without a part `1` stay as they are. */
export function didKeyForLine(key: string, line: number): string {
  let replaced = false;
  return key
    .split('.')
    .map((part) => {
      if (replaced || part !== '1') return part;
      replaced = true;
      return String(line);
    })
    .join('.');
}

function missing(source: string, message: string): DidText {
  return { kind: 'missing', source, code: 'DID_EMPTY', message };
}

function isRole(field: string): field is DidRole {
  return (DID_ROLES as readonly string[]).includes(field);
}

function countryCode(country: string | null): CountryCode | null {
  const upper = country?.trim().toUpperCase() ?? '';
  return isSupportedCountry(upper) ? upper : null;
}

/** Full-width digits become plain ones; control and direction marks go (address books paste them around numbers). */
function cleanText(text: string): string {
  return text
    .slice(0, TEXT_LIMIT * 4)
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]+/gu, (marks) => (/\s/.test(marks) ? ' ' : ''))
    .trim();
}

function shown(text: string): string {
  const clean = cleanText(text);
  return clean.length > SHOWN_LIMIT ? `${clean.slice(0, SHOWN_LIMIT)}…` : clean;
}

/**
 * `+` numbers, and `00` numbers where no country says what 00 means. Behind the number may follow an extension or a
 * house number, so groups of digits are taken off the end until it is one. A number that its country does not hand out
 * (the tables age, +44 1632 is kept for drama) is taken when its length is right: somebody wrote the plus.
 */
function findInternational(text: string, country: CountryCode | null): PhoneNumber | null {
  // What most fields hold: nothing but the number. Every valid number is a possible one, so one check is enough.
  if (/^\+\d{7,15}$/.test(text)) {
    const number = parsePhoneNumberFromString(text);
    if (number?.isPossible()) return number;
  }
  const start = country === null ? /(?:\+|(?<![\d+])00)[\s(]*\d[\d\s().\-/]*/g : /\+[\s(]*\d[\d\s().\-/]*/g;
  const candidates = (text.match(start) ?? []).map((candidate) => candidate.replace(/^(?:\+|00)/, '+'));
  for (const accepted of [(number: PhoneNumber) => number.isValid(), (number: PhoneNumber) => number.isPossible()]) {
    for (const candidate of candidates) {
      for (const shorter of fromTheLeft(candidate)) {
        const number = parsePhoneNumberFromString(shorter);
        if (number !== undefined && number.number.length >= 8 && accepted(number)) return number;
      }
    }
  }
  return null;
}

/** The text, then the text without its last group of digits, and so on; at most 8 of them. */
function fromTheLeft(candidate: string): string[] {
  const shorter: string[] = [];
  let rest = candidate.trimEnd();
  while (rest.length > 1 && shorter.length < 8) {
    shorter.push(rest);
    const cut = rest.replace(/[\s().\-/]+\d*[\s().\-/]*$/, '');
    if (cut === rest) break;
    rest = cut;
  }
  return shorter;
}

function findNational(text: string, country: CountryCode): PhoneNumber | null {
  // The finder reads "101 202 555 0142" as one number and refuses it: the extension before it is tried without.
  const withoutExtension = text.replace(/(?<![\d+])\d{2,5}[\s\-/:]+(?=[\d(])/, '');
  for (const searched of withoutExtension === text ? [text] : [text, withoutExtension]) {
    for (const found of findPhoneNumbersInText(searched, country)) {
      const typed = searched.slice(found.startsAt, found.endsAt).replace(/\s*(?:[x#]|ext).*$/i, '');
      if (found.number.isValid() && isWrittenInFull(typed.replace(/\D/g, ''), found.number)) return found.number;
    }
  }
  return null;
}

function isWrittenInFull(digits: string, number: PhoneNumber): boolean {
  if (digits.length < 7) return false;
  if (digits.length >= 9) return true;
  const national = number.formatNational().replace(/\D/g, '');
  const hasTrunkPrefix = national.length > number.nationalNumber.length;
  return !hasTrunkPrefix || digits === national;
}
