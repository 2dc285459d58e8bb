/**
 * Retry arithmetic (spec: Kestra 2.0). `maxAttempts` counts the first attempt; no attempt starts
 * later than `maxDuration` after the start of the first one.
 */
import type { Retry } from './flow.ts';

export interface Tried {
  /** Attempts already made, at least 1. */
  readonly attempts: number;
  readonly firstStartedAt: number;
  readonly lastEndedAt: number;
}

/** When the next attempt is due, or undefined when there is none. `random` is in [0, 1). */
export function nextAttemptAt(retry: Retry, tried: Tried, random: number): number | undefined {
  if (retry.maxAttempts !== undefined && tried.attempts >= retry.maxAttempts) return undefined;
  const next = tried.lastEndedAt + delayMs(retry, tried.attempts, random);
  if (retry.maxDurationMs !== undefined && next > tried.firstStartedAt + retry.maxDurationMs) {
    return undefined;
  }
  return next;
}

function delayMs(retry: Retry, attempts: number, random: number): number {
  switch (retry.type) {
    case 'constant':
      return retry.intervalMs;
    case 'exponential':
      return Math.min(retry.maxIntervalMs, retry.intervalMs * retry.delayFactor ** (attempts - 1));
    case 'random':
      return retry.minIntervalMs + Math.floor(random * (retry.maxIntervalMs - retry.minIntervalMs));
  }
}
