// The activity feed: where support staff live. Quick, dense, by keyboard, and still while one reads.
import { Anchor, Button, Group, Text, Tooltip } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconDownload } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { Entry } from '../../live/feed.ts';
import { Ago } from '../../parts/ago.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { useEntryFeed } from '../../parts/entry-feed.ts';
import { News } from '../../parts/news.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useRowTab } from '../../parts/row-tab.ts';
import { SavedViews } from '../../parts/saved-views.tsx';
import { Empty } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { activityWords } from '../../words/activity.ts';
import { commonWords } from '../../words/common.ts';
import { entryWords } from '../../words/entries.ts';
import { sayReason } from '../../words/reasons.ts';
import { sayClock } from '../../words/times.ts';
import classes from './activity.module.css';
import { EntryDrawer } from './entry-drawer.tsx';
import { syncUsersOf } from './entry-sync.ts';
import { type ActivityQuery, type ActivitySearch, isFiltered, matches, queryOf } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { type EntryGroup, type FeedRow, toRows } from './groups.ts';
import { IncidentBar } from './incident-bar.tsx';
import { TroubleTable } from './trouble-table.tsx';

const route = getRouteApi('/shell/activity');
/** Repeats may be so many that a screen is never full: then older ones are asked for by a button. */
const READ_BY_ITSELF = 600;

export function ActivityScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (changes: ActivitySearch) =>
      void navigate({ search: (before) => ({ ...before, ...changes }), replace: true, resetScroll: false }),
    [navigate],
  );
  const query = useQueryOf(search);
  const feed = useEntryFeed(query, (entry) => matches(query, entry));
  const { items } = feed.rows;
  const { rows, toggle } = useRows(items, search.group !== 'no');

  const isGrouped = search.group !== 'no';
  // A search looks at so many entries at a time and may find none of them.
  const asks =
    feed.rows.hasMore &&
    (search.q !== undefined || (isGrouped && items.length >= READ_BY_ITSELF && rows.length < READ_BY_ITSELF));
  const open = (entry: Entry | undefined) => change({ entry: entry?.id });
  const shown = useMemo(() => rows.flatMap((row) => (row.kind === 'entry' ? row.entry : [])), [rows]);
  const at = shown.findIndex(({ id }) => id === search.entry);
  return (
    <>
      <PageHead
        title={activityWords.title}
        about={activityWords.about}
        actions={
          <>
            <SavedViews
              screen="activity"
              search={{ ...search, entry: undefined }}
              onOpen={(saved) => void navigate({ search: saved })}
            />
            <Export query={query} />
          </>
        }
      />
      <IncidentBar tenant={search.tenant} pbx={search.pbx} />
      <FilterBar search={search} onChange={change} onClear={() => void navigate({ search: {} })} />
      {search.group === 'all' && <TroubleTable search={search} query={query} onChange={change} />}
      <News list={feed} isOpen={search.entry !== undefined} hidden={search.group === 'all'}>
        <DataTable
          label={activityWords.feed}
          columns={COLUMNS}
          rows={{
            ...feed.rows,
            items: rows,
            hasMore: feed.rows.hasMore && !asks,
            about: isGrouped ? null : feed.rows.about,
          }}
          rowId={idOf}
          rowName={(row) => (row.kind === 'entry' ? row.entry.sentence : sayGroup(row.group))}
          onOpen={(row) => (row.kind === 'entry' ? open(row.entry) : toggle(row.group))}
          keys={{ r: (row) => void syncUsersOf(row.kind === 'entry' ? [row.entry] : row.group.entries) }}
          empty={<NothingThere isFiltered={isFiltered(search)} onClear={() => void navigate({ search: {} })} />}
        />
      </News>
      {asks && search.group !== 'all' && (
        <Group justify="center" mt="sm">
          <Text size="sm" c="dimmed">
            {activityWords.loadedSoFar(items.length)}
          </Text>
          <Button variant="default" size="xs" loading={feed.rows.isLoadingMore} onClick={feed.rows.loadMore}>
            {search.q === undefined ? activityWords.older : activityWords.lookFurther}
          </Button>
        </Group>
      )}
      {search.entry !== undefined && (
        <EntryDrawer
          id={search.entry}
          entry={items.find(({ id }) => id === search.entry)}
          onStep={(by) => shown[at + by] && open(shown[at + by])}
          onClose={() => open(undefined)}
        />
      )}
    </>
  );
}

/** "The last hour" is counted from when it was chosen, or the list would be another one each moment. */
function useQueryOf(search: ActivitySearch) {
  const { entry, group, ...filters } = search;
  const text = JSON.stringify(filters);
  return useMemo(() => queryOf(JSON.parse(text) as ActivitySearch, Date.now()), [text]);
}

