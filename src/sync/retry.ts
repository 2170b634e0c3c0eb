// When to ask again. Pure: attempt, class and a random number in, seconds out.
import { REASONS, type ReasonCode, type RetryClass } from './outcome.ts';

export const TRANSIENT_FIRST_SECONDS = 5;
export const TRANSIENT_MOST_SECONDS = 15 * 60;
export const ABSENCE_DAYS = 7;
export const PROBE_SECONDS = 6 * 3600;
/** Retry-After beyond this is not obeyed: a broken clock at the PBX must not stop its users for weeks. */
export const RETRY_AFTER_MOST_SECONDS = 6 * 3600;

export interface RetryQuestion {
  readonly code: ReasonCode;
  readonly retryClass: RetryClass;
  /** Tries of this class since the last success or Sync, this one included: 1, 2, ... */
  readonly attempt: number;
  readonly retryAfterSeconds?: number | undefined;
  /** 0 <= random < 1. */
  readonly random: number;
  /** Our own delays are multiplied by it, default 1; what the server asked for is not. */
  readonly scale?: number | undefined;
}

/** Seconds until the next try, or null: not by itself. */
export function retryDelay(question: RetryQuestion): number | null {
  const { code, retryClass, attempt, random, scale = 1 } = question;
  const asked = Math.min(question.retryAfterSeconds ?? 0, RETRY_AFTER_MOST_SECONDS);
  switch (retryClass) {
    case 'none':
      return null;
    case 'human':
      return isProbed(code) ? scale * PROBE_SECONDS : null;
    case 'transient': {
      // Full jitter between the first delay and the doubled ceiling, so that users of a PBX that came back spread out.
      const ceiling = Math.min(TRANSIENT_MOST_SECONDS, TRANSIENT_FIRST_SECONDS * 2 ** Math.min(attempt, 20));
      const delay = scale * (TRANSIENT_FIRST_SECONDS + random * (ceiling - TRANSIENT_FIRST_SECONDS));
      return Math.max(delay, asked + random * scale * TRANSIENT_FIRST_SECONDS * (asked > 0 ? 1 : 0));
    }
    case 'absence':
      if (attempt <= 10) return Math.max(scale * 30, asked);
      if (attempt <= 22) return Math.max(scale * 5 * 60, asked);
      return Math.max(scale * 3600, asked);
    case 'doubt': {
      const steps = [15, 120, 600, 3600];
      return scale * (steps[attempt - 1] ?? 8 * 3600) * (1 + random / 4);
    }
  }
}

/**
 * Only a person can mend it, but maybe one at the PBX, who does not know of us: a certificate that was renewed there is
 * to be noticed. Asking again costs a handshake and can lock no account.
 */
export function isProbed(code: ReasonCode): boolean {
  return code.startsWith('TLS_');
}

/** The class that the table gives this code. A caller may know better (401 of an unknown MAC is an absence). */
export function retryClassOf(code: ReasonCode): RetryClass {
  return REASONS[code].retry;
}

/**
 * Milliseconds since the epoch of the next scheduled re-sync: once per interval, at a moment of it that `spread`
 * (any stable number) fixes, at least half an interval away.
 */
export function nextResync(nowMs: number, intervalHours: number, spread: number): number {
  const interval = intervalHours * 3_600_000;
  const offset = Math.floor((((spread % 1_000_003) + 1_000_003) % 1_000_003) * (interval / 1_000_003));
  const earliest = nowMs + interval / 2;
  return Math.ceil((earliest - offset) / interval) * interval + offset;
}
