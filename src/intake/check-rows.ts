// All rows of an upload against the rules, against each other and against the users they name -> what is to be done with
// each, or everything that is wrong with it. Pure: who looks up the users is store/import-check.ts.
import type { Secret } from '../../fetchers/secret.ts';
import { parseMac } from '../../vendors/mac.ts';
import { nearestNames } from '../nearest.ts';
import type { FieldChange } from '../store/schema.ts';
import { COLUMN_NAMES, type Column, isSecretColumn } from './columns.ts';
import type { RowProblem } from './csv.ts';
import {
  AUTO_ASSIGN,
  checkUser,
  isAtHost,
  isAutoAssign,
  type PbxFacts,
  type UserChanges,
  type UserDraft,
} from './row.ts';
import type { UserType } from './user-types.ts';

/** What the cells of known columns say, byte for byte; empty ones are left out. */
export type RowCells = Readonly<Partial<Record<Column, string>>>;

export interface RawRow {
  readonly number: number;
  readonly cells: RowCells;
  /** What was wrong with the row in the file: cells missing, cells too long. */
  readonly fileProblems: readonly RowProblem[];
}

export interface VoiceRouteFacts {
  readonly id: string;
  readonly name: string;
}

/** What the upload says once for all rows, and what rows may name. */
export interface CheckRules {
  /** All of the tenant: rows may name theirs. */
  readonly pbxs: readonly PbxFacts[];
  readonly voiceRoutes: readonly VoiceRouteFacts[];
  /** For users that are made by rows which name none; an update changes only what its row says. */
  readonly pbxId: string | null;
  readonly voiceRouteId: string | null;
  readonly userType: UserType;
  /** What happens to a row whose user exists. */
  readonly existing: 'error' | 'skip' | 'update';
  /** False: rows whose user does not exist are left alone. */
  readonly createMissing: boolean;
}

/** By what the user of a row is found. */
export type RowKey =
  | { readonly kind: 'teams'; readonly teamsUserId: string }
  | { readonly kind: 'sip'; readonly pbxId: string; readonly sipUserId: string }
  /** `lineRule` null: the row does not say which line of the phone. */
  | { readonly kind: 'mac'; readonly pbxId: string; readonly mac: string; readonly lineRule: string | null };

/** A row taken apart: not judged yet. */
export interface ReadRow {
  readonly number: number;
  readonly fileProblems: readonly RowProblem[];
  /** What the cells say; empty ones, `(keep)` and `(clear)` are left out. */
  readonly said: Readonly<Partial<Record<Column, string>>>;
  readonly kept: readonly Column[];
  readonly cleared: readonly Column[];
  /** Named by the row, or that of the upload. Null: see `chosenErrors`. */
  readonly pbx: PbxFacts | null;
  readonly voiceRouteId: string | null;
  /** PBX and voice route that are not there. */
  readonly chosenErrors: readonly RowProblem[];
  /** Null: the user is not looked for. */
  readonly key: RowKey | null;
}

/** A user that the key of a row names. */
export interface StoredUser {
  readonly id: string;
  readonly pbxId: string;
  readonly voiceRouteId: string | null;
  /** As textOf writes them; secrets and what is empty are left out. */
  readonly values: Readonly<Partial<Record<Column, string>>>;
  readonly secrets: Readonly<Partial<Record<Column, Secret>>>;
}

export type SkipReason = 'EXISTS' | 'MISSING' | 'UNCHANGED';

interface Judged {
  readonly number: number;
  readonly errors: readonly RowProblem[];
  readonly warnings: readonly RowProblem[];
}

/** What is to be done with a row; action null: nothing, since it has errors. */
export type CheckedRow = Judged &
  (
    | {
        readonly action: null;
        readonly pbx: PbxFacts | null;
        readonly draft: null;
        readonly userId: null;
        readonly changes: readonly [];
        readonly reason: null;
      }
    | {
        readonly action: 'create';
        readonly pbx: PbxFacts;
        readonly draft: UserDraft;
        readonly userId: null;
        readonly changes: readonly [];
        readonly reason: null;
      }
    | {
        readonly action: 'update';
        /** Of the user. */
        readonly pbx: PbxFacts;
        /** Only what differs. */
        readonly draft: UserChanges;
        /** What the user has afterwards, for who looks for names and MACs that are taken. */
        readonly after: UserDraft;
        readonly userId: string;
        readonly changes: readonly FieldChange[];
        readonly reason: null;
      }
    | {
        readonly action: 'skip';
        readonly pbx: PbxFacts | null;
        readonly draft: null;
        /** The user that exists; null when there is none. */
        readonly userId: string | null;
        readonly changes: readonly [];
        readonly reason: SkipReason;
      }
  );

