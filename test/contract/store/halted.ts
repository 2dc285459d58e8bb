import { expect } from 'vitest';
import type { StateStore } from '../../../src/engine/ports.ts';
import { epochMs, fresh } from '../fixtures.ts';
import type { KeepsPromise } from '../promises.ts';

export function haltedPromises(promise: KeepsPromise, store: () => StateStore): void {
  promise('what was halted is told for five minutes, with the latest epoch', async () => {
    const [one, other] = [fresh('execution'), fresh('execution')];
    expect((await store().readHalted(epochMs)).epochs.has(one)).toBe(false);
    await store().noteHalted(one, 2, epochMs);
    await store().noteHalted(other, 3, epochMs);
    await store().noteHalted(one, 4, epochMs + 1);
    await store().noteHalted(one, 4, epochMs + 1);
    for (const now of [epochMs + 1, epochMs + 5 * 60_000]) {
      const { epochs } = await store().readHalted(now);
      expect([epochs.get(one), epochs.get(other)]).toEqual([4, 3]);
    }
  });

  promise('what was paused is told until it is forgotten', async () => {
    const [one, other] = [fresh('execution'), fresh('execution')];
    await store().forgetPaused(one);
    await store().notePaused(one);
    await store().notePaused(one);
    await store().notePaused(other);
    const { paused } = await store().readHalted(epochMs + 90 * 86_400_000);
    expect([paused.has(one), paused.has(other)]).toEqual([true, true]);
    await store().forgetPaused(one);
    const after = await store().readHalted(epochMs);
    expect([after.paused.has(one), after.paused.has(other)]).toEqual([false, true]);
  });
}
