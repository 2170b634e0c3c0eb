// A portal whose webhooks are sent: to a real receiver, by a courier that the test lets go.
import { type Courier, createCourier } from '../../src/webhooks/courier.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../test/help/webhook-receiver.ts';
import { openPortal, type Portal } from './portal.ts';

export interface WebhookPortal {
  readonly portal: Portal;
  readonly receiver: WebhookReceiver;
  readonly courier: Courier;
  close(): Promise<void>;
}

/** @param secret with which the receiver checks what comes */
export async function openWebhookPortal(secret: () => string): Promise<WebhookPortal> {
  const portal = await openPortal();
  const receiver = await startWebhookReceiver({ secret });
  const courier = createCourier({ ...portal.api.deps, now: Date.now, random: Math.random });
  return {
    portal,
    receiver,
    courier,
    async close() {
      await portal.close();
      await courier.stop();
      await receiver.close();
    },
  };
}
