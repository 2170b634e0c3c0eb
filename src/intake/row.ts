// One user as somebody handed it to us (a CSV row, a form, an API call) -> a draft, or everything that is wrong with it.
// Pure: knows no file, no database and not which other users there are.
import { Secret } from '../../fetchers/secret.ts';
import { type Mac, parseMac } from '../../vendors/mac.ts';
import { nearestNames } from '../nearest.ts';
import { parseTypedDid } from '../sync/did.ts';
import { parseLineRule } from '../sync/line-rule.ts';
import type { Column } from './columns.ts';
import type { RowProblem } from './csv.ts';
import { USER_TYPE_NAMES, type UserType, userTypeFor, userTypeLabel } from './user-types.ts';

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
  /** Host of the provisioning URL, in lower case; null: none yet. SIP users with another domain are doubted. */
  readonly host: string | null;
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
  readonly userType: UserType;
  /** Null: the tenant's default route. */
  readonly voiceRouteId: string | null;
  readonly useTeamsVoicemail: boolean | null;
  readonly sipAuthId: string | null;
  readonly sipPassword: Secret | null;
  readonly portalLoginName: string | null;
  readonly portalLoginPassword: Secret | null;
  /** E.164; trunk users. */
  readonly didList: readonly string[] | null;
  /** From 0, into didList. */
  readonly defaultDidIndex: number | null;
}

/** What an update does to a user: absent stays, null clears. A MAC that is to be assigned is: the user has none. */
export type UserChanges = { readonly [Field in keyof UserDraft]?: UserDraft[Field] };

export interface CheckedUser {
  /** Null when there are errors. */
  readonly draft: UserDraft | null;
  readonly errors: readonly RowProblem[];
  readonly warnings: readonly RowProblem[];
}

export const AUTO_ASSIGN = 'AUTO_ASSIGN';

