// Filters that every list has: of which PBX, of which tenant. PBXs are looked for by the server: there may be hundreds.
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/query.ts';
import { commonWords } from '../words/common.ts';
import { FilterChoice } from './filter-choice.tsx';
import { useTenants } from './tenants.tsx';

interface OneFilter {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

export function PbxFilter({ value, onChange }: OneFilter) {
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 200);
  const found = useQuery({
    ...read('GET /pbxs', { query: { limit: '50', ...(q !== '' && { q }) } }),
    enabled: isOpen,
  });
  const chosen = useQuery({ ...read('GET /pbxs/{id}', { params: { id: value } }), enabled: value !== undefined });
  return (
    <FilterChoice
      label={commonWords.pbx}
      choices={(found.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      value={value}
      onChange={onChange}
      nameOf={() => chosen.data?.name}
      onSearch={setText}
      onOpen={() => setOpen(true)}
      isLoading={found.isFetching}
    />
  );
}

/** Not there for who has one tenant only. */
export function TenantFilter({ value, onChange }: OneFilter) {
  const { placed, areSeveral, query } = useTenants();
  if (!areSeveral && value === undefined) return null;
  return (
    <FilterChoice
      label={commonWords.tenant}
      choices={placed.map(({ id, name, way }) => ({ value: id, label: name, hint: way.slice(0, -1).join(' › ') }))}
      value={value}
      onChange={onChange}
      isLoading={query.isLoading}
    />
  );
}
