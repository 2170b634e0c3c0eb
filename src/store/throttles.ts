// How often somebody may try: counted in PostgreSQL, so that it holds over all processes. It slows, and never locks for
// ever: whoever waits long enough may try once more.
import { createHash } from 'node:crypto';
import { BurstyRateLimiter, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Database } from './database.ts';

/** What is tried. Tries of one kind and key count together. */
export type ThrottleKind = 'account' | 'address' | 'secondFactor' | 'mail' | 'page';

interface Pace {
  /** So many at once, the last of them at the slow pace already ... */
  readonly burst: number;
  /** ... then one in so many seconds. */
  readonly seconds: number;
}

const PACES: Readonly<Record<ThrottleKind, Pace>> = {
  account: { burst: 5, seconds: 30 },
  address: { burst: 20, seconds: 10 },
  secondFactor: { burst: 5, seconds: 30 },
  /** Mails that anybody may ask for. */
  mail: { burst: 3, seconds: 300 },
  /** Pages behind a link, which their readers load anew: apart from `address`, so that nobody's sign-in waits for it. */
  page: { burst: 60, seconds: 5 },
};

/** After so long a burst is free again. */
const BURST_SECONDS = 15 * 60;

export type Attempt = { readonly ok: true } | { readonly ok: false; readonly retryAfterSeconds: number };

export interface Throttles {
  /** Counts a try. Ask before the work is done: of many at once only as many get through as may. */
  attempt(kind: ThrottleKind, key: string): Promise<Attempt>;
  /** It was the right one: earlier tries count no more. */
  forgive(kind: ThrottleKind, key: string): Promise<void>;
}

/** People type passwords into the field for the address: it is not stored as it was typed. */
function hashed(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

export function createThrottles({ sql }: Database): Throttles {
  const storeClient = {
    query: async ({ text, values }: { text: string; values: never[] }) => {
      const rows = await sql.unsafe(text, values, { prepare: true });
      return { rows, rowCount: rows.count };
    },
  };
  const limiter = (keyPrefix: string, points: number, duration: number) =>
    new RateLimiterPostgres({
      storeClient,
      storeType: 'pool',
      tableName: 'throttles',
      tableCreated: true,
      // Housekeeping does it.
      clearExpiredByTimeout: false,
      keyPrefix,
      points,
      duration,
    });
  const limiters = (kind: ThrottleKind) => {
    const { burst, seconds } = PACES[kind];
    const at = limiter(kind, burst - 1, BURST_SECONDS);
    const slow = limiter(`${kind}-slow`, 1, seconds);
    return { at, slow, both: new BurstyRateLimiter(at, slow) };
  };
  const made = {
    account: limiters('account'),
    address: limiters('address'),
    secondFactor: limiters('secondFactor'),
    mail: limiters('mail'),
    page: limiters('page'),
  };
  return {
    async attempt(kind, key) {
      try {
        await made[kind].both.consume(hashed(key));
        return { ok: true };
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return { ok: false, retryAfterSeconds: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)) };
      }
    },
    async forgive(kind, key) {
      await Promise.all([made[kind].at.delete(hashed(key)), made[kind].slow.delete(hashed(key))]);
    },
  };
}
