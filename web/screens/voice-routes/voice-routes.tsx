// Voice routes: listed, added, renamed, made the default, deleted with their users given to another.
import { ActionIcon, Badge, Button, Group, Text, TextInput, Tooltip } from '@mantine/core';
import { IconPencil, IconPlus, IconStar, IconTrash, IconUsers } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { call, type ItemOf } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { useEntries } from '../../live/feed.ts';
import { Ago } from '../../parts/ago.tsx';
import { useCursorList } from '../../parts/cursor-list.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { TenantFilter } from '../../parts/place-filters.tsx';
import { Empty } from '../../parts/states.tsx';
import { useTenants } from '../../parts/tenants.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { voiceRouteWords as words } from '../../words/voice-routes.ts';
import { DeleteRoute } from './delete-route.tsx';
import { EditRoute } from './edit-route.tsx';

const route = getRouteApi('/shell/voice-routes');

export type VoiceRoute = ItemOf<'GET /voice-routes'>;

type Dialog =
  | { readonly kind: 'add' }
  | { readonly kind: 'edit'; readonly route: VoiceRoute }
  | { readonly kind: 'delete'; readonly route: VoiceRoute };

/** All of the list: a default that moves changes two rows, a name moves its row. */
const readAgain = () => queryClient.invalidateQueries({ queryKey: ['voice-routes'] });

export function VoiceRoutesScreen() {
  const { q, tenant } = route.useSearch();
  const navigate = route.useNavigate();
  const { why } = useMay('voiceRoute.change');
  const parts = useMemo(() => ({ query: { ...(q && { q }), ...(tenant && { tenantId: tenant }) } }), [q, tenant]);
  const list = useCursorList('GET /voice-routes', parts);
  useEntries((entries) => {
    if (entries.length === 0 || entries.some(({ verb }) => verb.startsWith('voice-route.'))) void readAgain();
  });
  const { names } = useTenants();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const columns = useColumns(names, why, setDialog);
  const isFiltered = q !== undefined || tenant !== undefined;
  const isEmpty = !isFiltered && !list.isLoading && list.items.length === 0 && !list.error;
  const close = () => setDialog(null);
  const add = (
    <MayButton why={why} leftSection={<IconPlus size={16} />} onClick={() => setDialog({ kind: 'add' })}>
      {words.add}
    </MayButton>
  );
  return (
    <>
      <PageHead title={words.title} about={words.about} actions={!isEmpty && add} />
      {!isEmpty && (
        <Group mb="sm" gap="sm">
          <TextInput
            aria-label={words.filter}
            placeholder={words.filter}
            value={q ?? ''}
            onChange={(event) => {
              const text = event.currentTarget.value;
              void navigate({ search: (old) => ({ ...old, q: text || undefined }), replace: true });
            }}
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
        rowName={({ name }) => name}
        {...(why === null && { onOpen: (opened: VoiceRoute) => setDialog({ kind: 'edit', route: opened }) })}
        empty={
          isFiltered ? (
            <Empty
              title={words.noneMatch}
              action={
                <Button variant="default" onClick={() => void navigate({ search: {}, replace: true })}>
                  {commonWords.clearFilters}
                </Button>
              }
            />
          ) : (
            <Empty title={words.empty} action={add}>
              {words.emptyWhat}
            </Empty>
          )
        }
      />
      {(dialog?.kind === 'add' || dialog?.kind === 'edit') && (
        <EditRoute
          route={dialog.kind === 'edit' ? dialog.route : null}
          tenantId={tenant ?? null}
          onClose={close}
          onDone={readAgain}
        />
      )}
      {dialog?.kind === 'delete' && <DeleteRoute route={dialog.route} onClose={close} onDone={readAgain} />}
    </>
  );
}

function useColumns(
  names: ReadonlyMap<string, string>,
  why: string | null,
  onDialog: (dialog: Dialog) => void,
): readonly Column<VoiceRoute>[] {
  return useMemo(() => {
    const columns: (Column<VoiceRoute> | null)[] = [
      {
        id: 'name',
        header: words.name,
        width: 220,
        cell: ({ name, isDefault }) => (
          <Group gap="xs" wrap="nowrap">
            <Text size="sm" fw={500} truncate title={name}>
              {name}
            </Text>
            {isDefault && (
              <Badge variant="default" size="sm" tt="none" fw={500} style={{ flexShrink: 0 }}>
                {words.default}
              </Badge>
            )}
          </Group>
        ),
      },
      {
        id: 'description',
        header: words.description,
        width: 280,
        cell: ({ description }) => <span title={description ?? undefined}>{description}</span>,
      },
      names.size > 1
        ? { id: 'tenant', header: words.tenant, width: 160, cell: ({ tenantId }) => names.get(tenantId) ?? '' }
        : null,
      { id: 'changed', header: words.changed, width: 120, cell: ({ updatedAt }) => <Ago time={updatedAt} /> },
      {
        id: 'actions',
        header: words.actions,
        width: 170,
        cell: (each) => (
          <Group gap={4} wrap="nowrap">
            <Tooltip label={words.usersOf}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`${words.usersOf}: ${each.name}`}
                renderRoot={(props) => <Link to="/users" search={{ route: each.id }} {...props} />}
              >
                <IconUsers size={16} />
              </ActionIcon>
            </Tooltip>
            <RowAction name={words.edit(each.name)} why={why} onClick={() => onDialog({ kind: 'edit', route: each })}>
              <IconPencil size={16} />
            </RowAction>
            {!each.isDefault && (
              <RowAction name={words.makeDefault(each.name)} why={why} onClick={() => void makeDefault(each)}>
                <IconStar size={16} />
              </RowAction>
            )}
            <RowAction
              name={words.remove(each.name)}
              why={why}
              onClick={() => onDialog({ kind: 'delete', route: each })}
            >
              <IconTrash size={16} />
            </RowAction>
          </Group>
        ),
      },
    ];
    return columns.filter((column) => column !== null);
  }, [names, why, onDialog]);
}

async function makeDefault(each: VoiceRoute): Promise<void> {
  try {
    await call('PATCH /voice-routes/{id}', { params: { id: each.id }, body: { isDefault: true }, ifMatch: each });
    tell(words.nowDefault(each.name));
  } catch (error) {
    tellProblem(error);
  }
  await readAgain();
}

function RowAction({
  name,
  why,
  onClick,
  children,
}: {
  readonly name: string;
  readonly why: string | null;
  readonly onClick: () => void;
  readonly children: React.ReactNode;
}) {
  return (
    <Tooltip label={why ?? name}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={name}
        {...(why !== null && { 'aria-disabled': true, 'data-disabled': true })}
        onClick={() => why === null && onClick()}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