export interface RowChecker {
  read(row: RawRow): ReadRow;
  /**
   * Rows are given in the order of the file: what an earlier one has is remembered.
   * @param user whom the key names; `several` of them have the MAC
   */
  check(row: ReadRow, user?: StoredUser | 'several' | null): CheckedRow;
}

/** Which field of a user a column sets. */
const FIELDS = {
  name: 'name',
  teams_user_id: 'teamsUserId',
  sip_user_id: 'sipUserId',
  phone_number: 'did',
  mac_address: 'mac',
  auto_provision: 'autoProvision',
  line_rule: 'lineRule',
  prov_username: 'provUsername',
  prov_password: 'provPassword',
  user_tag: 'userTag',
  voice_route: 'voiceRouteId',
  user_type: 'userType',
  use_teams_voicemail: 'useTeamsVoicemail',
  sip_auth_id: 'sipAuthId',
  password: 'sipPassword',
  portal_login_name: 'portalLoginName',
  portal_login_password: 'portalLoginPassword',
  default_did_index_number: 'defaultDidIndex',
  did_list: 'didList',
} as const satisfies Record<Exclude<Column, 'pbx'>, keyof UserDraft>;

type UserColumn = keyof typeof FIELDS;

const USER_COLUMNS = COLUMN_NAMES.filter((column): column is UserColumn => column !== 'pbx');
/** What goes when its name goes. */
const BELONGS_TO: Readonly<Partial<Record<UserColumn, UserColumn>>> = {
  prov_password: 'prov_username',
  portal_login_password: 'portal_login_name',
};
const NO_CLEAR: ReadonlySet<Column> = new Set<Column>(['pbx', 'user_type']);

export const KEEP = '(keep)';
export const CLEAR = '(clear)';

/** From the cells of a row in the order of the file. */
export function createCellReader(columns: readonly (Column | null)[]): (cells: readonly string[]) => RowCells {
  const places = columns.flatMap((column, index) => (column === null ? [] : [{ column, index }]));
  return (cells) => {
    const read: Partial<Record<Column, string>> = {};
    for (const { column, index } of places) {
      const cell = cells[index];
      if (cell !== undefined && cell !== '') read[column] = cell;
    }
    return read;
  };
}

/** The cells that may be listed, without blanks at their ends; secrets are left out. */
export function shownCells(cells: RowCells): RowCells {
  const shown: Partial<Record<Column, string>> = {};
  for (const name in cells) {
    const column = name as Column;
    const cell = cells[column]?.trim() ?? '';
    if (cell !== '' && !isSecretColumn(column)) shown[column] = cell;
  }
  return shown;
}

const NO_WORDS: Pick<ReadRow, 'kept' | 'cleared'> = { kept: [], cleared: [] };

/** True for nearly all rows: no cell of theirs is blank or one of our words. */
function isSaidAsItStands(cells: RowCells): boolean {
  for (const column in cells) {
    // Neither what trim() cuts nor a parenthesis in front.
    const first = (cells[column as Column] ?? '').charCodeAt(0);
    if (!(first > 0x28 && first < 0x80)) return false;
  }
  return true;
}

/** What the cells say, and where they hold `(keep)` or `(clear)` instead. */
function takeWords(cells: RowCells): Pick<ReadRow, 'said' | 'kept' | 'cleared'> {
  const said: Partial<Record<Column, string>> = {};
  const kept: Column[] = [];
  const cleared: Column[] = [];
  for (const column of Object.keys(cells) as Column[]) {
    const cell = cells[column] ?? '';
    const trimmed = cell.trim();
    if (trimmed === '' && !isSecretColumn(column)) continue;
    const token = trimmed.startsWith('(') ? trimmed.toLowerCase() : '';
    if (token === KEEP) kept.push(column);
    else if (token === CLEAR) cleared.push(column);
    else said[column] = cell;
  }
  return { said, kept, cleared };
}

