// Which lines a file speaks of, by what its keys look like. Knows no vendor.
import type { EffectiveValues, KeyTable } from './vendor.ts';

/** Of keys such as `account.1.label`: the number between `start` and the next dot, counted from 1. */
export function numbersAfter(start: string): KeyTable['numbers'] {
  return (values) => {
    const numbers = new Set<number>();
    for (const { key } of values.entries) {
      if (!key.startsWith(start)) continue;
      const dot = key.indexOf('.', start.length);
      if (dot === -1) continue;
      const text = key.slice(start.length, dot);
      if (/^[1-9]\d{0,8}$/.test(text)) numbers.add(Number(text));
    }
    return numbers;
  };
}

/** Of keys that a pattern matches: its first group, counted from `base`. */
export function numbersMatching(pattern: RegExp, base: 0 | 1 = 1): KeyTable['numbers'] {
  const first = firstLetterOf(pattern);
  return (values) => {
    const numbers = new Set<number>();
    for (const { key } of values.entries) {
      if (first !== null && key.charCodeAt(0) !== first) continue;
      const digits = pattern.exec(key)?.[1];
      if (digits === undefined || digits.length > 9) continue;
      const number = Number(digits) + 1 - base;
      if (number >= 1) numbers.add(number);
    }
    return numbers;
  };
}

/** Where keys do not hold the number: the lines of which one of these keys is there. */
export function numbersOf(most: number, keysOf: (line: number) => readonly string[]): KeyTable['numbers'] {
  return (values: EffectiveValues) => {
    const numbers: number[] = [];
    for (let line = 1; line <= most; line += 1) {
      if (keysOf(line).some((key) => values.has(key))) numbers.push(line);
    }
    return numbers;
  };
}

/** What every match of such a pattern begins with (`/^reg\.(\d+)/`), to pass over the other keys quickly. Null: not plain. */
function firstLetterOf({ source, flags }: RegExp): number | null {
  const isPlain = flags === '' && /^\^[A-Za-z](?![?*{])/.test(source) && !source.includes('|');
  return isPlain ? source.charCodeAt(1) : null;
}
