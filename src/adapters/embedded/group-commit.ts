/**
 * Grouped commits: everything done in one tick of the event loop is one transaction, one sync.
 *
 * G1 An operation executes at once, inside the open transaction; the first one of a tick opens it.
 * G2 The commit comes at the end of the tick. `settled` and the hand-out of messages wait for it.
 * G3 Commits are in the order of the operations: what is on disk is always a prefix of what was done.
 * G4 After a failed statement or commit nothing further is done: every operation is refused with the
 *    reason until the store is opened again. Work whose first half was undone with the transaction
 *    can thus never go on to commit its second half; reopening is the same as after a crash.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { EmbeddedStoreError, explained } from './errors.ts';

/** What hands out messages: asked for its writes before each commit, told after it. */
export interface CommitListener {
  beforeCommit(): void;
  afterCommit(): void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit {
  readonly database: DatabaseSync;
  readonly #file: string;
  readonly #readOnly: boolean;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  #waiters: Waiter[] = [];
  #scheduled = false;
  #listener: CommitListener | undefined;
  #failure: unknown;
  #reportFailure: (error: unknown) => void = () => undefined;
  /** Resolves, with the reason, when the store has failed (G4). */
  readonly failed = new Promise<unknown>((resolve) => {
    this.#reportFailure = resolve;
  });

  constructor(database: DatabaseSync, file: string, readOnly: boolean) {
    this.database = database;
    this.#file = file;
    this.#readOnly = readOnly;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
  }

  listen(listener: CommitListener): void {
    this.#listener = listener;
  }

  /** Whether something done is not on disk yet. */
  get open(): boolean {
    return this.database.isTransaction;
  }

  async write<T>(work: () => T): Promise<T> {
    return this.writeNow(work);
  }

  writeNow<T>(work: () => T): T {
    this.#refuseIfFailed();
    if (this.#readOnly) {
      throw new EmbeddedStoreError('read-only', this.#file, 'the store was opened for reading.');
    }
    return this.#guarded(() => {
      if (!this.database.isTransaction) this.#begin.run();
      this.schedule();
      return work();
    });
  }

  async read<T>(work: () => T): Promise<T> {
    this.#refuseIfFailed();
    return this.#guarded(work);
  }

  /** Asks for a round of commit and hand-out at the end of this tick. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#endTick());
  }

  settled(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (!this.database.isTransaction) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  #endTick(): void {
    if (this.#failure !== undefined || !this.database.isOpen) return;
    try {
      this.#listener?.beforeCommit();
      if (this.database.isTransaction) this.#guarded(() => this.#commit.run());
    } catch (error) {
      // Also a listener that failed half-way: its half must not be committed.
      return this.#fail(error);
    }
    // Only now: what the listener wrote is committed and needs no round of its own.
    this.#scheduled = false;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.resolve();
    this.#listener?.afterCommit();
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const told = explained(error, this.#file);
      if (told instanceof EmbeddedStoreError) this.#fail(told);
      throw told;
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    try {
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
    } catch {
      // Then the next opening of the file undoes it.
    }
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters = [];
    this.#reportFailure(error);
  }

  #refuseIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
