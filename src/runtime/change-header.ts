/** Changing a header as it stands: read, write if nobody else has, and else look again (B6). */
import type { Execution } from '../engine/execution.ts';
import type { State } from '../engine/states.ts';
import type { Runtime } from './runtime.ts';

export interface Changed {
  /** As it stands now. */
  readonly execution: Execution;
  /** False: there was nothing to change, or no longer. */
  readonly changed: boolean;
}

/** `next` says what becomes of the header, or undefined where it is to stay as it is. */
export async function changeHeader(
  runtime: Runtime,
  seen: Execution,
  next: (standing: Execution) => Execution | undefined,
): Promise<Changed> {
  let standing = seen;
  for (;;) {
    const wanted = next(standing);
    if (wanted === undefined) return { execution: standing, changed: false };
    if (await runtime.store.replaceExecution(standing, wanted)) {
      const execution = { ...wanted, version: (standing.version ?? 0) + 1 };
      return { execution, changed: true };
    }
    const read = await runtime.store.readExecution(seen.id);
    if (read === undefined) return { execution: standing, changed: false };
    standing = read;
  }
}

/** The header in another state, with the change in its history. */
export function inState(execution: Execution, state: State, at: number): Execution {
  return { ...execution, state, history: [...(execution.history ?? []), { state, at }] };
}