export function createRowChecker(rules: CheckRules): RowChecker {
  const pbxNames = new Map(rules.pbxs.map((pbx) => [pbx.name.toLowerCase(), pbx]));
  const pbxIds = new Map(rules.pbxs.map((pbx) => [pbx.id, pbx]));
  const defaultPbx = pbxIds.get(rules.pbxId ?? '') ?? null;
  const routeNames = new Map(rules.voiceRoutes.map((route) => [route.name.toLowerCase(), route]));
  const routeIds = new Map(rules.voiceRoutes.map((route) => [route.id, route]));
  const routeName = (id: string | null) => routeIds.get(id ?? '')?.name ?? null;
  // A route of the upload that was deleted since is none.
  const defaultRouteId = routeIds.get(rules.voiceRouteId ?? '')?.id ?? null;
  const looksUp = rules.existing !== 'error' || !rules.createMissing;
  const seen = new SeenKeys();

  function read(row: RawRow): ReadRow {
    const { said, kept, cleared } = isSaidAsItStands(row.cells)
      ? { ...NO_WORDS, said: row.cells }
      : takeWords(row.cells);
    const chosenErrors: RowProblem[] = [];
    const pbx = choosePbx(said.pbx?.trim() ?? '', pbxNames, defaultPbx, chosenErrors);
    const voiceRouteId = chooseRoute(said.voice_route?.trim() ?? '', routeNames, chosenErrors);
    const key = looksUp ? keyOf(said, pbx) : null;
    return {
      number: row.number,
      fileProblems: row.fileProblems,
      said,
      kept,
      cleared,
      pbx,
      voiceRouteId,
      chosenErrors,
      key,
    };
  }

  function check(row: ReadRow, user: StoredUser | 'several' | null = null): CheckedRow {
    // Cells of a row with too few or too many of them stand in the wrong columns: what they say counts for nothing.
    if (row.fileProblems.some((problem) => problem.column === null)) return refused(row, null, row.fileProblems, []);
    if (user === 'several') return refused(row, row.pbx, [...row.fileProblems, ambiguous()], []);
    if (user === null) return rules.createMissing ? create(row) : skipped(row, row.pbx, null, 'MISSING');
    const pbx = pbxIds.get(user.pbxId) ?? null;
    return rules.existing === 'skip' ? skipped(row, pbx, user.id, 'EXISTS') : update(row, user, pbx);
  }

  function create(row: ReadRow): CheckedRow {
    const { pbx, said } = row;
    const errors = [...row.fileProblems, ...row.chosenErrors];
    for (const column of row.kept) errors.push(nothingToKeep(column));
    if (pbx === null && row.chosenErrors.length === 0) errors.push(pbxMissing());
    if (pbx === null) return refused(row, null, [...errors, ...errorsOfAnyPbx(said, rules.userType)], []);
    const checked = checkUser(said, pbx, {
      userType: rules.userType,
      needsKey: true,
      voiceRouteId: said.voice_route === undefined ? defaultRouteId : row.voiceRouteId,
    });
    errors.push(...checked.errors);
    const { draft } = checked;
    if (draft === null) return refused(row, pbx, errors, checked.warnings);
    const warnings = [...checked.warnings, ...seen.add(draft, pbx, row.number, errors)];
    if (errors.length > 0) return refused(row, pbx, errors, warnings);
    return {
      number: row.number,
      errors,
      warnings,
      action: 'create',
      pbx,
      draft,
      userId: null,
      changes: [],
      reason: null,
    };
  }

  function update(row: ReadRow, user: StoredUser, pbx: PbxFacts | null): CheckedRow {
    const errors = [...row.fileProblems];
    // The user says where it is; a row that names no PBX does not have to.
    errors.push(...row.chosenErrors.filter((problem) => problem.code !== 'PBX_MISSING'));
    if (row.said.pbx !== undefined && row.pbx !== null && row.pbx.id !== user.pbxId)
      errors.push(otherPbx(row.pbx, pbx));
    for (const column of row.cleared) if (NO_CLEAR.has(column)) errors.push(cannotClear(column));
    if (pbx === null) return refused(row, null, [...errors, pbxMissing()], []);
    const merged = { ...user.values, ...row.said };
    for (const column of row.cleared) delete merged[column];
    // Passwords are not repeated to checkUser, and a MAC that stays is not judged again.
    if (row.said.mac_address === undefined || isAutoAssign(row.said.mac_address)) {
      if (user.values.mac_address !== undefined || row.cleared.includes('mac_address')) delete merged.mac_address;
    }
    const stays = (column: Column) => user.secrets[column] !== undefined && !row.cleared.includes(column);
    const checked = checkUser(merged, pbx, {
      // A MAC that is cleared is not assigned anew: that is asked for with AUTO_ASSIGN.
      hasMac: user.values.mac_address !== undefined && !row.cleared.includes('mac_address'),
      assigns: false,
      needsKey: true,
      hasPassword: stays('prov_password'),
      hasPortalPassword: stays('portal_login_password'),
      voiceRouteId: row.said.voice_route === undefined ? user.voiceRouteId : row.voiceRouteId,
    });
    errors.push(...checked.errors);
    const after = checked.draft;
    if (after === null) return refused(row, pbx, errors, checked.warnings);
    const warnings = [...checked.warnings, ...seen.add(after, pbx, row.number, errors, user.id)];
    if (errors.length > 0) return refused(row, pbx, errors, warnings);
    const { draft, changes } = differences(row, user, after, routeName);
    if (changes.length === 0) return skipped(row, pbx, user.id, 'UNCHANGED', warnings);
    return {
      number: row.number,
      errors,
      warnings,
      action: 'update',
      pbx,
      draft,
      after,
      userId: user.id,
      changes,
      reason: null,
    };
  }

  return { read, check };
}

