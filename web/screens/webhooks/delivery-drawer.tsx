// One delivery: how it went, what is sent, what was answered, and the button that sends it again.
import { Code, Drawer, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Answer, call } from '../../api/client.ts';
import { queryClient, read } from '../../api/query.ts';
import { Ago } from '../../parts/ago.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { useDeed } from '../../parts/deed.ts';
import { Facts } from '../../parts/facts.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { Reason } from '../../parts/reason.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { tell } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { webhookWords } from '../../words/webhooks.ts';

export function DeliveryDrawer({
  webhookId,
  deliveryId,
  why,
  onClose,
}: {
  readonly webhookId: string;
  readonly deliveryId: string | null;
  readonly why: string | null;
  readonly onClose: () => void;
}) {
  return (
    <Drawer
      opened={deliveryId !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={webhookWords.delivery}
      closeButtonProps={{ 'aria-label': commonWords.close }}
    >
      {deliveryId !== null && <Loaded params={{ id: webhookId, deliveryId }} why={why} />}
    </Drawer>
  );
}

function Loaded({
  params,
  why,
}: {
  readonly params: { readonly id: string; readonly deliveryId: string };
  readonly why: string | null;
}) {
  const delivery = useQuery(read('GET /webhooks/{id}/deliveries/{deliveryId}', { params }));
  const sending = useDeed();
  const resend = () =>
    sending.run(async () => {
      await call('POST /webhooks/{id}/deliveries/{deliveryId}/resend', { params });
      tell(webhookWords.resent);
      await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
    });
  if (!delivery.data) {
    return delivery.error ? (
      <Trouble error={delivery.error} onRetry={() => void delivery.refetch()} />
    ) : (
      <Waiting lines={6} />
    );
  }
  const { state, responseStatus, responseMs, error, answer, body } = delivery.data;
  return (
    <Stack>
      <Facts facts={factsOf(delivery.data)} />
      {error !== null && (
        <div>
          <Title order={3} size="h6" mb={4}>
            {webhookWords.whyFailed}
          </Title>
          <Reason code={error} />
        </div>
      )}
      {sending.error !== null && <Trouble error={sending.error} />}
      <Group>
        <MayButton why={why} variant="default" loading={sending.isBusy} onClick={() => void resend()}>
          {webhookWords.resend}
        </MayButton>
      </Group>
      <Block title={webhookWords.request} text={pretty(body)} />
      {responseStatus !== null &&
        (answer ? (
          <Block
            title={`${webhookWords.response} (${webhookWords.answered(responseStatus, responseMs)})`}
            text={answer}
          />
        ) : (
          <Text size="sm" c="dimmed">
            {webhookWords.emptyAnswer}
          </Text>
        ))}
      {state === 'pending' && <Waiting lines={0} what={webhookWords.deliveryStates.pending.meaning} />}
    </Stack>
  );
}

function factsOf(delivery: Answer<'GET /webhooks/{id}/deliveries/{deliveryId}'>) {
  const { id, event, state, attempts, createdAt, lastAttemptAt, nextAttemptAt, responseStatus, responseMs } = delivery;
  return [
    [webhookWords.event, event === 'ping' ? webhookWords.ping : event],
    [webhookWords.state, <Dot key="state" {...webhookWords.deliveryStates[state]} />],
    [
      webhookWords.answer,
      responseStatus === null ? webhookWords.noAnswer : webhookWords.answered(responseStatus, responseMs),
    ],
    [webhookWords.attempts, attempts],
    [webhookWords.made, <Ago key="made" time={createdAt} />],
    [webhookWords.lastTry, <Ago key="last" time={lastAttemptAt} />],
    ...(nextAttemptAt === null ? [] : [[webhookWords.nextTry, <Ago key="next" time={nextAttemptAt} />] as const]),
    [webhookWords.id, <CopyText key="id" text={id} label={webhookWords.id} />],
  ] as const;
}

function Block({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div>
      <Title order={3} size="h6" mb={4}>
        {title}
      </Title>
      <Code
        block
        tabIndex={0}
        aria-label={title}
        mah={320}
        style={{ overflow: 'auto', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
      >
        {text}
      </Code>
    </div>
  );
}

/** As it is sent, with line breaks; what is no JSON as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
