// The courier: sends what is due to its receivers, signed, through the outbound guard, and writes down how it went. One
// lane per webhook, so that a slow receiver holds up nobody else. Knows no SQL and no event.
import { type Called, type Caller, createCaller } from '../../fetchers/call.ts';
import type { FetchFailure } from '../../fetchers/fetcher.ts';
import type { Guard } from '../../fetchers/guard.ts';
import type { Resolve } from '../../fetchers/http.ts';
import type { Logger } from '../log.ts';
import { packageVersion } from '../package-root.ts';
import { type Database, isDatabaseGone } from '../store/database.ts';
import type { FeedSignal } from '../store/feed-signal.ts';
import type { KeyRing } from '../store/key-ring.ts';
import {
  type ClaimedDelivery,
  claimDeliveries,
  type DeliveryResult,
  findDueWebhooks,
  settleDeliveries,
} from '../store/webhook-deliveries.ts';
import { secretPlace } from '../store/webhooks.ts';
import { DEAD_AFTER_MS, DOWN_AFTER, pauseInMs, retryInMs } from './schedule.ts';
import { signatureOf } from './signature.ts';

/** Receivers side by side in one worker. */
const LANES = 16;
/** Of an answer: enough to see what went wrong. */
const ANSWER_BYTES = 1024;
const LOOK_MS = 1000;

export interface CourierTools {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly guard: Guard;
  readonly log: Logger;
  /** Touched when a receiver failed, came back, or was given up. */
  readonly feed: Pick<FeedSignal, 'touch'>;
  readonly now: () => number;
  readonly random: () => number;
  readonly resolve?: Resolve;
  /** One call, default 15 s. */
  readonly callMs?: number;
}

export interface Courier {
  /** Sends all that is due now, and what becomes due by it; returns when nothing is. */
  deliverDue(): Promise<void>;
  /** Calls under way are called off: they count as not sent. */
  stop(): Promise<void>;
}

export function createCourier(tools: CourierTools): Courier {
  const caller = createCaller({
    guard: tools.guard,
    answerBytes: ANSWER_BYTES,
    maxSockets: 16,
    ...(tools.resolve === undefined ? {} : { resolve: tools.resolve }),
    ...(tools.callMs === undefined ? {} : { callMs: tools.callMs }),
  });
  const lanes = new Map<string, Promise<void>>();
  let stopping = false;

  const lane = async (webhookId: string): Promise<void> => {
    while (!stopping) {
      const claimed = await claimDeliveries(tools.database, webhookId, tools.now(), DOWN_AFTER);
      if (claimed.length === 0) return;
      const results = await Promise.all(claimed.map((delivery) => deliver(delivery, caller, tools)));
      const sent = results.filter((result) => result !== null);
      if (sent.length === 0) return;
      await settleDeliveries(tools.database, {
        webhookId,
        results: sent,
        nowMs: tools.now(),
        down: DOWN_AFTER,
        pause: (failures) => pauseInMs(failures, tools.random()),
        deadAfterMs: DEAD_AFTER_MS,
      });
      if (sent.some(({ state }) => state !== 'delivered') || (claimed[0]?.failuresInARow ?? 0) > 0) tools.feed.touch();
    }
  };

  const deliverDue = async (): Promise<void> => {
    // One that broke is not begun again in this round: what it had taken is due again when its lease ends.
    const broken = new Set<string>();
    while (!stopping) {
      const due = (await findDueWebhooks(tools.database, tools.now())).filter(
        (id) => !lanes.has(id) && !broken.has(id),
      );
      for (const id of due.slice(0, LANES - lanes.size)) {
        const running = lane(id)
          .catch((error: unknown) => {
            broken.add(id);
            if (isDatabaseGone(error)) tools.log.warn({ webhook: id }, 'a webhook waits for the database');
            else tools.log.error({ err: error, webhook: id }, 'the deliveries of a webhook broke off');
          })
          .finally(() => lanes.delete(id));
        lanes.set(id, running);
      }
      if (lanes.size === 0) return;
      await Promise.race(lanes.values());
    }
  };

  return {
    deliverDue,
    async stop() {
      stopping = true;
      caller.close();
      await Promise.all(lanes.values());
    },
  };
}

/** Looks each second whether something is due, until stopped. */
export function startCourier(tools: Omit<CourierTools, 'now' | 'random'>): { stop(): Promise<void> } {
  const courier = createCourier({ ...tools, now: Date.now, random: Math.random });
  let stopped = false;
  let wake = () => {};
  const run = async () => {
    while (!stopped) {
      try {
        await courier.deliverDue();
      } catch (error) {
        if (isDatabaseGone(error)) tools.log.warn({ what: 'webhooks' }, 'the database cannot be asked; trying again');
        else tools.log.error({ err: error }, 'the courier missed a round');
      }
      if (stopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const running = run();
  return {
    async stop() {
      stopped = true;
      wake();
      await courier.stop();
      await running;
    },
  };
}

/** Null: called off, so nothing is known of it; it is due again when its lease ends. */
async function deliver(
  delivery: ClaimedDelivery,
  caller: Caller,
  { ring, now, random }: CourierTools,
): Promise<DeliveryResult | null> {
  const secret = ring.unseal(delivery.secretSealed, secretPlace(delivery.tenantId, delivery.webhookId));
  const began = performance.now();
  const result = await caller.call({
    method: 'POST',
    url: delivery.url,
    headers: {
      'content-type': 'application/json',
      'user-agent': `Provender-Webhooks/${packageVersion()}`,
      'provender-event': delivery.event,
      'provender-delivery': delivery.id,
      'provender-attempt': String(delivery.attempt),
      'provender-signature': signatureOf(secret, delivery.payload, now()),
    },
    body: delivery.payload,
  });
  if (result.kind === 'failure' && result.code === 'CANCELLED') return null;
  const error = errorOf(result);
  const dead = error !== null && now() - delivery.startedAtMs >= DEAD_AFTER_MS;
  return {
    id: delivery.id,
    attempt: delivery.attempt,
    state: error === null ? 'delivered' : dead ? 'dead' : 'pending',
    dueAtMs: error === null || dead ? null : now() + retryInMs(delivery.attempt, random()),
    responseStatus: result.kind === 'answered' ? result.status : null,
    responseMs: Math.round(performance.now() - began),
    error,
    answer: result.kind === 'answered' ? shown(result.bytes) : null,
  };
}

/** A code, as the feed and the list of deliveries show it. Redirects are not followed: they are no success. */
function errorOf(result: Called | FetchFailure): string | null {
  if (result.kind === 'failure') return result.code;
  return result.status >= 200 && result.status < 300 ? null : 'WEBHOOK_STATUS';
}

function shown(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('utf8')
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}
