// A list that stays as it is while one reads: what comes meanwhile is counted, and shown when it is asked for; rows that are
// there change where they stand.
import { useMemo, useState } from 'react';
import type { CursorList, Rows } from './cursor-list.ts';

/** When more came than this, the list is read again instead. */
const MOST_NEWS = 1_000;
/** Without a stream so many of the newest are looked at. */
export const LOOK = '100';

export interface NewsList<Item> {
  readonly rows: Rows<Item>;
  /** How many came that are not shown. */
  readonly news: number;
  showNews(): void;
}

interface Live<Item> {
  /** A hook: calls back with what came or changed, oldest first; with nothing when one is to look. Always the same one. */
  readonly listen: (listener: (items: readonly Item[]) => void) => void;
  /** Whether an item that comes is one of those that the list asks for. */
  readonly belongs: (item: Item) => boolean;
  /** The newest that belong. */
  readonly look: () => Promise<readonly Item[]>;
  /** Items change after they came: rows are patched, and what is shown stays in the order of ids, newest first. */
  readonly changes?: boolean;
  /** A short list: it is read again to show what is new. */
  readonly short?: boolean;
}

interface WithId {
  readonly id: string;
}

export function useNews<Item extends WithId>(
  list: CursorList<Item>,
  { listen, belongs, look, changes = false, short = false }: Live<Item>,
): NewsList<Item> {
  const key = list.question ?? '';
  const [came, setCame] = useState<Came<Item>>({ key, news: [], shown: [] });
  const { news, shown } = came.key === key ? came : nothing<Item>(key);
  const items = useMemo(() => {
    if (shown.length === 0) return list.items;
    const all = once([...shown, ...list.items]);
    return changes ? all.toSorted((a, b) => (a.id < b.id ? 1 : -1)) : all;
  }, [shown, list.items, changes]);

  function take(fresh: readonly Item[]): void {
    const stays = changes ? fresh.filter((item) => !isChanged(item)) : fresh;
    setCame((before) => {
      const now = before.key === key ? before : nothing<Item>(key);
      return {
        key,
        news: once([...stays, ...now.news])
          .filter(belongs)
          .slice(0, 2 * MOST_NEWS),
        shown: changes ? renewed(now.shown, fresh) : now.shown,
      };
    });
  }
  /** Is it a row of the list? Then that changes. */
  function isChanged(item: Item): boolean {
    // Even if it is none: the rows may be on their way, as they were before.
    list.patch(item.id, () => item);
    return list.items.some(({ id }) => id === item.id);
  }
  listen((fresh) => {
    if (fresh.length > 0) take(fresh.toReversed());
    // After a gap, or without a stream. What fails here is said by the bar above all screens.
    else void look().then(take, () => undefined);
  });

  const known = useMemo(() => new Set(items.map(({ id }) => id)), [items]);
  // A look brings along what is shown already, and so may the stream.
  const fresh = useMemo(() => news.filter(({ id }) => !known.has(id)), [news, known]);
  return {
    rows: { ...(list as Rows<Item>), items },
    news: list.isLoading ? 0 : fresh.length,
    showNews() {
      if (short || fresh.length > MOST_NEWS) {
        setCame(nothing(key));
        list.again();
      } else setCame({ key, news: [], shown: once([...fresh, ...shown]) });
    },
  };
}

interface Came<Item> {
  readonly key: string;
  readonly news: readonly Item[];
  readonly shown: readonly Item[];
}

const nothing = <Item>(key: string): Came<Item> => ({ key, news: [], shown: [] });

function once<Item extends WithId>(items: readonly Item[]): Item[] {
  const seen = new Set<string>();
  return items.filter(({ id }) => !seen.has(id) && seen.add(id));
}

function renewed<Item extends WithId>(items: readonly Item[], fresh: readonly Item[]): readonly Item[] {
  if (items.length === 0) return items;
  const now = new Map(fresh.map((item) => [item.id, item]));
  return items.map((item) => now.get(item.id) ?? item);
}