function useRows(entries: readonly Entry[], isGrouped: boolean) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(
    () =>
      isGrouped ? toRows(entries, opened) : entries.map((entry): FeedRow => ({ kind: 'entry', entry, isPart: false })),
    [entries, opened, isGrouped],
  );
  const toggle = useCallback(
    (group: EntryGroup) =>
      setOpened((before) => {
        const ids = group.entries.map(({ id }) => id);
        const next = new Set(before);
        if (ids.some((id) => before.has(id))) for (const id of ids) next.delete(id);
        else next.add(group.newest.id);
        return next;
      }),
    [],
  );
  return { rows, toggle };
}

function NothingThere({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  return isFiltered ? (
    <Empty
      title={activityWords.emptyFiltered}
      action={
        <Button variant="default" onClick={onClear}>
          {commonWords.clearFilters}
        </Button>
      }
    />
  ) : (
    <Empty
      title={activityWords.empty}
      action={<Button renderRoot={(props) => <Link to="/pbxs" {...props} />}>{activityWords.toPbxs}</Button>}
    >
      {activityWords.emptyWhat}
    </Empty>
  );
}

function Export({ query }: { readonly query: ActivityQuery }) {
  return (
    <Tooltip label={activityWords.exportWhat}>
      <Button
        component="a"
        href={pathOf('GET /activity/export.csv', { query })}
        download
        variant="default"
        size="sm"
        leftSection={<IconDownload size={16} aria-hidden />}
      >
        {activityWords.export}
      </Button>
    </Tooltip>
  );
}

const idOf = (row: FeedRow): string => (row.kind === 'entry' ? row.entry.id : `group ${row.group.newest.id}`);
const newestOf = (row: FeedRow): Entry => (row.kind === 'entry' ? row.entry : row.group.newest);

function sayGroup({ newest, entries }: EntryGroup): string {
  const what =
    newest.code === null
      ? `${entryWords.sayVerb(newest.verb)}: ${entryWords.outcomes[newest.outcome].word}`
      : (sayReason(newest.code)?.title ?? newest.code);
  return activityWords.times(entries.length, what);
}

const COLUMNS: readonly Column<FeedRow>[] = [
  {
    id: 'time',
    header: activityWords.columns.time,
    width: 130,
    cell: (row) => <Ago time={newestOf(row).at} />,
  },
  {
    id: 'outcome',
    header: activityWords.columns.outcome,
    width: 100,
    cell: (row) => {
      const { word, dot } = entryWords.outcomes[newestOf(row).outcome];
      return <Dot word={word} dot={dot} />;
    },
  },
  { id: 'what', header: activityWords.columns.what, width: 400, cell: (row) => <What row={row} /> },
  {
    id: 'pbx',
    header: activityWords.columns.pbx,
    width: 120,
    cell: (row) => <PbxLink entry={newestOf(row)} />,
  },
  {
    id: 'user',
    header: activityWords.columns.user,
    width: 110,
    cell: (row) => (row.kind === 'entry' ? <UserLink entry={row.entry} /> : activityWords.users(row.group.users)),
  },
  {
    id: 'actor',
    header: activityWords.columns.actor,
    width: 110,
    cell: (row) => entryWords.sayActor(newestOf(row).actor),
  },
];

function What({ row }: { readonly row: FeedRow }) {
  if (row.kind === 'entry') return <span className={row.isPart ? classes.part : undefined}>{row.entry.sentence}</span>;
  const { newest, oldest } = row.group;
  const Icon = row.isOpen ? IconChevronDown : IconChevronRight;
  return (
    <span className={classes.group}>
      <Icon size={14} role="img" aria-label={row.isOpen ? activityWords.closeGroup : activityWords.openGroup} />
      <strong>{sayGroup(row.group)}</strong>
      <Text span size="xs" c="dimmed">
        {[newest.code, activityWords.span(sayClock(oldest.at), sayClock(newest.at))].filter(Boolean).join(' · ')}
      </Text>
    </span>
  );
}

function PbxLink({ entry: { pbxId, pbxName } }: { readonly entry: Entry }) {
  const tabIndex = useRowTab();
  if (pbxId === null) return null;
  return (
    <Anchor
      size="sm"
      tabIndex={tabIndex}
      renderRoot={(props) => <Link to="/pbxs/$id" params={{ id: pbxId }} {...props} />}
    >
      {pbxName ?? entryWords.withoutName}
    </Anchor>
  );
}

function UserLink({ entry: { userId, userName } }: { readonly entry: Entry }) {
  const tabIndex = useRowTab();
  if (userId === null) return null;
  return (
    <Anchor
      size="sm"
      tabIndex={tabIndex}
      renderRoot={(props) => <Link to="/users/$id" params={{ id: userId }} search={{ tab: 'timeline' }} {...props} />}
    >
      {userName ?? entryWords.withoutName}
    </Anchor>
  );
}
