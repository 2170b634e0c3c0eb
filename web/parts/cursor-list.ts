// A list of the API, page after page as one scrolls. Single rows are changed where they stand, and pages read again one by one,
// so that live news touches only what is seen and a list of 100,000 is never read twice.
import { keepPreviousData, type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { type Address, type Answer, call, type ItemOf, type Query } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { keyOf } from '../api/query.ts';
import { useEntries } from '../live/feed.ts';

const FIRST_PAGE = 200;
/** What follows is read by who scrolls far: the most that the API gives at once. */
const NEXT_PAGE = 500;
/** So many pages are read when the whole list is read again; what lies below comes back by scrolling. */
const PAGES_AGAIN = 3;
/** So many single rows are asked for that are no longer in the page where they stood. */
const SINGLES = 20;

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
  readonly estimate?: number | undefined;
}

interface Pages<Item> {
  readonly pages: readonly Page<Item>[];
  /** Of each page, the cursor that it was asked with. */
  readonly cursors: readonly (string | null)[];
}

interface WithId {
  readonly id: string;
}

/** What a table needs of a list. */
export interface Rows<Item> {
  readonly items: readonly Item[];
  /** About how many match altogether; null when that is not known. */
  readonly about: number | null;
  readonly isLoading: boolean;
  /** Of the newest try; what was read before stays. */
  readonly error: unknown;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  /** What is shown belongs to the filters or the order of before; the new rows are on their way. */
  readonly isOld?: boolean;
  /** Changes when the rows are those of another question: then one begins at the top. */
  readonly question?: string;
  loadMore(): void;
  again(): void;
}

export interface CursorList<Item> extends Rows<Item> {
  /** Changes an item where it stands, at once: what the feed has said, or what a person just did. */
  patch(id: string, change: (item: Item) => Item): void;
  /** Reads these again and nothing else; order and place of all stay. Those that are gone go. */
  refresh(ids: ReadonlySet<string>): Promise<void>;
}

type ListAddress = {
  [A in Address]: Answer<A> extends { items: readonly unknown[]; nextCursor: string | null } ? A : never;
}[Address];

interface Choices<Item> {
  /** Asks about how many match altogether. */
  readonly counts?: boolean;
  readonly enabled?: boolean;
  /** Reads one item, for `refresh`: it may have moved to another page of this order. A problem 404 takes it off the list. */
  readonly one?: (id: string) => Promise<Item>;
  /** What tells an item from others; stable. By default its `id`. */
  readonly idOf?: (item: Item) => string;
}

const ownId = (item: unknown): string => (item as WithId).id;

