import { describe, expect, test } from 'vitest';
import type { LearnedPace } from '../../src/store/schema.ts';
import { Pace } from '../../src/sync/pace.ts';

const LIMITS = { maxConcurrent: 32, maxPerSecond: null };

/** Answers one round: as many as may run at once. */
function round(pace: Pace, latencyMs: number): void {
  for (let i = pace.concurrent; i > 0; i -= 1) pace.answered(latencyMs);
}

describe('the pace of one PBX', () => {
  test('begins with 4 at once and 10 a second, and allows no more than the rate', () => {
    const pace = new Pace(null, LIMITS, 0);
    expect(pace.learned()).toMatchObject({ concurrent: 4, perSecond: 10 });
    let started = 0;
    for (let ms = 0; ms <= 1000; ms += 1) {
      while (pace.waitMs(ms) === 0) {
        pace.started();
        started += 1;
      }
    }
    // A burst of four, then ten in the second.
    expect(started).toBe(14);
  });

  test.each([1, 2, 10, 37, 100, 1000])(
    'a limit of %i a second holds in every second, also over the ends of slices',
    (maxPerSecond) => {
      const starts: number[] = [];
      let learned: LearnedPace = { concurrent: 32, perSecond: 5000, latencyMs: 1 };
      for (let slice = 0; slice < 4; slice += 1) {
        const from = slice * 1700;
        const pace = new Pace(learned, { maxConcurrent: 32, maxPerSecond }, from);
        // Timers are late now and then: what was missed may not be caught up all at once.
        for (let ms = from; ms < from + 1700; ms += ms % 7 === 0 ? 23 : 1) {
          while (pace.waitMs(ms) === 0) {
            pace.started();
            starts.push(ms);
          }
        }
        learned = { ...learned, ...pace.learned() };
      }
      for (const from of starts) {
        expect(starts.filter((ms) => ms >= from && ms < from + 1000).length).toBeLessThanOrEqual(maxPerSecond);
      }
      expect(starts.length).toBeGreaterThan(maxPerSecond * 6.8 * 0.5 - 1);
    },
  );

  test('gains while the answers stay quick, up to its ceiling', () => {
    const pace = new Pace(null, LIMITS, 0);
    for (let i = 0; i < 10; i += 1) round(pace, 20);
    expect(pace.concurrent).toBe(32);
    const low = new Pace(null, { maxConcurrent: 6, maxPerSecond: 15 }, 0);
    for (let i = 0; i < 10; i += 1) round(low, 20);
    expect(low.learned()).toMatchObject({ concurrent: 6, perSecond: 15 });
  });

  test('is halved by trouble, once for answers that come together', () => {
    const pace = new Pace({ concurrent: 16, perSecond: 80, latencyMs: 20 }, LIMITS, 0);
    for (let i = 0; i < 10; i += 1) pace.troubled();
    expect(pace.learned()).toMatchObject({ concurrent: 8, perSecond: 40 });
    for (let i = 0; i < 100; i += 1) pace.troubled();
    expect(pace.concurrent).toBe(1);
    expect(pace.learned().perSecond).toBeGreaterThanOrEqual(1);
  });

  test('is halved when the latency doubles, and does not take noise for it', () => {
    const noisy = new Pace({ concurrent: 8, perSecond: 80, latencyMs: 2 }, LIMITS, 0);
    round(noisy, 90);
    expect(noisy.concurrent).toBe(16);
    const slow = new Pace({ concurrent: 8, perSecond: 80, latencyMs: 150 }, LIMITS, 0);
    round(slow, 310);
    expect(slow.concurrent).toBe(8);
    round(slow, 310);
    expect(slow.concurrent).toBe(4);
  });

  test('after trouble it gains one at a time, and what it bore is remembered', () => {
    const pace = new Pace({ concurrent: 16, perSecond: 80, latencyMs: 20 }, LIMITS, 0);
    pace.troubled();
    for (let i = 0; i < 15; i += 1) pace.answered(20);
    round(pace, 20);
    expect(pace.concurrent).toBe(9);
    const again = new Pace(pace.learned(), LIMITS, 0);
    expect(again.concurrent).toBe(9);
  });
});
