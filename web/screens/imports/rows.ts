// The rows of an import as the grid wants them. All of them: only the pages in sight are read, wherever one looks. Those with a
// problem or an end: page after page as one scrolls.
import { useQueries } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Answer, ItemOf } from '../../api/client.ts';
import { queryClient, read } from '../../api/query.ts';
import { type Rows, useCursorList } from '../../parts/cursor-list.ts';

export type ImportRow = ItemOf<'GET /imports/{id}/rows'>;

/** Row null: not read yet. */
export interface GridRow {
  readonly number: number;
  readonly row: ImportRow | null;
}

const PAGE = 200;
/** While one scrolls on, nothing is read. */
const CALM_MS = 80;

const pageQuery = (id: string, page: number) =>
  read('GET /imports/{id}/rows', {
    params: { id },
    query: { from: String(page * PAGE + 1), limit: String(PAGE) },
  });

/** @param enabled false: nothing is read */
export function useAllRows(
  id: string,
  rowCount: number,
  enabled: boolean,
): { readonly rows: Rows<GridRow>; onSeen(rows: readonly GridRow[]): void } {
  const [[first, last], setSpan] = useState<readonly [number, number]>([0, 0]);
  const calm = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(calm.current), []);
  const onSeen = useCallback((seen: readonly GridRow[]) => {
    const [from, to] = [seen[0]?.number ?? 1, seen.at(-1)?.number ?? 1];
    clearTimeout(calm.current);
    calm.current = setTimeout(() => {
      const [low, high] = [Math.floor((from - 1) / PAGE), Math.floor((to - 1) / PAGE)];
      setSpan((old) => (old[0] === low && old[1] === high ? old : [low, high]));
    }, CALM_MS);
  }, []);
  const pages = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  const results = useQueries({ queries: pages.map((page) => ({ ...pageQuery(id, page), enabled })) });
  const blank = useMemo(
    () => Array.from({ length: rowCount }, (_, at): GridRow => ({ number: at + 1, row: null })),
    [rowCount],
  );
  const read = results.map(({ data }) => data);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the pages are a new list each time, what is in them is not.
  const items = useMemo(() => {
    const filled = blank.slice();
    for (const page of read) {
      for (const row of page?.items ?? [])
        if (row.number <= rowCount) filled[row.number - 1] = { number: row.number, row };
    }
    return filled;
  }, [blank, rowCount, ...read]);
  const error = results.find((result) => result.error !== null)?.error ?? null;
  return {
    onSeen,
    rows: {
      items,
      about: rowCount,
      isLoading: results.some((result) => result.isLoading) && read.every((page) => page === undefined) && first === 0,
      error,
      hasMore: false,
      isLoadingMore: false,
      loadMore: () => undefined,
      again: () => {
        for (const result of results) if (result.error) void result.refetch();
      },
    },
  };
}

const numberOf = (row: ImportRow): string => String(row.number);

/** @param filter null: nothing is read */
export function useFilteredRows(
  id: string,
  filter: {
    readonly problems?: 'errors' | 'warnings' | 'any';
    readonly code?: string;
    readonly column?: NonNullable<Answer<'GET /imports/columns'>['items'][number]>['name'];
    readonly outcome?: NonNullable<ImportRow['outcome']>;
  } | null,
): { readonly rows: Rows<GridRow>; patch(rows: readonly ImportRow[]): void } {
  const { problems, code, column, outcome } = filter ?? {};
  const parts = useMemo(
    () => ({
      params: { id },
      query: {
        ...(problems && { problems }),
        ...(code && { code }),
        ...(column && { column }),
        ...(outcome && { outcome }),
      },
    }),
    [id, problems, code, column, outcome],
  );
  const list = useCursorList('GET /imports/{id}/rows', parts, { enabled: filter !== null, idOf: numberOf });
  const items = useMemo(() => list.items.map((row): GridRow => ({ number: row.number, row })), [list.items]);
  return {
    rows: { ...list, items },
    patch: (rows) => {
      for (const row of rows) list.patch(numberOf(row), () => row);
    },
  };
}

/** Rows that came back checked, put where their pages are kept. */
export function patchPages(id: string, rows: readonly ImportRow[]): void {
  for (const row of rows) {
    queryClient.setQueryData<Answer<'GET /imports/{id}/rows'>>(
      pageQuery(id, Math.floor((row.number - 1) / PAGE)).queryKey,
      (page) => page && { ...page, items: page.items.map((each) => (each.number === row.number ? row : each)) },
    );
  }
}
