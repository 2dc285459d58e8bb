/** Requests from outside change a header on the condition that it is as they read it (B6). */
import type { Execution, ExecutionId } from '../engine/execution.ts';
import { newWriter } from './commit.ts';
import type { Runtime } from './runtime.ts';

/**
 * Reads and replaces until nobody came in between. `change` gives the new header, or undefined where
 * the request does not fit what it finds. A refusal by its own write, which a client has repeated, is
 * known by the writer and is none. Resolves with the header as it was and, unless refused, as
 * it is now; undefined where there is no such execution.
 */
export async function changeExecution(
  runtime: Runtime,
  id: ExecutionId,
  change: (seen: Execution) => Execution | undefined | Promise<Execution | undefined>,
): Promise<{ readonly seen: Execution; readonly now?: Execution } | undefined> {
  const writer = newWriter(runtime.random);
  for (let before: Execution | undefined; ; ) {
    const seen = await runtime.store.readExecution(id);
    if (!seen) return undefined;
    if (before && seen.writer === writer) return { seen: before, now: seen };
    const changed = await change(seen);
    if (!changed) return { seen };
    const next = { ...changed, writer };
    if (await runtime.store.replaceExecution(seen, next)) {
      return { seen, now: { ...next, version: (seen.version ?? 0) + 1 } };
    }
    before = seen;
  }
}

/** Without what its end wrote. */
export function reopened(execution: Execution): Execution {
  const { endedAt: _, outputs: __, error: ___, halting: ____, marked: _____, ...open } = execution;
  return open;
}
