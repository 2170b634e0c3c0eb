// Which column of a file means what: guessed by the spellings that the API takes, changed by hand, remembered. Pure but for the
// memory at the end.
import type { z } from 'zod';
import type { importContract } from '../../../src/api/contract/imports.ts';

/** What GET /imports/columns answers. */
export type Known = z.output<(typeof importContract)['listImportColumns']['response']>;
export type ColumnName = Known['items'][number]['name'];
/** Per column of the file; null: left out. */
export type Mapping = readonly (ColumnName | null)[];

/** As the API compares names: without case, blanks, `_` and `-`. */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\-\uFEFF]+/g, '');
}

/** What the API takes a name for. */
export function columnNamed(known: Known, name: string): ColumnName | null {
  const folded = foldName(name);
  const found = known.items.find((column) =>
    [column.name, ...column.spellings].some((spelling) => foldName(spelling) === folded),
  );
  return found?.name ?? null;
}

export function isPassedOver(known: Known, name: string): boolean {
  return known.passedOver.some((each) => foldName(each) === foldName(name));
}

export interface Guess {
  readonly mapping: Mapping;
  /** Places that are only likely: the name holds a spelling, and is none. */
  readonly unsure: ReadonlySet<number>;
}

/** Each column once: the first that is called so. */
export function guessMapping(known: Known, header: readonly string[]): Guess {
  const taken = new Set<ColumnName>();
  const mapping: (ColumnName | null)[] = header.map((name) => {
    const column = columnNamed(known, name);
    if (column === null || taken.has(column)) return null;
    taken.add(column);
    return column;
  });
  const unsure = new Set<number>();
  header.forEach((name, place) => {
    if (mapping[place] !== null || columnNamed(known, name) !== null || isPassedOver(known, name)) return;
    const likely = likelyColumn(known, name, taken);
    if (likely === null) return;
    mapping[place] = likely;
    taken.add(likely);
    unsure.add(place);
  });
  return { mapping, unsure };
}

/** The column with the longest spelling within the name. */
function likelyColumn(known: Known, name: string, taken: ReadonlySet<ColumnName>): ColumnName | null {
  const folded = foldName(name);
  let best: { column: ColumnName; length: number } | null = null;
  for (const { name: column, spellings } of known.items) {
    if (taken.has(column)) continue;
    for (const spelling of [column, ...spellings].map(foldName)) {
      if (spelling.length >= 3 && folded.includes(spelling) && spelling.length > (best?.length ?? 0)) {
        best = { column, length: spelling.length };
      }
    }
  }
  return best?.column ?? null;
}

/** The columns that two places mean. */
export function repeatedColumns(mapping: Mapping): readonly ColumnName[] {
  return [
    ...new Set(
      mapping.filter((column, place): column is ColumnName => column !== null && mapping.indexOf(column) !== place),
    ),
  ];
}

/** What the columns are to be called so that the API takes them for this; null: as they are. */
export function namesFor(known: Known, header: readonly string[], mapping: Mapping): string[] | null {
  const names = header.map((name, place) => {
    const wanted = mapping[place] ?? null;
    const taken = columnNamed(known, name);
    if (wanted === taken) return name;
    return wanted ?? `${name} (left out)`;
  });
  return names.every((name, place) => name === header[place]) ? null : names;
}

/** Of a browser. */
interface Memories {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const MEMORY = 'import-mappings';
const REMEMBERED = 50;

type Memory = readonly { readonly of: string; readonly mapping: Mapping }[];

const memoryKey = (tenantId: string, header: readonly string[]) => `${tenantId} ${header.map(foldName).join('|')}`;

function readMemory(storage: Pick<Memories, 'getItem'>): Memory {
  try {
    const read: unknown = JSON.parse(storage.getItem(MEMORY) ?? '[]');
    return Array.isArray(read) ? (read as Memory) : [];
  } catch {
    return [];
  }
}

/** What these columns were taken for the last time; null: not seen before, or a column is not known any more. */
export function rememberedMapping(
  storage: Pick<Memories, 'getItem'>,
  known: Known,
  tenantId: string,
  header: readonly string[],
): Mapping | null {
  const found = readMemory(storage).find(({ of }) => of === memoryKey(tenantId, header))?.mapping;
  const names = new Set<string>(known.items.map(({ name }) => name));
  const fits = found?.length === header.length && found.every((column) => column === null || names.has(column));
  return fits ? found : null;
}

export function rememberMapping(
  storage: Memories,
  tenantId: string,
  header: readonly string[],
  mapping: Mapping,
): void {
  const of = memoryKey(tenantId, header);
  const rest = readMemory(storage).filter((each) => each.of !== of);
  try {
    storage.setItem(MEMORY, JSON.stringify([{ of, mapping }, ...rest].slice(0, REMEMBERED)));
  } catch {
    // No room, or forbidden: then it is asked again the next time.
  }
}
