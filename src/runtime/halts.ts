/**
 * Executions halted lately, so that batons of theirs which still wait in the queue are let go instead
 * of run. What others halted is read at most once a second, whatever the load; what this process
 * halted is known at once. It saves work and side effects: the claimed slots are what makes a halt
 * exact (halt.ts).
 */
import type { Baton } from '../engine/baton.ts';
import type { ExecutionId } from '../engine/execution.ts';
import { limits } from '../engine/limits.ts';
import type { Clock, StateStore } from '../engine/ports.ts';

export class Halts {
  readonly #store: StateStore;
  readonly #clock: Clock;
  #read: ReadonlyMap<ExecutionId, number> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(store: StateStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Batons of epochs before this one lead nowhere any more. */
  async note(id: ExecutionId, epoch: number): Promise<void> {
    await this.#store.noteHalted(id, epoch, this.#clock.now());
    this.#read = new Map([...this.#read, [id, epoch]]);
  }

  async isHalted({ execution, epoch }: Baton): Promise<boolean> {
    return epoch < ((await this.#notes()).get(execution) ?? 0);
  }

  /** Whoever may be paused is asked for in its header: a note stays for a while after the resume. */
  notePaused(id: ExecutionId): Promise<void> {
    return this.note(pausedName(id), 1);
  }

  async mayBePaused(id: ExecutionId): Promise<boolean> {
    return (await this.#notes()).has(pausedName(id));
  }

  async #notes(): Promise<ReadonlyMap<ExecutionId, number>> {
    const now = this.#clock.now();
    if (now - this.#readAt >= limits.haltsReadMs) {
      // Set before the answer is there: batons side by side do not all ask.
      this.#readAt = now;
      this.#read = await this.#store.readHalted(now);
    }
    return this.#read;
  }
}

/** No id of an execution has a colon. */
function pausedName(id: ExecutionId): string {
  return `paused:${id}`;
}
