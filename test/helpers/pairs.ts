/** Key-value pairs in memory, as a task of `company.team` reaches them. */
import { virtualClock } from '../../src/adapters/simulated/clock.ts';
import { simulatedBlobs } from '../../src/adapters/simulated/files.ts';
import { simulatedKeyValues } from '../../src/adapters/simulated/key-values.ts';
import { simulatedStore } from '../../src/adapters/simulated/store.ts';
import { keyValuesFor } from '../../src/runtime/key-values.ts';
import { createSecrets } from '../../src/runtime/secrets.ts';
import type { KeyValues } from '../../src/tasks/define.ts';

export interface PairWorld {
  readonly clock: ReturnType<typeof virtualClock>;
  readonly store: ReturnType<typeof simulatedStore>;
  readonly blobs: ReturnType<typeof simulatedBlobs>;
  readonly keyValues: ReturnType<typeof simulatedKeyValues>;
}

export function pairWorld(now: number = Date.UTC(2026, 0, 1)): PairWorld {
  const clock = virtualClock(now);
  const store = simulatedStore({ clock });
  return { clock, store, blobs: simulatedBlobs(), keyValues: simulatedKeyValues() };
}

export function pairsOf(world: PairWorld = pairWorld(), token = 'execution-1/task'): KeyValues {
  return keyValuesFor(world, 'company.team', token, createSecrets(undefined));
}
