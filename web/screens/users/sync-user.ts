// Asking for a sync of one user, with or without accepting a doubt once.
import { useState } from 'react';
import { type Body, call } from '../../api/client.ts';
import { queryClient } from '../../api/query.ts';
import { tell, tellProblem } from '../../parts/toast.ts';
import { nameOf, userWords } from '../../words/users.ts';
import type { OneUser } from './user.tsx';

export type Doubt = NonNullable<NonNullable<Body<'POST /users/{id}/sync'>>['accept']>;

const DOUBTS: Readonly<Record<Doubt, true>> = { MAC_MISMATCH: true, AOR_CONFLICT: true, CREDENTIAL_PLACEHOLDER: true };

/** Null: nothing that a person could accept. */
export const doubtOf = (code: string | null): Doubt | null =>
  code !== null && Object.hasOwn(DOUBTS, code) ? (code as Doubt) : null;

export function useSyncUser(user: Pick<OneUser, 'id' | 'name' | 'teamsUserId' | 'sipUserId' | 'mac'>) {
  const [isBusy, setBusy] = useState(false);
  async function sync(accept?: Doubt): Promise<void> {
    setBusy(true);
    try {
      const { requested } = await call('POST /users/{id}/sync', {
        params: { id: user.id },
        ...(accept && { body: { accept } }),
      });
      tell(requested > 0 ? userWords.syncAsked(nameOf(user)) : userWords.notAsked(nameOf(user)));
      await queryClient.invalidateQueries({ queryKey: ['users', 'GET /users/{id}', { params: { id: user.id } }] });
    } catch (error) {
      tellProblem(error);
    } finally {
      setBusy(false);
    }
  }
  return { sync, isBusy };
}
