// The list of users: 100,000 scroll, filters and order are in the address, rows change while one looks.
import { Button, Group } from '@mantine/core';
import { IconDownload, IconPlus, IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useRef, useState } from 'react';
import { call, pathOf } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { type Entry, useEntries } from '../../live/feed.ts';
import { ColumnsMenu, useHiddenColumns } from '../../parts/columns-menu.tsx';
import { type CursorList, useCursorList } from '../../parts/cursor-list.ts';
import { DataTable, SelectionBar } from '../../parts/data-table.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { SavedViews } from '../../parts/saved-views.tsx';
import { Empty } from '../../parts/states.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { nameOf, userWords } from '../../words/users.ts';
import { type BulkAction, BulkButtons, BulkDialog, type Chosen } from './bulk.tsx';
import { HIDDEN_AT_FIRST, USER_COLUMNS, type User } from './user-columns.tsx';
import { UserFilters } from './user-filters.tsx';
import { bulkFilterOf, isFiltered, queryOf, type UserSearch } from './user-search.ts';
import classes from './users.module.css';

/** The newest first, as they were just added or uploaded. */
const ORDER_AT_FIRST = '-createdAt';
/** So many rows are taken out one by one after they were erased; of more the list is read again. */
const FEW = 1_000;

export function UserListScreen() {
  const navigate = useNavigate();
  const { view: _view, ...search }: UserSearch & { view?: string | undefined } = useSearch({ strict: false });
  const sort = (search.sort ?? ORDER_AT_FIRST) as 'createdAt';
  const list = useCursorList(
    'GET /users',
    { query: { ...queryOf(search), sort } },
    { counts: true, one: (id) => call('GET /users/{id}', { params: { id } }) },
  );
  const onSeen = useLiveRows(list);
  const columns = useHiddenColumns('users', HIDDEN_AT_FIRST);
  const maySync = useMay('user.sync');

  const question = JSON.stringify(queryOf(search));
  const { selected, select, all, selectAll, clear } = useSelected(question);
  const [action, setAction] = useState<BulkAction | null>(null);
  const matched = useMatched(search, all);
  const chosen: Chosen = all ? { filter: bulkFilterOf(search) } : { userIds: [...selected] };

  const go = useCallback(
    (change: UserSearch, replace = true) =>
      void navigate({ to: '/users', search: (before) => ({ ...before, ...change }), replace, resetScroll: false }),
    [navigate],
  );
  async function sync(user: User): Promise<void> {
    if (maySync.why !== null) {
      tell(maySync.why);
      return;
    }
    try {
      const { requested } = await call('POST /users/{id}/sync', { params: { id: user.id } });
      tell(requested > 0 ? userWords.syncAsked(nameOf(user)) : userWords.notAsked(nameOf(user)));
      await list.refresh(new Set([user.id]));
    } catch (error) {
      tellProblem(error);
    }
  }
  function afterBulk(done: BulkAction): void {
    setAction(null);
    const few = !all && selected.size <= FEW;
    if (few && done !== 'erase') void list.refresh(selected);
    else list.again();
    clear();
  }

  return (
    <>
      <PageHead title={userWords.title} about={userWords.about} actions={<AddButtons />} />
      <div className={classes.filters}>
        <UserFilters
          search={search}
          onChange={go}
          onClear={() => void navigate({ to: '/users', search: { sort: search.sort } })}
        />
        <div className={classes.tools}>
          <Button
            component="a"
            href={pathOf('GET /users/export', { query: queryOf(search) })}
            download
            variant="default"
            size="sm"
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            {userWords.exportAll}
          </Button>
          <SavedViews
            screen="users"
            search={search as Readonly<Record<string, string | undefined>>}
            onOpen={(kept) => void navigate({ to: '/users', search: kept })}
          />
          <ColumnsMenu columns={USER_COLUMNS} shown={columns} />
        </div>
      </div>
      <DataTable
        label={userWords.title}
        columns={USER_COLUMNS}
        hidden={columns.hidden}
        rows={list}
        rowId={({ id }) => id}
        rowName={nameOf}
        onOpen={(user) => void navigate({ to: '/users/$id', params: { id: user.id } })}
        selection={{ ids: selected, change: select }}
        sort={sort}
        onSort={(by) => go({ sort: by })}
        keys={{ r: (user) => void sync(user) }}
        describe={(user) => [user.reason, user.nextAction].filter(Boolean).join(' ') || null}
        onSeen={onSeen}
        height="max(300px, calc(100dvh - 320px))"
        empty={<NoUsers filtered={isFiltered(search)} />}
      />
      {(selected.size > 0 || all) && (
        <SelectionBar
          selected={selected.size}
          about={all ? matched : list.about}
          allMatching={all}
          onAllMatching={selectAll}
          onClear={clear}
          words={userWords.select}
        >
          <BulkButtons onChoose={setAction} />
        </SelectionBar>
      )}
      {action !== null && (
        <BulkDialog action={action} chosen={chosen} onClose={() => setAction(null)} onDone={afterBulk} />
      )}
    </>
  );
}

