// The list of PBXs: how each fares and what comes next for it. Its filters are in the address.
import { Anchor, Button, Code, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { call, type ItemOf, type Query } from '../../api/client.ts';
import { useMay, useMe } from '../../api/me.ts';
import { read } from '../../api/query.ts';
import { useEntries } from '../../live/feed.ts';
import { Ago } from '../../parts/ago.tsx';
import { useCursorList } from '../../parts/cursor-list.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { pbxWords } from '../../words/pbxs.ts';
import { hostOf } from './address.ts';
import classes from './pbx-list.module.css';
import { NextStepLink, RunChip, StateWhy, TlsChip } from './run-chip.tsx';
import { UsersBar } from './users-bar.tsx';

type Pbx = ItemOf<'GET /pbxs'>;
type ListQuery = NonNullable<Query<'GET /pbxs'>>;

const words = pbxWords.list;
const route = getRouteApi('/shell/pbxs');
const SORTS = ['name', '-name', '-createdAt', 'createdAt'] as const;

export function PbxListScreen() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const may = useMay('pbx.create');
  const tenants = useTenantNames();
  const sort = SORTS.find((one) => one === search.sort) ?? 'name';
  const query = useMemo(
    () => ({ query: { q: search.q, tenantId: search.tenant, sort } satisfies ListQuery }),
    [search.q, search.tenant, sort],
  );
  const list = useCursorList('GET /pbxs', query, { counts: true });
  const onSeen = useKeepFresh(list.refresh);
  const change = (more: typeof search) => void navigate({ to: '/pbxs', search: { ...search, ...more }, replace: true });
  const isFiltered = Boolean(search.q ?? search.tenant ?? search.state);
  const columns = useMemo(() => columnsOf(tenants), [tenants]);
  const add = (
    <MayButton
      why={may.why}
      leftSection={<IconPlus size={16} />}
      onClick={() => void navigate({ to: '/pbxs/new', search: { tenant: search.tenant } })}
    >
      {words.add}
    </MayButton>
  );
  return (
    <>
      <PageHead title={words.title} about={words.about} actions={add} />
      <Group gap="sm" mb="sm">
        <FilterText value={search.q ?? ''} onChange={(q) => change({ q: q === '' ? undefined : q })} />
        {tenants.size > 1 && (
          <Select
            aria-label={words.tenant}
            placeholder={words.allTenants}
            data={[...tenants].map(([value, label]) => ({ value, label }))}
            value={search.tenant ?? null}
            onChange={(tenant) => change({ tenant: tenant ?? undefined })}
            clearable
            clearButtonProps={{ 'aria-label': words.allTenants }}
            searchable
            w={200}
          />
        )}
        <Select
          aria-label={words.sorts.label}
          data={SORTS.map((value) => ({ value, label: words.sorts[value] }))}
          value={sort}
          onChange={(value) => change({ sort: value === null || value === 'name' ? undefined : value })}
          allowDeselect={false}
          w={170}
        />
      </Group>
      <DataTable<Pbx>
        label={words.label}
        columns={columns}
        rows={list}
        rowId={(pbx) => pbx.id}
        rowName={(pbx) => pbx.name}
        onOpen={(pbx) => void navigate({ to: '/pbxs/$id', params: { id: pbx.id } })}
        sort={sort}
        onSort={(by) => change({ sort: by === 'name' ? undefined : by })}
        keys={{ r: (pbx) => void syncOne(pbx) }}
        onSeen={onSeen}
        empty={isFiltered ? <NothingMatches onClear={() => void navigate({ to: '/pbxs' })} /> : <FirstPbx add={add} />}
      />
    </>
  );
}

async function syncOne(pbx: Pbx): Promise<void> {
  try {
    const { requested } = await call('POST /pbxs/{id}/sync', { params: { id: pbx.id } });
    tell(words.syncRequested(pbx.name, requested));
  } catch (error) {
    tellProblem(error);
  }
}

/** Of all that one may see; empty where one may not see tenants, or there is only one. */
function useTenantNames(): ReadonlyMap<string, string> {
  const me = useMe();
  const maySee = me.grants.some((grant) => grant.actions.includes('tenant.read'));
  const tenants = useQuery({
    ...read('GET /tenants', { query: { limit: '500' } }),
    enabled: maySee,
    staleTime: 60_000,
  });
  return useMemo(() => {
    const names = new Map(tenants.data?.items.map(({ id, name }) => [id, name]));
    return names.size > 1 ? names : new Map<string, string>();
  }, [tenants.data]);
}

