/** Chance that repeats itself: the same seed gives the same numbers (mulberry32). */
import type { Random } from '../../engine/ports.ts';

export interface SeededRandom extends Random {
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A whole number in [0, below). */
  below(limit: number): number;
}

export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    chance: (probability) => next() < probability,
    below: (limit) => Math.floor(next() * limit),
  };
}
