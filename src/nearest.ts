// Names that a mistyped name may have meant. Knows nothing of what the names stand for.

/**
 * Up to `limit` of the names, nearest first; names that share nothing with the text are left out.
 * Case does not count. Texts are compared by their first 64 characters.
 */
export function nearestNames(text: string, names: Iterable<string>, limit = 3): string[] {
  const wanted = text.toLowerCase().slice(0, 64);
  const scored: { name: string; score: number }[] = [];
  for (const name of new Set(names)) {
    const candidate = name.toLowerCase().slice(0, 64);
    const longer = Math.max(wanted.length, candidate.length);
    const inside = wanted !== '' && (candidate.includes(wanted) || wanted.includes(candidate));
    const distance = inside ? longer / 4 : editDistance(wanted, candidate);
    if (distance <= longer / 2) scored.push({ name, score: distance / longer });
  }
  scored.sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1));
  return scored.slice(0, limit).map(({ name }) => name);
}

/** Levenshtein's distance: how many characters to insert, drop or change. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
