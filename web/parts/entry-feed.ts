// A list of the activity feed that stays as it is while one reads.
import { call } from '../api/client.ts';
import { type Entry, useEntries } from '../live/feed.ts';
import { type CursorList, useCursorList } from './cursor-list.ts';
import { LOOK, type NewsList, useNews } from './news-list.ts';

type ActivityQuery = NonNullable<NonNullable<Parameters<typeof useCursorList<'GET /activity'>>[1]>['query']>;

/** @param belongs whether an entry that comes live is one of those that `query` asks for */
export function useEntryFeed(query: ActivityQuery, belongs: (entry: Entry) => boolean): NewsList<Entry> {
  const list: CursorList<Entry> = useCursorList('GET /activity', { query });
  return useNews(list, {
    listen: useEntries,
    belongs,
    look: async () => (await call('GET /activity', { query: { ...query, limit: LOOK } })).items,
  });
}
