// "Something new in the feed": one NOTIFY at most every 250 ms per process, and who listens. Says nothing of what.
import type { Database } from './database.ts';

const CHANNEL = 'provender_feed';
/** A pg_notify in each writing transaction costs a third to a half of the commits (it takes a lock at commit). */
const LEAST_INTERVAL_MS = 250;

export interface FeedSignal {
  /** Call after a commit that appended to the feed. Never throws, never waits. */
  touch(): void;
  /** Calls back soon after anything was appended, by whatever process. Returns what ends it. */
  listen(onNews: () => void): () => void;
  close(): Promise<void>;
}

/** @param onError told of a lost connection; the listening connection comes back by itself. */
export async function openFeedSignal(database: Database, onError: (error: unknown) => void): Promise<FeedSignal> {
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | null = null;
  let lastSent = 0;
  let closed = false;
  const tell = () => {
    for (const listener of listeners) listener();
  };
  // onlisten runs again after a reconnect: what was said meanwhile is not known, so everybody looks.
  const subscription = await database.sql.listen(CHANNEL, tell, tell);

  const send = () => {
    timer = null;
    lastSent = Date.now();
    database.sql.notify(CHANNEL, '').catch((error: unknown) => {
      if (!closed) onError(error);
    });
  };

  return {
    touch() {
      if (closed || timer !== null) return;
      timer = setTimeout(send, Math.max(0, lastSent + LEAST_INTERVAL_MS - Date.now()));
      timer.unref();
    },
    listen(onNews) {
      listeners.add(onNews);
      return () => listeners.delete(onNews);
    },
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      listeners.clear();
      await subscription.unlisten().catch(onError);
    },
  };
}
