// What went wrong, summed up by PBX, reason and outcome over all of a time, however much it is: counted by the server.
import { Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ItemOf } from '../../api/client.ts';
import { read } from '../../api/query.ts';
import { Ago } from '../../parts/ago.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { activityWords } from '../../words/activity.ts';
import { entryWords } from '../../words/entries.ts';
import { sayReason } from '../../words/reasons.ts';
import { sayExactly } from '../../words/times.ts';
import classes from './activity.module.css';
import type { ActivityQuery, ActivitySearch } from './filter.ts';

type Group = ItemOf<'GET /activity/groups'>;

interface TroubleTableProps {
  readonly search: ActivitySearch;
  readonly query: ActivityQuery;
  readonly onChange: (changes: ActivitySearch) => void;
}

export function TroubleTable({ search, query, onChange }: TroubleTableProps) {
  const { tenantId, pbxId, code, from, to } = query;
  const outcome = query.outcome?.split(',').filter((each) => each === 'failed' || each === 'waiting');
  const groups = useQuery({
    ...read('GET /activity/groups', {
      query: { tenantId, pbxId, code, from, to, ...(outcome?.length && { outcome: outcome.join(',') }), limit: '500' },
    }),
    placeholderData: keepPreviousData,
  });
  const ignores = [search.q, search.verb, search.user, search.import].some((each) => each !== undefined);
  const reachesTo = groups.data?.reachesTo ?? null;
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        {[
          activityWords.summedWhat,
          query.from === undefined && activityWords.summedDay,
          reachesTo !== null && activityWords.summedTo(sayExactly(reachesTo)),
          ignores && activityWords.summedIgnores,
        ]
          .filter(Boolean)
          .join(' ')}
      </Text>
      <DataTable
        label={activityWords.summed}
        columns={COLUMNS}
        rows={{
          items: groups.data?.items ?? [],
          about: groups.data?.total ?? null,
          isLoading: groups.isPending,
          error: groups.error,
          hasMore: false,
          isLoadingMore: false,
          loadMore: () => undefined,
          again: () => void groups.refetch(),
        }}
        rowId={({ tenantId, pbxId, code, outcome }) => [tenantId, pbxId, code, outcome].join(' ')}
        rowName={sayWhat}
        onOpen={(group) =>
          onChange({
            pbx: group.pbxId ?? undefined,
            code: group.code ?? undefined,
            outcome: group.outcome,
            from: search.from ?? group.firstAt,
            group: 'no',
          })
        }
        empty={<Empty title={activityWords.summedNone}>{query.from === undefined && activityWords.summedDay}</Empty>}
      />
    </>
  );
}

function sayWhat({ count, code, sentence }: Group): string {
  return activityWords.times(count, code === null ? sentence : (sayReason(code)?.title ?? code));
}

const COLUMNS: readonly Column<Group>[] = [
  {
    id: 'outcome',
    header: activityWords.summedColumns.outcome,
    width: 110,
    cell: ({ outcome, open }) =>
      open ? (
        <Dot word={activityWords.stillOpen} dot="--dot-failed" />
      ) : (
        <Dot word={entryWords.outcomes[outcome].word} dot={entryWords.outcomes[outcome].dot} />
      ),
  },
  {
    id: 'what',
    header: activityWords.summedColumns.what,
    width: 360,
    cell: (group) => (
      <span className={classes.group}>
        <strong>{sayWhat(group)}</strong>
        <Text span size="xs" c="dimmed">
          {group.code}
        </Text>
      </span>
    ),
  },
  { id: 'pbx', header: activityWords.summedColumns.pbx, width: 150, cell: ({ pbxName }) => pbxName },
  {
    id: 'users',
    header: activityWords.summedColumns.users,
    width: 90,
    cell: ({ users }) => users.toLocaleString('en'),
  },
  { id: 'first', header: activityWords.summedColumns.first, width: 110, cell: ({ firstAt }) => <Ago time={firstAt} /> },
  { id: 'last', header: activityWords.summedColumns.last, width: 110, cell: ({ lastAt }) => <Ago time={lastAt} /> },
];
