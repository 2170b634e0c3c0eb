// Providers of single sign-on.
import { Button, Group, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type ItemOf } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { queryClient, read } from '../../api/query.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Section } from '../../parts/section.tsx';
import { Empty, Trouble, Waiting } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { useTenants } from '../../parts/tenants.tsx';
import { tell } from '../../parts/toast.ts';
import { settingsWords } from '../../words/settings.ts';
import { ProviderDialog } from './provider-dialog.tsx';

export type Provider = ItemOf<'GET /sso-providers'>;

type Open = { readonly what: 'add' } | { readonly what: 'change' | 'remove'; readonly provider: Provider };

export function Providers() {
  const providers = useQuery(read('GET /sso-providers'));
  const { why } = useMay('settings.change');
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const add = (
    <MayButton why={why} onClick={() => setOpen({ what: 'add' })}>
      {settingsWords.addProvider}
    </MayButton>
  );
  async function remove(provider: Provider): Promise<void> {
    await call('DELETE /sso-providers/{id}', { params: { id: provider.id }, ifMatch: provider });
    tell(settingsWords.removed(provider.name));
    await queryClient.invalidateQueries({ queryKey: ['sso-providers'] });
  }
  const items = providers.data?.items ?? [];
  return (
    <Section title={settingsWords.providers} about={settingsWords.providersWhy} actions={items.length > 0 && add}>
      {providers.error !== null && <Trouble error={providers.error} onRetry={() => void providers.refetch()} />}
      {providers.isPending && <Waiting lines={3} height={32} />}
      {providers.data && items.length === 0 && (
        <Empty title={settingsWords.noProviders} action={add}>
          {settingsWords.noProvidersWhat}
        </Empty>
      )}
      {items.length > 0 && (
        <PlainTable
          label={settingsWords.providers}
          heads={[
            settingsWords.name,
            settingsWords.state,
            settingsWords.tenant,
            settingsWords.redirectUri,
            settingsWords.actions,
          ]}
          minWidth={820}
        >
          {items.map((provider) => (
            <ProviderRow key={provider.id} provider={provider} onOpen={(what) => setOpen({ what, provider })} />
          ))}
        </PlainTable>
      )}
      {open?.what === 'add' && <ProviderDialog provider={null} onClose={close} />}
      {open?.what === 'change' && <ProviderDialog provider={open.provider} onClose={close} />}
      {open?.what === 'remove' && (
        <Confirm
          opened
          onClose={close}
          title={settingsWords.removeProvider(open.provider.name)}
          deed={settingsWords.remove}
          typed={open.provider.name}
          danger
          onConfirm={() => remove(open.provider)}
        >
          {settingsWords.removeProviderWhat}
        </Confirm>
      )}
    </Section>
  );
}

function ProviderRow({
  provider,
  onOpen,
}: {
  readonly provider: Provider;
  readonly onOpen: (what: 'change' | 'remove') => void;
}) {
  const { nameOf } = useTenants();
  const { why } = useMay('settings.change', { tenantId: provider.tenantId });
  const { name, issuer, enabled, redirectUri } = provider;
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {issuer}
        </Text>
      </Table.Td>
      <Table.Td>
        <Dot word={enabled ? settingsWords.on : settingsWords.off} dot={enabled ? '--dot-ok' : '--dot-off'} />
      </Table.Td>
      <Table.Td>{nameOf(provider.tenantId)}</Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        <CopyText text={redirectUri} label={settingsWords.redirectUri} />
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          {why === null ? (
            <>
              <Button
                size="compact-sm"
                variant="default"
                aria-label={settingsWords.changeOf(name)}
                onClick={() => onOpen('change')}
              >
                {settingsWords.change}
              </Button>
              <Button
                size="compact-sm"
                variant="default"
                aria-label={settingsWords.removeOf(name)}
                onClick={() => onOpen('remove')}
              >
                {settingsWords.remove}
              </Button>
            </>
          ) : (
            <MayButton size="compact-sm" variant="default" why={why}>
              {settingsWords.change}
            </MayButton>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
