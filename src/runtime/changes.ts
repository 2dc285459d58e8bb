/** Requests from outside change a header on the condition that it is as they read it (B6). */
import type { Execution, ExecutionId } from '../engine/execution.ts';
import { limits } from '../engine/limits.ts';
import type { State } from '../engine/states.ts';
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

/** The header with its state changed, and the change noted in its history. */
export function withState(execution: Execution, states: readonly State[], at: number): Execution {
  const state = states.at(-1) ?? execution.state;
  const before = execution.history ?? [];
  const history = [...before, ...states.map((each) => ({ state: each, at }))];
  return { ...execution, state, history: history.slice(-limits.historyKept) };
}

/** Without what its end wrote. */
export function reopened(execution: Execution): Execution {
  const { endedAt: _, outputs: __, error: ___, halting: ____, ...open } = execution;
  return open;
}
