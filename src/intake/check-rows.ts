// All rows of an upload against the rules and against each other -> drafts, or everything that is wrong. Pure.
import { nearestNames } from '../nearest.ts';
import { COLUMN_NAMES, type Column, isSecretColumn, isUnusedColumn } from './columns.ts';
import { cellOf, type RowProblem } from './csv.ts';
import { checkUser, type PbxFacts, type UserDraft, type UserInput } from './row.ts';

export interface RawRow {
  readonly number: number;
  readonly cells: readonly string[];
  /** What was wrong with the row in the file: cells missing, cells too long. */
  readonly fileProblems: readonly RowProblem[];
}

export interface CheckedRow {
  readonly number: number;
  readonly pbx: PbxFacts | null;
  /** Null when there are errors. */
  readonly draft: UserDraft | null;
  readonly errors: readonly RowProblem[];
  readonly warnings: readonly RowProblem[];
}

const USER_COLUMNS = COLUMN_NAMES.filter((column) => !isUnusedColumn(column));
const SHOWN_COLUMNS = COLUMN_NAMES.filter((column) => !isSecretColumn(column));

/** The cells that may be listed, by column; empty ones are left out. */
export function shownCells(
  columns: readonly (Column | null)[],
  row: Pick<RawRow, 'cells'>,
): Readonly<Partial<Record<Column, string>>> {
  const shown: Partial<Record<Column, string>> = {};
  for (const column of SHOWN_COLUMNS) {
    const cell = cellOf({ columns }, row, column)?.trim() ?? '';
    if (cell !== '') shown[column] = cell;
  }
  return shown;
}

/**
 * Rows are given in the order of the file, in as many parts as one likes: what an earlier one has is remembered.
 * @param pbxs all of the tenant: rows may name theirs
 * @param defaultPbxId for rows that name none
 */
export function createRowChecker(
  columns: readonly (Column | null)[],
  pbxs: readonly PbxFacts[],
  defaultPbxId: string | null,
): (row: RawRow) => CheckedRow {
  const byName = new Map(pbxs.map((pbx) => [pbx.name.toLowerCase(), pbx]));
  const defaultPbx = pbxs.find((pbx) => pbx.id === defaultPbxId) ?? null;
  const seen = new Map<string, number>();
  return (row) => {
    // Cells of a row with too few or too many of them stand in the wrong columns: what they say counts for nothing.
    if (row.fileProblems.some((problem) => problem.column === null)) {
      return { number: row.number, pbx: null, draft: null, errors: row.fileProblems, warnings: [] };
    }
    const input = inputOf(columns, row);
    const errors: RowProblem[] = [...row.fileProblems];
    const pbx = choosePbx(input.pbx?.trim() ?? '', byName, defaultPbx, errors);
    if (pbx === null) return { number: row.number, pbx, draft: null, errors, warnings: [] };
    const checked = checkUser(input, pbx);
    errors.push(...checked.errors);
    if (checked.draft !== null) errors.push(...repeated(checked.draft, pbx, row.number, seen));
    return {
      number: row.number,
      pbx,
      draft: errors.length === 0 ? checked.draft : null,
      errors,
      warnings: checked.warnings,
    };
  };
}

function inputOf(columns: readonly (Column | null)[], row: RawRow): UserInput {
  const input: Partial<Record<Column, string>> = {};
  for (const column of USER_COLUMNS) {
    const cell = cellOf({ columns }, row, column);
    if (cell !== null) input[column] = cell;
  }
  return input;
}

function choosePbx(
  name: string,
  byName: ReadonlyMap<string, PbxFacts>,
  defaultPbx: PbxFacts | null,
  errors: RowProblem[],
): PbxFacts | null {
  if (name === '') {
    if (defaultPbx !== null) return defaultPbx;
    errors.push({
      column: 'pbx',
      code: 'PBX_MISSING',
      message: 'The row names no PBX, and the upload has none that would hold for all rows (or it was deleted).',
      fix: 'Fill the column pbx, or upload the file again for a PBX.',
    });
    return null;
  }
  const named = byName.get(name.toLowerCase());
  if (named !== undefined) return named;
  const near = nearestNames(
    name,
    [...byName.values()].map((pbx) => pbx.name),
  );
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  errors.push({
    column: 'pbx',
    code: 'PBX_UNKNOWN',
    message: `There is no PBX with the name "${shown}".`,
    fix:
      near.length > 0
        ? `Write one of these: ${near.join(', ')}.`
        : 'Write the name of a PBX as the list of PBXs has it.',
  });
  return null;
}

/** What an earlier row of the file has already; what this one has is remembered. */
function repeated(draft: UserDraft, pbx: PbxFacts, number: number, seen: Map<string, number>): RowProblem[] {
  const problems: RowProblem[] = [];
  const look = (column: Column, code: string, key: readonly string[], what: string) => {
    const text = JSON.stringify([column, ...key]);
    const before = seen.get(text);
    if (before === undefined) seen.set(text, number);
    else {
      const message = `${what} is in row ${before} of the file already.`;
      problems.push({ column, code, message, fix: 'Keep it in one of the rows.' });
    }
  };
  const { teamsUserId, sipUserId, mac, lineRule } = draft;
  if (teamsUserId !== null) {
    look('teams_user_id', 'TEAMS_USER_DUPLICATE', [teamsUserId.toLowerCase()], teamsUserId);
  }
  if (sipUserId !== null) {
    look('sip_user_id', 'SIP_USER_DUPLICATE', [pbx.id, sipUserId.toLowerCase()], `The SIP user ${sipUserId}`);
  }
  if (mac.kind === 'typed') {
    look('mac_address', 'MAC_DUPLICATE', [pbx.id, mac.mac, lineRule ?? ''], `The MAC ${mac.mac}`);
  }
  return problems;
}
