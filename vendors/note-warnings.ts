// From what a syntax noted while it parsed to the warnings of a reading. Knows no vendor.
import type { Note } from '../parsers/syntax.ts';

/** What took something from a value: named for secrets only, where it may have been meant and the format cannot say so. */
const TAKES: readonly Note['code'][] = ['trailing-space-trimmed', 'inline-comment-stripped'];

export function noteWarnings(notes: readonly Note[], isSecret: (key: string) => boolean): string[] {
  const warnings = new Set<string>();
  for (const { code, at } of notes) {
    if (!TAKES.includes(code)) warnings.add(at === undefined ? code : `${code}:${at}`);
    else {
      warnings.add(code);
      if (at !== undefined && isSecret(at)) warnings.add(`${code}:${at}`);
    }
  }
  return [...warnings];
}
