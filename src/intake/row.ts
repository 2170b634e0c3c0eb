// One user as somebody handed it to us (a CSV row, a form, an API call) -> a draft, or everything that is wrong with it.
// Pure: knows no file, no database and not which other users there are.
import { Secret } from '../../fetchers/secret.ts';
import { type Mac, parseMac } from '../../vendors/mac.ts';
import { parseTypedDid } from '../sync/did.ts';
import { parseLineRule } from '../sync/line-rule.ts';
import type { Column } from './columns.ts';
import type { RowProblem } from './csv.ts';

/** By column; an absent or empty text means: not given. */
export type UserInput = Readonly<Partial<Record<Column, string>>>;

/** What of a PBX decides about its users. */
export interface PbxFacts {
  readonly id: string;
  readonly name: string;
  readonly autoProvision: boolean;
  readonly autoAssignMac: boolean;
  readonly pseudoMacOui: string | null;
  readonly country: string | null;
}

export type MacWish =
  | { readonly kind: 'none' }
  /** A pseudo-MAC is to be assigned, unless the user has a MAC. */
  | { readonly kind: 'assign' }
  | { readonly kind: 'typed'; readonly mac: Mac };

export type AutoProvision = 'inherit' | 'on' | 'off';

export interface UserDraft {
  readonly name: string | null;
  readonly teamsUserId: string | null;
  readonly sipUserId: string | null;
  readonly userTag: string | null;
  readonly mac: MacWish;
  readonly autoProvision: AutoProvision;
  readonly provUsername: string | null;
  readonly provPassword: Secret | null;
  /** E.164. */
  readonly did: string | null;
  readonly lineRule: string | null;
}

export interface CheckedUser {
  /** Null when there are errors. */
  readonly draft: UserDraft | null;
  readonly errors: readonly RowProblem[];
  readonly warnings: readonly RowProblem[];
}

export const AUTO_ASSIGN = 'AUTO_ASSIGN';

const MAC_FIX = `Write 12 hex digits, such as 00005e005301, or ${AUTO_ASSIGN}.`;
const TEXT_LIMIT = 200;
const EMAIL_LIMIT = 254;
const EMAIL = /^[^\s@"<>(),;:\\]{1,64}@(?:[\p{L}\d][\p{L}\d-]{0,62}\.)+[\p{L}\d-]{2,63}$/u;
const SIP_USER = /^[^\s@"<>,;\\]{1,128}(?:@[^\s@"<>,;\\]{1,128})?$/;
/** `8.05012E+11`: a spreadsheet took the cell for a large number, and the last digits are gone. */
const EXPONENT = /^[+-]?\d+(?:[.,]\d+)?e\+?\d{1,3}$/i;
const LOST_DIGITS_FIX =
  'Its last digits are gone for good: take the value from the source, in a column formatted as text.';

/**
 * All problems of a user at once.
 * @param stored what the user has already, when it is changed and not made
 */
