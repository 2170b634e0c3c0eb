// The list of uploads: what became of each, those that run live.
import { ActionIcon, Anchor, Button, Group, Select, Text, Tooltip } from '@mantine/core';
import { IconTrash, IconUpload } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { call, type ItemOf } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { useEntries } from '../../live/feed.ts';
import { Ago } from '../../parts/ago.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { useCursorList } from '../../parts/cursor-list.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { TenantFilter } from '../../parts/place-filters.tsx';
import { Empty } from '../../parts/states.tsx';
import { useTenants } from '../../parts/tenants.tsx';
import { tell } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { importWords } from '../../words/imports.ts';
import { Sample } from './choose-file.tsx';
import { ImportState, JobProgress } from './import-state.tsx';

const words = importWords.list;
const route = getRouteApi('/shell/imports');

type Item = ItemOf<'GET /imports'>;
type State = Item['state'];

/** So often are those looked at that run. */
const RUNNING_MS = 1_000;

export function ImportListScreen() {
  const { tenant, state } = route.useSearch();
  const navigate = route.useNavigate();
  const { why } = useMay('import.change');
  const parts = useMemo(
    () => ({
      query: { ...(tenant && { tenantId: tenant }), ...(state && { state: state as State }) },
    }),
    [tenant, state],
  );
  const list = useCursorList('GET /imports', parts);
  useFresh(list);
  const { names } = useTenants();
  const [deleting, setDeleting] = useState<Item | null>(null);
  const columns = useColumns(names, why, setDeleting);
  const isFiltered = tenant !== undefined || state !== undefined;
  const isEmpty = !isFiltered && !list.isLoading && list.items.length === 0 && !list.error;
  const add = <NewButton why={why} tenant={tenant} />;
  return (
    <>
      <PageHead title={importWords.title} about={importWords.about} actions={!isEmpty && add} />
      {!isEmpty && (
        <Group mb="sm" gap="sm">
          <Select
            aria-label={words.state}
            placeholder={words.anyState}
            data={Object.entries(importWords.states).map(([value, { word }]) => ({ value, label: word }))}
            value={state ?? null}
            onChange={(value) =>
              void navigate({ search: (old) => ({ ...old, state: value ?? undefined }), replace: true })
            }
            clearable
            clearButtonProps={{ 'aria-label': words.anyState }}
            comboboxProps={{ withinPortal: true }}
            data-filter
          />
          <TenantFilter
            value={tenant}
            onChange={(value) => void navigate({ search: (old) => ({ ...old, tenant: value }), replace: true })}
          />
        </Group>
      )}
      <DataTable
        label={words.label}
        columns={columns}
        rows={list}
        rowId={({ id }) => id}
        rowName={({ fileName }) => fileName ?? importWords.noName}
        onOpen={({ id }) => void navigate({ to: '/imports/$id', params: { id } })}
        empty={
          isFiltered ? (
            <Empty
              title={words.noneMatch}
              action={
                <Button variant="default" onClick={() => void navigate({ search: {}, replace: true })}>
                  {commonWords.clearFilters}
                </Button>
              }
            >
              {words.noneMatchWhat}
            </Empty>
          ) : (
            <Empty title={words.empty} action={add}>
              <Text mb="md">{why === null ? words.emptyWhat : words.emptyMay}</Text>
              <Sample type="pbx" namesPbx />
            </Empty>
          )
        }
      />
      <Confirm
        opened={deleting !== null}
        onClose={() => setDeleting(null)}
        title={words.deleteTitle}
        deed={words.deleteDraft('').trim()}
        danger
        onConfirm={async () => {
          if (deleting === null) return;
          await call('DELETE /imports/{id}', { params: { id: deleting.id }, ifMatch: deleting });
          tell(words.deleted);
          await queryClient.invalidateQueries({ queryKey: ['imports', 'GET /imports'] });
        }}
      >
        {words.deleteWhat(deleting?.fileName ?? importWords.noName)}
      </Confirm>
    </>
  );
}

function NewButton({ why, tenant }: { readonly why: string | null; readonly tenant: string | undefined }) {
  const navigate = route.useNavigate();
  return (
    <MayButton
      why={why}
      leftSection={<IconUpload size={16} />}
      onClick={() => void navigate({ to: '/imports/new', search: { tenant } })}
    >
      {importWords.newOne}
    </MayButton>
  );
}