const MAC_FIX = `Write 12 hex digits, such as 00005e005301, or ${AUTO_ASSIGN}.`;
const WHOLE_MAC = /^[0-9A-Fa-f]{12}$/;
const TEXT_LIMIT = 200;
const EMAIL_LIMIT = 254;
/** A trunk may have a hundred numbers in its list. */
const LIMITS: Readonly<Partial<Record<Column, number>>> = { teams_user_id: EMAIL_LIMIT, did_list: 2000 };
/** What nearly all cells are: nothing else is to be asked of them. */
const PLAIN = /^[0-9A-Za-z][ -~]*$/;
const NOT_TEXT = /[\p{Cc}\u2028\u2029]/u;
/** As csv-out.ts guards them, but for numbers with a sign. */
const FORMULA = /^(?:[=@\uFF1D\uFF20]|[+\-\uFF0B\uFF0D](?![\s(]*\d))/;
const EMAIL = /^[^\s@"<>(),;:\\]{1,64}@(?:[\p{L}\d][\p{L}\d-]{0,62}\.)+[\p{L}\d-]{2,63}$/u;
const SIP_USER = /^[^\s@"<>,;\\]{1,128}(?:@[^\s@"<>,;\\]{1,128})?$/;
/** `8.05012E+11`: a spreadsheet took the cell for a large number, and the last digits are gone. */
const EXPONENT = /^[+-]?\d+(?:[.,]\d+)?e\+?\d{1,3}$/i;
const LOST_DIGITS_FIX =
  'Its last digits are gone for good: take the value from the source, in a column formatted as text.';

/** What is known of a user beside the input. */
export interface UserFacts {
  /** Of a user that is changed and not made. */
  readonly hasMac?: boolean;
  /** False: without a word in mac_address no MAC is assigned. */
  readonly assigns?: boolean;
  readonly hasPassword?: boolean;
  readonly hasPortalPassword?: boolean;
  /** True: of a file. Its PBX user must be found again by a later file. */
  readonly needsKey?: boolean;
  /** Of who is not said to be another. */
  readonly userType?: UserType;
  /** As chosen; names are looked up by the caller. */
  readonly voiceRouteId?: string | null;
}

/** All problems of a user at once. */
export function checkUser(input: UserInput, pbx: PbxFacts, facts: UserFacts = {}): CheckedUser {
  const found = new Findings();
  const text = (column: Column) => found.text(column, input[column]);
  const { hasMac = false, assigns = true } = facts;

  const userType = readUserType(found, text('user_type'), facts.userType ?? 'pbx');
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
  } else if (sipUserId !== null) doubtDomain(found, sipUserId, pbx);
  const givenAutoProvision = text('auto_provision');
  const macText = text('mac_address');
  const mac = readMac(found, macText, pbx, hasMac, assigns && userType === 'pbx');
  // Trunk and Valet App users have no phone of their own: without a MAC there is nothing to wait for.
  const phoneless = userType !== 'pbx' && mac.kind === 'none' && !hasMac;
  const autoProvision = givenAutoProvision === null && phoneless ? 'off' : readAutoProvision(found, givenAutoProvision);
  const lineRule = readLineRule(found, text('line_rule'));
  const ownDid = readDid(found, 'phone_number', text('phone_number'), pbx);
  const provUsername = text('prov_username');
  const provPassword = found.secret('prov_password', input.prov_password);
  const hasPassword = provPassword !== null || facts.hasPassword === true;
  if (provUsername === null && provPassword !== null) {
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
  const portalLoginName = text('portal_login_name');
  const portalLoginPassword = found.secret('portal_login_password', input.portal_login_password);
  if (portalLoginName === null && portalLoginPassword !== null) {
    found.error(
      'portal_login_password',
      'PORTAL_PASSWORD_WITHOUT_NAME',
      'There is a portal password, but no portal login name.',
      'Fill portal_login_name as well, or leave both empty.',
    );
  }
  const sipAuthId = text('sip_auth_id');
  if (sipAuthId !== null) damagedByExcel(found, 'sip_auth_id', sipAuthId);
  const sipPassword = found.secret('password', input.password);
  const voicemail = readVoicemail(found, text('use_teams_voicemail'), userType);
  const { didList, defaultDidIndex } = readDidList(
    found,
    text('did_list'),
    text('default_did_index_number'),
    userType,
    pbx,
  );
  const did = ownDid ?? didList?.[defaultDidIndex ?? -1] ?? null;
  requireKeys(found, userType, facts.needsKey === true, {
    teamsUserId,
    sipUserId,
    hasMac: hasMac || mac.kind !== 'none' || macText !== null,
  });

  const enabled = autoProvision === 'inherit' ? pbx.autoProvision : autoProvision === 'on';
  if (macText === null && mac.kind === 'none' && !hasMac && enabled) {
    found.warnings.push(macMissing(pbx));
  }
  if (mac.kind === 'typed' && autoProvision === 'inherit' && !pbx.autoProvision) {
    found.warnings.push(provisioningOff(pbx));
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
      provPassword,
      did,
      lineRule,
      userType,
      voiceRouteId: facts.voiceRouteId ?? null,
      useTeamsVoicemail: voicemail,
      sipAuthId,
      sipPassword,
      portalLoginName,
      portalLoginPassword,
      didList,
      defaultDidIndex,
    },
    errors,
    warnings,
  };
}

/** A warning that half of a file may have: the same object for all users of a PBX, so that who writes it can see that. */
function samePerPbx(make: (pbx: PbxFacts) => RowProblem): (pbx: PbxFacts) => RowProblem {
  const made = new WeakMap<PbxFacts, RowProblem>();
  return (pbx) => {
    const problem = made.get(pbx) ?? make(pbx);
    made.set(pbx, problem);
    return problem;
  };
}

const macMissing = samePerPbx((pbx) => ({
  column: 'mac_address',
  code: 'MAC_MISSING',
  message: 'Without a MAC the user waits and is never fetched.',
  fix: `Enter the MAC, or switch on Auto Assign UUID at the PBX ${pbx.name} and write ${AUTO_ASSIGN}.`,
}));