export function checkUser(
  input: UserInput,
  pbx: PbxFacts,
  stored: { readonly hasMac: boolean; readonly hasPassword: boolean } = { hasMac: false, hasPassword: false },
): CheckedUser {
  const found = new Findings();
  const text = (column: Column) => found.text(column, input[column]);

  const name = text('name');
  const teamsUserId = text('teams_user_id');
  if (teamsUserId !== null && (teamsUserId.length > EMAIL_LIMIT || !EMAIL.test(teamsUserId))) {
    found.error(
      'teams_user_id',
      'EMAIL_INVALID',
      `"${shown(teamsUserId)}" is no e-mail address.`,
      'Write it as name@example.com.',
    );
  }
  const sipUserId = text('sip_user_id');
  if (sipUserId !== null && damagedByExcel(found, 'sip_user_id', sipUserId)) {
    // Said already.
  } else if (sipUserId !== null && !SIP_USER.test(sipUserId)) {
    found.error(
      'sip_user_id',
      'SIP_USER_INVALID',
      `"${shown(sipUserId)}" is no SIP user.`,
      'Write the user part, such as 101, or user@domain; without blanks.',
    );
  }
  const autoProvision = readAutoProvision(found, text('auto_provision'));
  const mac = readMac(found, text('mac_address'), pbx, stored.hasMac);
  const lineRule = readLineRule(found, text('line_rule'));
  const did = readDid(found, text('phone_number'), pbx);
  const provUsername = text('prov_username');
  // A password is taken byte for byte: blanks at its ends belong to it.
  const password = input.prov_password ?? '';
  if (password.length > TEXT_LIMIT) found.tooLong('prov_password', password.length);
  const hasPassword = password !== '' || stored.hasPassword;
  if (provUsername === null && password !== '') {
    found.error(
      'prov_password',
      'PASSWORD_WITHOUT_USER_NAME',
      'There is a provisioning password, but no provisioning user name.',
      "Fill prov_username as well, or leave both empty to use the PBX's login.",
    );
  } else if (provUsername !== null && !hasPassword) {
    found.warning(
      'prov_username',
      'USER_NAME_WITHOUT_PASSWORD',
      'There is a provisioning user name, but no provisioning password: it is sent with an empty one.',
      'Fill prov_password as well.',
    );
  }

  const enabled = autoProvision === 'inherit' ? pbx.autoProvision : autoProvision === 'on';
  if (mac.kind === 'none' && !stored.hasMac && enabled) {
    found.warning(
      'mac_address',
      'MAC_MISSING',
      'Without a MAC the user waits and is never fetched.',
      `Enter the MAC, or switch on Auto Assign UUID at the PBX ${pbx.name} and write ${AUTO_ASSIGN}.`,
    );
  }
  if (mac.kind === 'typed' && autoProvision === 'inherit' && !pbx.autoProvision) {
    found.warning(
      'mac_address',
      'PROVISIONING_OFF',
      `Automatic provisioning is off at the PBX ${pbx.name}, so this user is not fetched.`,
      'Switch it on at the PBX, or write on in auto_provision.',
    );
  }
  const { errors, warnings } = found;
  if (errors.length > 0) return { draft: null, errors, warnings };
  return {
    draft: {
      name,
      teamsUserId,
      sipUserId,
      userTag: text('user_tag'),
      mac,
      autoProvision,
      provUsername,
      provPassword: password === '' ? null : new Secret(password),
      did,
      lineRule,
    },
    errors,
    warnings,
  };
}

/** Collects errors and warnings; a cell is named by its column. */
class Findings {
  readonly errors: RowProblem[] = [];
  readonly warnings: RowProblem[] = [];

  error(column: Column, code: string, message: string, fix: string): void {
    this.errors.push({ column, code, message, fix });
  }

  warning(column: Column, code: string, message: string, fix: string): void {
    this.warnings.push({ column, code, message, fix });
  }

  tooLong(column: Column, length: number): void {
    this.error(
      column,
      'VALUE_TOO_LONG',
      `The value has ${length} characters; ${TEXT_LIMIT} are the most.`,
      'Shorten it.',
    );
  }

  /** The trimmed text, or null when there is none. */
  text(column: Column, value: string | undefined): string | null {
    const trimmed = value?.trim() ?? '';
    if (trimmed === '') return null;
    const limit = column === 'teams_user_id' ? EMAIL_LIMIT : TEXT_LIMIT;
    if (trimmed.length > limit) this.tooLong(column, trimmed.length);
    if (/[\p{Cc}\u2028\u2029]/u.test(trimmed) || !trimmed.isWellFormed()) {
      const message = 'The value holds a line break or another character that no text has.';
      this.error(column, 'CONTROL_CHARACTER', message, 'Remove it. A quote that is never closed joins several rows.');
    }
    return trimmed;
  }
}

function damagedByExcel(found: Findings, column: Column, value: string): boolean {
  if (!EXPONENT.test(value) || !value.includes('+')) return false;
  const message = `"${shown(value)}" is what a spreadsheet makes of a long number.`;
  found.error(column, 'EXCEL_EXPONENT', message, LOST_DIGITS_FIX);
  return true;
}

