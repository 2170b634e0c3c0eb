// Reads a live stream of the API frame by frame, as a client does that keeps the id of the last one.
import type { TestApi } from './api.ts';

interface Frame<Data> {
  readonly id: string;
  readonly event: string;
  readonly data: Data;
}

/**
 * A stream shows what is older than every running transaction of the server, those of other tests' databases too: a
 * stream that begins now must not find older entries that one of those still held back.
 */
async function untilAllIsShown({ store }: TestApi): Promise<void> {
  const { sql } = store.database;
  const [now] = await sql<{ xid: string }[]>`select pg_current_xact_id()::text as xid`;
  for (;;) {
    const [row] = await sql<{ shown: boolean }[]>`
      select pg_snapshot_xmin(pg_current_snapshot()) > ${now?.xid ?? ''}::xid8 as shown`;
    if (row?.shown) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Reads a stream frame by frame until told to stop. */
export async function followStream<Data>(api: TestApi, path: string, headers: Record<string, string> = {}) {
  await untilAllIsShown(api);
  const gone = new AbortController();
  const response = await fetch(`${api.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${api.token}`, ...headers },
    signal: gone.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let lastId = '';
  const frames = async (count: number): Promise<Frame<Data>[]> => {
    const found: Frame<Data>[] = [];
    while (found.length < count) {
      const end = text.indexOf('\n\n');
      if (end < 0) {
        const chunk = await reader?.read();
        if (!chunk || chunk.done) throw new Error(`the stream ended after ${found.length} of ${count} rows`);
        text += chunk.value;
        continue;
      }
      const frame = text.slice(0, end);
      text = text.slice(end + 2);
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(frame)?.[1] ?? '';
      if (field('id')) lastId = field('id');
      if (field('data')) found.push({ id: field('id'), event: field('event'), data: JSON.parse(field('data')) });
    }
    return found;
  };
  return {
    response,
    frames,
    /** The id that a browser would come back with; waits until there is one. */
    lastId: async () => {
      while (lastId === '') {
        const chunk = await reader?.read();
        if (!chunk || chunk.done) throw new Error('the stream ended');
        text += chunk.value;
        lastId = /^id: (.*)$/m.exec(text)?.[1] ?? '';
      }
      return lastId;
    },
    /** Resolves when the server ends the stream. */
    ended: async () => {
      while (reader && !(await reader.read()).done);
    },
    close: () => gone.abort(),
  };
}
