// The tree of tenants: what hangs on what, and ways to the PBXs, users and members of each.
import { ActionIcon, Anchor, Group, Menu, Text, TextInput } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useMay } from '../../api/me.ts';
import type { Tenant } from '../../api/tenants.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { OnlyFor } from '../../parts/not-allowed.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty } from '../../parts/states.tsx';
import { filterTenants, type Placed } from '../../parts/tenant-tree.ts';
import { useTenants } from '../../parts/tenants.tsx';
import { useTypedSearch } from '../../parts/typed-search.ts';
import { tenantWords } from '../../words/tenants.ts';
import { AddTenant, ChangeTenant, DeleteTenant } from './tenant-dialogs.tsx';

export function TenantsScreen() {
  return (
    <OnlyFor action="tenant.read" title={tenantWords.title}>
      <Tenants />
    </OnlyFor>
  );
}

type Open = { readonly what: 'add' | 'change' | 'delete'; readonly tenant: Tenant | null };

function Tenants() {
  const { q } = useSearch({ from: '/shell/tenants' });
  const navigate = useNavigate();
  const [typed, setTyped] = useTypedSearch(
    q,
    (text) => void navigate({ to: '/tenants', search: { q: text }, replace: true }),
  );
  const { query, placed } = useTenants();
  const [open, setOpen] = useState<Open | null>(null);
  const { why } = useMay('tenant.create');
  const shown = useMemo(() => filterTenants(placed, q ?? ''), [placed, q]);
  const close = () => setOpen(null);
  const add = (
    <MayButton why={why} onClick={() => setOpen({ what: 'add', tenant: null })}>
      {tenantWords.add}
    </MayButton>
  );
  const columns: readonly Column<Placed<Tenant>>[] = [
    {
      id: 'name',
      header: tenantWords.name,
      width: 210,
      cell: ({ name, depth }) => (
        <Text size="sm" fw={depth === 0 ? 600 : 500} truncate pl={depth * 22} title={name}>
          {name}
        </Text>
      ),
    },
    { id: 'kind', header: tenantWords.kind, width: 110, cell: ({ kind }) => tenantWords.kinds[kind] },
    {
      id: 'limit',
      header: tenantWords.limit,
      width: 110,
      cell: ({ userLimit }) => (userLimit === null ? tenantWords.noLimit : userLimit.toLocaleString('en')),
    },
    { id: 'links', header: tenantWords.links, width: 230, cell: (tenant) => <Ways tenant={tenant} /> },
    {
      id: 'actions',
      header: tenantWords.actions,
      width: 90,
      cell: (tenant) => <Actions tenant={tenant} onOpen={(what) => setOpen({ what, tenant })} />,
    },
  ];
  return (
    <>
      <PageHead title={tenantWords.title} about={tenantWords.about} actions={add} />
      <TextInput
        data-filter
        mb="sm"
        placeholder={tenantWords.filter}
        aria-label={tenantWords.filter}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        w={{ base: '100%', xs: 260 }}
      />
      <DataTable
        label={tenantWords.title}
        columns={columns}
        rows={{
          items: shown,
          about: shown.length,
          isLoading: query.isPending,
          error: query.error,
          hasMore: false,
          isLoadingMore: false,
          loadMore: () => undefined,
          again: () => void query.refetch(),
        }}
        rowId={({ id }) => id}
        rowName={({ name }) => name}
        empty={<Empty title={q === undefined ? tenantWords.emptyTitle : tenantWords.nobody} />}
      />
      <AddTenant opened={open?.what === 'add'} below={open?.tenant?.id ?? null} onClose={close} />
      {open?.tenant && open.what === 'change' && <ChangeTenant tenant={open.tenant} onClose={close} />}
      {open?.tenant && open.what === 'delete' && <DeleteTenant tenant={open.tenant} onClose={close} />}
    </>
  );
}

function Ways({ tenant: { id, name } }: { readonly tenant: Tenant }) {
  const members = useMay('member.read');
  const ways = [
    ['/pbxs', tenantWords.pbxs],
    ['/users', tenantWords.users],
    ...(members.allowed ? ([['/members', tenantWords.members]] as const) : []),
  ] as const;
  return (
    <Group gap="sm" wrap="nowrap">
      {ways.map(([to, what]) => (
        <Anchor
          key={to}
          size="sm"
          aria-label={tenantWords.linksOf(what, name)}
          renderRoot={(props) => <Link to={to} search={{ tenant: id }} {...props} />}
        >
          {what}
        </Anchor>
      ))}
    </Group>
  );
}

function Actions({ tenant, onOpen }: { readonly tenant: Tenant; readonly onOpen: (what: Open['what']) => void }) {
  const create = useMay('tenant.create', { tenantId: tenant.id });
  const change = useMay('tenant.change', { tenantId: tenant.id });
  const remove = useMay('tenant.delete', { tenantId: tenant.id });
  const items = [
    ['add', tenantWords.addBelow, create.why, tenant.kind !== 'customer'],
    ['change', tenantWords.change, change.why, true],
    ['delete', tenantWords.remove, remove.why ?? (tenant.kind === 'operator' ? tenantWords.isOperator : null), true],
  ] as const;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="default" size="md" aria-label={tenantWords.actionsOf(tenant.name)}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {items
          .filter(([, , , fits]) => fits)
          .map(([what, name, why]) => (
            <Menu.Item key={what} disabled={why !== null} onClick={() => onOpen(what)}>
              {name}
              {why !== null && (
                <Text size="xs" maw={220}>
                  {why}
                </Text>
              )}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}
