// A provider of single sign-on: adding one, changing one.
import { Checkbox, Modal, PasswordInput, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { useMe } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { ChangedMeanwhile, currentOf } from '../../parts/changed-meanwhile.tsx';
import { useDeed } from '../../parts/deed.ts';
import { DialogFoot } from '../../parts/dialog-foot.tsx';
import { TenantSelect } from '../../parts/tenants.tsx';
import { tell } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { roleWords } from '../../words/roles.ts';
import { settingsWords } from '../../words/settings.ts';
import type { Provider } from './providers.tsx';

const NOBODY = 'nobody';
const NEW_ROLES = ['pbxAdmin', 'support', 'viewer'] as const;
type NewRole = (typeof NEW_ROLES)[number];

const valuesOf = (provider: Provider | null, home: string) => ({
  tenantId: (provider?.tenantId ?? home) as string | null,
  name: provider?.name ?? '',
  issuer: provider?.issuer ?? '',
  clientId: provider?.clientId ?? '',
  clientSecret: '',
  dropSecret: false,
  newMemberRole: (provider?.newMemberRole ?? NOBODY) as string,
  enabled: provider?.enabled ?? true,
});

/** @param props.provider null: a new one */
export function ProviderDialog({
  provider,
  onClose,
}: {
  readonly provider: Provider | null;
  readonly onClose: () => void;
}) {
  const me = useMe();
  const home = me.grants.find(({ actions }) => actions.includes('settings.change'))?.tenantId ?? me.tenantId;
  const [base, setBase] = useState(provider);
  const form = useForm({ initialValues: valuesOf(provider, home) });
  const saving = useDeed();
  const current = currentOf<Provider>(saving.error);
  async function save(upon: Provider | null): Promise<void> {
    const { tenantId, name, issuer, clientId, clientSecret, dropSecret, newMemberRole, enabled } = form.values;
    const role = newMemberRole === NOBODY ? null : (newMemberRole as NewRole);
    const body = { name, issuer, clientId, newMemberRole: role, enabled };
    const secret = clientSecret === '' ? (dropSecret ? { clientSecret: null } : {}) : { clientSecret };
    const done = await saving.run(
      () =>
        upon === null
          ? call('POST /sso-providers', { body: { ...body, ...secret, ...(tenantId !== null && { tenantId }) } })
          : call('PATCH /sso-providers/{id}', { params: { id: upon.id }, body: { ...body, ...secret }, ifMatch: upon }),
      form,
    );
    if (!done) return;
    tell(commonWords.saved);
    onClose();
    await queryClient.invalidateQueries({ queryKey: ['sso-providers'] });
  }
  function take(now: Provider): void {
    setBase(now);
    form.setValues(valuesOf(now, home));
    saving.clear();
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={provider === null ? settingsWords.addProvider : settingsWords.editProvider}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      closeOnClickOutside={false}
      size="lg"
    >
      <form onSubmit={form.onSubmit(() => void save(base))}>
        <Stack>
          {current !== null && (
            <ChangedMeanwhile
              current={current}
              fields={[
                { label: settingsWords.name, of: ({ name }) => name, mine: form.values.name },
                { label: settingsWords.issuer, of: ({ issuer }) => issuer, mine: form.values.issuer },
                { label: settingsWords.clientId, of: ({ clientId }) => clientId, mine: form.values.clientId },
                { label: settingsWords.enabled, of: ({ enabled }) => enabled, mine: form.values.enabled },
              ]}
              onTake={() => take(current)}
              onOverwrite={() => void save(current)}
            />
          )}
          {provider === null && (
            <TenantSelect label={settingsWords.tenant} allowDeselect={false} {...form.getInputProps('tenantId')} />
          )}
          <TextInput
            label={settingsWords.name}
            description={settingsWords.nameWhy}
            placeholder={settingsWords.namePlaceholder}
            required
            maxLength={100}
            data-autofocus
            {...form.getInputProps('name')}
          />
          <TextInput
            label={settingsWords.issuer}
            description={settingsWords.issuerWhy}
            placeholder={settingsWords.issuerPlaceholder}
            required
            inputMode="url"
            {...form.getInputProps('issuer')}
          />
          {provider !== null && form.values.issuer !== provider.issuer && (
            <Text size="sm">{settingsWords.issuerChanged}</Text>
          )}
          <TextInput
            label={settingsWords.clientId}
            required
            maxLength={300}
            autoComplete="off"
            {...form.getInputProps('clientId')}
          />
          <PasswordInput
            label={settingsWords.clientSecret}
            description={provider?.hasClientSecret ? settingsWords.clientSecretKept : settingsWords.clientSecretWhy}
            autoComplete="new-password"
            disabled={form.values.dropSecret}
            {...form.getInputProps('clientSecret')}
          />
          {provider?.hasClientSecret && (
            <Checkbox label={settingsWords.dropSecret} {...form.getInputProps('dropSecret', { type: 'checkbox' })} />
          )}
          <Select
            label={settingsWords.newMemberRole}
            description={settingsWords.newMemberRoleWhy}
            allowDeselect={false}
            data={[
              { value: NOBODY, label: settingsWords.onlyInvited },
              ...NEW_ROLES.map((role) => ({ value: role, label: roleWords.names[role] })),
            ]}
            comboboxProps={{ withinPortal: true }}
            {...form.getInputProps('newMemberRole')}
          />
          <Switch
            label={settingsWords.enabled}
            description={settingsWords.enabledWhy}
            {...form.getInputProps('enabled', { type: 'checkbox' })}
          />
          <DialogFoot
            error={current === null ? saving.error : null}
            onCancel={onClose}
            isBusy={saving.isBusy}
            deed={provider === null ? settingsWords.add : commonWords.save}
          />
        </Stack>
      </form>
    </Modal>
  );
}