const provisioningOff = samePerPbx((pbx) => ({
  column: 'mac_address',
  code: 'PROVISIONING_OFF',
  message: `Automatic provisioning is off at the PBX ${pbx.name}, so this user is not fetched.`,
  fix: 'Switch it on at the PBX, or write on in auto_provision.',
}));

/** Collects errors and warnings; a cell is named by its column. */
class Findings {
  readonly errors: RowProblem[] = [];
  readonly warnings: RowProblem[] = [];

  error(column: Column | null, code: string, message: string, fix: string): void {
    this.errors.push({ column, code, message, fix });
  }

  warning(column: Column, code: string, message: string, fix: string): void {
    this.warnings.push({ column, code, message, fix });
  }

  tooLong(column: Column, length: number, limit: number): void {
    this.error(column, 'VALUE_TOO_LONG', `The value has ${length} characters; ${limit} are the most.`, 'Shorten it.');
  }

  /** The trimmed text, or null when there is none. */
  text(column: Column, value: string | undefined): string | null {
    const trimmed = unwrapFormulaText(value?.trim() ?? '');
    if (trimmed === '') return null;
    const limit = LIMITS[column] ?? TEXT_LIMIT;
    if (trimmed.length > limit) this.tooLong(column, trimmed.length, limit);
    if (PLAIN.test(trimmed)) return trimmed;
    if (NOT_TEXT.test(trimmed) || !trimmed.isWellFormed()) {
      const message = 'The value holds a line break or another character that no text has.';
      this.error(column, 'CONTROL_CHARACTER', message, 'Remove it. A quote that is never closed joins several rows.');
    }
    if (FORMULA.test(trimmed)) {
      const message = `"${shown(trimmed)}" begins as a formula does. It is kept as text and never run.`;
      this.warning(column, 'FORMULA_CELL', message, 'If a spreadsheet has put it there, write the value itself.');
    }
    return trimmed;
  }

  /** A password is taken byte for byte: blanks at its ends belong to it. */
  secret(column: Column, value: string | undefined): Secret | null {
    if (value === undefined || value === '') return null;
    if (value.length > TEXT_LIMIT) this.tooLong(column, value.length, TEXT_LIMIT);
    if (value.includes('\0') || !value.isWellFormed()) {
      this.error(column, 'CONTROL_CHARACTER', 'The password holds a character that no text has.', 'Type it again.');
    }
    return new Secret(value);
  }
}

/** `="0015651133aa"`: how people keep a spreadsheet from taking a text for a number. */
function unwrapFormulaText(text: string): string {
  return text.startsWith('="') ? text.replace(/^="([^"]*)"$/, '$1').trim() : text;
}

function readUserType(found: Findings, value: string | null, otherwise: UserType): UserType {
  if (value === null) return otherwise;
  const type = userTypeFor(value);
  if (type !== null) return type;
  const near = nearestNames(value, USER_TYPE_NAMES);
  found.error(
    'user_type',
    'USER_TYPE_UNKNOWN',
    `There is no user type "${shown(value)}".`,
    `Write ${(near.length > 0 ? near : USER_TYPE_NAMES).join(' or ')}.`,
  );
  return 'pbx';
}

/** Which columns a type cannot be without. */
function requireKeys(
  found: Findings,
  type: UserType,
  needsKey: boolean,
  has: { readonly teamsUserId: string | null; readonly sipUserId: string | null; readonly hasMac: boolean },
): void {
  if (type === 'callApp' && has.teamsUserId === null) {
    const message = `A ${userTypeLabel(type)} needs a Teams user.`;
    found.error('teams_user_id', 'TEAMS_USER_MISSING', message, 'Fill teams_user_id.');
  }
  if (needsKey && type === 'pbx' && has.teamsUserId === null && has.sipUserId === null && !has.hasMac) {
    found.error(
      null,
      'USER_KEY_MISSING',
      'The row has neither a Teams user nor a SIP user nor a MAC: nobody could find this user again.',
      `Fill one of teams_user_id, sip_user_id and mac_address (${AUTO_ASSIGN} counts).`,
    );
  }
}

