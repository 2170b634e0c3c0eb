// What can be done about a problem of many rows at once, and the cell that comes of it. Pure: knows no database.
import { nearestNames } from '../nearest.ts';
import type { Column } from './columns.ts';
import { USER_TYPE_NAMES } from './user-types.ts';

/**
 * set: the same value for all. clear: the cell is emptied. pad-zeros: a MAC gets back its leading zeros. use-nearest: the
 * PBX, voice route or user type whose name is nearest.
 */
export const MENDS = ['set', 'clear', 'pad-zeros', 'use-nearest'] as const;
export type Mend = (typeof MENDS)[number];

/** What a tenant's names are, for use-nearest. */
export interface KnownNames {
  readonly pbxs: readonly string[];
  readonly voiceRoutes: readonly string[];
}

const NAMED: Readonly<Record<string, (known: KnownNames) => readonly string[]>> = {
  PBX_UNKNOWN: (known) => known.pbxs,
  VOICE_ROUTE_UNKNOWN: (known) => known.voiceRoutes,
  USER_TYPE_UNKNOWN: () => USER_TYPE_NAMES,
};

/** Which mends go with a problem. */
export function mendsFor(column: Column | null, code: string): Mend[] {
  if (column === null) return [];
  const own: Mend[] = [];
  if (code === 'MAC_LOST_ZEROS') own.push('pad-zeros');
  if (Object.hasOwn(NAMED, code)) own.push('use-nearest');
  return [...own, 'set', 'clear'];
}

/** The cell afterwards; null: nothing can be made of it. */
export function mendCell(mend: Mend, code: string, cell: string, value: string, known: KnownNames): string | null {
  switch (mend) {
    case 'set':
      return value;
    case 'clear':
      return '';
    case 'pad-zeros':
      return cell.replace(/[\s:.-]+/g, '').padStart(12, '0');
    case 'use-nearest':
      return nearestNames(cell.trim(), NAMED[code]?.(known) ?? [], 1)[0] ?? null;
  }
}
