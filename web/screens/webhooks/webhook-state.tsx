// Whether a webhook works.
import { Dot } from '../../parts/status-chip.tsx';
import { webhookWords } from '../../words/webhooks.ts';
import type { Webhook } from './webhook-form.tsx';

export function WebhookState({ webhook }: { readonly webhook: Webhook }) {
  if (!webhook.enabled) return <Dot {...webhookWords.states.paused} />;
  if (webhook.failingSince !== null) return <Dot {...webhookWords.states.failing} since={webhook.failingSince} />;
  return <Dot {...webhookWords.states.on} />;
}