/** Warns when the SIP user's domain has nothing to do with the PBX's address. */
function doubtDomain(found: Findings, sipUserId: string, pbx: PbxFacts): void {
  if (!sipUserId.includes('@')) return;
  const domain = sipUserId.split('@')[1]?.toLowerCase();
  if (domain === undefined || pbx.host === null || isAtHost(domain, pbx.host)) return;
  found.warning(
    'sip_user_id',
    'SIP_DOMAIN_OTHER',
    `The domain ${shown(domain)} is not that of the PBX ${pbx.name} (${pbx.host}).`,
    'Check that the user belongs to this PBX. The user part alone is enough.',
  );
}

/** Whether a SIP domain belongs to who has the address of the PBX. */
export function isAtHost(domain: string, host: string): boolean {
  return family(domain) === family(host);
}

/** The part of a host name that its owner registered, near enough for a warning: acme.example, acme.co.uk. */
function family(host: string): string {
  const labels = host.split('.');
  const short = (labels.at(-2)?.length ?? 0) <= 3 && labels.at(-1)?.length === 2;
  return labels.slice(short ? -3 : -2).join('.');
}

function readVoicemail(found: Findings, value: string | null, type: UserType): boolean | null {
  const chosen = value === null ? null : readSwitch(value);
  if (chosen === undefined) {
    found.error(
      'use_teams_voicemail',
      'VOICEMAIL_INVALID',
      `"${shown(value ?? '')}" is neither TRUE nor FALSE.`,
      'Write TRUE or FALSE.',
    );
    return null;
  }
  if (type !== 'callApp') return chosen;
  if (chosen === true) {
    const message = `A ${userTypeLabel(type)} cannot use the voicemail of Teams.`;
    found.error('use_teams_voicemail', 'VOICEMAIL_NOT_FALSE', message, 'Write FALSE.');
  }
  return false;
}

/** Undefined: neither. */
function readSwitch(value: string): boolean | undefined {
  if (/^(?:on|true|yes|1)$/i.test(value)) return true;
  if (/^(?:off|false|no|0)$/i.test(value)) return false;
  return undefined;
}

const NO_DIDS = { didList: null, defaultDidIndex: null } as const;

/** A trunk user has a list of numbers, and says which of them is the default. */
function readDidList(
  found: Findings,
  list: string | null,
  index: string | null,
  type: UserType,
  pbx: PbxFacts,
): { readonly didList: readonly string[] | null; readonly defaultDidIndex: number | null } {
  if (list === null && index === null && type !== 'trunk') return NO_DIDS;
  const parts = list === null ? [] : list.split(/[,;|]/).filter((part) => part.trim() !== '');
  const dids = parts.flatMap((part) => readDid(found, 'did_list', part.trim(), pbx) ?? []);
  if (dids.length < parts.length) return { didList: null, defaultDidIndex: null };
  const didList = dids.length > 0 ? dids : null;
  if (new Set(dids).size < dids.length) {
    found.error('did_list', 'DID_REPEATED', 'A number stands in the list twice.', 'Keep it once.');
  }
  if (type === 'trunk' && didList === null) {
    const message = `A ${userTypeLabel(type)} needs a list of phone numbers.`;
    found.error(
      'did_list',
      'DID_LIST_MISSING',
      message,
      'Fill did_list: full numbers, separated by commas, in quotes.',
    );
  }
  if (index === null) {
    if (type === 'trunk' && didList !== null) {
      const message = 'The row does not say which of the numbers is the default.';
      found.error(
        'default_did_index_number',
        'DID_INDEX_MISSING',
        message,
        'Write 0 for the first number, 1 for the next.',
      );
    }
    return { didList, defaultDidIndex: null };
  }
  const chosen = /^\d{1,4}$/.test(index) ? Number(index) : -1;
  if (chosen >= 0 && (didList === null || chosen < didList.length)) return { didList, defaultDidIndex: chosen };
  found.error(
    'default_did_index_number',
    'DID_INDEX_RANGE',
    `"${shown(index)}" names none of the ${dids.length} numbers.`,
    `Write a number from 0 to ${Math.max(0, dids.length - 1)}: 0 is the first.`,
  );
  return { didList, defaultDidIndex: null };
}

