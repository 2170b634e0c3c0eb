// The tenants that one sees: their names, and a field to choose one.
import { Select, type SelectProps } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { call, type ItemOf } from '../api/client.ts';
import { keyOf } from '../api/query.ts';
import { commonWords } from '../words/common.ts';
import { type Placed, placeTenants } from './tenant-tree.ts';

export type Tenant = ItemOf<'GET /tenants'>;

/** All of them: even of the largest operator they are some thousands. */
const allTenants = queryOptions({
  queryKey: keyOf('GET /tenants', { all: true }),
  queryFn: async ({ signal }) => {
    const items: Tenant[] = [];
    let cursor: string | undefined;
    do {
      const page = await call('GET /tenants', { query: { limit: '500', ...(cursor && { cursor }) }, signal });
      items.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    return items;
  },
  staleTime: 60_000,
});

export function useTenants() {
  const query = useQuery(allTenants);
  const placed = useMemo(() => placeTenants(query.data ?? []), [query.data]);
  const names = useMemo(() => new Map(placed.map(({ id, name }) => [id, name])), [placed]);
  return {
    query,
    /** In the order of the tree. */
    placed: placed as readonly Placed<Tenant>[],
    nameOf: (id: string | null): string => (id === null ? commonWords.none : (names.get(id) ?? commonWords.unknown)),
  };
}

interface TenantSelectProps extends Omit<SelectProps, 'data' | 'onChange' | 'value'> {
  readonly value?: string | null;
  readonly onChange: (id: string | null) => void;
  /** Which can be chosen; by default all. */
  readonly fits?: (tenant: Tenant) => boolean;
}

export function TenantSelect({ fits, ...rest }: TenantSelectProps) {
  const { placed, query } = useTenants();
  const data = placed
    .filter((tenant) => fits?.(tenant) ?? true)
    .map(({ id, way }) => ({ value: id, label: way.join(' › ') }));
  return (
    <Select
      searchable
      data={data}
      disabled={query.isPending}
      nothingFoundMessage={commonWords.nothingMatches}
      comboboxProps={{ withinPortal: true }}
      {...rest}
    />
  );
}
