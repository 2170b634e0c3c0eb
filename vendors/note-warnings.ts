// From what a syntax noted while it parsed to the warnings of a reading. Knows no vendor.
import type { Note } from '../parsers/syntax.ts';

/** What took something from a value: named for secrets only, where it may have been meant and the format cannot say so. */
const TAKES: readonly Note['code'][] = ['trailing-space-trimmed', 'inline-comment-stripped'];

export function noteWarnings(notes: readonly Note[], isSecret: (key: string) => boolean): string[] {
  const warnings = new Set<string>();
  let before: Note | null = null;
  for (const note of notes) {
    const { code, at } = note;
    // One key again and again: a text is cheaper not made than found to be there.
    if (code === before?.code && at === before.at) continue;
    before = note;
    if (!TAKES.includes(code)) warnings.add(at === undefined ? code : `${code}:${at}`);
    else {
      warnings.add(code);
      if (at !== undefined && isSecret(at)) warnings.add(`${code}:${at}`);
    }
  }
  return [...warnings];
}
