// The list of PBXs: how each fares and what comes next for it. Its filters are in the address.
import { Anchor, Button, Code, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { call, type ItemOf, type Query } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { useEntries } from '../../live/feed.ts';
import { Ago } from '../../parts/ago.tsx';
import { useCursorList } from '../../parts/cursor-list.ts';
import { type Column, DataTable, SelectionBar } from '../../parts/data-table.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { TenantFilter } from '../../parts/place-filters.tsx';
import { Empty } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { useTenants } from '../../parts/tenants.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { useTypedSearch } from '../../parts/typed-search.ts';
import { commonWords } from '../../words/common.ts';
import { pbxWords } from '../../words/pbxs.ts';
import { hostOf } from './address.ts';
import { BulkButtons } from './pbx-bulk.tsx';
import classes from './pbx-list.module.css';
import { NextStepLink, RunChip, StateWhy, TlsChip } from './run-chip.tsx';
import { UsersBar } from './users-bar.tsx';

type Pbx = ItemOf<'GET /pbxs'>;
type ListQuery = NonNullable<Query<'GET /pbxs'>>;

const words = pbxWords.list;
const route = getRouteApi('/shell/pbxs');
const SORTS = ['name', '-name', '-failedUsers', '-lastSuccessAt', 'lastSuccessAt', '-createdAt', 'createdAt'] as const;
const STATES = ['trouble', 'ok', 'off'] as const;

export function PbxListScreen() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const may = useMay('pbx.create');
  const { names } = useTenants();
  const sort = SORTS.find((one) => one === search.sort) ?? 'name';
  const state = STATES.find((one) => one === search.state);
  const filter = useMemo(() => ({ q: search.q, tenantId: search.tenant, state }), [search.q, search.tenant, state]);
  const query = useMemo(() => ({ query: { ...filter, sort } satisfies ListQuery }), [filter, sort]);
  const list = useCursorList('GET /pbxs', query, { counts: true });
  const onSeen = useKeepFresh(list.refresh);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isAll, setAll] = useState(false);
  const change = (more: typeof search) => {
    setSelected(new Set());
    setAll(false);
    void navigate({ to: '/pbxs', search: { ...search, ...more }, replace: true });
  };
  const [typed, setTyped] = useTypedSearch(search.q, (q) => change({ q }));
  const isFiltered = Boolean(search.q ?? search.tenant ?? state);
  const columns = useMemo(() => columnsOf(names), [names]);
  const clear = () => {
    setSelected(new Set());
    setAll(false);
  };
  const add = (
    <MayButton
      why={may.why}
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => void navigate({ to: '/pbxs/new', search: { tenant: search.tenant } })}
    >
      {words.add}
    </MayButton>
  );
  return (
    <>
      <PageHead title={words.title} about={words.about} actions={add} />
      <Group gap="sm" mb="sm">
        <TextInput
          aria-label={words.filter}
          placeholder={words.filter}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-filter
          w={260}
          maw="100%"
        />
        <Select
          aria-label={words.state}
          placeholder={words.allStates}
          data={STATES.map((value) => ({ value, label: words.stateFilter[value] }))}
          value={state ?? null}
          onChange={(value) => change({ state: value ?? undefined })}
          clearable
          clearButtonProps={{ 'aria-label': words.allStates }}
          w={180}
        />
        <TenantFilter value={search.tenant} onChange={(tenant) => change({ tenant })} />
        <Select
          aria-label={words.sorts.label}
          data={SORTS.map((value) => ({ value, label: words.sorts[value] }))}
          value={sort}
          onChange={(value) => change({ sort: value === null || value === 'name' ? undefined : value })}
          allowDeselect={false}
          w={190}
        />
      </Group>
      <DataTable<Pbx>
        label={words.label}
        columns={columns}
        rows={list}
        rowId={(pbx) => pbx.id}
        rowName={(pbx) => pbx.name}
        onOpen={(pbx) => void navigate({ to: '/pbxs/$id', params: { id: pbx.id } })}
        selection={{
          ids: isAll ? new Set(list.items.map(({ id }) => id)) : selected,
          change: (ids) => {
            setAll(false);
            setSelected(ids);
          },
        }}
        sort={sort}
        onSort={(by) => change({ sort: by === 'name' ? undefined : by })}
        keys={{ r: (pbx) => void syncOne(pbx) }}
        onSeen={onSeen}
        empty={isFiltered ? <NothingMatches onClear={() => void navigate({ to: '/pbxs' })} /> : <FirstPbx add={add} />}
      />
      {(selected.size > 0 || isAll) && (
        <SelectionBar
          selected={selected.size}
          about={list.about}
          allMatching={isAll}
          onAllMatching={() => setAll(true)}
          onClear={clear}
          words={words.selection}
        >
          <BulkButtons
            chosen={isAll ? { filter } : { pbxIds: [...selected] }}
            number={isAll ? list.about : selected.size}
            onDone={(ids) => {
              clear();
              void list.refresh(ids);
            }}
          />
        </SelectionBar>
      )}
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

/** Empty where there is only one, or none that one may see: nothing to tell apart. */
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
      sort: 'failedUsers',
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
      sort: 'lastSuccessAt',
      width: 122,
      cell: (pbx) => <Ago time={pbx.run.lastSuccessAt} />,
    },
  ];
}
