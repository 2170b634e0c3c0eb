// What was sent to a webhook, and how it went. Read again while something is on its way.
import { SegmentedControl, Text } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { call, type ItemOf } from '../../api/client.ts';
import { queryClient } from '../../api/query.ts';
import { Ago } from '../../parts/ago.tsx';
import { useCursorList } from '../../parts/cursor-list.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { Section } from '../../parts/section.tsx';
import { Empty } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { sayReason } from '../../words/reasons.ts';
import { webhookWords } from '../../words/webhooks.ts';
import { DeliveryDrawer } from './delivery-drawer.tsx';
import type { Webhook } from './webhook-form.tsx';

type Delivery = ItemOf<'GET /webhooks/{id}/deliveries'>;
const STATES = ['pending', 'delivered', 'dead'] as const;
/** So often while one waits that is due soon. */
const LOOK_MS = 2_000;
const SOON_MS = 60_000;

const isSoon = ({ state, nextAttemptAt }: Delivery): boolean =>
  state === 'pending' && (nextAttemptAt === null || Date.parse(nextAttemptAt) - Date.now() < SOON_MS);

export function Deliveries({
  webhook: { id, enabled },
  why,
}: {
  readonly webhook: Webhook;
  readonly why: string | null;
}) {
  const search = useSearch({ from: '/shell/webhooks/$id' });
  const navigate = useNavigate();
  const go = (changes: typeof search) =>
    void navigate({ to: '/webhooks/$id', params: { id }, search: { ...search, ...changes }, replace: true });
  const state = STATES.find((one) => one === search.state);
  const list = useCursorList(
    'GET /webhooks/{id}/deliveries',
    useMemo(() => ({ params: { id }, query: { ...(state && { state }) } }), [id, state]),
  );
  const coming = enabled ? list.items.filter(isSoon).map((delivery) => delivery.id) : [];
  useLook(coming.join(' '), list.refresh);
  async function resendDead(): Promise<void> {
    try {
      const { count } = await call('POST /webhooks/{id}/resend', { params: { id }, body: {} });
      tell(webhookWords.resentDead(count));
    } catch (error) {
      tellProblem(error);
    }
    await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
  }
  const columns: readonly Column<Delivery>[] = [
    {
      id: 'event',
      header: webhookWords.event,
      width: 190,
      cell: ({ event }) => (event === 'ping' ? webhookWords.ping : event),
    },
    {
      id: 'state',
      header: webhookWords.state,
      width: 120,
      cell: (delivery) => <Dot {...webhookWords.deliveryStates[delivery.state]} />,
    },
    {
      id: 'answer',
      header: webhookWords.answer,
      width: 230,
      cell: ({ responseStatus, responseMs, error, attempts }) => (
        <Text size="sm" truncate {...(error !== null && { c: 'var(--mantine-color-error)' })}>
          {responseStatus !== null
            ? webhookWords.answered(responseStatus, responseMs)
            : error !== null
              ? (sayReason(error)?.title ?? error)
              : attempts === 0
                ? ''
                : webhookWords.noAnswer}
        </Text>
      ),
    },
    { id: 'attempts', header: webhookWords.attempts, width: 70, cell: ({ attempts }) => attempts },
    { id: 'made', header: webhookWords.made, width: 110, cell: ({ createdAt }) => <Ago time={createdAt} /> },
    {
      id: 'next',
      header: webhookWords.nextTry,
      width: 110,
      cell: ({ nextAttemptAt }) => <Ago time={nextAttemptAt} never="" />,
    },
  ];
  return (
    <Section
      title={webhookWords.deliveries}
      about={webhookWords.deliveriesWhy}
      actions={
        <MayButton why={why} size="xs" variant="default" onClick={() => void resendDead()}>
          {webhookWords.resendDead}
        </MayButton>
      }
    >
      <SegmentedControl
        size="xs"
        w="fit-content"
        maw="100%"
        aria-label={webhookWords.filterState}
        value={state ?? ''}
        onChange={(value) => go({ state: value === '' ? undefined : value })}
        data={[
          { value: '', label: webhookWords.allStates },
          ...STATES.map((value) => ({ value, label: webhookWords.deliveryStates[value].word })),
        ]}
      />
      <DataTable
        label={webhookWords.deliveries}
        columns={columns}
        rows={list}
        rowId={(delivery) => delivery.id}
        rowName={({ event }) => event}
        onOpen={(delivery) => go({ entry: delivery.id })}
        height="max(300px, calc(100dvh - 460px))"
        empty={
          state === undefined ? (
            <Empty title={webhookWords.noDeliveries}>{webhookWords.noDeliveriesWhat}</Empty>
          ) : (
            <Empty title={webhookWords.noneOfThese} />
          )
        }
      />
      <DeliveryDrawer
        webhookId={id}
        deliveryId={search.entry ?? null}
        why={why}
        onClose={() => go({ entry: undefined })}
      />
    </Section>
  );
}

/** @param coming ids, in one text: the same ones are no news */
function useLook(coming: string, refresh: (ids: ReadonlySet<string>) => Promise<void>): void {
  useEffect(() => {
    if (coming === '') return;
    // A try that fails is made again: nothing is said of it.
    const timer = setInterval(() => void refresh(new Set(coming.split(' '))).catch(() => undefined), LOOK_MS);
    return () => clearInterval(timer);
  }, [coming, refresh]);
}
