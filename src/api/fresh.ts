// What may be done only shortly after a sign-in, or after the password was given again: whoever finds a screen unlocked
// gets no further.
import type { Actor } from './handlers.ts';
import { Problem } from './problem.ts';

/** @throws Problem 403 */
export function requireFresh(actor: Actor): void {
  if (actor.freshUntil !== null && actor.freshUntil.getTime() > Date.now()) return;
  throw new Problem({
    status: 403,
    code: 'not-fresh',
    detail:
      'Give your password again (POST /me/confirm), or sign in again: this needs a sign-in of the last 10 minutes.',
  });
}
