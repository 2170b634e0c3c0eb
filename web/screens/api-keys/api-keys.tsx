// Keys of programs: the list, making one, and what is known of each.
import { Group, Text } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { call } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { useNewsOf } from '../../live/feed.ts';
import { Ago } from '../../parts/ago.tsx';
import { useCursorList } from '../../parts/cursor-list.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { News } from '../../parts/news.tsx';
import { LOOK, useNews } from '../../parts/news-list.ts';
import { OnlyFor } from '../../parts/not-allowed.tsx';
import { useKeptFresh } from '../../parts/noun-list.ts';
import { PageHead } from '../../parts/page-head.tsx';
import { TenantFilter } from '../../parts/place-filters.tsx';
import { Empty } from '../../parts/states.tsx';
import { useTenants } from '../../parts/tenants.tsx';
import { apiKeyWords } from '../../words/api-keys.ts';
import { KeyDrawer } from './key-drawer.tsx';
import { type ApiKey, KeyState } from './key-state.tsx';
import { MakeKey } from './make-key.tsx';

const useKeyNews = (look: (none: readonly ApiKey[]) => void) => useNewsOf('api-key', () => look([]));

export function ApiKeysScreen() {
  return (
    <OnlyFor action="apiKey.read" title={apiKeyWords.title}>
      <ApiKeys />
    </OnlyFor>
  );
}

function ApiKeys() {
  const search = useSearch({ from: '/shell/api-keys' });
  const navigate = useNavigate();
  const go = (changes: typeof search) =>
    void navigate({ to: '/api-keys', search: { ...search, ...changes }, replace: true });
  const [isMaking, setMaking] = useState(false);
  const { why } = useMay('apiKey.create');
  const { nameOf } = useTenants();
  const { tenant } = search;
  const list = useCursorList(
    'GET /api-keys',
    useMemo(() => ({ query: { ...(tenant && { tenantId: tenant }) } }), [tenant]),
    { one: (id) => call('GET /api-keys/{id}', { params: { id } }) },
  );
  const onSeen = useKeptFresh('api-key', list);
  const live = useNews(list, {
    listen: useKeyNews,
    belongs: () => true,
    short: true,
    look: async () =>
      (await call('GET /api-keys', { query: { ...(tenant && { tenantId: tenant }), limit: LOOK } })).items,
  });
  const make = (
    <MayButton why={why} onClick={() => setMaking(true)}>
      {apiKeyWords.make}
    </MayButton>
  );
  const columns: readonly Column<ApiKey>[] = [
    {
      id: 'name',
      header: apiKeyWords.name,
      width: 210,
      cell: ({ name, prefix }) => (
        <div>
          <Text size="sm" fw={500} truncate>
            {name}
          </Text>
          <Text size="xs" c="dimmed" className="mono" truncate>
            {`${prefix}…`}
          </Text>
        </div>
      ),
    },
    { id: 'state', header: apiKeyWords.state, width: 110, cell: (key) => <KeyState apiKey={key} /> },
    { id: 'scopes', header: apiKeyWords.scopes, width: 220, cell: ({ scopes }) => scopes.join(', ') },
    { id: 'tenant', header: apiKeyWords.tenant, width: 140, cell: ({ tenantId }) => nameOf(tenantId) },
    {
      id: 'addresses',
      header: apiKeyWords.addresses,
      width: 150,
      cell: ({ cidrs }) => (cidrs.length === 0 ? apiKeyWords.anywhere : cidrs.join(', ')),
    },
    {
      id: 'expires',
      header: apiKeyWords.expires,
      width: 110,
      cell: ({ expiresAt }) => <Ago time={expiresAt} never={apiKeyWords.never} />,
    },
    {
      id: 'used',
      header: apiKeyWords.used,
      width: 110,
      cell: ({ lastUsedAt }) => <Ago time={lastUsedAt} never={apiKeyWords.unused} />,
    },
  ];
  return (
    <>
      <PageHead title={apiKeyWords.title} about={apiKeyWords.about} actions={make} />
      <Group mb="sm">
        <TenantFilter value={tenant} onChange={(id) => go({ tenant: id })} />
      </Group>
      <News list={live} isOpen={search.entry !== undefined}>
        <DataTable
          label={apiKeyWords.title}
          columns={columns}
          rows={live.rows}
          rowId={({ id }) => id}
          rowName={({ name }) => name}
          onOpen={({ id }) => go({ entry: id })}
          onSeen={onSeen}
          empty={
            tenant === undefined ? (
              <Empty title={apiKeyWords.emptyTitle} action={make}>
                {apiKeyWords.empty}
              </Empty>
            ) : (
              <Empty title={apiKeyWords.nobody} />
            )
          }
        />
      </News>
      <KeyDrawer id={search.entry ?? null} onClose={() => go({ entry: undefined })} />
      <MakeKey opened={isMaking} onClose={() => setMaking(false)} />
    </>
  );
}