/** What runs is read again each second; what somebody begins elsewhere comes with the feed. */
function useFresh(list: ReturnType<typeof useCursorList<'GET /imports'>>): void {
  const { items, refresh } = list;
  const running = items
    .filter(({ job }) => job !== null)
    .map(({ id }) => id)
    .join();
  useEffect(() => {
    if (running === '') return;
    const timer = setInterval(() => void refresh(new Set(running.split(','))).catch(() => undefined), RUNNING_MS);
    return () => clearInterval(timer);
  }, [running, refresh]);
  const known = useMemo(() => new Set(items.map(({ id }) => id)), [items]);
  useEntries(
    useCallback(
      (entries) => {
        const ids = entries.flatMap(({ importId }) => (importId === null ? [] : [importId]));
        if (entries.length === 0 || ids.some((id) => !known.has(id))) {
          void queryClient.invalidateQueries({ queryKey: ['imports', 'GET /imports'] });
        } else if (ids.length > 0) void refresh(new Set(ids)).catch(() => undefined);
      },
      [known, refresh],
    ),
  );
}

function useColumns(
  names: ReadonlyMap<string, string>,
  why: string | null,
  onDelete: (item: Item) => void,
): readonly Column<Item>[] {
  return useMemo(() => {
    const columns: (Column<Item> | null)[] = [
      {
        id: 'file',
        header: words.file,
        width: 190,
        cell: ({ id, fileName }) => (
          <Anchor size="sm" fw={500} renderRoot={(props) => <Link to="/imports/$id" params={{ id }} {...props} />}>
            {fileName ?? importWords.noName}
          </Anchor>
        ),
      },
      {
        id: 'state',
        header: words.state,
        width: 170,
        cell: (item) =>
          item.job === null ? (
            <ImportState import={item} />
          ) : (
            <JobProgress
              import={item}
              says={`${(item.job === 'undo' ? importWords.undoing : importWords.states[item.state]).word} ${words.progress(item.progressCount, item.rowCount)}`}
            />
          ),
      },
      { id: 'rows', header: words.rows, width: 80, cell: ({ rowCount }) => rowCount.toLocaleString('en') },
      { id: 'result', header: words.result, width: 210, cell: (item) => <Counts item={item} /> },
      names.size > 1
        ? { id: 'tenant', header: words.tenant, width: 140, cell: ({ tenantId }) => names.get(tenantId) ?? '' }
        : null,
      { id: 'who', header: words.who, width: 150, cell: ({ createdBy }) => <span title={createdBy}>{createdBy}</span> },
      { id: 'when', header: words.when, width: 120, cell: ({ createdAt }) => <Ago time={createdAt} /> },
      {
        id: 'actions',
        header: words.actions,
        width: 80,
        cell: (item) => <DeleteButton item={item} why={why} onDelete={onDelete} />,
      },
    ];
    return columns.filter((column) => column !== null);
  }, [names, why, onDelete]);
}

function DeleteButton({
  item,
  why,
  onDelete,
}: {
  readonly item: Item;
  readonly why: string | null;
  readonly onDelete: (item: Item) => void;
}) {
  const cannot = why ?? (item.submittedAt !== null ? words.cannotDelete : item.job !== null ? words.runsNow : null);
  const name = words.deleteDraft(item.fileName ?? importWords.noName);
  return (
    <Tooltip label={cannot ?? name}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={name}
        {...(cannot !== null && { 'aria-disabled': true, 'data-disabled': true })}
        onClick={() => cannot === null && onDelete(item)}
      >
        <IconTrash size={16} />
      </ActionIcon>
    </Tooltip>
  );
}

function Counts({ item }: { readonly item: Item }) {
  const texts = importWords.check;
  const done = item.submittedAt !== null;
  const parts: readonly (readonly [number, string])[] = [
    [item.createdCount, done ? importWords.result.created : texts.create],
    [item.updatedCount, done ? importWords.result.updated : texts.update],
    [item.undoneCount, importWords.result.undone],
    [item.errorCount, done ? importWords.result.failed : texts.errors],
  ];
  const said = parts.filter(([number]) => number > 0).map(([number, what]) => `${number.toLocaleString('en')} ${what}`);
  return <span title={said.join(', ')}>{said.join(', ')}</span>;
}
