// A MAC as it is typed: read while one types, by the rules of the server, which reads it again. Pure.

/** What people and spreadsheets put between digits. */
const SEPARATORS = /[\s:._\-\u00ad\u2010-\u2015]/g;

type MacProblem = 'invalid' | 'placeholder' | 'multicast';

/** `short` while it may still become one; `mac` in twelve lower-case digits. */
export type TypedMac =
  | { readonly kind: 'empty' }
  | { readonly kind: 'short'; readonly digits: number }
  | { readonly kind: 'wrong'; readonly problem: MacProblem }
  | { readonly kind: 'mac'; readonly mac: string };

export function readTypedMac(text: string): TypedMac {
  const digits = text.trim().replace(SEPARATORS, '').toLowerCase();
  if (digits === '') return { kind: 'empty' };
  if (!/^[0-9a-f]{1,12}$/.test(digits)) return { kind: 'wrong', problem: 'invalid' };
  if (digits.length < 12) return { kind: 'short', digits: digits.length };
  if (/^(0{12}|f{12})$/.test(digits)) return { kind: 'wrong', problem: 'placeholder' };
  if ((Number.parseInt(digits.slice(0, 2), 16) & 1) === 1) return { kind: 'wrong', problem: 'multicast' };
  return { kind: 'mac', mac: digits };
}
