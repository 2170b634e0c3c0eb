// From what a syntax noted while it parsed to the warnings of a reading. Knows no vendor.
import type { Note } from '../parsers/syntax.ts';

/** A blank dropped at the end of a value is named for secrets only: it may have been meant, and the format cannot say so. */
export function noteWarnings(notes: readonly Note[], isSecret: (key: string) => boolean): string[] {
  const warnings = new Set<string>();
  for (const { code, at } of notes) {
    if (code !== 'trailing-space-trimmed') warnings.add(at === undefined ? code : `${code}:${at}`);
    else {
      warnings.add(code);
      if (at !== undefined && isSecret(at)) warnings.add(`${code}:${at}`);
    }
  }
  return [...warnings];
}
