// When a delivery is tried again, and when it is given up. Pure: attempt and a random number in, milliseconds out.

const FIRST_MS = 10_000;
const MOST_MS = 3_600_000;
/** A delivery that fails this long is dead. */
export const DEAD_AFTER_MS = 3 * 24 * 3_600_000;

/** Failures in a row after which a receiver counts as down: one delivery probes it, the others wait. */
export const DOWN_AFTER = 5;
const PROBE_FIRST_MS = 15_000;
const PROBE_MOST_MS = 10 * 60_000;

/**
 * Full jitter: anything up to a ceiling that doubles, so that a receiver that comes back is not met by all at once.
 * @param attempt tries so far, from 1
 * @param random 0 <= random < 1
 */
export function retryInMs(attempt: number, random: number): number {
  return Math.round(1000 + random * Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(20, attempt - 1)));
}

/** How long a receiver that is down is left alone; null: it does not count as down. */
export function pauseInMs(failuresInARow: number, random: number): number | null {
  if (failuresInARow < DOWN_AFTER) return null;
  return Math.round(
    1000 + random * Math.min(PROBE_MOST_MS, PROBE_FIRST_MS * 2 ** Math.min(20, failuresInARow - DOWN_AFTER)),
  );
}
