// The list of members, with its filters; a row opens the member.
import { Group, Text, TextInput, Tooltip } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useMemo } from 'react';
import { call, type ItemOf } from '../../api/client.ts';
import { useNewsOf } from '../../live/feed.ts';
import { Ago } from '../../parts/ago.tsx';
import { useCursorList } from '../../parts/cursor-list.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { useKeptFresh } from '../../parts/noun-list.ts';
import { TenantFilter } from '../../parts/place-filters.tsx';
import { Empty } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { useTenants } from '../../parts/tenants.tsx';
import { useTypedSearch } from '../../parts/typed-search.ts';
import { memberWords } from '../../words/members.ts';
import { roleWords } from '../../words/roles.ts';

// The list is there before it: what one member takes is loaded beside it.
const MemberDrawer = lazy(() => import('./member-drawer.tsx').then((m) => ({ default: m.MemberDrawer })));

export type Member = ItemOf<'GET /members'>;

/** So many are read again as a whole. */
const FEW = 1_000;

export function MemberList() {
  const search = useSearch({ from: '/shell/members' });
  const navigate = useNavigate();
  const go = (changes: typeof search) =>
    void navigate({ to: '/members', search: { ...search, ...changes }, replace: true });
  const [typed, setTyped] = useTypedSearch(search.q, (q) => go({ q }));
  const { q, tenant } = search;
  const list = useCursorList(
    'GET /members',
    useMemo(() => ({ query: { ...(q && { q }), ...(tenant && { tenantId: tenant }) } }), [q, tenant]),
    { one: (id) => call('GET /members/{id}', { params: { id } }) },
  );
  const onSeen = useKeptFresh('member', list);
  // Whoever is new stands at the end.
  useNewsOf('member', () => {
    if (!list.hasMore && list.items.length <= FEW) list.again();
  });
  const { nameOf } = useTenants();
  const columns: readonly Column<Member>[] = [
    {
      id: 'name',
      header: memberWords.name,
      width: 230,
      cell: ({ name, email }) => (
        <div>
          <Text size="sm" fw={500} truncate>
            {name}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {email}
          </Text>
        </div>
      ),
    },
    {
      id: 'status',
      header: memberWords.status,
      width: 120,
      cell: ({ status }) => <Dot {...memberWords.statuses[status]} />,
    },
    {
      id: 'roles',
      header: memberWords.roles,
      width: 240,
      cell: ({ roles }) => <Roles roles={roles} nameOf={nameOf} />,
    },
    {
      id: 'second',
      header: memberWords.second,
      width: 130,
      cell: ({ secondFactor }) => (
        <Dot word={secondFactor ? memberWords.on : memberWords.off} dot={secondFactor ? '--dot-ok' : '--dot-off'} />
      ),
    },
    { id: 'seen', header: memberWords.seen, width: 120, cell: ({ lastSeenAt }) => <Ago time={lastSeenAt} /> },
  ];
  const isFiltered = q !== undefined || tenant !== undefined;
  return (
    <>
      <Group mb="sm" gap="sm">
        <TextInput
          data-filter
          placeholder={memberWords.filter}
          aria-label={memberWords.filter}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          w={{ base: '100%', xs: 240 }}
        />
        <TenantFilter value={tenant} onChange={(id) => go({ tenant: id })} />
      </Group>
      <DataTable
        label={memberWords.title}
        columns={columns}
        rows={list}
        rowId={({ id }) => id}
        rowName={({ email }) => email}
        onOpen={({ id }) => go({ entry: id })}
        onSeen={onSeen}
        empty={
          isFiltered ? (
            <Empty title={memberWords.nobody} />
          ) : (
            <Empty title={memberWords.emptyTitle}>{memberWords.empty}</Empty>
          )
        }
      />
      <Suspense>
        <MemberDrawer id={search.entry ?? null} onClose={() => go({ entry: undefined })} />
      </Suspense>
    </>
  );
}

function Roles({ roles, nameOf }: { readonly roles: Member['roles']; readonly nameOf: (id: string) => string }) {
  const say = ({ role, tenantId, pbxIds }: Member['roles'][number]) =>
    `${roleWords.names[role]} · ${nameOf(tenantId)}${pbxIds === null ? '' : ` (${memberWords.pbxCount(pbxIds.length)})`}`;
  const [first, ...others] = roles;
  if (!first) {
    return (
      <Text size="sm" c="dimmed">
        {memberWords.noRole}
      </Text>
    );
  }
  const line = (
    <Text size="sm" truncate>
      {say(first)}
      {others.length > 0 && ` ${memberWords.more(others.length)}`}
    </Text>
  );
  return others.length === 0 ? line : <Tooltip label={roles.map(say).join('; ')}>{line}</Tooltip>;
}
