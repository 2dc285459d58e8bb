/** Long work on many items, in which others get a turn and the task's time-out is not missed. */
import type { TaskContext } from '../define.ts';
import { rowsOf } from './rows.ts';

/** An item takes microseconds, unless its expression or pattern is made not to. */
const turnMs = 20;

export async function* unhurried<T>(
  items: Iterable<T>,
  { signal }: Pick<TaskContext, 'signal'>,
): AsyncGenerator<T> {
  signal.throwIfAborted();
  let turnEndsAt = performance.now() + turnMs;
  for (const item of items) {
    if (performance.now() > turnEndsAt) {
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      turnEndsAt = performance.now() + turnMs;
    }
    yield item;
  }
}

/** The rows of a file of items; blank ones are none. */
export async function* itemRows(file: Buffer, context: TaskContext): AsyncGenerator<Buffer> {
  for await (const row of unhurried(rowsOf(file), context)) if (!row.every(isBlank)) yield row;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}
