// What happens while one looks: every entry of the activity feed, as it comes. It makes what the cache holds of that PBX or user
// out of date; lists listen for the entries themselves, so that they change single rows (parts/cursor-list.ts).
import { createContext, useContext } from 'react';
import type { ItemOf } from '../api/client.ts';
import { queryClient } from '../api/query.ts';
import type { Line } from './shared-stream.ts';
import { Topic, useRows } from './topic.ts';

export type Entry = ItemOf<'GET /activity'>;
export type { Line };

export const feed = new Topic<Entry>({ url: '/api/v1/activity/stream', name: 'activity' });

/** Nouns whose entries name no object: what was read of any of them is read again. */
const NOUN_OF_VERB: Readonly<Record<string, string>> = {
  member: 'members',
  tenant: 'tenants',
  webhook: 'webhooks',
  'api-key': 'api-keys',
};

feed.onRows((news) => {
  const ids = new Set(news.flatMap(({ pbxId, userId, importId }) => [pbxId, userId, importId]));
  const nouns = new Set(news.map(({ verb }) => NOUN_OF_VERB[verb.split('.', 1)[0] ?? '']));
  void queryClient.invalidateQueries({
    predicate: ({ queryKey }) => {
      if (isList(queryKey)) return false;
      // Without the stream nobody says what changed: what is on the screen is read again.
      if (news.length === 0) return true;
      const noun = String(queryKey[0]);
      if (noun === 'activity' || nouns.has(noun)) return true;
      const { params } = (queryKey[2] ?? {}) as { params?: { id?: string } };
      return params?.id === undefined ? noun === 'pbxs' : ids.has(params.id);
    },
    ...(news.length === 0 && { refetchType: 'active' }),
  });
});

/** The parts of the overview count much: they are counted again less often than the rest is read. */
const OVERVIEW_MS = 3_000;
let isCounting = false;
feed.onRows((news) => {
  if (news.length === 0 || isCounting) return;
  isCounting = true;
  setTimeout(() => {
    isCounting = false;
    void queryClient.invalidateQueries({ queryKey: ['overview'] });
  }, OVERVIEW_MS);
});

/** Lists of cursor-list.ts are never read again as a whole. */
const isList = (key: readonly unknown[]): boolean => (key[2] as { list?: true } | undefined)?.list === true;

/**
 * What happened, at most once a second. An empty list means: something may have happened, look yourself (there is no stream, or
 * it is back).
 */
export function useEntries(listener: (entries: readonly Entry[]) => void): void {
  useRows(feed, listener);
}

/** Calls back when something happened to one of a noun, such as `member`: its entries do not say to which. */
export function useNewsOf(noun: string, look: () => void): void {
  useEntries((entries) => {
    if (entries.length === 0 || entries.some(({ verb }) => verb.startsWith(`${noun}.`))) look();
  });
}

/** Screens may hide what comes by itself, such as while a dialog is open. */
export const LineContext = createContext<Line>('reconnecting');
export const useLine = (): Line => useContext(LineContext);
