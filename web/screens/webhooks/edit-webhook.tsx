// Changing a webhook: address, description, events.
import { Modal, Stack } from '@mantine/core';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { queryClient } from '../../api/query.ts';
import { ChangedMeanwhile, currentOf } from '../../parts/changed-meanwhile.tsx';
import { useDeed } from '../../parts/deed.ts';
import { DialogFoot } from '../../parts/dialog-foot.tsx';
import { tell } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { webhookWords } from '../../words/webhooks.ts';
import { useWebhookForm, valuesOf, type Webhook, WebhookFields } from './webhook-form.tsx';

export function EditWebhook({ webhook, onClose }: { readonly webhook: Webhook; readonly onClose: () => void }) {
  const [base, setBase] = useState(webhook);
  const form = useWebhookForm(valuesOf(webhook));
  const saving = useDeed();
  const current = currentOf<Webhook>(saving.error);
  async function save(upon: Webhook): Promise<void> {
    const { url, events, description } = form.values;
    const body = { url, events, description: description === '' ? null : description };
    const { id } = webhook;
    if (!(await saving.run(() => call('PATCH /webhooks/{id}', { params: { id }, body, ifMatch: upon }), form))) return;
    tell(commonWords.saved);
    onClose();
    await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
  }
  function take(now: Webhook): void {
    setBase(now);
    form.setValues(valuesOf(now));
    saving.clear();
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={webhookWords.editTitle}
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
                { label: webhookWords.url, of: ({ url }) => url, mine: form.values.url },
                {
                  label: webhookWords.description,
                  of: ({ description }) => description ?? '',
                  mine: form.values.description,
                },
                { label: webhookWords.events, of: ({ events }) => events, mine: form.values.events },
              ]}
              onTake={() => take(current)}
              onOverwrite={() => void save(current)}
            />
          )}
          <WebhookFields form={form} withTenant={false} />
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
