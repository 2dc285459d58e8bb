/**
 * Pausing a whole execution: its header says PAUSED, and no task of it begins any more. What runs
 * goes on to its end, its retries included. Steps are told as they are told of halts (halts.ts), and
 * look at the header before they hold a task back: then its slot says so, and the resume finds it.
 */
import type { Baton } from '../engine/baton.ts';
import type { ExecutionId } from '../engine/execution.ts';
import type { State } from '../engine/states.ts';
import { changeExecution } from './changes.ts';
import { withState } from './history.ts';
import type { Runtime } from './runtime.ts';

export type Paused =
  | { readonly type: 'paused' }
  | { readonly type: 'not-running'; readonly state: State }
  | { readonly type: 'unknown-execution' };

export async function pause(runtime: Runtime, id: ExecutionId): Promise<Paused> {
  const now = runtime.clock.now();
  // Before the header, which it only points to: a crash in between leaves nothing paused.
  await runtime.halts.notePaused(id);
  const change = await changeExecution(runtime, id, (seen) =>
    seen.state === 'RUNNING' ? withState(seen, ['PAUSED'], now) : undefined,
  );
  if (!change?.now && change?.seen.state !== 'PAUSED') await runtime.store.forgetPaused(id);
  if (!change) return { type: 'unknown-execution' };
  if (!change.now) return { type: 'not-running', state: change.seen.state };
  // And again: somebody who resumed it before may have taken the note away meanwhile.
  await runtime.halts.notePaused(id);
  await runtime.store.settled();
  return { type: 'paused' };
}

/** Lets tasks begin again. True: it had been paused. */
export async function unpause(runtime: Runtime, id: ExecutionId): Promise<boolean> {
  const before = await runtime.store.readExecution(id);
  if (before?.state !== 'PAUSED') return false;
  // Before the header changes: afterwards the note could be one of the next pause.
  await runtime.store.forgetPaused(id);
  const now = runtime.clock.now();
  const change = await changeExecution(runtime, id, (seen) =>
    seen.state === 'PAUSED' ? withState(seen, ['RESTARTED', 'RUNNING'], now) : undefined,
  );
  return change?.now !== undefined;
}

/** Whether no task of the baton's execution may begin. */
export async function isPaused(runtime: Runtime, { execution }: Baton): Promise<boolean> {
  if (!(await runtime.halts.mayBePaused(execution))) return false;
  return (await runtime.store.readExecution(execution))?.state === 'PAUSED';
}