/** Forbids nothing and knows no country: for rows whose PBX is not known. */
const ANY_PBX: PbxFacts = {
  id: '',
  name: '',
  autoProvision: true,
  autoAssignMac: true,
  pseudoMacOui: null,
  country: null,
  host: null,
};

/** What is wrong whichever PBX is meant, so that a row need not be mended twice. A national number may be right there. */
function errorsOfAnyPbx(said: ReadRow['said'], userType: CheckRules['userType']): RowProblem[] {
  const { errors } = checkUser(said, ANY_PBX, { userType, needsKey: true });
  return errors.filter(({ code, column }) => {
    const number = (column === 'did_list' ? said.did_list : said.phone_number) ?? '';
    return code !== 'DID_INVALID' || number.includes('+') || !/\d/.test(number);
  });
}

function refused(
  row: ReadRow,
  pbx: PbxFacts | null,
  errors: readonly RowProblem[],
  warnings: readonly RowProblem[],
): CheckedRow {
  return {
    number: row.number,
    errors,
    warnings,
    action: null,
    pbx,
    draft: null,
    userId: null,
    changes: [],
    reason: null,
  };
}

function skipped(
  row: ReadRow,
  pbx: PbxFacts | null,
  userId: string | null,
  reason: SkipReason,
  warnings: readonly RowProblem[] = [],
): CheckedRow {
  return { number: row.number, errors: [], warnings, action: 'skip', pbx, draft: null, userId, changes: [], reason };
}

/** What of the row differs from what the user has. A field that the row does not name stays. */
function differences(
  row: ReadRow,
  user: StoredUser,
  after: UserDraft,
  routeName: (id: string | null) => string | null,
): { readonly draft: UserChanges; readonly changes: readonly FieldChange[] } {
  const draft: Record<string, unknown> = {};
  const changes: FieldChange[] = [];
  for (const column of USER_COLUMNS) {
    const goes = row.cleared.includes(column) || row.cleared.includes(BELONGS_TO[column] ?? 'pbx');
    if (!goes && row.said[column] === undefined) continue;
    const field = FIELDS[column];
    if (isSecretColumn(column)) {
      const value = after[field] as Secret | null;
      if ((value?.reveal() ?? null) === (user.secrets[column]?.reveal() ?? null)) continue;
      draft[field] = value;
      changes.push({ field: column, secret: true });
      continue;
    }
    const before = user.values[column] ?? null;
    const value = column === 'voice_route' ? routeName(after.voiceRouteId) : textOf(after, column);
    // Whoever has a MAC keeps it.
    if (column === 'mac_address' && before !== null && isAutoAssign(row.said.mac_address ?? '')) continue;
    // Nobody tells these apart by case.
    if (column === 'teams_user_id' && value?.toLowerCase() === before?.toLowerCase()) continue;
    if (value === before) continue;
    draft[field] = after[field];
    changes.push({ field: column, before, after: value });
  }
  return { draft, changes };
}

