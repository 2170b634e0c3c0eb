// Choosing a PBX in a form. Looked for by the server: there may be hundreds.
import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { read } from '../../api/query.ts';
import { commonWords } from '../../words/common.ts';
import { userWords } from '../../words/users.ts';

interface PbxPickProps {
  readonly label: string;
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
  readonly description?: string;
  readonly error?: ReactNode;
  readonly disabled?: boolean;
  readonly required?: boolean;
}

export function PbxPick({ label, value, onChange, description, error, disabled = false, required }: PbxPickProps) {
  const [text, setText] = useState('');
  const chosen = useQuery({ ...read('GET /pbxs/{id}', { params: { id: value } }), enabled: value !== null });
  // What is typed becomes the name of the chosen one when it is chosen: that is no search.
  const wanted = text.trim() === chosen.data?.name ? '' : text.trim();
  const [q] = useDebouncedValue(wanted, 200);
  const found = useQuery({
    ...read('GET /pbxs', { query: { limit: '50', ...(q !== '' && { q }) } }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  const data = new Map((found.data?.items ?? []).map(({ id, name }) => [id, name]));
  if (value !== null && chosen.data) data.set(value, chosen.data.name);
  return (
    <Select
      label={label}
      description={description}
      error={error}
      disabled={disabled}
      placeholder={userWords.bulk.choosePbx}
      data={[...data].map(([id, name]) => ({ value: id, label: name }))}
      // The server has looked already.
      filter={({ options }) => options}
      searchable
      searchValue={text}
      onSearchChange={setText}
      value={value}
      onChange={onChange}
      nothingFoundMessage={found.isFetching ? `${commonWords.loading} …` : commonWords.nothingToChoose}
      {...(required && { withAsterisk: true })}
    />
  );
}
