// One webhook: what it is, what can be done to it, and its deliveries.
import { ActionIcon, Menu, Space } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { keyOf, queryClient, read } from '../../api/query.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Facts } from '../../parts/facts.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { OnlyFor } from '../../parts/not-allowed.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { useTenants } from '../../parts/tenants.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { webhookWords } from '../../words/webhooks.ts';
import { Deliveries } from './deliveries.tsx';
import { EditWebhook } from './edit-webhook.tsx';
import { NewSecret } from './new-secret.tsx';
import type { Webhook } from './webhook-form.tsx';
import { WebhookState } from './webhook-state.tsx';

export function WebhookScreen() {
  return (
    <OnlyFor action="webhook.read" title={webhookWords.title}>
      <Loaded />
    </OnlyFor>
  );
}

const TRAIL = [[webhookWords.title, '/webhooks']] as const;

function Loaded() {
  const { id } = useParams({ from: '/shell/webhooks/$id' });
  const webhook = useQuery(read('GET /webhooks/{id}', { params: { id } }));
  if (webhook.data) return <Page webhook={webhook.data} />;
  return (
    <>
      <PageHead title={webhookWords.title} trail={TRAIL} />
      {webhook.error ? <Trouble error={webhook.error} onRetry={() => void webhook.refetch()} /> : <Waiting />}
    </>
  );
}

function Page({ webhook }: { readonly webhook: Webhook }) {
  const { id, tenantId, enabled } = webhook;
  const navigate = useNavigate();
  const { nameOf } = useTenants();
  const { why } = useMay('webhook.change', { tenantId });
  const [open, setOpen] = useState<'edit' | 'rotate' | 'delete' | null>(null);
  const close = () => setOpen(null);
  async function doThis(deed: () => Promise<unknown>, said: string): Promise<void> {
    try {
      await deed();
      tell(said);
    } catch (error) {
      tellProblem(error);
    }
    await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
  }
  const test = () => doThis(() => call('POST /webhooks/{id}/ping', { params: { id } }), webhookWords.tested);
  const toggle = () =>
    doThis(
      () => call('PATCH /webhooks/{id}', { params: { id }, body: { enabled: !enabled }, ifMatch: webhook }),
      enabled ? webhookWords.paused : webhookWords.resumed,
    );
  async function remove(): Promise<void> {
    await call('DELETE /webhooks/{id}', { params: { id }, ifMatch: webhook });
    tell(webhookWords.removed);
    await navigate({ to: '/webhooks' });
    queryClient.removeQueries({ queryKey: keyOf('GET /webhooks/{id}', { params: { id } }) });
    await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
  }
  return (
    <>
      <PageHead
        title={new URL(webhook.url).host}
        about={webhook.description}
        trail={TRAIL}
        actions={
          <>
            <MayButton why={why} onClick={() => void test()}>
              {webhookWords.test}
            </MayButton>
            <MayButton why={why} variant="default" onClick={() => void toggle()}>
              {enabled ? webhookWords.pause : webhookWords.resume}
            </MayButton>
            <MayButton why={why} variant="default" onClick={() => setOpen('edit')}>
              {webhookWords.edit}
            </MayButton>
            {why === null && (
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon variant="default" size="input-sm" aria-label={webhookWords.more}>
                    <IconDots size={16} />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item onClick={() => setOpen('rotate')}>{webhookWords.rotate}</Menu.Item>
                  <Menu.Item onClick={() => setOpen('delete')}>{webhookWords.remove}</Menu.Item>
                </Menu.Dropdown>
              </Menu>
            )}
          </>
        }
      />
      <Facts
        facts={[
          [
            webhookWords.url,
            <span key="url" className="mono">
              {webhook.url}
            </span>,
          ],
          // No bar besides, which would push the deliveries down while one points at them.
          [webhookWords.state, <WebhookState key="state" webhook={webhook} />],
          [webhookWords.tenant, nameOf(tenantId)],
          [webhookWords.events, webhook.events.join(', ')],
        ]}
      />
      <Space h="lg" />
      <Deliveries webhook={webhook} why={why} />
      {open === 'edit' && <EditWebhook webhook={webhook} onClose={close} />}
      <NewSecret opened={open === 'rotate'} id={id} onClose={close} />
      <Confirm
        opened={open === 'delete'}
        onClose={close}
        title={webhookWords.removeTitle}
        deed={webhookWords.remove}
        typed={new URL(webhook.url).host}
        danger
        onConfirm={remove}
      >
        {webhookWords.removeWhat}
      </Confirm>
    </>
  );
}