/** A field as a file would say it; null: nothing. Not for secrets and voice routes. */
export function textOf(draft: UserDraft, column: UserColumn): string | null {
  const value = draft[FIELDS[column]];
  if (value === null) return null;
  if (Array.isArray(value)) return value.join(',');
  if (typeof value !== 'object') return String(value);
  if (!('kind' in value)) return null;
  return value.kind === 'typed' ? value.mac : value.kind === 'assign' ? AUTO_ASSIGN : null;
}

function keyOf(said: ReadRow['said'], pbx: PbxFacts | null): RowKey | null {
  const teamsUserId = said.teams_user_id?.trim();
  if (teamsUserId !== undefined) return { kind: 'teams', teamsUserId };
  if (pbx === null) return null;
  const sipUserId = said.sip_user_id?.trim();
  if (sipUserId !== undefined) return { kind: 'sip', pbxId: pbx.id, sipUserId };
  const mac = parseMac(said.mac_address ?? '');
  return mac.ok ? { kind: 'mac', pbxId: pbx.id, mac: mac.mac, lineRule: said.line_rule?.trim() ?? null } : null;
}

function choosePbx(
  name: string,
  byName: ReadonlyMap<string, PbxFacts>,
  defaultPbx: PbxFacts | null,
  errors: RowProblem[],
): PbxFacts | null {
  if (name === '') {
    if (defaultPbx === null) errors.push(pbxMissing());
    return defaultPbx;
  }
  const named = byName.get(name.toLowerCase());
  if (named !== undefined) return named;
  errors.push(unknownName('pbx', 'PBX_UNKNOWN', 'PBX', name, byName.values()));
  return null;
}

function chooseRoute(name: string, byName: ReadonlyMap<string, VoiceRouteFacts>, errors: RowProblem[]): string | null {
  if (name === '') return null;
  const named = byName.get(name.toLowerCase());
  if (named === undefined) {
    errors.push(unknownName('voice_route', 'VOICE_ROUTE_UNKNOWN', 'voice route', name, byName.values()));
  }
  return named?.id ?? null;
}

function unknownName(
  column: Column,
  code: string,
  what: string,
  name: string,
  known: Iterable<{ readonly name: string }>,
): RowProblem {
  const near = nearestNames(
    name,
    Array.from(known, (one) => one.name),
  );
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  return {
    column,
    code,
    message: `There is no ${what} with the name "${shown}".`,
    fix:
      near.length > 0
        ? `Write one of these: ${near.join(', ')}.`
        : `Write the name of a ${what} as the list of ${what}s has it.`,
  };
}

function pbxMissing(): RowProblem {
  return {
    column: 'pbx',
    code: 'PBX_MISSING',
    message: 'The row names no PBX, and the upload has none that would hold for all rows (or it was deleted).',
    fix: 'Fill the column pbx, or upload the file again for a PBX.',
  };
}

function otherPbx(named: PbxFacts, own: PbxFacts | null): RowProblem {
  return {
    column: 'pbx',
    code: 'USER_AT_OTHER_PBX',
    message: `The user is at the PBX ${own?.name ?? 'that it was made for'}, the row says ${named.name}.`,
    fix: 'An import moves nobody. Leave the cell empty, or delete the user and upload the row again.',
  };
}

function ambiguous(): RowProblem {
  return {
    column: 'mac_address',
    code: 'KEY_AMBIGUOUS',
    message: 'Several users share this MAC, one per line of the phone.',
    fix: 'Say which one: fill line_rule, sip_user_id or teams_user_id.',
  };
}

function nothingToKeep(column: Column): RowProblem {
  return {
    column,
    code: 'KEEP_ON_NEW',
    message: `${KEEP} keeps what a user has, but this user is made by the row.`,
    fix: 'Write the value, or leave the cell empty.',
  };
}

function cannotClear(column: Column): RowProblem {
  return {
    column,
    code: 'CLEAR_REQUIRED',
    message: `Every user has a ${column === 'pbx' ? 'PBX' : 'type'}: it cannot be cleared.`,
    fix: 'Write another value, or leave the cell empty to keep it.',
  };
}

interface SeenMac {
  readonly pbxId: string;
  readonly lineRule: string | null;
  readonly number: number;
  /** The same MAC in another row. */
  readonly other: SeenMac | null;
}

