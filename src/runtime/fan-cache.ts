/**
 * Fans of loops that are being started, in memory. A wide one is started by many messages, and each
 * would inflate and read the list of all values: 100,000 values would be read a thousand times. The
 * record of one turn in one epoch never changes (B1), so what was read from it is good for ever.
 */
import type { ExecutionId, Slot } from '../engine/execution.ts';
import type { Fan } from '../engine/flow.ts';

/** Of loops that start at the same time; a fan may be tens of megabytes. */
const fansKept = 4;

export class FanCache {
  readonly #fans = new Map<string, Fan>();

  get(execution: ExecutionId, slot: Slot): Fan | undefined {
    return this.#fans.get(nameOf(execution, slot));
  }

  keep(execution: ExecutionId, slot: Slot, fan: Fan): Fan {
    this.#fans.set(nameOf(execution, slot), fan);
    const oldest = this.#fans.keys().next().value;
    if (this.#fans.size > fansKept && oldest !== undefined) this.#fans.delete(oldest);
    return fan;
  }
}

function nameOf(execution: ExecutionId, { path, epoch, turn }: Slot): string {
  return `${execution}:${epoch}:${turn}:${path}`;
}
