// What happens while one looks: every entry of the activity feed, as it comes. It makes what the cache holds of that PBX or user
// out of date; lists listen for the entries themselves, so that they change single rows (parts/cursor-list.ts).
import { createContext, useContext, useEffect, useRef } from 'react';
import type { ItemOf } from '../api/client.ts';
import { queryClient } from '../api/query.ts';
import { followShared, type Line } from './shared-stream.ts';

export type Entry = ItemOf<'GET /activity'>;
export type { Line };

const POLL_MS = 10_000;
/** At most so often is what changed read again, however much happens. */
const CALM_MS = 1_000;

type Listener = (entries: readonly Entry[]) => void;

class Feed {
  line: Line = 'reconnecting';
  readonly #entries = new Set<Listener>();
  readonly #lines = new Set<() => void>();
  #news: Entry[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #polls: ReturnType<typeof setInterval> | undefined;

  /** Until `signal` ends: when one signs out. */
  start(signal: AbortSignal): void {
    followShared(
      { url: '/api/v1/activity/stream', name: 'activity', signal },
      (data) => this.#take(JSON.parse(data) as Entry),
      (line) => this.#change(line),
    );
    signal.addEventListener('abort', () => {
      clearTimeout(this.#timer);
      clearInterval(this.#polls);
      this.#timer = undefined;
      this.#polls = undefined;
    });
  }

  onEntries(listener: Listener): () => void {
    this.#entries.add(listener);
    return () => this.#entries.delete(listener);
  }

  onLine(listener: () => void): () => void {
    this.#lines.add(listener);
    return () => this.#lines.delete(listener);
  }

  #change(line: Line): void {
    if (line === this.line) return;
    this.line = line;
    for (const tell of this.#lines) tell();
    clearInterval(this.#polls);
    this.#polls = line === 'polling' ? setInterval(() => this.#poll(), POLL_MS) : undefined;
    // What happened while nobody listened.
    if (line === 'live') this.#poll();
  }

  /** Without the stream nobody says what changed: what is on the screen is read again, and lists are told of nothing in particular. */
  #poll(): void {
    void queryClient.invalidateQueries({ predicate: ({ queryKey }) => !isList(queryKey), refetchType: 'active' });
    for (const tell of this.#entries) tell([]);
  }

  #take(entry: Entry): void {
    this.#news.push(entry);
    this.#timer ??= setTimeout(() => this.#tell(), CALM_MS);
  }

  #tell(): void {
    this.#timer = undefined;
    const news = this.#news;
    this.#news = [];
    const ids = new Set(news.flatMap(({ pbxId, userId, importId }) => [pbxId, userId, importId]));
    void queryClient.invalidateQueries({
      predicate: ({ queryKey }) => {
        if (isList(queryKey)) return false;
        if (queryKey[0] === 'overview' || queryKey[0] === 'activity') return true;
        const { params } = (queryKey[2] ?? {}) as { params?: { id?: string } };
        return params?.id === undefined ? queryKey[0] === 'pbxs' : ids.has(params.id);
      },
    });
    for (const tell of this.#entries) tell(news);
  }
}

/** Lists of cursor-list.ts are never read again as a whole. */
const isList = (key: readonly unknown[]): boolean => (key[2] as { list?: true } | undefined)?.list === true;

export const feed = new Feed();

/**
 * What happened, at most once a second. An empty list means: something may have happened, look yourself (there is no stream, or
 * it is back).
 */
export function useEntries(listener: Listener): void {
  const newest = useRef(listener);
  newest.current = listener;
  useEffect(() => feed.onEntries((entries) => newest.current(entries)), []);
}

/** Screens may hide what comes by itself, such as while a dialog is open. */
export const LineContext = createContext<Line>('reconnecting');
export const useLine = (): Line => useContext(LineContext);
