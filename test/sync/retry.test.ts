import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextResync, RETRY_AFTER_MOST_SECONDS, retryDelay, TRANSIENT_MOST_SECONDS } from '../../src/sync/retry.ts';

const absence = (attempt: number) => retryDelay({ code: 'HTTP_404', retryClass: 'absence', attempt, random: 0.5 });

describe('retry delays', () => {
  test('an absent MAC is asked for every 30 s ten times, every 5 min twelve times, then hourly', () => {
    expect(absence(1)).toBe(30);
    expect(absence(10)).toBe(30);
    expect(absence(11)).toBe(300);
    expect(absence(22)).toBe(300);
    expect(absence(23)).toBe(3600);
    expect(absence(170)).toBe(3600);
  });

  test('a transient failure waits 5 s to 15 min and never less than Retry-After', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
        (attempt, random, retryAfterSeconds) => {
          const delay = retryDelay({ code: 'HTTP_5XX', retryClass: 'transient', attempt, random, retryAfterSeconds });
          const asked = Math.min(retryAfterSeconds ?? 0, RETRY_AFTER_MOST_SECONDS);
          expect(delay).toBeGreaterThanOrEqual(Math.max(5, asked));
          expect(delay).toBeLessThanOrEqual(Math.max(TRANSIENT_MOST_SECONDS, asked + 5));
        },
      ),
    );
  });

  test('a scale shortens our own delays, and never what the server asked for', () => {
    const scaled = { retryClass: 'transient', attempt: 1, random: 0, scale: 0.01 } as const;
    expect(retryDelay({ code: 'HTTP_5XX', ...scaled })).toBe(0.05);
    expect(retryDelay({ code: 'HTTP_5XX', ...scaled, retryAfterSeconds: 2 })).toBe(2);
    expect(retryDelay({ code: 'HTTP_404', retryClass: 'absence', attempt: 23, random: 0, scale: 0.01 })).toBe(36);
  });

  test('a doubt is asked again soon, in the end three times a day', () => {
    const doubt = (attempt: number) => retryDelay({ code: 'BODY_HTML', retryClass: 'doubt', attempt, random: 0 });
    expect([1, 2, 3, 4, 5, 50].map(doubt)).toEqual([15, 120, 600, 3600, 28_800, 28_800]);
  });

  test('what only a person can mend is not asked again by itself', () => {
    for (const code of ['HTTP_401', 'ABSENT', 'TARGET_REFUSED'] as const) {
      expect(retryDelay({ code, retryClass: 'human', attempt: 1, random: 0.5 })).toBeNull();
    }
  });

  test('a certificate that only a person can mend is probed every six hours: they may do so at the PBX', () => {
    for (const attempt of [1, 2, 100]) {
      expect(retryDelay({ code: 'TLS_EXPIRED', retryClass: 'human', attempt, random: 0.9 })).toBe(21_600);
    }
  });
});

describe('the re-sync schedule', () => {
  test('comes once per interval, between a half and one and a half intervals away, at a moment that the device fixes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 168 }),
        fc.nat(),
        fc.integer({ min: 0, max: 2_000_000_000_000 }),
        (hours, spread, now) => {
          const interval = hours * 3_600_000;
          const next = nextResync(now, hours, spread);
          expect(next - now).toBeGreaterThanOrEqual(interval / 2);
          expect(next - now).toBeLessThanOrEqual(interval * 1.5);
          expect(nextResync(next, hours, spread)).toBe(next + interval);
        },
      ),
    );
  });

  test('spreads devices over the interval', () => {
    const quarters = [0, 0, 0, 0];
    for (let spread = 0; spread < 1_000_000; spread += 977) {
      const moment = nextResync(0, 24, spread) % 86_400_000;
      const quarter = Math.floor(moment / 21_600_000);
      quarters[quarter] = (quarters[quarter] ?? 0) + 1;
    }
    for (const count of quarters) expect(count).toBeGreaterThan(200);
  });
});
