/**
 * Executions halted lately, so that batons of theirs which still wait in the queue are let go instead
 * of run. What others halted is read at most once a second, whatever the load; what this process
 * halted is known at once. It saves work and side effects: the claimed slots are what makes a halt
 * exact (halt.ts).
 */
import type { Baton } from '../engine/baton.ts';
import type { ExecutionId } from '../engine/execution.ts';
import { limits } from '../engine/limits.ts';
import type { Clock, Halted, StateStore } from '../engine/ports.ts';

export class Halts {
  readonly #store: StateStore;
  readonly #clock: Clock;
  #epochs: Halted['epochs'] = new Map();
  #paused: ReadonlySet<ExecutionId> = new Set();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(store: StateStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Batons of epochs before this one lead nowhere any more. */
  async note(id: ExecutionId, epoch: number): Promise<void> {
    await this.#store.noteHalted(id, epoch, this.#clock.now());
    this.#epochs = new Map([...this.#epochs, [id, epoch]]);
  }

  async isHalted({ execution, epoch }: Baton): Promise<boolean> {
    await this.#upToDate();
    return epoch < (this.#epochs.get(execution) ?? 0);
  }

  /** `at`: tells this pause from others of the same execution. */
  async notePaused(id: ExecutionId, at: number): Promise<void> {
    await this.#store.notePaused(pauseName(id, at));
    this.#paused = new Set([...this.#paused, id]);
  }

  /** A late resume of an earlier pause does not take back the note of the next one. */
  forgetPaused(id: ExecutionId, at: number): Promise<void> {
    return this.#store.forgetPaused(pauseName(id, at));
  }

  /** Whoever may be paused is asked for in its header: notes are a moment old. */
  async mayBePaused(id: ExecutionId): Promise<boolean> {
    await this.#upToDate();
    return this.#paused.has(id);
  }

  async #upToDate(): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#readAt >= limits.haltsReadMs) {
      this.#readAt = now;
      this.#reading = this.#readAgain(now);
    }
    // Batons side by side ask once, and wait for the same answer: what was read before may be old.
    await this.#reading;
  }

  async #readAgain(now: number): Promise<void> {
    try {
      const { epochs, paused } = await this.#store.readHalted(now);
      this.#epochs = epochs;
      this.#paused = new Set([...paused].map((name) => name.slice(0, name.indexOf('#'))));
    } catch (error) {
      // The next baton asks again.
      this.#readAt = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }
}

function pauseName(id: ExecutionId, at: number): string {
  return `${id}#${at}`;
}
