// The kinds of users, how they are shown, and how people write them. Knows no column.
import type { USER_TYPES } from '../store/schema.ts';
import { foldHeader } from './columns.ts';

export type UserType = (typeof USER_TYPES)[number];

interface TypeInfo {
  readonly label: string;
  /** Folded as foldHeader does. */
  readonly spellings: readonly string[];
}

const TYPES: Readonly<Record<UserType, TypeInfo>> = {
  pbx: { label: 'PBX user', spellings: ['pbx', 'pbxuser'] },
  trunk: { label: 'Trunk user', spellings: ['trunk', 'trunkuser', 'siptrunk'] },
  callApp: { label: 'Valet App user', spellings: ['callapp', 'callappuser', 'valetapp', 'valetappuser', 'valet'] },
};

/** As a file may name them; the first ones are ours. */
export const USER_TYPE_NAMES = Object.keys(TYPES) as UserType[];

export function userTypeLabel(type: UserType): string {
  return TYPES[type].label;
}

/** The type that a text means, in any usual spelling; null: none. */
export function userTypeFor(text: string): UserType | null {
  const folded = foldHeader(text);
  return USER_TYPE_NAMES.find((type) => TYPES[type].spellings.includes(folded)) ?? null;
}
