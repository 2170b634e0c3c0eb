// How fast one PBX is asked: begins gently, gains while the answers stay quick, gives way when they do not. Pure but for
// the times that it is told.
import type { LearnedPace } from '../store/schema.ts';

/** A PBX that nobody knows yet. */
export const START: LearnedPace = { concurrent: 4, perSecond: 10, latencyMs: null };

/**
 * Beyond this the rate is no limit of ours any more: the concurrency is what holds. Reached only by a PBX that stayed
 * quick all the way.
 */
const MOST_PER_SECOND = 5000;
/** Latency that grows by less than this is noise (our own machine's load too), not a PBX in trouble. */
const LATENCY_NOISE_MS = 100;

export interface PaceLimits {
  readonly maxConcurrent: number;
  readonly maxPerSecond: number | null;
}

export class Pace {
  #concurrent: number;
  #perSecond: number;
  /** Mean latency of the quickest round so far: what "quick" means for this PBX. */
  #baselineMs: number | null;
  readonly #limits: PaceLimits;
  #tokens: number;
  #tokensAt: number;
  #answers = 0;
  #latencySumMs = 0;
  /** The last round was slow. One slow round is not believed; it only gains nothing. */
  #slowRound = false;
  /** Answers that still belong to requests sent before the last halving: they say nothing of the new pace. */
  #ignore = 0;
  /** Doubles while the PBX was never in trouble (as TCP does at start), then adds. */
  #slowStart = true;

  constructor(learned: LearnedPace | null, limits: PaceLimits, nowMs: number) {
    const from = learned ?? START;
    this.#limits = limits;
    this.#concurrent = clamp(from.concurrent, 1, limits.maxConcurrent);
    this.#perSecond = clamp(from.perSecond, 1, limits.maxPerSecond ?? MOST_PER_SECOND);
    this.#baselineMs = from.latencyMs;
    // A limit holds across slices too: the one before may just have used up its second.
    this.#tokens = limits.maxPerSecond === null ? Math.min(this.#concurrent, this.#perSecond) : 0;
    this.#tokensAt = nowMs;
  }

  get concurrent(): number {
    return this.#concurrent;
  }

  learned(): LearnedPace {
    return { concurrent: this.#concurrent, perSecond: this.#perSecond, latencyMs: this.#baselineMs };
  }

  /** 0: one may start now. Otherwise milliseconds until the rate allows it (the concurrency is the caller's to see). */
  waitMs(nowMs: number): number {
    const { burst, rate } = this.#bucket();
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#tokensAt) / 1000) * rate);
    this.#tokensAt = nowMs;
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / rate) * 1000);
  }

  /** Without a limit a whole round may start together. With one, no second may hold more: a burst slows what follows. */
  #bucket(): { readonly burst: number; readonly rate: number } {
    const { maxPerSecond } = this.#limits;
    if (maxPerSecond === null) {
      return { burst: Math.max(1, Math.min(this.#concurrent, this.#perSecond)), rate: this.#perSecond };
    }
    const burst = Math.max(1, Math.floor(maxPerSecond / 10));
    return { burst, rate: Math.min(this.#perSecond, maxPerSecond - burst + 1) };
  }

  started(): void {
    this.#tokens -= 1;
  }

  /** The PBX answered in this many milliseconds, whatever it said (404 is an answer). */
  answered(latencyMs: number): void {
    if (this.#ignore > 0) {
      this.#ignore -= 1;
      return;
    }
    this.#answers += 1;
    this.#latencySumMs += latencyMs;
    if (this.#answers < this.#concurrent) return;
    const mean = this.#latencySumMs / this.#answers;
    this.#answers = 0;
    this.#latencySumMs = 0;
    const baseline = this.#baselineMs;
    if (baseline !== null && mean > baseline * 2 && mean > baseline + LATENCY_NOISE_MS) {
      if (this.#slowRound) this.#halve();
      else this.#slowRound = true;
      return;
    }
    this.#slowRound = false;
    // The baseline follows a lasting change slowly, so that a PBX which moved house is not held back for ever.
    this.#baselineMs = baseline === null ? mean : Math.min(mean, baseline * 1.02);
    this.#concurrent = Math.min(
      this.#limits.maxConcurrent,
      this.#slowStart ? this.#concurrent * 2 : this.#concurrent + 1,
    );
    const faster = this.#slowStart ? this.#perSecond * 2 : Math.max(this.#perSecond + 10, this.#perSecond * 1.2);
    this.#perSecond = Math.min(this.#limits.maxPerSecond ?? MOST_PER_SECOND, faster);
  }

  /** 429, 503 or a time-out. Several at once count as one. */
  troubled(): void {
    if (this.#ignore > 0) {
      this.#ignore -= 1;
      return;
    }
    this.#halve();
  }

  #halve(): void {
    this.#ignore = this.#concurrent - 1;
    this.#slowStart = false;
    this.#slowRound = false;
    this.#concurrent = Math.max(1, Math.floor(this.#concurrent / 2));
    this.#perSecond = Math.max(1, this.#perSecond / 2);
    this.#answers = 0;
    this.#latencySumMs = 0;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
