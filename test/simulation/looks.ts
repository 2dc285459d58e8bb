/**
 * When it is certain that the sweep repairs nothing more. Sweeps of one execution come each twice as
 * late as the one before, so no span of time tells: an old one may wait for months for the sweep that
 * helps it. But once nothing goes wrong any more, two looks at each open execution do all that looks
 * can do, unless one of them has moved something another waits for.
 */
import type { Execution, ExecutionId } from '../../src/engine/execution.ts';
import type { Observer } from './invariants.ts';

const enough = 2;

export class Looks {
  readonly #observer: Observer;
  readonly #counts = new Map<ExecutionId, number>();
  #writes = 0;

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  /** Before a sweep at `now`, with nothing under way: whether it may still come to anything. */
  canHelp(executions: readonly Execution[], now: number): boolean {
    if (this.#writes !== this.#observer.writes) this.#counts.clear();
    this.#writes = this.#observer.writes;
    const due = executions.filter(({ dueAt }) => dueAt !== undefined);
    if (due.every(({ id }) => this.#countOf(id) >= enough)) return false;
    for (const { id, dueAt = Infinity } of due) {
      if (dueAt <= now) this.#counts.set(id, this.#countOf(id) + 1);
    }
    return true;
  }

  #countOf(id: ExecutionId): number {
    return this.#counts.get(id) ?? 0;
  }
}
