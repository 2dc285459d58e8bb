/** Tells a listener what becomes of task runs and executions, as it is written. */
import type { End, ExecutionId, Slot } from '../engine/execution.ts';
import type { StateStore } from '../engine/ports.ts';
import { isEnd } from '../engine/states.ts';

export interface Watcher {
  slot?(id: ExecutionId, slot: Slot): void;
  ended?(id: ExecutionId, end: End): void;
}

export function watched(store: StateStore, watcher: Watcher): StateStore {
  return {
    ...store,
    async createExecution(execution) {
      const created = await store.createExecution(execution);
      const { id, state, endedAt } = execution;
      // A failed check creates an execution that has ended.
      if (created === 'created' && endedAt !== undefined && isEnd(state)) {
        watcher.ended?.(id, { state, endedAt });
      }
      return created;
    },
    async commitSlot(id, slot) {
      const committed = await store.commitSlot(id, slot);
      if (committed.won) watcher.slot?.(id, slot);
      return committed;
    },
    async replaceSlot(id, seen, slot) {
      const replaced = await store.replaceSlot(id, seen, slot);
      if (replaced) watcher.slot?.(id, slot);
      return replaced;
    },
    async endExecution(id, epoch, end) {
      const ended = await store.endExecution(id, epoch, end);
      if (ended) watcher.ended?.(id, end);
      return ended;
    },
  };
}
