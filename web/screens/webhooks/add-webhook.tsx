// Adding a webhook; then its secret, once.
import { Button, Group, Modal, Stack } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { useMe } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { useDeed } from '../../parts/deed.ts';
import { DialogFoot } from '../../parts/dialog-foot.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { commonWords } from '../../words/common.ts';
import { webhookWords } from '../../words/webhooks.ts';
import { useWebhookForm, WebhookFields, type WebhookValues } from './webhook-form.tsx';

type Made = Answer<'POST /webhooks'>;

export function AddWebhook({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const [made, setMade] = useState<Made | null>(null);
  const navigate = useNavigate();
  function close(): void {
    const id = made?.id;
    setMade(null);
    onClose();
    if (id !== undefined) void navigate({ to: '/webhooks/$id', params: { id } });
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={made === null ? webhookWords.add : webhookWords.createdTitle}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      closeOnClickOutside={false}
      closeOnEscape={made === null}
      size="lg"
    >
      {made === null ? (
        <AddForm onDone={setMade} onCancel={onClose} />
      ) : (
        <Stack>
          <ShownOnce label={webhookWords.secret} text={made.secret} what={webhookWords.secretWhat} />
          <Group justify="flex-end">
            <Button onClick={close}>{webhookWords.done}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function AddForm({ onDone, onCancel }: { readonly onDone: (made: Made) => void; readonly onCancel: () => void }) {
  const me = useMe();
  const home = me.grants.find(({ actions }) => actions.includes('webhook.change'))?.tenantId ?? me.tenantId;
  const form = useWebhookForm({ tenantId: home, url: '', description: '', events: ['user.failed'] });
  const adding = useDeed();
  const add = ({ tenantId, description, ...rest }: WebhookValues) =>
    adding.run(async () => {
      const body = { ...rest, description: description === '' ? null : description };
      const made = await call('POST /webhooks', { body: { ...body, ...(tenantId !== null && { tenantId }) } });
      await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
      onDone(made);
    }, form);
  return (
    <form onSubmit={form.onSubmit((values) => void add(values))}>
      <Stack>
        <WebhookFields form={form} withTenant />
        <DialogFoot error={adding.error} onCancel={onCancel} isBusy={adding.isBusy} deed={webhookWords.create} />
      </Stack>
    </form>
  );
}
