/** Time that can also wake: the system's, or a virtual one in tests and simulations. */
import type { Clock } from '../../engine/ports.ts';

export interface WakingClock extends Clock {
  /** Calls `wake` once after `ms`, unless the returned function is called before. */
  after(ms: number, wake: () => void): () => void;
}

/**
 * A timer runs on a clock of its own, which stands still while a laptop sleeps and does not follow
 * when the date is set. So no timer is longer than this; whoever was woken looks at the date again.
 */
const longestMs = 60_000;

export const systemClock: WakingClock = {
  now: () => Date.now(),
  after(ms, wake) {
    const timer = setTimeout(wake, Math.min(Math.max(ms, 0), longestMs));
    return () => clearTimeout(timer);
  },
};