/** @param parts without cursor and limit: plain values */
export function useCursorList<A extends ListAddress>(
  address: A,
  parts: { readonly params?: object; readonly query?: Omit<NonNullable<Query<A>>, 'cursor' | 'limit'> } = {},
  { counts = false, enabled = true, one, idOf = ownId }: Choices<ItemOf<A>> = {},
): CursorList<ItemOf<A>> {
  type Item = ItemOf<A>;
  const client = useQueryClient();
  const question = JSON.stringify(parts);
  const { queryKey, ask } = useMemo(() => {
    const asked = JSON.parse(question) as { params?: object; query?: object };
    return {
      queryKey: keyOf(address, { ...asked, list: true }),
      ask: (cursor: string | null, signal?: AbortSignal) =>
        // biome-ignore lint/suspicious/noExplicitAny: the parts were checked by the types of this hook.
        (call as any)(address, {
          params: asked.params,
          query: {
            ...asked.query,
            limit: String(cursor === null ? FIRST_PAGE : NEXT_PAGE),
            cursor,
            ...(counts && cursor === null && { count: 'estimate' }),
          },
          signal,
        }) as Promise<Page<Item>>,
    };
  }, [address, question, counts]);

  // An answer that was given before a change may come after the news of it: what was patched meanwhile is patched in it too.
  const reading = useRef(new Set<Map<string, (item: Item) => Item>>());
  const patched = useCallback(
    async <R>(answer: Promise<R>, each: (read: R, now: (item: Item) => Item) => R): Promise<R> => {
      const changes = new Map<string, (item: Item) => Item>();
      reading.current.add(changes);
      try {
        return each(await answer, (item) => changes.get(idOf(item))?.(item) ?? item);
      } finally {
        reading.current.delete(changes);
      }
    },
    [idOf],
  );
  const list = useQuery({
    queryKey,
    enabled,
    queryFn: ({ signal }) =>
      patched(
        readPages(ask, signal, Math.min(client.getQueryData<Pages<Item>>(queryKey)?.pages.length ?? 1, PAGES_AGAIN)),
        eachOfPages,
      ),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
    // Long enough to open a row, look, and come back to where one was.
    gcTime: 300_000,
  });
  // A list without rows has none to jump: what comes is shown at once.
  useEntries(() => {
    if (list.data?.pages.every((page) => page.items.length === 0)) void list.refetch();
  });
  const last = list.data?.pages.at(-1);
  const next = list.isPlaceholderData ? null : (last?.nextCursor ?? null);

  const [more, setMore] = useState<{ readonly cursor: string; readonly error: unknown } | null>(null);
  const asking = useRef<string | null>(null);
  const readMore = useCallback(
    async (cursor: string) => {
      if (asking.current === cursor) return;
      asking.current = cursor;
      setMore({ cursor, error: null });
      try {
        const page = await patched(ask(cursor), eachOfPage);
        client.setQueryData<Pages<Item>>(queryKey, (now) =>
          // Read again meanwhile: the page would stand in the wrong place.
          now?.pages.at(-1)?.nextCursor === cursor
            ? { pages: [...now.pages, page], cursors: [...now.cursors, cursor] }
            : now,
        );
        setMore(null);
      } catch (error) {
        setMore({ cursor, error });
      } finally {
        asking.current = null;
      }
    },
    [client, queryKey, ask, patched],
  );

  const patch = useCallback(
    (id: string, change: (item: Item) => Item) => {
      for (const changes of reading.current) {
        const before = changes.get(id);
        changes.set(id, before === undefined ? change : (item) => change(before(item)));
      }
      client.setQueryData<Pages<Item>>(queryKey, (data) => changeOne(data, id, change, idOf));
    },
    [client, queryKey, idOf],
  );
  const newestOne = useRef(one);
  newestOne.current = one;
  const refresh = useCallback(
    async (ids: ReadonlySet<string>) => {
      const data = client.getQueryData<Pages<Item>>(queryKey);
      if (!data || ids.size === 0) return;
      const fresh = new Map<string, Item | null>();
      for (const [index, page] of data.pages.entries()) {
        if (!page.items.some((item) => ids.has(idOf(item)))) continue;
        const { items } = await patched(ask(data.cursors[index] ?? null), eachOfPage);
        for (const item of items) fresh.set(idOf(item), item);
      }
      // What moved to another page under this order stays where it is: nothing jumps under the pointer.
      const read = newestOne.current;
      if (read) {
        const moved = [...ids].filter((id) => !fresh.has(id)).slice(0, SINGLES);
        await Promise.all(moved.map(async (id) => fresh.set(id, await orGone(read(id)))));
      }
      client.setQueryData<Pages<Item>>(queryKey, (now) => now && mergeFresh(now, fresh, idOf));
    },
    [client, queryKey, ask, idOf, patched],
  );

  const items = useMemo(() => allOnce(list.data, idOf), [list.data, idOf]);
  // The planner guesses, now and then fewer than are here: that says nothing. What was read to its end is counted.
  const estimate = list.data?.pages[0]?.estimate ?? 0;
  const guess = estimate > items.length ? estimate : null;
  const troubleOfMore = more !== null && more.cursor === next ? more.error : null;
  return {
    items,
    about: list.isPlaceholderData || next !== null ? guess : list.data ? items.length : null,
    isLoading: list.isLoading,
    error: list.error ?? troubleOfMore,
    hasMore: next !== null,
    isLoadingMore: more !== null && more.cursor === next && more.error === null,
    isOld: list.isPlaceholderData,
    question,
    loadMore: () => {
      if (next !== null && troubleOfMore === null) void readMore(next);
    },
    again: () => void (next !== null && troubleOfMore !== null ? readMore(next) : list.refetch()),
    patch,
    refresh,
  };
}

