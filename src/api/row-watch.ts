// Whether something came or changed that nobody says NOTIFY of: one look a second for each thing that is followed, however
// many follow it, and none while nobody does.
import type { FeedPosition } from '../store/feed-position.ts';

const LOOK_MS = 1_000;

export interface RowWatch {
  /** Calls back soon after the newest row is another one. Returns what ends it. */
  listen(of: string, onNews: () => void): () => void;
}

interface Watched {
  readonly listeners: Set<() => void>;
  stop(): void;
}

/** @param newest the row that streams of this thing come to last */
export function watchRows(newest: (of: string) => Promise<FeedPosition | null>): RowWatch {
  const all = new Map<string, Watched>();

  function watch(of: string): Watched {
    const listeners = new Set<() => void>();
    let before: string | null = null;
    let timer: NodeJS.Timeout;
    let stopped = false;
    const look = async () => {
      // What the database cannot say now it says at the next look.
      const row = await newest(of).catch(() => undefined);
      if (stopped) return;
      const now = row === undefined ? before : row && `${row.xid} ${row.id}`;
      if (now !== before) for (const tell of listeners) tell();
      before = now;
      timer = setTimeout(look, LOOK_MS).unref();
    };
    timer = setTimeout(look, 0).unref();
    const stop = () => {
      stopped = true;
      clearTimeout(timer);
    };
    return { listeners, stop };
  }

  return {
    listen(of, onNews) {
      const watched = all.get(of) ?? watch(of);
      all.set(of, watched);
      watched.listeners.add(onNews);
      return () => {
        watched.listeners.delete(onNews);
        if (watched.listeners.size > 0) return;
        watched.stop();
        all.delete(of);
      };
    },
  };
}
