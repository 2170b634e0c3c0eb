// Keys of rows, filled in with the number of a line: made once for each of the first lines, as the same few hundred are
// looked for in every file. Knows no vendor.

export const MOST_LINES_KEPT = 32;

/** What `make` makes for a line, kept. */
export function keptPerLine<Made>(make: (line: number) => Made): (line: number) => Made {
  const kept: (Made | undefined)[] = new Array(MOST_LINES_KEPT + 1).fill(undefined);
  return (line) => {
    const before = kept[line];
    if (before !== undefined) return before;
    const made = make(line);
    if (line <= MOST_LINES_KEPT) kept[line] = made;
    return made;
  };
}

/** A key of a row for a line: `{n}` is its number, `{n0}` the number less one. */
export function fillKey(template: string, line: number): string {
  return template.replace('{n}', String(line)).replace('{n0}', String(line - 1));
}