/** Puts an item as it is now into every list that holds it, wherever one looks at it. */
export function changeInLists(client: QueryClient, item: WithId): void {
  client.setQueriesData<Pages<WithId>>({ predicate: ({ queryKey }) => isList(queryKey) }, (data) =>
    changeOne(data, item.id, (before) => ({ ...before, ...item }), ownId),
  );
}

/** Takes items off every list. */
export function dropFromLists(client: QueryClient, ids: Iterable<string>): void {
  const gone = new Map([...ids].map((id) => [id, null] as const));
  client.setQueriesData<Pages<WithId>>(
    { predicate: ({ queryKey }) => isList(queryKey) },
    (data) => data && mergeFresh(data, gone, ownId),
  );
}

const isList = (key: readonly unknown[]): boolean => (key[2] as { list?: true } | undefined)?.list === true;

async function readPages<Item>(
  ask: (cursor: string | null, signal: AbortSignal) => Promise<Page<Item>>,
  signal: AbortSignal,
  count: number,
): Promise<Pages<Item>> {
  const pages: Page<Item>[] = [];
  const cursors: (string | null)[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await ask(cursor, signal);
    pages.push(page);
    cursors.push(cursor);
    cursor = page.nextCursor;
  } while (cursor !== null && pages.length < count);
  return { pages, cursors };
}

const eachOfPage = <Item>(page: Page<Item>, now: (item: Item) => Item): Page<Item> => ({
  ...page,
  items: page.items.map(now),
});

const eachOfPages = <Item>(data: Pages<Item>, now: (item: Item) => Item): Pages<Item> => ({
  ...data,
  pages: data.pages.map((page) => eachOfPage(page, now)),
});

function changeOne<Item>(
  data: Pages<Item> | undefined,
  id: string,
  change: (item: Item) => Item,
  idOf: (item: Item) => string,
): Pages<Item> | undefined {
  const holds = (item: Item) => idOf(item) === id;
  if (!data?.pages.some((page) => page.items.some(holds))) return data;
  return {
    ...data,
    pages: data.pages.map((page) =>
      page.items.some(holds) ? { ...page, items: page.items.map((item) => (holds(item) ? change(item) : item)) } : page,
    ),
  };
}

/** Null: it is gone. */
function mergeFresh<Item>(
  data: Pages<Item>,
  fresh: ReadonlyMap<string, Item | null>,
  idOf: (item: Item) => string,
): Pages<Item> {
  const now = (item: Item) => fresh.get(idOf(item));
  return {
    ...data,
    pages: data.pages.map((page) =>
      page.items.some((item) => now(item) !== undefined)
        ? { ...page, items: page.items.flatMap((item) => now(item) ?? (now(item) === null ? [] : [item])) }
        : page,
    ),
  };
}

/** A row that moved while one scrolled can come twice. */
function allOnce<Item>(data: Pages<Item> | undefined, idOf: (item: Item) => string): readonly Item[] {
  const seen = new Set<string>();
  const items: Item[] = [];
  for (const page of data?.pages ?? []) {
    for (const item of page.items) {
      const id = idOf(item);
      if (seen.has(id)) continue;
      seen.add(id);
      items.push(item);
    }
  }
  return items;
}

async function orGone<Item>(reading: Promise<Item>): Promise<Item | null> {
  try {
    return await reading;
  } catch (error) {
    if (isProblem(error) && error.status === 404) return null;
    throw error;
  }
}
