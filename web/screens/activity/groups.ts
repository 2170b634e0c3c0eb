// Repeats of the feed as one: 412 users of a PBX that have no file are one line. Pure; knows only what was read so far.
import type { Entry } from '../../live/feed.ts';

/** Two alike that are further apart than this are two stories. */
const APART_MS = 60 * 60_000;
/** Fewer are no crowd. */
const LEAST = 3;

export interface EntryGroup {
  readonly newest: Entry;
  readonly oldest: Entry;
  /** Newest first. */
  readonly entries: readonly Entry[];
  readonly users: number;
}

/** One line of the feed. */
export type FeedRow =
  | { readonly kind: 'entry'; readonly entry: Entry; readonly isPart: boolean }
  | { readonly kind: 'group'; readonly group: EntryGroup; readonly isOpen: boolean };

/** What people changed is told one by one. */
const likeness = ({ pbxId, code, outcome, verb, actor }: Entry): string | null =>
  actor === 'system' || verb === 'sync' ? [pbxId, code, outcome, verb].join('|') : null;

/**
 * @param entries newest first
 * @param open ids of entries; a group that holds one of them is open
 * @returns each where its newest stands
 */
export function toRows(entries: readonly Entry[], open: ReadonlySet<string>): FeedRow[] {
  return gather(entries).flatMap((run): FeedRow[] => {
    const asEntries = (isPart: boolean) => run.map((entry): FeedRow => ({ kind: 'entry', entry, isPart }));
    const [newest] = run;
    const oldest = run.at(-1);
    if (run.length < LEAST || newest === undefined || oldest === undefined) return asEntries(false);
    const isOpen = run.some(({ id }) => open.has(id));
    const users = new Set(run.flatMap(({ userId }) => userId ?? [])).size;
    const row: FeedRow = { kind: 'group', group: { newest, oldest, entries: run, users }, isOpen };
    return isOpen ? [row, ...asEntries(true)] : [row];
  });
}

/** Runs of what is alike; runs too small to be one are taken apart again, each entry where it was. */
function gather(entries: readonly Entry[]): Entry[][] {
  const runs: Entry[][] = [];
  const latest = new Map<string, Entry[]>();
  for (const entry of entries) {
    const like = likeness(entry);
    const run = like === null ? undefined : latest.get(like);
    const last = run?.at(-1);
    if (run && last && Date.parse(last.at) - Date.parse(entry.at) <= APART_MS) {
      run.push(entry);
      continue;
    }
    const fresh = [entry];
    runs.push(fresh);
    if (like !== null) latest.set(like, fresh);
  }
  if (runs.every((run) => run.length === 1 || run.length >= LEAST)) return runs;
  return runs.flatMap((run) => (run.length < LEAST ? run.map((entry) => [entry]) : [run])).sort((a, b) => place(a, b));
}

/** Newest first; of the same moment in the order of the server. */
function place([a]: readonly Entry[], [b]: readonly Entry[]): number {
  if (a === undefined || b === undefined) return 0;
  if (a.at !== b.at) return a.at < b.at ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}
