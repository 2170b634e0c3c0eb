// What was sent to a webhook, and how it went, as it goes.
import { SegmentedControl, Text } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useRef } from 'react';
import { call, type ItemOf, pathOf } from '../../api/client.ts';
import { queryClient } from '../../api/query.ts';
import { Topic, useOwnRows, useRows } from '../../live/topic.ts';
import { Ago } from '../../parts/ago.tsx';
import { useCursorList } from '../../parts/cursor-list.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { News } from '../../parts/news.tsx';
import { LOOK, useNews } from '../../parts/news-list.ts';
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
/** The stream of one webhook, and the hook that follows it. */
function followed(id: string) {
  const url = pathOf('GET /webhooks/{id}/deliveries/stream', { params: { id } });
  const topic = new Topic<Delivery>({ url, name: 'delivery' });
  return { topic, listen: (listener: (rows: readonly Delivery[]) => void) => useOwnRows(topic, listener) };
}

export function Deliveries({ webhook: { id }, why }: { readonly webhook: Webhook; readonly why: string | null }) {
  const search = useSearch({ from: '/shell/webhooks/$id' });
  const navigate = useNavigate();
  const go = (changes: typeof search) =>
    void navigate({ to: '/webhooks/$id', params: { id }, search: { ...search, ...changes }, replace: true });
  const state = STATES.find((one) => one === search.state);
  const list = useCursorList(
    'GET /webhooks/{id}/deliveries',
    useMemo(() => ({ params: { id }, query: { ...(state && { state }) } }), [id, state]),
  );
  const { topic, listen } = useMemo(() => followed(id), [id]);
  const live = useNews(list, {
    listen,
    belongs: (delivery) => state === undefined || delivery.state === state,
    look: async () =>
      (
        await call('GET /webhooks/{id}/deliveries', {
          params: { id },
          query: { ...(state && { state }), limit: LOOK },
        })
      ).items,
    changes: true,
  });
  const seen = useRef<readonly Delivery[]>([]);
  useRows(topic, (rows) => {
    // Without a stream: what is in sight may have changed, wherever it stands. What fails is tried again.
    if (rows.length === 0) list.refresh(new Set(seen.current.map((one) => one.id))).catch(() => undefined);
    // The webhook itself, and the delivery that is opened.
    void queryClient.invalidateQueries({
      predicate: ({ queryKey: [noun, , parts] }) =>
        noun === 'webhooks' &&
        (parts as { params?: { id?: string }; list?: true })?.params?.id === id &&
        !('list' in (parts as object)),
    });
  });
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
      <News list={live} isOpen={search.entry !== undefined}>
        <DataTable
          label={webhookWords.deliveries}
          columns={columns}
          rows={live.rows}
          rowId={(delivery) => delivery.id}
          rowName={({ event }) => event}
          onOpen={(delivery) => go({ entry: delivery.id })}
          onSeen={(rows) => {
            seen.current = rows;
          }}
          height="max(300px, calc(100dvh - 460px))"
          empty={
            state === undefined ? (
              <Empty title={webhookWords.noDeliveries}>{webhookWords.noDeliveriesWhat}</Empty>
            ) : (
              <Empty title={webhookWords.noneOfThese} />
            )
          }
        />
      </News>
      <DeliveryDrawer
        webhookId={id}
        deliveryId={search.entry ?? null}
        why={why}
        onClose={() => go({ entry: undefined })}
      />
    </Section>
  );
}
