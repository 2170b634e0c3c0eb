// The form of a voice route, new or there already. What somebody else changed meanwhile is shown beside what was typed.
import { Alert, Button, Group, Modal, Select, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { useMe } from '../../api/me.ts';
import { isProblem } from '../../api/problem.ts';
import { showFieldErrors } from '../../parts/form.ts';
import { Trouble } from '../../parts/states.tsx';
import { tell } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { voiceRouteWords as words } from '../../words/voice-routes.ts';
import type { VoiceRoute } from './voice-routes.tsx';

export function EditRoute({
  route,
  tenants,
  tenantId,
  onClose,
  onDone,
}: {
  /** Null: a new one. */
  readonly route: VoiceRoute | null;
  readonly tenants: readonly { readonly id: string; readonly name: string }[];
  readonly tenantId: string | null;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}) {
  const me = useMe();
  const form = useForm({
    initialValues: {
      tenantId: route?.tenantId ?? tenantId ?? me.grants[0]?.tenantId ?? me.tenantId,
      name: route?.name ?? '',
      description: route?.description ?? '',
      isDefault: route?.isDefault ?? false,
    },
  });
  const [base, setBase] = useState(route);
  const [newer, setNewer] = useState<VoiceRoute | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);

  async function save(): Promise<void> {
    const { tenantId: of, name, description, isDefault } = form.getValues();
    const body = { name, description: description.trim() === '' ? null : description, isDefault };
    setBusy(true);
    setError(null);
    try {
      if (base === null) await call('POST /voice-routes', { body: { tenantId: of, ...body } });
      else await call('PATCH /voice-routes/{id}', { params: { id: base.id }, body, ifMatch: base });
      tell(base === null ? words.added(name) : words.saved(name));
      await onDone();
      onClose();
    } catch (problem) {
      if (isProblem(problem) && problem.status === 412 && problem.current) setNewer(problem.current as VoiceRoute);
      else if (!showFieldErrors(form, problem)) setError(problem);
    } finally {
      setBusy(false);
    }
  }
  const now = (name: 'name' | 'description') =>
    newer !== null && (newer[name] ?? '') !== form.getValues()[name]
      ? { description: words.current(newer[name] ?? commonWords.none) }
      : {};
  return (
    <Modal
      opened
      onClose={onClose}
      title={route === null ? words.addTitle : words.editTitle}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      centered
    >
      <form onSubmit={form.onSubmit(() => void save())}>
        <Stack>
          {newer !== null && (
            <Alert color="yellow" role="alert" title={commonWords.changedMeanwhile} c="var(--mantine-color-text)">
              <Group>
                <Button
                  size="xs"
                  variant="default"
                  onClick={() => {
                    form.setValues({
                      name: newer.name,
                      description: newer.description ?? '',
                      isDefault: newer.isDefault,
                    });
                    setBase(newer);
                    setNewer(null);
                  }}
                >
                  {commonWords.loadCurrent}
                </Button>
                <Button
                  size="xs"
                  variant="default"
                  onClick={() => {
                    setBase(newer);
                    setNewer(null);
                  }}
                >
                  {words.keepMine}
                </Button>
              </Group>
            </Alert>
          )}
          {route === null && tenants.length > 1 && (
            <Select
              label={words.tenant}
              data={tenants.map(({ id, name }) => ({ value: id, label: name }))}
              allowDeselect={false}
              searchable
              comboboxProps={{ withinPortal: true }}
              {...form.getInputProps('tenantId')}
            />
          )}
          <TextInput
            label={words.name}
            description={words.nameWhat}
            required
            maxLength={100}
            data-autofocus
            {...form.getInputProps('name')}
            {...now('name')}
          />
          <Textarea
            label={words.description}
            autosize
            minRows={2}
            maxLength={1000}
            {...form.getInputProps('description')}
            {...now('description')}
          />
          <Switch
            label={words.isDefault}
            description={words.isDefaultWhat}
            {...form.getInputProps('isDefault', { type: 'checkbox' })}
          />
          {error !== null && <Trouble error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {commonWords.cancel}
            </Button>
            <Button type="submit" loading={isBusy} disabled={newer !== null}>
              {route === null ? words.addDeed : commonWords.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
