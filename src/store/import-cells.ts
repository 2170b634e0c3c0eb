// The cells of an upload's rows as they are stored: what may be shown, and what is sealed. Knows no rules.
import type { RowCells } from '../intake/check-rows.ts';
import { CLEAR, KEEP } from '../intake/check-rows.ts';
import { type Column, isSecretColumn } from '../intake/columns.ts';
import type { ImportRecord } from './imports.ts';
import type { KeyRing } from './key-ring.ts';
import { secretHome, type UserSecret } from './new-users.ts';
import { importRows } from './schema.ts';

/** Which secret of a user a column sets. */
const SECRETS = [
  ['prov_password', 'prov_password', 'provPasswordSealed'],
  ['password', 'sip_password', 'sipPasswordSealed'],
  ['portal_login_password', 'portal_login_password', 'portalLoginPasswordSealed'],
] as const satisfies readonly (readonly [Column, UserSecret, keyof StoredCells])[];

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
    rows.map(({ number, cells }) => ({ row: `${id}.${number}`, text: JSON.stringify(cells) })),
  );
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

export type SealedCells = Pick<
  StoredCells,
  'rawSealed' | 'provPasswordSealed' | 'sipPasswordSealed' | 'portalLoginPasswordSealed'
>;

/**
 * Each secret is sealed once, to the user that the row is to make, who takes it over as it is. Raw cells are kept besides
 * only where something would be lost without them. In the order given.
 */
export function sealCells(ring: KeyRing, owner: Owner, rows: readonly CellsToSeal[]): SealedCells[] {
  const sealed: { -readonly [Field in keyof SealedCells]: string | null }[] = rows.map(() => ({
    rawSealed: null,
    provPasswordSealed: null,
    sipPasswordSealed: null,
    portalLoginPasswordSealed: null,
  }));
  for (const [column, secret, field] of SECRETS) {
    const places: number[] = [];
    const values: { readonly row: string; readonly text: string }[] = [];
    for (const [n, { cells, newUserId }] of rows.entries()) {
      const text = cells[column];
      if (text === undefined || isWord(text)) continue;
      places.push(n);
      values.push({ row: newUserId, text });
    }
    if (values.length === 0) continue;
    const texts = ring.sealMany(secretHome(owner.tenantId, secret), values);
    for (const [n, place] of places.entries()) {
      const entry = sealed[place];
      if (entry !== undefined) entry[field] = texts[n] ?? null;
    }
  }
  const lacking = rows.flatMap((row, n) => (saysAll(row) ? [] : [{ n, number: row.number, cells: row.raw }]));
  for (const [n, text] of sealRaw(ring, owner, lacking).entries()) {
    const entry = sealed[lacking[n]?.n ?? -1];
    if (entry !== undefined) entry.rawSealed = text;
  }
  return sealed;
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
  for (const [column, secret, field] of SECRETS) {
    const sealed = rows.flatMap(({ number, newUserId, rawSealed, [field]: text }) =>
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
