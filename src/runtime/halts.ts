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
  #read: Halted = { epochs: new Map(), paused: new Set() };
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(store: StateStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Batons of epochs before this one lead nowhere any more. */
  async note(id: ExecutionId, epoch: number): Promise<void> {
    await this.#store.noteHalted(id, epoch, this.#clock.now());
    this.#read = { ...this.#read, epochs: new Map([...this.#read.epochs, [id, epoch]]) };
  }

  async isHalted({ execution, epoch }: Baton): Promise<boolean> {
    return epoch < ((await this.#notes()).epochs.get(execution) ?? 0);
  }

  async notePaused(name: string): Promise<void> {
    await this.#store.notePaused(name);
    this.#read = { ...this.#read, paused: new Set([...this.#read.paused, name]) };
  }

  /** Whoever may be paused is asked for in its header: notes are a moment old. */
  async mayBePaused(id: ExecutionId): Promise<boolean> {
    const { paused } = await this.#notes();
    return paused.size > 0 && [...paused].some((name) => name.startsWith(`${id}#`));
  }

  async #notes(): Promise<Halted> {
    const now = this.#clock.now();
    if (now - this.#readAt >= limits.haltsReadMs) {
      this.#readAt = now;
      this.#reading = this.#readAgain(now);
    }
    // Batons side by side ask once, and wait for the same answer: what was read before may be old.
    await this.#reading;
    return this.#read;
  }

  async #readAgain(now: number): Promise<void> {
    try {
      this.#read = await this.#store.readHalted(now);
    } catch (error) {
      // The next baton asks again.
      this.#readAt = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }
}

/** Of one pause: a late resume of an earlier one does not take back its note. */
export function pauseName(id: ExecutionId, at: number): string {
  return `${id}#${at}`;
}
