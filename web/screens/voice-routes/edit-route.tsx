// The form of a voice route, new or there already. What somebody else changed meanwhile is shown beside what was typed.
import { Modal, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { useMe } from '../../api/me.ts';
import { ChangedMeanwhile, currentOf } from '../../parts/changed-meanwhile.tsx';
import { useDeed } from '../../parts/deed.ts';
import { DialogFoot } from '../../parts/dialog-foot.tsx';
import { TenantSelect, useTenants } from '../../parts/tenants.tsx';
import { tell } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { voiceRouteWords as words } from '../../words/voice-routes.ts';
import type { VoiceRoute } from './voice-routes.tsx';

export function EditRoute({
  route,
  tenantId,
  onClose,
  onDone,
}: {
  /** Null: a new one. */
  readonly route: VoiceRoute | null;
  readonly tenantId: string | null;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}) {
  const me = useMe();
  const { areSeveral } = useTenants();
  const form = useForm({
    initialValues: {
      tenantId: route?.tenantId ?? tenantId ?? me.grants[0]?.tenantId ?? me.tenantId,
      name: route?.name ?? '',
      description: route?.description ?? '',
      isDefault: route?.isDefault ?? false,
    },
  });
  const [base, setBase] = useState(route);
  const saving = useDeed();
  const current = currentOf<VoiceRoute>(saving.error);

  async function save(upon: VoiceRoute | null): Promise<void> {
    const { tenantId: of, name, description, isDefault } = form.values;
    const body = { name, description: description.trim() === '' ? null : description, isDefault };
    const deed = () =>
      upon === null
        ? call('POST /voice-routes', { body: { tenantId: of, ...body } })
        : call('PATCH /voice-routes/{id}', { params: { id: upon.id }, body, ifMatch: upon });
    if (!(await saving.run(deed, form))) return;
    tell(upon === null ? words.added(name) : words.saved(name));
    await onDone();
    onClose();
  }
  function take(now: VoiceRoute): void {
    setBase(now);
    form.setValues({ name: now.name, description: now.description ?? '', isDefault: now.isDefault });
    saving.clear();
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={route === null ? words.addTitle : words.editTitle}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      centered
    >
      <form onSubmit={form.onSubmit(() => void save(base))}>
        <Stack>
          {current !== null && (
            <ChangedMeanwhile
              current={current}
              fields={[
                { label: words.name, of: ({ name }) => name, mine: form.values.name },
                {
                  label: words.description,
                  of: ({ description }) => description ?? '',
                  mine: form.values.description,
                },
                { label: words.isDefault, of: ({ isDefault }) => isDefault, mine: form.values.isDefault },
              ]}
              onTake={() => take(current)}
              onOverwrite={() => void save(current)}
            />
          )}
          {route === null && areSeveral && (
            <TenantSelect label={words.tenant} allowDeselect={false} {...form.getInputProps('tenantId')} />
          )}
          <TextInput
            label={words.name}
            description={words.nameWhat}
            required
            maxLength={100}
            data-autofocus
            {...form.getInputProps('name')}
          />
          <Textarea
            label={words.description}
            autosize
            minRows={2}
            maxLength={1000}
            {...form.getInputProps('description')}
          />
          <Switch
            label={words.isDefault}
            description={words.isDefaultWhat}
            {...form.getInputProps('isDefault', { type: 'checkbox' })}
          />
          <DialogFoot
            error={current === null ? saving.error : null}
            onCancel={onClose}
            isBusy={saving.isBusy}
            deed={route === null ? words.addDeed : commonWords.save}
          />
        </Stack>
      </form>
    </Modal>
  );
}
