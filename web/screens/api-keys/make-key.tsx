// Making a key: scopes with their meaning, addresses, expiry; then the key, once.
import { Button, Checkbox, Group, Modal, Select, Stack, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import type { Scope } from '../../../src/roles.ts';
import { type Answer, call } from '../../api/client.ts';
import { useMe } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { useDeed } from '../../parts/deed.ts';
import { DialogFoot } from '../../parts/dialog-foot.tsx';
import { PbxMultiSelect } from '../../parts/pbx-multi-select.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { TenantSelect, useTenants } from '../../parts/tenants.tsx';
import { apiKeyWords } from '../../words/api-keys.ts';
import { commonWords } from '../../words/common.ts';
import { WhatItCan } from './what-it-can.tsx';

type Made = Answer<'POST /api-keys'>;
const DAY_MS = 86_400_000;

export function MakeKey({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const [made, setMade] = useState<Made | null>(null);
  function close(): void {
    setMade(null);
    onClose();
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={made === null ? apiKeyWords.make : apiKeyWords.created(made.name)}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      // The key cannot be shown again, and what was typed is work.
      closeOnClickOutside={false}
      closeOnEscape={made === null}
      size="xl"
    >
      {made === null ? (
        <KeyForm onDone={setMade} onCancel={close} />
      ) : (
        <Stack>
          <ShownOnce label={apiKeyWords.label} text={made.key} what={apiKeyWords.what} />
          <Group justify="flex-end">
            <Button onClick={close}>{apiKeyWords.done}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function KeyForm({ onDone, onCancel }: { readonly onDone: (made: Made) => void; readonly onCancel: () => void }) {
  const me = useMe();
  const { nameOf } = useTenants();
  const making = useDeed();
  const home = me.grants.find(({ actions }) => actions.includes('apiKey.create'))?.tenantId ?? me.tenantId;
  const form = useForm({
    initialValues: {
      name: '',
      tenantId: home as string | null,
      scopes: [] as Scope[],
      pbxIds: [] as string[],
      cidrs: [] as string[],
      expiresAt: '90',
    },
    validate: {
      scopes: (scopes) => (scopes.length === 0 ? apiKeyWords.noScope : null),
      cidrs: (cidrs, { scopes }) =>
        cidrs.length === 0 && scopes.includes('credentials:read') ? apiKeyWords.addressesNeeded : null,
    },
  });
  const { scopes, tenantId, pbxIds } = form.values;
  const make = ({ name, cidrs, expiresAt }: typeof form.values) =>
    making.run(async () => {
      const made = await call('POST /api-keys', {
        body: {
          name,
          ...(tenantId !== null && { tenantId }),
          scopes,
          pbxIds: pbxIds.length === 0 ? null : pbxIds,
          cidrs,
          expiresAt: expiresAt === 'never' ? null : new Date(Date.now() + Number(expiresAt) * DAY_MS).toISOString(),
        },
      });
      await queryClient.invalidateQueries({ queryKey: ['api-keys'] });
      onDone(made);
    }, form);
  // The API names the one that is wrong (`cidrs.0`); the field shows it for all.
  const wrongAddress =
    form.errors.cidrs ?? Object.entries(form.errors).find(([path]) => path.startsWith('cidrs.'))?.[1];
  return (
    <form onSubmit={form.onSubmit((values) => void make(values))}>
      <Stack>
        <TextInput
          label={apiKeyWords.name}
          description={apiKeyWords.nameWhy}
          placeholder={apiKeyWords.namePlaceholder}
          required
          maxLength={100}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <TenantSelect label={apiKeyWords.tenant} allowDeselect={false} {...form.getInputProps('tenantId')} />
        <Checkbox.Group label={apiKeyWords.scopes} withAsterisk {...form.getInputProps('scopes')}>
          <Stack gap="xs" mt="xs">
            {(Object.keys(apiKeyWords.scopeWords) as Scope[]).map((scope) => (
              <Checkbox key={scope} value={scope} label={scope} description={apiKeyWords.scopeWords[scope]} />
            ))}
          </Stack>
        </Checkbox.Group>
        <TagsInput
          label={apiKeyWords.addresses}
          description={apiKeyWords.addressesWhy}
          placeholder={form.values.cidrs.length === 0 ? apiKeyWords.addressPlaceholder : ''}
          splitChars={[',', ' ', ';']}
          acceptValueOnBlur
          clearButtonProps={{ 'aria-label': commonWords.remove }}
          {...form.getInputProps('cidrs')}
          error={wrongAddress}
        />
        <PbxMultiSelect
          label={apiKeyWords.pbxs}
          description={apiKeyWords.pbxsWhy}
          value={pbxIds}
          onChange={(ids) => form.setFieldValue('pbxIds', ids)}
          error={form.errors.pbxIds}
        />
        <Select
          label={apiKeyWords.expires}
          data={apiKeyWords.expiryChoices.map(([value, label]) => ({ value, label }))}
          allowDeselect={false}
          comboboxProps={{ withinPortal: true }}
          {...form.getInputProps('expiresAt')}
        />
        <WhatItCan scopes={scopes} tenant={nameOf(tenantId)} pbxs={pbxIds.length} order={3} />
        <DialogFoot error={making.error} onCancel={onCancel} isBusy={making.isBusy} deed={apiKeyWords.create} />
      </Stack>
    </form>
  );
}
