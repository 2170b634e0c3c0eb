// The tenants that one sees: their names, and a field to choose one.
import { Select, type SelectProps } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type Tenant, tenantsQuery } from '../api/tenants.ts';
import { commonWords } from '../words/common.ts';
import { type Placed, placeTenants } from './tenant-tree.ts';

export function useTenants() {
  const query = useQuery(tenantsQuery);
  const placed = useMemo(() => placeTenants(query.data ?? []), [query.data]);
  const names = useMemo(() => new Map(placed.map(({ id, name }) => [id, name])), [placed]);
  return {
    query,
    names: names as ReadonlyMap<string, string>,
    /** There is nothing to choose for who has one tenant only. */
    areSeveral: placed.length > 1,
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
