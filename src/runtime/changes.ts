/** Requests from outside change a header on the condition that it is as they read it (B6). */
import type { Execution, ExecutionId } from '../engine/execution.ts';
import type { Runtime } from './runtime.ts';

/**
 * Reads and replaces until nobody came in between. `change` gives the new header, or undefined where
 * the request does not fit what it finds. Resolves with the header as it was and, unless refused, as
 * it is now; undefined where there is no such execution.
 */
export async function changeExecution(
  runtime: Runtime,
  id: ExecutionId,
  change: (seen: Execution) => Execution | undefined,
): Promise<{ readonly seen: Execution; readonly now?: Execution } | undefined> {
  for (;;) {
    const seen = await runtime.store.readExecution(id);
    if (!seen) return undefined;
    const next = change(seen);
    if (!next) return { seen };
    if (await runtime.store.replaceExecution(seen, next)) {
      return { seen, now: { ...next, version: (seen.version ?? 0) + 1 } };
    }
  }
}

/** Without what its end wrote. */
export function reopened(execution: Execution): Execution {
  const { endedAt: _, outputs: __, error: ___, halting: ____, marked: _____, ...open } = execution;
  return open;
}
