// The list of webhooks.
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
import { webhookWords } from '../../words/webhooks.ts';
import { AddWebhook } from './add-webhook.tsx';
import type { Webhook } from './webhook-form.tsx';
import { WebhookState } from './webhook-state.tsx';

const useWebhookNews = (look: (none: readonly Webhook[]) => void) => useNewsOf('webhook', () => look([]));

export function WebhooksScreen() {
  return (
    <OnlyFor action="webhook.read" title={webhookWords.title}>
      <Webhooks />
    </OnlyFor>
  );
}

function Webhooks() {
  const { tenant } = useSearch({ from: '/shell/webhooks' });
  const navigate = useNavigate();
  const [isAdding, setAdding] = useState(false);
  const { why } = useMay('webhook.change');
  const { nameOf } = useTenants();
  const list = useCursorList(
    'GET /webhooks',
    useMemo(() => ({ query: { ...(tenant && { tenantId: tenant }) } }), [tenant]),
    { one: (id) => call('GET /webhooks/{id}', { params: { id } }) },
  );
  const onSeen = useKeptFresh('webhook', list);
  const live = useNews(list, {
    listen: useWebhookNews,
    belongs: () => true,
    short: true,
    look: async () =>
      (await call('GET /webhooks', { query: { ...(tenant && { tenantId: tenant }), limit: LOOK } })).items,
  });
  const add = (
    <MayButton why={why} onClick={() => setAdding(true)}>
      {webhookWords.add}
    </MayButton>
  );
  const columns: readonly Column<Webhook>[] = [
    {
      id: 'url',
      header: webhookWords.url,
      width: 280,
      cell: ({ url, description }) => (
        <div>
          <Text size="sm" fw={500} truncate>
            {url}
          </Text>
          {description !== null && (
            <Text size="xs" c="dimmed" truncate>
              {description}
            </Text>
          )}
        </div>
      ),
    },
    { id: 'state', header: webhookWords.state, width: 160, cell: (webhook) => <WebhookState webhook={webhook} /> },
    { id: 'events', header: webhookWords.events, width: 240, cell: ({ events }) => events.join(', ') },
    { id: 'tenant', header: webhookWords.tenant, width: 140, cell: ({ tenantId }) => nameOf(tenantId) },
    { id: 'added', header: webhookWords.added, width: 110, cell: ({ createdAt }) => <Ago time={createdAt} /> },
  ];
  return (
    <>
      <PageHead title={webhookWords.title} about={webhookWords.about} actions={add} />
      <Group mb="sm">
        <TenantFilter
          value={tenant}
          onChange={(id) => void navigate({ to: '/webhooks', search: { tenant: id }, replace: true })}
        />
      </Group>
      <News list={live} isOpen={isAdding}>
        <DataTable
          label={webhookWords.title}
          columns={columns}
          rows={live.rows}
          rowId={({ id }) => id}
          rowName={({ url }) => url}
          onOpen={({ id }) => void navigate({ to: '/webhooks/$id', params: { id } })}
          onSeen={onSeen}
          empty={
            tenant === undefined ? (
              <Empty title={webhookWords.emptyTitle} action={add}>
                {webhookWords.empty}
              </Empty>
            ) : (
              <Empty title={webhookWords.nobody} />
            )
          }
        />
      </News>
      <AddWebhook opened={isAdding} onClose={() => setAdding(false)} />
    </>
  );
}