/** True: a spreadsheet took the value for a number, and that was said. */
function damagedByExcel(found: Findings, column: Column, value: string): boolean {
  if (!EXPONENT.test(value) || !value.includes('+')) return false;
  const message = `"${shown(value)}" is what a spreadsheet makes of a long number.`;
  found.error(column, 'EXCEL_EXPONENT', message, LOST_DIGITS_FIX);
  return true;
}

function readMac(found: Findings, value: string | null, pbx: PbxFacts, hasMac: boolean, assigns: boolean): MacWish {
  if (value === null) return pbx.autoAssignMac && !hasMac && assigns ? { kind: 'assign' } : { kind: 'none' };
  if (isAutoAssign(value)) {
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

/** `AUTO_ASSIGN` in any usual spelling. */
export function isAutoAssign(text: string): boolean {
  return /^\s*auto[\s_-]*assign\s*$/i.test(text);
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
  // As most files have it; no spreadsheet leaves twelve digits.
  if (WHOLE_MAC.test(value)) return parsedMac(found, value);
  if (readAsNumber(value)) {
    found.error(
      'mac_address',
      'MAC_READ_AS_NUMBER',
      `"${shown(value)}" is what a spreadsheet makes of a MAC of digits, an E and digits, such as 0015651133E5.`,
      LOST_DIGITS_FIX,
    );
    return { kind: 'none' };
  }
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
  return parsedMac(found, value);
}

function parsedMac(found: Findings, value: string): MacWish {
  const parsed = parseMac(value);
  if (parsed.ok) return { kind: 'typed', mac: parsed.mac };
  found.error('mac_address', parsed.code, parsed.message, MAC_FIX);
  return { kind: 'none' };
}

/** Twelve digits make a number below 1E+12; what is larger was a number with an E between its digits. */
function readAsNumber(value: string): boolean {
  if (/^[1-9]\d{12,}$/.test(value)) return value.endsWith('0');
  const exponent = /^\d+(?:[.,]\d+)?e\+(\d{1,3})$/i.exec(value)?.[1];
  return exponent !== undefined && Number(exponent) >= 12;
}

function readAutoProvision(found: Findings, value: string | null): AutoProvision {
  if (value === null || /^(?:inherit|default)$/i.test(value)) return 'inherit';
  const chosen = readSwitch(value);
  if (chosen !== undefined) return chosen ? 'on' : 'off';
  found.error(
    'auto_provision',
    'AUTO_PROVISION_INVALID',
    `"${shown(value)}" is not known here.`,
    "Write on, off or inherit (the PBX's switch decides).",
  );
  return 'inherit';
}

function readLineRule(found: Findings, value: string | null): string | null {
  if (value === null) return null;
  const parsed = parseLineRule(value);
  if (parsed.ok) return parsed.text;
  found.error('line_rule', 'LINE_RULE_INVALID', `"${shown(value)}" is no line rule.`, parsed.message);
  return null;
}

function readDid(
  found: Findings,
  column: 'phone_number' | 'did_list',
  value: string | null,
  pbx: PbxFacts,
): string | null {
  if (value === null || damagedByExcel(found, column, value)) return null;
  const parsed = parseTypedDid(value, pbx.country);
  if (parsed.ok) {
    if (`+${value}` === parsed.did) {
      found.warning(
        column,
        'PLUS_RESTORED',
        `${value} has lost its +, and was read as ${parsed.did}.`,
        'Nothing is to be done if that is the number. Format the column as text.',
      );
    }
    return parsed.did;
  }
  const fix =
    pbx.country === null
      ? `Write it as +<country code>..., or set the country of the PBX ${pbx.name}.`
      : 'Write it as +<country code>...; an extension is not a phone number.';
  found.error(column, parsed.code, parsed.message, fix);
  return null;
}

function shown(value: string): string {
  const clean = value.replace(/\p{Cc}+/gu, ' ');
  return clean.length > 60 ? `${clean.slice(0, 60)}…` : clean;
}
