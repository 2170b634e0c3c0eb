// Adding, changing and deleting a tenant.
import { Modal, NumberInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { useMe } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import type { Tenant } from '../../api/tenants.ts';
import { ChangedMeanwhile, currentOf } from '../../parts/changed-meanwhile.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { useDeed } from '../../parts/deed.ts';
import { DialogFoot } from '../../parts/dialog-foot.tsx';
import { TenantSelect } from '../../parts/tenants.tsx';
import { tell } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { tenantWords } from '../../words/tenants.ts';

const again = () => queryClient.invalidateQueries({ queryKey: ['tenants'] });
/** An empty field is ''. */
const limitOf = (value: number | string): number | null => (value === '' ? null : Number(value));

export function AddTenant({
  opened,
  below,
  onClose,
}: {
  readonly opened: boolean;
  readonly below: string | null;
  readonly onClose: () => void;
}) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={tenantWords.addTitle}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      closeOnClickOutside={false}
    >
      <AddForm below={below} onClose={onClose} />
    </Modal>
  );
}

function AddForm({ below, onClose }: { readonly below: string | null; readonly onClose: () => void }) {
  const me = useMe();
  const home = me.grants.find(({ actions }) => actions.includes('tenant.create'))?.tenantId ?? me.tenantId;
  const adding = useDeed();
  const form = useForm({
    initialValues: {
      name: '',
      kind: 'customer' as 'reseller' | 'customer',
      parentId: (below ?? home) as string | null,
      userLimit: '' as number | string,
    },
  });
  async function add({ name, kind, parentId, userLimit }: typeof form.values): Promise<void> {
    const body = { name, kind, userLimit: limitOf(userLimit), ...(parentId !== null && { parentId }) };
    if (!(await adding.run(() => call('POST /tenants', { body }), form))) return;
    tell(tenantWords.added(name));
    onClose();
    await again();
  }
  return (
    <form onSubmit={form.onSubmit((values) => void add(values))}>
      <Stack>
        <TextInput label={tenantWords.name} required maxLength={100} data-autofocus {...form.getInputProps('name')} />
        <div>
          <Text size="sm" fw={500}>
            {tenantWords.kind}
          </Text>
          <Text size="xs" c="dimmed" mb={4}>
            {tenantWords.kindWhy}
          </Text>
          <SegmentedControl
            aria-label={tenantWords.kind}
            data={[
              { value: 'customer', label: tenantWords.kinds.customer },
              { value: 'reseller', label: tenantWords.kinds.reseller },
            ]}
            {...form.getInputProps('kind')}
          />
        </div>
        <TenantSelect
          label={tenantWords.below}
          description={tenantWords.belowWhy}
          allowDeselect={false}
          fits={({ kind }) => kind !== 'customer'}
          {...form.getInputProps('parentId')}
        />
        <NumberInput
          label={tenantWords.limit}
          description={tenantWords.limitWhy}
          min={0}
          allowDecimal={false}
          hideControls
          thousandSeparator=","
          {...form.getInputProps('userLimit')}
        />
        <DialogFoot error={adding.error} onCancel={onClose} isBusy={adding.isBusy} deed={tenantWords.create} />
      </Stack>
    </form>
  );
}

export function ChangeTenant({ tenant, onClose }: { readonly tenant: Tenant; readonly onClose: () => void }) {
  const [base, setBase] = useState(tenant);
  const saving = useDeed();
  const form = useForm({
    initialValues: { name: tenant.name, userLimit: (tenant.userLimit ?? '') as number | string },
  });
  const current = currentOf<Tenant>(saving.error);
  async function save(upon: Tenant): Promise<void> {
    const { name, userLimit } = form.values;
    // A limit is set from above: who may rename only must not send it.
    const body = { name, ...(limitOf(userLimit) !== upon.userLimit && { userLimit: limitOf(userLimit) }) };
    const done = await saving.run(
      () => call('PATCH /tenants/{id}', { params: { id: tenant.id }, body, ifMatch: upon }),
      form,
    );
    if (!done) return;
    tell(commonWords.saved);
    onClose();
    await again();
  }
  function take(now: Tenant): void {
    setBase(now);
    form.setValues({ name: now.name, userLimit: now.userLimit ?? '' });
    saving.clear();
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={tenantWords.changeTitle(tenant.name)}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      closeOnClickOutside={false}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save(base);
        }}
      >
        <Stack>
          {current !== null && (
            <ChangedMeanwhile
              current={current}
              fields={[
                { label: tenantWords.name, of: ({ name }) => name, mine: form.values.name },
                {
                  label: tenantWords.limit,
                  of: ({ userLimit }) => userLimit,
                  mine: limitOf(form.values.userLimit),
                },
              ]}
              onTake={() => take(current)}
              onOverwrite={() => void save(current)}
            />
          )}
          <TextInput label={tenantWords.name} required maxLength={100} data-autofocus {...form.getInputProps('name')} />
          <NumberInput
            label={tenantWords.limit}
            description={tenant.parentId === null ? tenantWords.limitFromAbove : tenantWords.limitWhy}
            disabled={tenant.parentId === null}
            min={0}
            allowDecimal={false}
            hideControls
            thousandSeparator=","
            {...form.getInputProps('userLimit')}
          />
          <DialogFoot
            error={current === null ? saving.error : null}
            onCancel={onClose}
            isBusy={saving.isBusy}
            disabled={!form.isDirty()}
            deed={commonWords.save}
          />
        </Stack>
      </form>
    </Modal>
  );
}

export function DeleteTenant({ tenant, onClose }: { readonly tenant: Tenant; readonly onClose: () => void }) {
  async function remove(): Promise<void> {
    await call('DELETE /tenants/{id}', { params: { id: tenant.id }, ifMatch: tenant });
    tell(tenantWords.removed(tenant.name));
    await again();
  }
  return (
    <Confirm
      opened
      onClose={onClose}
      title={tenantWords.removeTitle(tenant.name)}
      deed={tenantWords.remove}
      typed={tenant.name}
      danger
      onConfirm={remove}
    >
      {tenantWords.removeWhat}
    </Confirm>
  );
}
