/** Rows of a file of items, a few at a time, so that others get a turn. */
import type { TaskContext } from '../define.ts';
import { rowsOf } from './rows.ts';

/** A row takes microseconds, unless its expression is made not to. */
const turnMs = 20;

export async function* itemRows(file: Buffer, context: TaskContext): AsyncGenerator<Buffer> {
  let turnEndsAt = performance.now() + turnMs;
  for (const row of rowsOf(file)) {
    if (row.every(isBlank)) continue;
    if (performance.now() > turnEndsAt) {
      // A long file is no reason to miss the task's time-out.
      await new Promise((resolve) => setImmediate(resolve));
      context.signal.throwIfAborted();
      turnEndsAt = performance.now() + turnMs;
    }
    yield row;
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}
