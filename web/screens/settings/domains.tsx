// Mail domains: named, shown to be one's own by a record in DNS, given up.
import { Group, Modal, Stack, Table, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type ItemOf } from '../../api/client.ts';
import { useMay, useMe } from '../../api/me.ts';
import { queryClient, read } from '../../api/query.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { useDeed } from '../../parts/deed.ts';
import { DialogFoot } from '../../parts/dialog-foot.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Section } from '../../parts/section.tsx';
import { Empty, Trouble, Waiting } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { TenantSelect, useTenants } from '../../parts/tenants.tsx';
import { tell } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { settingsWords } from '../../words/settings.ts';

type Domain = ItemOf<'GET /domains'>;

const again = () => queryClient.invalidateQueries({ queryKey: ['domains'] });

export function Domains() {
  const domains = useQuery(read('GET /domains'));
  const { why } = useMay('settings.change');
  const [isAdding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Domain | null>(null);
  const verifying = useDeed();
  const verify = ({ id, domain }: Domain) =>
    verifying.run(async () => {
      await call('POST /domains/{id}/verify', { params: { id } });
      tell(settingsWords.verified(domain));
      await again();
    });
  async function giveUp({ id, domain }: Domain): Promise<void> {
    await call('DELETE /domains/{id}', { params: { id } });
    tell(settingsWords.gaveUp(domain));
    await again();
  }
  const add = (
    <MayButton why={why} variant="default" onClick={() => setAdding(true)}>
      {settingsWords.addDomain}
    </MayButton>
  );
  const items = domains.data?.items ?? [];
  return (
    <Section title={settingsWords.domains} about={settingsWords.domainsWhy} actions={items.length > 0 && add}>
      {domains.error !== null && <Trouble error={domains.error} onRetry={() => void domains.refetch()} />}
      {verifying.error !== null && <Trouble error={verifying.error} />}
      {domains.isPending && <Waiting lines={2} height={32} />}
      {domains.data && items.length === 0 && <Empty title={settingsWords.noDomains} action={add} />}
      {items.length > 0 && (
        <>
          {items.some(({ verifiedAt }) => verifiedAt === null) && <Text size="sm">{settingsWords.recordWhat}</Text>}
          <PlainTable
            label={settingsWords.domains}
            heads={[
              settingsWords.domain,
              settingsWords.state,
              settingsWords.tenant,
              settingsWords.record,
              settingsWords.actions,
            ]}
            minWidth={860}
          >
            {items.map((domain) => (
              <DomainRow
                key={domain.id}
                domain={domain}
                isBusy={verifying.isBusy}
                onVerify={() => void verify(domain)}
                onGiveUp={() => setLeaving(domain)}
              />
            ))}
          </PlainTable>
        </>
      )}
      {isAdding && <AddDomain onClose={() => setAdding(false)} />}
      {leaving !== null && (
        <Confirm
          opened
          onClose={() => setLeaving(null)}
          title={settingsWords.giveUpTitle(leaving.domain)}
          deed={settingsWords.giveUp}
          typed={leaving.domain}
          danger
          onConfirm={() => giveUp(leaving)}
        >
          {settingsWords.giveUpWhat}
        </Confirm>
      )}
    </Section>
  );
}

function DomainRow({
  domain: { domain, tenantId, verifiedAt, recordName, recordText },
  isBusy,
  onVerify,
  onGiveUp,
}: {
  readonly domain: Domain;
  readonly isBusy: boolean;
  readonly onVerify: () => void;
  readonly onGiveUp: () => void;
}) {
  const { nameOf } = useTenants();
  const { why } = useMay('settings.change', { tenantId });
  return (
    <Table.Tr>
      <Table.Td>{domain}</Table.Td>
      <Table.Td>
        <Dot
          word={verifiedAt === null ? settingsWords.unverified : settingsWords.isVerified}
          dot={verifiedAt === null ? '--dot-waiting' : '--dot-ok'}
          since={verifiedAt}
        />
      </Table.Td>
      <Table.Td>{nameOf(tenantId)}</Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        <CopyText text={recordName} label={settingsWords.recordName} />
        <CopyText text={recordText} label={settingsWords.recordText} />
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          {verifiedAt === null && (
            <MayButton
              size="compact-sm"
              why={why}
              loading={isBusy}
              aria-label={settingsWords.verifyOf(domain)}
              onClick={onVerify}
            >
              {settingsWords.verify}
            </MayButton>
          )}
          <MayButton
            size="compact-sm"
            variant="default"
            why={why}
            aria-label={settingsWords.giveUpOf(domain)}
            onClick={onGiveUp}
          >
            {settingsWords.giveUp}
          </MayButton>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function AddDomain({ onClose }: { readonly onClose: () => void }) {
  const me = useMe();
  const home = me.grants.find(({ actions }) => actions.includes('settings.change'))?.tenantId ?? me.tenantId;
  const form = useForm({ initialValues: { domain: '', tenantId: home as string | null } });
  const adding = useDeed();
  async function add({ domain, tenantId }: typeof form.values): Promise<void> {
    const body = { domain, ...(tenantId !== null && { tenantId }) };
    if (!(await adding.run(() => call('POST /domains', { body }), form))) return;
    onClose();
    await again();
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={settingsWords.addDomain}
      closeButtonProps={{ 'aria-label': commonWords.close }}
    >
      <form onSubmit={form.onSubmit((values) => void add(values))}>
        <Stack>
          <TextInput
            label={settingsWords.domain}
            placeholder={settingsWords.domainPlaceholder}
            required
            data-autofocus
            {...form.getInputProps('domain')}
          />
          <TenantSelect label={settingsWords.tenant} allowDeselect={false} {...form.getInputProps('tenantId')} />
          <DialogFoot error={adding.error} onCancel={onClose} isBusy={adding.isBusy} deed={settingsWords.add} />
        </Stack>
      </form>
    </Modal>
  );
}
