// A filter of a list: of which user. They are looked for by the server, by name, address, SIP user, number or MAC: there may be
// 100,000.
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ItemOf } from '../api/client.ts';
import { read } from '../api/query.ts';
import { nameOf, userWords, withColons } from '../words/users.ts';
import { FilterChoice } from './filter-choice.tsx';

type User = ItemOf<'GET /users'>;

export function UserFilter({
  value,
  onChange,
}: {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 200);
  const found = useQuery({
    ...read('GET /users', { query: { limit: '20', sort: 'name', ...(q !== '' && { q }) } }),
    enabled: isOpen,
  });
  const chosen = useQuery({ ...read('GET /users/{id}', { params: { id: value } }), enabled: value !== undefined });
  return (
    <FilterChoice
      label={userWords.user}
      choices={(found.data?.items ?? []).map((user) => ({ value: user.id, label: nameOf(user), hint: hintOf(user) }))}
      value={value}
      onChange={onChange}
      nameOf={() => chosen.data && nameOf(chosen.data)}
      onSearch={setText}
      onOpen={() => setOpen(true)}
      isLoading={found.isFetching}
    />
  );
}

/** By what else it can be told from others of the name. */
function hintOf(user: User): string {
  const { teamsUserId, sipUserId, mac, pbxName } = user;
  const all = [teamsUserId, sipUserId, mac && withColons(mac), pbxName];
  return all.filter((part) => part && part !== nameOf(user)).join(' · ');
}