function readMac(found: Findings, value: string | null, pbx: PbxFacts, hasMac: boolean): MacWish {
  if (value === null) return pbx.autoAssignMac && !hasMac ? { kind: 'assign' } : { kind: 'none' };
  if (/^auto[\s_-]*assign$/i.test(value)) {
    if (!pbx.autoAssignMac && !hasMac) {
      found.error(
        'mac_address',
        'AUTO_ASSIGN_OFF',
        `${AUTO_ASSIGN} is written, but Auto Assign UUID is off at the PBX ${pbx.name}.`,
        'Switch on Auto Assign UUID at the PBX, or enter the MAC.',
      );
    }
    return { kind: 'assign' };
  }
  return readTypedMac(found, value);
}

/** A MAC in any spelling, with what spreadsheets do to MACs told apart; AUTO_ASSIGN is none. */
export function checkMac(text: string): { readonly mac: Mac | null; readonly problems: readonly RowProblem[] } {
  const found = new Findings();
  const value = found.text('mac_address', text);
  if (value === null) {
    found.error('mac_address', 'MAC_EMPTY', 'There is no MAC address.', MAC_FIX);
    return { mac: null, problems: found.errors };
  }
  const read = readTypedMac(found, value);
  return { mac: read.kind === 'typed' && found.errors.length === 0 ? read.mac : null, problems: found.errors };
}

function readTypedMac(found: Findings, value: string): MacWish {
  if (damagedByExcel(found, 'mac_address', value)) return { kind: 'none' };
  const digits = value.replace(/[\s:.-]+/g, '');
  if (/^\d{10,11}$/.test(digits)) {
    found.error(
      'mac_address',
      'MAC_LOST_ZEROS',
      `"${shown(value)}" has ${digits.length} digits, a MAC has 12: a spreadsheet has taken the leading zeros away.`,
      `If so, write ${digits.padStart(12, '0')}; format the column as text.`,
    );
    return { kind: 'none' };
  }
  const parsed = parseMac(value);
  if (parsed.ok) return { kind: 'typed', mac: parsed.mac };
  found.error('mac_address', parsed.code, parsed.message, MAC_FIX);
  return { kind: 'none' };
}

function readAutoProvision(found: Findings, value: string | null): AutoProvision {
  switch (value?.toLowerCase() ?? 'inherit') {
    case 'inherit':
    case 'default':
      return 'inherit';
    case 'on':
    case 'true':
    case 'yes':
    case '1':
      return 'on';
    case 'off':
    case 'false':
    case 'no':
    case '0':
      return 'off';
    default:
      found.error(
        'auto_provision',
        'AUTO_PROVISION_INVALID',
        `"${shown(value ?? '')}" is not known here.`,
        "Write on, off or inherit (the PBX's switch decides).",
      );
      return 'inherit';
  }
}

function readLineRule(found: Findings, value: string | null): string | null {
  if (value === null) return null;
  const parsed = parseLineRule(value);
  if (parsed.ok) return parsed.text;
  found.error('line_rule', 'LINE_RULE_INVALID', `"${shown(value)}" is no line rule.`, parsed.message);
  return null;
}

function readDid(found: Findings, value: string | null, pbx: PbxFacts): string | null {
  if (value === null || damagedByExcel(found, 'phone_number', value)) return null;
  const parsed = parseTypedDid(value, pbx.country);
  if (parsed.ok) return parsed.did;
  const fix =
    pbx.country === null
      ? `Write it as +<country code>..., or set the country of the PBX ${pbx.name}.`
      : 'Write it as +<country code>...; an extension is not a phone number.';
  found.error('phone_number', parsed.code, parsed.message, fix);
  return null;
}

function shown(value: string): string {
  const clean = value.replace(/\p{Cc}+/gu, ' ');
  return clean.length > 60 ? `${clean.slice(0, 60)}…` : clean;
}
