// Whether a key still works.
import type { ItemOf } from '../../api/client.ts';
import { Dot } from '../../parts/status-chip.tsx';
import { apiKeyWords } from '../../words/api-keys.ts';

export type ApiKey = ItemOf<'GET /api-keys'>;

export function KeyState({ apiKey: { revokedAt, expiresAt } }: { readonly apiKey: ApiKey }) {
  if (revokedAt !== null) return <Dot word={apiKeyWords.states.revoked} dot="--dot-off" />;
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) {
    return <Dot word={apiKeyWords.states.expired} dot="--dot-off" />;
  }
  return <Dot word={apiKeyWords.states.active} dot="--dot-ok" />;
}