/** What the rows of a file have, to find what two of them have. One map per kind: joined keys cost as much as all else. */
class SeenKeys {
  readonly #teams = new Map<string, number>();
  readonly #sip = new Map<string, Map<string, number>>();
  /** User parts of SIP users with a domain of their PBX. */
  readonly #sipAtPbx = new Map<string, Map<string, number>>();
  readonly #macs = new Map<string, SeenMac>();
  readonly #users = new Map<string, number>();

  /** Repetitions are added to the errors; the warnings are given back. */
  add(
    draft: UserDraft,
    pbx: PbxFacts,
    number: number,
    errors: RowProblem[],
    userId: string | null = null,
  ): RowProblem[] {
    const { teamsUserId, sipUserId, mac, lineRule } = draft;
    const twice = userId === null ? null : repeated(this.#users, userId, number);
    if (twice !== null) {
      errors.push(inRow(null, 'USER_TWICE', 'The same user', twice));
      return [];
    }
    if (teamsUserId !== null) {
      const before = repeated(this.#teams, teamsUserId.toLowerCase(), number);
      if (before !== null) errors.push(inRow('teams_user_id', 'TEAMS_USER_DUPLICATE', teamsUserId, before));
    }
    if (sipUserId !== null) {
      const before = repeated(ofPbx(this.#sip, pbx), sipUserId.toLowerCase(), number);
      if (before !== null) errors.push(inRow('sip_user_id', 'SIP_USER_DUPLICATE', `The SIP user ${sipUserId}`, before));
    }
    const warnings = sipUserId === null ? [] : this.#sameAccount(sipUserId.toLowerCase(), pbx, number);
    if (mac.kind === 'typed') warnings.push(...this.#addMac(mac.mac, lineRule, pbx.id, number, errors));
    return warnings;
  }

  /** `101` and `101@` the PBX's domain are one account, written in two ways. */
  #sameAccount(sipUserId: string, pbx: PbxFacts, number: number): RowProblem[] {
    if (!sipUserId.includes('@') && this.#sipAtPbx.size === 0) return [];
    const [user = '', domain] = sipUserId.split('@', 2);
    let before: number | undefined;
    if (domain === undefined) before = this.#sipAtPbx.get(pbx.id)?.get(user);
    else if (pbx.host !== null && isAtHost(domain, pbx.host)) {
      before = this.#sip.get(pbx.id)?.get(user);
      const own = ofPbx(this.#sipAtPbx, pbx);
      if (!own.has(user)) own.set(user, number);
    }
    if (before === undefined) return [];
    return [
      {
        column: 'sip_user_id',
        code: 'SIP_USER_SAME_ACCOUNT',
        message: `The SIP user ${user} is in row ${before} too, ${domain === undefined ? 'with' : 'without'} the domain of the PBX: that is the same account.`,
        fix: 'Keep it in one of the rows, unless these are two devices of one account.',
      },
    ];
  }

  #addMac(mac: string, lineRule: string | null, pbxId: string, number: number, errors: RowProblem[]): RowProblem[] {
    const first = this.#macs.get(mac) ?? null;
    let elsewhere: SeenMac | null = null;
    for (let seen = first; seen !== null; seen = seen.other) {
      if (seen.pbxId !== pbxId) elsewhere = seen;
      else if (seen.lineRule === lineRule) {
        errors.push(inRow('mac_address', 'MAC_DUPLICATE', `The MAC ${mac}`, seen.number));
        return [];
      }
    }
    this.#macs.set(mac, { pbxId, lineRule, number, other: first });
    if (elsewhere === null) return [];
    return [
      {
        column: 'mac_address',
        code: 'MAC_AT_OTHER_PBX',
        message: `The MAC ${mac} is in row ${elsewhere.number} too, for another PBX.`,
        fix: 'Check that this phone is known to both PBXs.',
      },
    ];
  }
}

function ofPbx(maps: Map<string, Map<string, number>>, { id }: PbxFacts): Map<string, number> {
  const known = maps.get(id);
  if (known !== undefined) return known;
  const made = new Map<string, number>();
  maps.set(id, made);
  return made;
}

/** The row that had the key before; null: it is remembered for this one. */
function repeated(seen: Map<string, number>, key: string, number: number): number | null {
  const before = seen.get(key);
  if (before !== undefined) return before;
  seen.set(key, number);
  return null;
}

function inRow(column: Column | null, code: string, what: string, number: number): RowProblem {
  return {
    column,
    code,
    message: `${what} is in row ${number} of the file already.`,
    fix: 'Keep it in one of the rows.',
  };
}
