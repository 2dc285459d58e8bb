/** Time that moves only when told to. Wakes what is due in the order of dates, then of asking. */
import type { Clock } from '../../engine/ports.ts';

export interface VirtualClock extends Clock {
  /** Calls `wake` once after `ms`, unless the returned function is called before. */
  after(ms: number, wake: () => void): () => void;
  /** Moves on by `ms`, waking at the right moments on the way. */
  advance(ms: number): void;
  /** Sets the date without waking anybody, as a person does. May go back. */
  set(now: number): void;
  /** When the next one wants to be woken. */
  next(): number | undefined;
}

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

export function virtualClock(start: number): VirtualClock {
  let now = start;
  const timers = new Set<Timer>();
  // A set keeps the order of asking, so the first of equal dates is the one asked for first.
  const earliest = (): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) if (first === undefined || timer.at < first.at) first = timer;
    return first;
  };
  return {
    now: () => now,
    after(ms, wake) {
      const timer = { at: now + Math.max(0, ms), wake };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const until = now + ms;
      for (let timer = earliest(); timer && timer.at <= until; timer = earliest()) {
        timers.delete(timer);
        now = Math.max(now, timer.at);
        timer.wake();
      }
      now = Math.max(now, until);
    },
    set(date) {
      now = date;
    },
    next: () => earliest()?.at,
  };
}
