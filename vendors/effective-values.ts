// What the entries of one or several files say together, found as it is asked for: a reader wants the few dozen keys of
// the lines, and a file has hundreds of others. Knows no vendor and no syntax.
import type { Entry } from '../parsers/syntax.ts';
import type { Access } from './model.ts';
import type { EffectiveValues, Vendor } from './vendor.ts';

/**
 * The last value that says something wins, an empty one later does not erase it, a word for nothing does. (FusionPBX
 * templates write a good value and, further down, the same key empty.)
 */
export function effectiveValues(
  vendor: Pick<Vendor, 'nothing' | 'repeats'>,
  entries: readonly Entry[],
): EffectiveValues {
  return new FileValues(vendor, entries);
}

/** Chains that are longer, of a file whose keys are much alike, are given up for a Map of all keys. */
const LONGEST_CHAIN = 16;
const MOST_CHAINS = 4096;

/**
 * Which chain a key is in, by its length and three of its characters: hashing the whole of every key for a Map costs
 * more than all the rest of reading a file.
 */
function sampleOf(key: string): number {
  const { length } = key;
  if (length < 2) return length;
  return (
    length * 61 + key.charCodeAt(length >> 1) * 37 + key.charCodeAt(length - 2) * 11 + key.charCodeAt(length - 1) * 3
  );
}

class FileValues implements EffectiveValues {
  readonly entries: readonly Entry[];
  readonly #vendor: Pick<Vendor, 'nothing' | 'repeats'>;
  readonly #hasAccess: boolean;
  /** By sampleOf: the last entry of the chain, counted from 1; 0: none. */
  readonly #lasts: number[];
  /** Of each entry, the one before it in its chain. */
  readonly #befores: number[];
  #whole: Whole | null = null;

  constructor(vendor: Pick<Vendor, 'nothing' | 'repeats'>, entries: readonly Entry[]) {
    this.#vendor = vendor;
    this.entries = entries;
    let chains = 16;
    while (chains < entries.length && chains < MOST_CHAINS) chains *= 2;
    const lasts: number[] = new Array(chains).fill(0);
    const befores: number[] = new Array(entries.length);
    let hasAccess = false;
    for (let at = 0; at < entries.length; at += 1) {
      const entry = entries[at] as Entry;
      const chain = sampleOf(entry.key) & (chains - 1);
      befores[at] = lasts[chain] as number;
      lasts[chain] = at + 1;
      if (entry.access !== undefined) hasAccess = true;
    }
    this.#lasts = lasts;
    this.#befores = befores;
    this.#hasAccess = hasAccess;
  }

  get(key: string): string | null | undefined {
    const entry = this.#chained(key);
    const value = entry === undefined ? this.all.get(key) : entry?.value;
    if (value === null) return null;
    if (value === undefined || value === '') return undefined;
    // Two or three words: comparing is quicker than hashing.
    return entry !== undefined && this.#vendor.nothing.includes(value) ? null : value;
  }

  has(key: string): boolean {
    const entry = this.#chained(key);
    return entry === undefined ? this.all.has(key) : entry !== null;
  }

  /** The last entry that says something, or else an empty one. Null: there is none. Undefined: ask the Map. */
  #chained(key: string): Entry | null | undefined {
    if (this.#whole !== null) return undefined;
    const { entries } = this;
    let empty: Entry | null = null;
    let place = this.#lasts[sampleOf(key) & (this.#lasts.length - 1)] as number;
    for (let steps = 0; place !== 0; steps += 1) {
      if (steps === LONGEST_CHAIN) return undefined;
      const entry = entries[place - 1] as Entry;
      if (entry.key === key) {
        if (entry.value !== '') return entry;
        empty = entry;
      }
      place = this.#befores[place - 1] as number;
    }
    return empty;
  }

  get all(): ReadonlyMap<string, string | null> {
    return this.#gathered.all;
  }

  get warnings(): readonly string[] {
    return this.#gathered.warnings;
  }

  accessOf(key: string): Access | undefined {
    return this.#hasAccess ? this.#gathered.access.get(key) : undefined;
  }

  get #gathered(): Whole {
    this.#whole ??= gather(this.#vendor, this.entries);
    return this.#whole;
  }
}

interface Whole {
  readonly all: Map<string, string | null>;
  readonly access: Map<string, Access>;
  readonly warnings: readonly string[];
}

function gather({ nothing, repeats }: Pick<Vendor, 'nothing' | 'repeats'>, entries: readonly Entry[]): Whole {
  const all = new Map<string, string | null>();
  const access = new Map<string, Access>();
  const duplicates = new Set<string>();
  const emptied = new Set<string>();
  for (const entry of entries) {
    const { key, value } = entry;
    const before = all.get(key);
    if (before === undefined) {
      all.set(key, nothing.includes(value) ? null : value);
    } else if (value === '') {
      if (before !== null && before !== '') emptied.add(key);
      continue;
    } else {
      if (before !== null && before !== '' && before !== value && !repeats(key)) duplicates.add(key);
      all.set(key, nothing.includes(value) ? null : value);
    }
    if (entry.access !== undefined) access.set(key, entry.access);
  }
  return {
    all,
    access,
    warnings: [
      ...Array.from(duplicates, (key) => `duplicate-key:${key}`),
      ...Array.from(emptied, (key) => `empty-after-value:${key}`),
    ],
  };
}
