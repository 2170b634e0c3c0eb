// A list of the feed that stays as it is while one reads: what comes meanwhile is counted, and shown when it is asked for.
import { useCallback, useMemo, useState } from 'react';
import { call } from '../api/client.ts';
import { type Entry, useEntries } from '../live/feed.ts';
import { type CursorList, type Rows, useCursorList } from './cursor-list.ts';

type ActivityQuery = NonNullable<Parameters<typeof useCursorList<'GET /activity'>>[1]>['query'];

/** When more came than this, the list is read again instead. */
const MOST_NEWS = 1_000;
/** Without a stream the newest are looked at. */
const LOOK = 100;

export interface EntryFeed {
  readonly rows: Rows<Entry>;
  /** How many came that are not shown. */
  readonly news: number;
  showNews(): void;
}

/** @param belongs whether an entry that comes live is one of those that `query` asks for */
export function useEntryFeed(query: NonNullable<ActivityQuery>, belongs: (entry: Entry) => boolean): EntryFeed {
  const list = useCursorList('GET /activity', { query });
  const key = JSON.stringify(query);
  const [came, setCame] = useState<Came>({ key, news: [], shown: [] });
  const { news, shown } = came.key === key ? came : { news: [], shown: [] };
  const items = useMemo(() => once([...shown, ...list.items]), [shown, list.items]);

  const take = useCallback(
    (entries: readonly Entry[]) =>
      setCame((before) => {
        const now = before.key === key ? before : { key, news: [], shown: [] };
        return { ...now, news: once([...entries, ...now.news]).slice(0, 2 * MOST_NEWS) };
      }),
    [key],
  );
  useEntries((entries) => {
    if (entries.length > 0) take(entries.filter(belongs).toReversed());
    // After a gap, or without a stream. What fails here is said by the bar above all screens.
    else void lookForNews(query).then(take, () => undefined);
  });

  const known = useMemo(() => new Set(items.map(({ id }) => id)), [items]);
  // A look brings along what is shown already, and so may the stream.
  const fresh = useMemo(() => news.filter(({ id }) => !known.has(id)), [news, known]);
  return {
    rows: { ...(list as CursorList<Entry>), items },
    news: list.isLoading ? 0 : fresh.length,
    showNews() {
      if (fresh.length > MOST_NEWS) {
        setCame({ key, news: [], shown: [] });
        list.again();
      } else setCame({ key, news: [], shown: once([...fresh, ...shown]) });
    },
  };
}

interface Came {
  readonly key: string;
  readonly news: readonly Entry[];
  readonly shown: readonly Entry[];
}

const lookForNews = async (query: NonNullable<ActivityQuery>): Promise<readonly Entry[]> =>
  (await call('GET /activity', { query: { ...query, limit: String(LOOK) } })).items;

function once(entries: readonly Entry[]): Entry[] {
  const seen = new Set<string>();
  return entries.filter(({ id }) => !seen.has(id) && seen.add(id));
}
