// The audit: who did what to what, as it is written. Filters stand in the address; a row opens the entry.
import { Button, Group, Menu, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { call, pathOf } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { type AuditEntry as Entry, useAudit } from '../../live/audit.ts';
import { Ago } from '../../parts/ago.tsx';
import { useCursorList } from '../../parts/cursor-list.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { News } from '../../parts/news.tsx';
import { LOOK, useNews } from '../../parts/news-list.ts';
import { OnlyFor } from '../../parts/not-allowed.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty } from '../../parts/states.tsx';
import { useTenants } from '../../parts/tenants.tsx';
import { auditWords } from '../../words/audit.ts';
import { EntryDrawer } from './entry-drawer.tsx';
import { auditQuery, matches } from './filter.ts';
import { Filters } from './filters.tsx';
import { Verify } from './verify.tsx';

export function AuditScreen() {
  return (
    <OnlyFor action="audit.read" title={auditWords.title}>
      <Audit />
    </OnlyFor>
  );
}

function Audit() {
  const search = useSearch({ from: '/shell/audit' });
  const navigate = useNavigate();
  const go = (changes: typeof search) =>
    void navigate({ to: '/audit', search: { ...search, ...changes }, replace: true });
  const { tenant, actor, action, object, from, to } = search;
  const query = useMemo(
    () => auditQuery({ tenant, actor, action, object, from, to }),
    [tenant, actor, action, object, from, to],
  );
  const list = useCursorList(
    'GET /audit',
    useMemo(() => ({ query }), [query]),
  );
  const live = useNews(list, {
    listen: useAudit,
    belongs: (entry) => matches(query, entry),
    look: async () => (await call('GET /audit', { query: { ...query, limit: LOOK } })).items,
  });
  const { nameOf } = useTenants();
  const verify = useMay('installation.change');
  const [isVerifying, setVerifying] = useState(false);
  const columns: readonly Column<Entry>[] = [
    { id: 'at', header: auditWords.at, width: 150, cell: ({ at }) => <Ago time={at} /> },
    { id: 'actor', header: auditWords.actor, width: 200, cell: ({ actorName }) => actorName },
    {
      id: 'action',
      header: auditWords.action,
      width: 190,
      cell: (entry) => (
        <Text size="sm" className="mono" truncate>
          {entry.action}
        </Text>
      ),
    },
    {
      id: 'object',
      header: auditWords.object,
      width: 220,
      cell: ({ objectType, objectName, objectId }) => (
        <Text size="sm" truncate>
          {`${objectType} ${objectName ?? objectId ?? ''}`}
        </Text>
      ),
    },
    {
      id: 'tenant',
      header: auditWords.tenant,
      width: 130,
      cell: ({ tenantId }) => (tenantId === null ? auditWords.installation : nameOf(tenantId)),
    },
    { id: 'ip', header: auditWords.address, width: 120, cell: ({ ip }) => <span className="mono">{ip ?? ''}</span> },
  ];
  return (
    <>
      <PageHead
        title={auditWords.title}
        about={auditWords.about}
        actions={
          <>
            <MayButton why={verify.why} variant="default" onClick={() => setVerifying(true)}>
              {auditWords.verify}
            </MayButton>
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" leftSection={<IconDownload size={16} />}>
                  {auditWords.export}
                </Button>
              </Menu.Target>
              <Menu.Dropdown maw={260}>
                <Menu.Label c="var(--mantine-color-text)">{auditWords.exportWhat}</Menu.Label>
                <Menu.Item component="a" href={pathOf('GET /audit/export.csv', { query })} download>
                  {auditWords.exportCsv}
                </Menu.Item>
                <Menu.Item component="a" href={pathOf('GET /audit/export.jsonl', { query })} download>
                  {auditWords.exportLines}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        }
      />
      <Filters search={search} onChange={go} />
      <News list={live} isOpen={search.entry !== undefined}>
        <DataTable
          label={auditWords.title}
          columns={columns}
          rows={live.rows}
          rowId={({ id }) => id}
          rowName={(entry) => entry.action}
          onOpen={({ id }) => go({ entry: id })}
          empty={
            <Empty
              title={auditWords.emptyTitle}
              action={
                <Group>
                  <Button variant="default" onClick={() => void navigate({ to: '/audit', search: {} })}>
                    {auditWords.clear}
                  </Button>
                </Group>
              }
            >
              {auditWords.empty}
            </Empty>
          }
        />
      </News>
      <EntryDrawer
        id={search.entry ?? null}
        entry={live.rows.items.find(({ id }) => id === search.entry)}
        onClose={() => go({ entry: undefined })}
        onFilter={(changes) => void navigate({ to: '/audit', search: changes })}
      />
      <Verify opened={isVerifying} onClose={() => setVerifying(false)} />
    </>
  );
}
