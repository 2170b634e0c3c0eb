// The cells of an upload's rows as they are stored: what may be shown, and what is sealed. Knows no rules.
import type { RowCells } from '../intake/check-rows.ts';
import { CLEAR, KEEP } from '../intake/check-rows.ts';
import { type Column, isSecretColumn } from '../intake/columns.ts';
import type { ImportRecord } from './imports.ts';
import type { KeyRing, Place } from './key-ring.ts';
import { secretHome, type UserSecret } from './new-users.ts';
import { importRows } from './schema.ts';

/** Which secret of a user a column sets. */
const SECRETS = [
  { column: 'prov_password', secret: 'prov_password', field: 'provPassword', stored: 'provPasswordSealed' },
  { column: 'password', secret: 'sip_password', field: 'sipPassword', stored: 'sipPasswordSealed' },
  {
    column: 'portal_login_password',
    secret: 'portal_login_password',
    field: 'portalLoginPassword',
    stored: 'portalLoginPasswordSealed',
  },
] as const satisfies readonly {
  readonly column: Column;
  readonly secret: UserSecret;
  readonly field: keyof SealedCells;
  readonly stored: keyof StoredCells;
}[];

/** Of a row, as it is stored. */
export interface StoredCells {
  readonly number: number;
  readonly newUserId: string | null;
  readonly rawSealed: string | null;
  readonly provPasswordSealed: string | null;
  readonly sipPasswordSealed: string | null;
  readonly portalLoginPasswordSealed: string | null;
  readonly shown: RowCells;
}

/** What is to be selected of import_rows for openCells. */
export const STORED_CELLS = {
  number: importRows.number,
  newUserId: importRows.newUserId,
  rawSealed: importRows.rawSealed,
  provPasswordSealed: importRows.provPasswordSealed,
  sipPasswordSealed: importRows.sipPasswordSealed,
  portalLoginPasswordSealed: importRows.portalLoginPasswordSealed,
  shown: importRows.shown,
};

type Owner = Pick<ImportRecord, 'id' | 'tenantId'>;

function rawHome(tenant: string) {
  return { tenant, table: 'import_rows', column: 'raw' };
}

/** Raw cells of rows in the order of the file, each sealed to its row; in the order given. */
export function sealRaw(
  ring: KeyRing,
  { id, tenantId }: Owner,
  rows: readonly { readonly number: number; readonly cells: readonly string[] }[],
): string[] {
  if (rows.length === 0) return [];
  return ring.sealMany(
    rawHome(tenantId),
    rows.map(({ number, cells }) => rawToSeal({ id }, number, cells)),
  );
}

function rawToSeal({ id }: Pick<Owner, 'id'>, number: number, cells: readonly string[]) {
  return { row: `${id}.${number}`, text: JSON.stringify(cells) };
}

/** A row as it came. */
export interface CellsToSeal {
  readonly number: number;
  readonly newUserId: string;
  /** Of known columns. */
  readonly cells: RowCells;
  readonly shown: RowCells;
  /** In the order of the file. */
  readonly raw: readonly string[];
}

/** One sealed column of many rows: all its values begin with the same head, which is empty where there are none. */
export interface SealedColumn {
  head: string;
  /** By row, in the order given; undefined: nothing. */
  readonly bodies: (string | undefined)[];
}

export interface SealedCells {
  readonly raw: SealedColumn;
  readonly provPassword: SealedColumn;
  readonly sipPassword: SealedColumn;
  readonly portalLoginPassword: SealedColumn;
}

/**
 * Each secret is sealed once, to the user that the row is to make, who takes it over as it is. Raw cells are kept besides
 * only where something would be lost without them.
 */
export function sealCells(ring: KeyRing, owner: Owner, rows: readonly CellsToSeal[]): SealedCells {
  const empty = (): SealedColumn => ({ head: '', bodies: [] });
  const columns = { raw: empty(), provPassword: empty(), sipPassword: empty(), portalLoginPassword: empty() };
  const seal = (column: SealedColumn, home: Omit<Place, 'row'>, values: readonly ValueToSeal[]) => {
    if (values.length === 0) return;
    const { head, bodies } = ring.sealTogether(home, values);
    column.head = head;
    for (const [n, value] of values.entries()) column.bodies[value.n] = bodies[n];
  };
  for (const { column, secret, field } of SECRETS) {
    const values: ValueToSeal[] = [];
    for (const [n, { cells, newUserId }] of rows.entries()) {
      const text = cells[column];
      if (text !== undefined && !isWord(text)) values.push({ n, row: newUserId, text });
    }
    seal(columns[field], secretHome(owner.tenantId, secret), values);
  }
  const lacking: ValueToSeal[] = [];
  for (const [n, row] of rows.entries()) {
    if (!saysAll(row)) lacking.push({ n, ...rawToSeal(owner, row.number, row.raw) });
  }
  seal(columns.raw, rawHome(owner.tenantId), lacking);
  return columns;
}

interface ValueToSeal {
  /** Which of the rows it belongs to. */
  readonly n: number;
  /** Of its place. */
  readonly row: string;
  readonly text: string;
}

/** `(keep)` and `(clear)`: no secret is meant. */
function isWord(cell: string): boolean {
  if (!cell.includes('(')) return false;
  const word = cell.trim().toLowerCase();
  return word === KEEP || word === CLEAR;
}

/** True when nothing of the row would be lost if only the shown cells and its secrets were kept. */
function saysAll({ cells, shown, raw }: CellsToSeal): boolean {
  let filled = 0;
  for (const cell of raw) if (cell !== '') filled += 1;
  let said = 0;
  for (const column in cells) {
    const cell = cells[column as Column] ?? '';
    if (isSecretColumn(column as Column) ? isWord(cell) : shown[column as Column] !== cell) return false;
    said += 1;
  }
  return filled === said;
}

/** What a row says: raw cells in the order of the file where they are kept, else by column. */
export type OpenedCells = { readonly raw: readonly string[] } | { readonly cells: RowCells };

/** In the order given. */
export function openCells(ring: KeyRing, owner: Owner, rows: readonly StoredCells[]): OpenedCells[] {
  const raw = openRaw(ring, owner, rows);
  const secrets = new Map<number, Partial<Record<Column, string>>>();
  for (const { column, secret, stored } of SECRETS) {
    const sealed = rows.flatMap(({ number, newUserId, rawSealed, [stored]: text }) =>
      rawSealed === null && text !== null && newUserId !== null ? [{ number, row: newUserId, sealed: text }] : [],
    );
    for (const [n, text] of ring.unsealMany(secretHome(owner.tenantId, secret), sealed).entries()) {
      const { number } = sealed[n] ?? { number: 0 };
      secrets.set(number, { ...secrets.get(number), [column]: text.reveal() });
    }
  }
  return rows.map(({ number, shown }) => {
    const cells = raw.get(number);
    if (cells !== undefined) return { raw: cells };
    const own = secrets.get(number);
    return { cells: own === undefined ? shown : { ...shown, ...own } };
  });
}

function openRaw(
  ring: KeyRing,
  { id, tenantId }: Owner,
  rows: readonly StoredCells[],
): ReadonlyMap<number, readonly string[]> {
  const sealed = rows.flatMap(({ number, rawSealed }) =>
    rawSealed === null ? [] : [{ number, row: `${id}.${number}`, sealed: rawSealed }],
  );
  const texts = ring.unsealMany(rawHome(tenantId), sealed);
  return new Map(sealed.map(({ number }, n) => [number, JSON.parse(texts[n]?.reveal() ?? '[]')]));
}
