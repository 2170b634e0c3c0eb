// A field to choose several PBXs by name: the server searches, what is chosen keeps its name.
import { MultiSelect } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { read } from '../api/query.ts';
import { commonWords } from '../words/common.ts';

export function PbxMultiSelect({
  label,
  description,
  value,
  onChange,
  error,
}: {
  readonly label: string;
  readonly description?: string;
  readonly value: readonly string[];
  readonly onChange: (ids: string[]) => void;
  readonly error?: ReactNode;
}) {
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), 200);
  const found = useQuery({
    ...read('GET /pbxs', { query: { limit: '50', ...(q && { q }) } }),
    placeholderData: keepPreviousData,
  });
  const chosen = useQueries({ queries: value.map((id) => read('GET /pbxs/{id}', { params: { id } })) });
  const names = new Map(found.data?.items.map(({ id, name }) => [id, name]));
  for (const [index, id] of value.entries()) names.set(id, names.get(id) ?? chosen[index]?.data?.name ?? id);
  return (
    <MultiSelect
      label={label}
      description={description}
      error={error}
      data={[...names].map(([id, name]) => ({ value: id, label: name }))}
      value={[...value]}
      onChange={onChange}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      nothingFoundMessage={found.isFetching ? commonWords.loading : commonWords.nothingMatches}
      comboboxProps={{ withinPortal: true }}
    />
  );
}