/** Rows in sight of which the feed tells something are read again, not more often than this. */
const FRESH_EVERY_MS = 3_000;

function useKeepFresh(refresh: (ids: ReadonlySet<string>) => Promise<void>): (rows: readonly Pbx[]) => void {
  const seen = useRef<ReadonlySet<string>>(new Set());
  const concerned = useRef(new Set<string>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const newest = useRef(refresh);
  newest.current = refresh;
  useEffect(() => () => clearTimeout(timer.current), []);
  useEntries((entries) => {
    const ids = entries.length === 0 ? seen.current : entries.flatMap(({ pbxId }) => (pbxId === null ? [] : [pbxId]));
    for (const id of ids) if (seen.current.has(id)) concerned.current.add(id);
    if (concerned.current.size === 0 || timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      const now = concerned.current;
      concerned.current = new Set();
      newest.current(now).catch(() => undefined);
    }, FRESH_EVERY_MS);
  });
  return useCallback((rows) => {
    seen.current = new Set(rows.map((pbx) => pbx.id));
  }, []);
}

function FilterText({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const later = useDebouncedCallback(onChange, 250);
  // Cleared from elsewhere, such as by "Clear filters".
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      aria-label={words.filter}
      placeholder={words.filter}
      leftSection={<IconSearch size={16} />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        later(event.currentTarget.value.trim());
      }}
      data-filter
      w={260}
      maw="100%"
    />
  );
}

function NothingMatches({ onClear }: { readonly onClear: () => void }) {
  return (
    <Empty
      title={commonWords.nothingMatches}
      action={
        <Button variant="default" onClick={onClear}>
          {commonWords.clearFilters}
        </Button>
      }
    />
  );
}

function FirstPbx({ add }: { readonly add: React.ReactNode }) {
  return (
    <Empty title={words.emptyTitle} action={add}>
      <Stack gap="xs" align="center">
        <span>{words.emptyText}</span>
        <span>{words.emptySample}</span>
        <Code>{words.sampleUrl}</Code>
      </Stack>
    </Empty>
  );
}

function columnsOf(tenants: ReadonlyMap<string, string>): Column<Pbx>[] {
  return [
    {
      id: 'name',
      header: words.columns.name,
      width: 190,
      sort: 'name',
      cell: (pbx) => (
        <div className={classes.two}>
          <Anchor
            size="sm"
            fw={600}
            truncate
            display="block"
            renderRoot={(props) => <Link to="/pbxs/$id" params={{ id: pbx.id }} {...props} />}
          >
            {pbx.name}
          </Anchor>
          <Text size="xs" c="dimmed" truncate className="mono" title={hostOf(pbx.provisioningUrl) ?? undefined}>
            {hostOf(pbx.provisioningUrl) ?? pbxWords.tlsKinds.none.word}
          </Text>
        </div>
      ),
    },
    ...(tenants.size > 1
      ? [
          {
            id: 'tenant',
            header: words.columns.tenant,
            width: 130,
            cell: (pbx: Pbx) => <span title={tenants.get(pbx.tenantId)}>{tenants.get(pbx.tenantId)}</span>,
          },
        ]
      : []),
    {
      id: 'users',
      header: words.columns.users,
      width: 225,
      cell: (pbx) => <UsersBar users={pbx.users} />,
    },
    {
      id: 'state',
      header: words.columns.state,
      width: 225,
      cell: (pbx) => (
        <div className={classes.two}>
          <div className={classes.state}>
            <RunChip pbx={pbx} />
            <StateWhy pbx={pbx} />
          </div>
          <NextStepLink pbx={pbx} size="xs" />
        </div>
      ),
    },
    {
      id: 'autoProvision',
      header: words.columns.autoProvision,
      width: 124,
      cell: (pbx) =>
        pbx.autoProvision ? <Dot word={words.on} dot="--dot-ok" /> : <Dot word={words.off} dot="--dot-off" />,
    },
    { id: 'tls', header: words.columns.tls, width: 110, cell: (pbx) => <TlsChip pbx={pbx} /> },
    {
      id: 'lastSuccess',
      header: words.columns.lastSuccess,
      width: 122,
      cell: (pbx) => <Ago time={pbx.run.lastSuccessAt} />,
    },
  ];
}
