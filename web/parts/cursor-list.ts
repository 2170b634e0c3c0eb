// A list of the API, page after page as one scrolls. Pages can be read again one by one, so that live news touches only what is
// seen and a list of 100,000 is never read twice.
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { type Address, type Answer, call, type ItemOf, type Query } from '../api/client.ts';
import { keyOf } from '../api/query.ts';

const PAGE = '200';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
  readonly estimate?: number | undefined;
}

interface Pages<Item> {
  readonly pages: readonly Page<Item>[];
  readonly pageParams: readonly (string | null)[];
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
  loadMore(): void;
  again(): void;
}

export interface CursorList<Item> extends Rows<Item> {
  /** Changes an item where it stands, at once: what the feed has said, or what a person just did. */
  patch(id: string, change: (item: Item) => Item): void;
  /** Reads the pages again that hold one of these, and nothing else; order and place of the others stay. */
  refresh(ids: ReadonlySet<string>): Promise<void>;
}

type ListAddress = {
  [A in Address]: Answer<A> extends { items: readonly unknown[]; nextCursor: string | null } ? A : never;
}[Address];

const ownId = (item: unknown): string => (item as { id: string }).id;

/** @param query without cursor and limit; it has to be stable or of plain values */
export function useCursorList<A extends ListAddress>(
  address: A,
  parts: { readonly params?: object; readonly query?: Omit<NonNullable<Query<A>>, 'cursor' | 'limit'> } = {},
  {
    counts = false,
    enabled = true,
    idOf = ownId,
  }: {
    readonly counts?: boolean;
    readonly enabled?: boolean;
    /** What tells an item from others; stable. By default its `id`. */
    readonly idOf?: (item: ItemOf<A>) => string;
  } = {},
): CursorList<ItemOf<A>> {
  type Item = ItemOf<A>;
  const client = useQueryClient();
  const queryKey = useMemo(() => keyOf(address, { ...parts, list: true }), [address, parts]);
  const ask = useCallback(
    (cursor: string | null, signal?: AbortSignal) =>
      // biome-ignore lint/suspicious/noExplicitAny: the parts were checked by the types of this hook.
      (call as any)(address, {
        params: parts.params,
        query: { ...parts.query, limit: PAGE, cursor, ...(counts && cursor === null && { count: 'estimate' }) },
        signal,
      }) as Promise<Page<Item>>,
    [address, parts, counts],
  );
  const list = useInfiniteQuery({
    queryKey,
    enabled,
    queryFn: ({ pageParam, signal }) => ask(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<Item>) => page.nextCursor,
    placeholderData: keepPreviousData,
    // Reading all pages again by itself would jump, and costs as much as they are many.
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
  });
  const patch = useCallback(
    (id: string, change: (item: Item) => Item) =>
      client.setQueryData<Pages<Item>>(
        queryKey,
        (data) =>
          data && {
            ...data,
            pages: data.pages.map((page) =>
              page.items.some((item) => idOf(item) === id)
                ? {
                    ...page,
                    items: page.items.map((item) => (idOf(item) === id ? change(item) : item)),
                  }
                : page,
            ),
          },
      ),
    [client, queryKey, idOf],
  );
  const refresh = useCallback(
    async (ids: ReadonlySet<string>) => {
      const data = client.getQueryData<Pages<Item>>(queryKey);
      if (!data) return;
      const concerned = data.pages.flatMap((page, index) =>
        page.items.some((item) => ids.has(idOf(item))) ? [index] : [],
      );
      const fresh = new Map<string, Item>();
      for (const index of concerned) {
        const page = await ask(data.pageParams[index] ?? null);
        for (const item of page.items) fresh.set(idOf(item), item);
      }
      // What moved to another page under this order stays where it is: nothing jumps under the pointer.
      client.setQueryData<Pages<Item>>(
        queryKey,
        (now) =>
          now && {
            ...now,
            pages: now.pages.map((page) => ({
              ...page,
              items: page.items.map((item) => fresh.get(idOf(item)) ?? item),
            })),
          },
      );
    },
    [client, queryKey, ask, idOf],
  );
  const items = useMemo(
    () => (list.data as Pages<Item> | undefined)?.pages.flatMap((page) => page.items) ?? [],
    [list.data],
  );
  const first = (list.data as Pages<Item> | undefined)?.pages[0];
  return {
    items,
    about: first?.estimate ?? (list.data && !list.hasNextPage ? items.length : null),
    isLoading: list.isLoading,
    error: list.error,
    hasMore: list.hasNextPage,
    isLoadingMore: list.isFetchingNextPage,
    loadMore: () => {
      if (!list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
    },
    again: () => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch()),
    patch,
    refresh,
  };
}
