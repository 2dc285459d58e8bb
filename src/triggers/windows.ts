/**
 * The window that a moment falls into, by arithmetic alone. Moments are what the clock on the wall of
 * the window's time zone shows, in milliseconds as if it stood in UTC: a day on which the clock is
 * changed is one day like any other.
 */
import type { Window } from '../engine/trigger.ts';

export interface Span {
  /** Equal for all moments of one window, and different for any other. */
  readonly name: string;
  readonly start: number;
  /** The first moment after it. */
  readonly end: number;
}

export type AlignedWindow = Exclude<Window, { type: 'lookback' }>;

export const dayMs = 86_400_000;

/** Undefined: the moment is in no window, so nothing that happens then counts. */
export function windowAt(window: AlignedWindow, at: number): Span | undefined {
  const midnight = Math.floor(at / dayMs) * dayMs;
  switch (window.type) {
    case 'every':
      return everyAt(window, at);
    case 'deadline': {
      const end = midnight + window.timeMs;
      return at < end ? spanOf(midnight, end) : undefined;
    }
    case 'between': {
      const { fromMs, toMs } = window;
      const length = toMs > fromMs ? toMs - fromMs : toMs - fromMs + dayMs;
      const starts = [midnight + fromMs, midnight + fromMs - dayMs];
      const start = starts.find((one) => one <= at && at < one + length);
      return start === undefined ? undefined : spanOf(start, start + length);
    }
  }
}

/**
 * Windows of less than a day start anew at each midnight, so the last one of a day may be cut short;
 * longer ones are counted from the epoch.
 */
function everyAt({ everyMs, offsetMs }: Extract<Window, { type: 'every' }>, at: number): Span {
  const shifted = at - offsetMs;
  const anchor = everyMs >= dayMs ? 0 : Math.floor(shifted / dayMs) * dayMs;
  const start = anchor + Math.floor((shifted - anchor) / everyMs) * everyMs;
  const end = everyMs >= dayMs ? start + everyMs : Math.min(start + everyMs, anchor + dayMs);
  return spanOf(start + offsetMs, end + offsetMs);
}

function spanOf(start: number, end: number): Span {
  return { name: new Date(start).toISOString().slice(0, -1), start, end };
}
