// A list of something whose entries in the feed do not say which one they are about: members, API keys, webhooks. Its rows change
// and go when there is such an entry; what no entry tells, such as when a key was used, is looked at now and then.
import { useCallback, useEffect, useRef } from 'react';
import { useNewsOf } from '../live/feed.ts';
import type { CursorList } from './cursor-list.ts';

const LOOK_MS = 30_000;

interface WithId {
  readonly id: string;
}

/** @returns to be told which rows are in sight */
export function useKeptFresh<Item extends WithId>(
  noun: string,
  { items, refresh }: CursorList<Item>,
): (rows: readonly Item[]) => void {
  const seen = useRef<readonly Item[]>([]);
  // What cannot be read now is read again by the next look.
  const read = useCallback(
    (rows: readonly Item[]) => void refresh(new Set(rows.map(({ id }) => id))).catch(() => undefined),
    [refresh],
  );
  useNewsOf(noun, () => read(items));
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) read(seen.current);
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [read]);
  return useCallback((rows) => {
    seen.current = rows;
  }, []);
}
