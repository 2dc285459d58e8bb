/** An index that shows a record's changes some time after they were made, and in their order. */
import type { Clock } from '../../engine/ports.ts';

interface Version<T> {
  readonly visibleAt: number;
  readonly value: T;
}

export class LaggingIndex<T> {
  readonly #clock: Clock;
  readonly #lagMs: () => number;
  /** By key, oldest first; versions nobody can see any more are dropped. */
  readonly #versions = new Map<string, Version<T>[]>();

  constructor(clock: Clock, lagMs: () => number) {
    this.#clock = clock;
    this.#lagMs = lagMs;
  }

  put(key: string, value: T): void {
    const now = this.#clock.now();
    const versions = this.#versions.get(key) ?? [];
    const before = versions.at(-1)?.visibleAt ?? now;
    versions.push({ visibleAt: Math.max(before, now + this.#lagMs()), value });
    const current = versions.findLastIndex(({ visibleAt }) => visibleAt <= now);
    if (current > 0) versions.splice(0, current);
    this.#versions.set(key, versions);
  }

  /** Seen by everybody at once: what is gone must not come back later. */
  delete(key: string): void {
    this.#versions.delete(key);
  }

  *values(): Generator<T> {
    const now = this.#clock.now();
    for (const versions of this.#versions.values()) {
      const current = versions.findLast(({ visibleAt }) => visibleAt <= now);
      if (current) yield current.value;
    }
  }
}
