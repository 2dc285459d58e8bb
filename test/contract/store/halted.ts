import { expect } from 'vitest';
import type { StateStore } from '../../../src/engine/ports.ts';
import { epochMs, fresh } from '../fixtures.ts';
import type { KeepsPromise } from '../promises.ts';

export function haltedPromises(promise: KeepsPromise, store: () => StateStore): void {
  promise('what was halted is told for five minutes, with the latest epoch', async () => {
    const [one, other] = [fresh('execution'), fresh('execution')];
    expect((await store().readHalted(epochMs)).has(one)).toBe(false);
    await store().noteHalted(one, 2, epochMs);
    await store().noteHalted(other, 3, epochMs);
    await store().noteHalted(one, 4, epochMs + 1);
    await store().noteHalted(one, 4, epochMs + 1);
    for (const now of [epochMs + 1, epochMs + 5 * 60_000]) {
      const told = await store().readHalted(now);
      expect([told.get(one), told.get(other)]).toEqual([4, 3]);
    }
  });
}