function AddButtons() {
  const navigate = useNavigate();
  const mayUpload = useMay('import.change');
  const mayAdd = useMay('user.create');
  return (
    <>
      <MayButton
        variant="default"
        why={mayUpload.why}
        leftSection={<IconUpload size={16} aria-hidden />}
        onClick={() => void navigate({ to: '/imports/new' })}
      >
        {userWords.upload}
      </MayButton>
      <MayButton
        why={mayAdd.why}
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => void navigate({ to: '/users/new' })}
      >
        {userWords.add}
      </MayButton>
    </>
  );
}

function NoUsers({ filtered }: { readonly filtered: boolean }) {
  if (filtered) {
    return (
      <Empty
        title={userWords.noneMatch}
        action={
          <Button variant="default" renderRoot={(props) => <Link to="/users" search={{}} {...props} />}>
            {commonWords.clearFilters}
          </Button>
        }
      >
        {userWords.noneMatchWhat}
      </Empty>
    );
  }
  return (
    <Empty
      title={userWords.none}
      action={
        <Group>
          <AddButtons />
        </Group>
      }
    >
      {userWords.noneWhat}
    </Empty>
  );
}

const NOBODY: ReadonlySet<string> = new Set();

/** Which users are meant: some, or all that match. Other filters: nobody. */
function useSelected(question: string) {
  const [of, setOf] = useState({ question, ids: NOBODY, all: false });
  const now = of.question === question ? of : { question, ids: NOBODY, all: false };
  return {
    selected: now.ids,
    all: now.all,
    select: (ids: ReadonlySet<string>) => setOf({ question, ids, all: false }),
    selectAll: () => setOf({ question, ids: now.ids, all: true }),
    clear: () => setOf({ question, ids: NOBODY, all: false }),
  };
}

/** How many match exactly: a trial of the mildest action counts them. Null: not known. */
function useMatched(search: UserSearch, enabled: boolean): number | null {
  const body = { filter: bulkFilterOf(search), action: 'sync', dryRun: true } as const;
  const trial = useQuery({
    queryKey: ['bulk-trial', body],
    queryFn: ({ signal }) => call('POST /users/bulk', { body, signal }),
    enabled,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  return enabled ? (trial.data?.matched ?? null) : null;
}

/** Rows change as the feed tells: at once by what it says, then by what the server has of those that are in sight. */
function useLiveRows(list: CursorList<User>): (rows: readonly User[]) => void {
  const seen = useRef<readonly User[]>([]);
  useEntries((entries) => {
    for (const entry of entries) {
      const { userId, status } = entry;
      if (userId !== null && status !== null) list.patch(userId, (user) => withEntry(user, entry));
    }
    const ids = new Set(entries.flatMap(({ userId }) => (userId === null ? [] : [userId])));
    const wholes = entries.filter(({ userId }) => userId === null);
    const inSight = seen.current.filter(
      ({ id, pbxId, importId }) =>
        entries.length === 0 ||
        ids.has(id) ||
        wholes.some(
          (whole) =>
            whole.verb.startsWith('users.') ||
            (whole.pbxId !== null && whole.pbxId === pbxId) ||
            (whole.importId !== null && whole.importId === importId),
        ),
    );
    // What cannot be read now is told again by the next entry.
    list.refresh(new Set(inSight.map(({ id }) => id))).catch(() => undefined);
  });
  return useCallback((rows: readonly User[]) => {
    seen.current = rows;
  }, []);
}

function withEntry(user: User, { status, at, code, sentence, nextAction, outcome }: Entry): User {
  // An older entry that was read late says nothing new.
  if (at < user.statusAt) return user;
  const isWell = outcome === 'ok';
  return {
    ...user,
    status: status as User['status'],
    statusAt: status === user.status ? user.statusAt : at,
    reasonCode: isWell ? null : code,
    reason: isWell ? null : sentence,
    nextAction: isWell ? null : nextAction,
    lastCheckedAt: at,
  };
}
