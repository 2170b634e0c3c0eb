// How many requests one account, or one network that nobody signed in from, may send: a brake for programs that run wild.
// Counted per process, in memory; tries at passwords are counted elsewhere, over all processes (store/throttles.ts).
import type { Request, Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Actor } from './handlers.ts';
import { Problem } from './problem.ts';
import { networkOf } from './way-in.ts';

const WINDOW_SECONDS = 60;
const POLICIES = { account: 6000, anonymous: 1200 } as const;

export interface RateLimit {
  /** Says in the headers of the answer what is left. @throws Problem 429 */
  count(request: Request, response: Response, actor: Actor | null): Promise<void>;
}

export function createRateLimit(quotas: Readonly<Record<keyof typeof POLICIES, number>> = POLICIES): RateLimit {
  const limiterOf = (points: number) => new RateLimiterMemory({ points, duration: WINDOW_SECONDS });
  const limiters = { account: limiterOf(quotas.account), anonymous: limiterOf(quotas.anonymous) };
  return {
    async count(request, response, actor) {
      const policy = actor === null ? 'anonymous' : 'account';
      const key = actor === null ? networkOf(request.ip ?? '') : actor.account;
      const left = await limiters[policy].consume(key).catch((refused: unknown) => {
        if (refused instanceof RateLimiterRes) return refused;
        throw refused;
      });
      const seconds = Math.ceil(left.msBeforeNext / 1000);
      // draft-ietf-httpapi-ratelimit-headers
      response.set({
        'RateLimit-Policy': `"${policy}";q=${quotas[policy]};w=${WINDOW_SECONDS}`,
        RateLimit: `"${policy}";r=${left.remainingPoints};t=${seconds}`,
      });
      if (left.consumedPoints <= quotas[policy]) return;
      throw new Problem({
        status: 429,
        code: 'too-many-requests',
        detail: `More than ${quotas[policy]} requests in a minute. Go on in ${seconds} s.`,
        headers: { 'Retry-After': String(seconds) },
      });
    },
  };
}
