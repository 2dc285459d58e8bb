/**
 * Pausing a whole execution: its header says PAUSED, and no task of it begins any more. What runs
 * goes on to its end, its retries included. Steps are told as they are told of halts (halts.ts), and
 * look at the header before they hold a task back: then its slot says so, and the resume finds it.
 */
import type { Baton } from '../engine/baton.ts';
import type { Execution, ExecutionId } from '../engine/execution.ts';
import { limits } from '../engine/limits.ts';
import type { State } from '../engine/states.ts';
import { changeExecution } from './changes.ts';
import { withState } from './history.ts';
import type { Runtime } from './runtime.ts';

export type Paused =
  | { readonly type: 'paused' }
  | { readonly type: 'not-running'; readonly state: State }
  | { readonly type: 'unknown-execution' };

export async function pause(runtime: Runtime, id: ExecutionId): Promise<Paused> {
  const at = runtime.clock.now();
  // Before the header, which it only points to: a crash in between leaves nothing paused.
  await runtime.halts.notePaused(id, at);
  let hasTried = false;
  const change = await changeExecution(runtime, id, (seen) => {
    // One whose write was repeated on its way, and that somebody has resumed since, is not made again:
    // its note is gone.
    if (seen.state !== 'RUNNING' || (hasTried && hasPause(seen, at))) return undefined;
    hasTried = true;
    return withState(seen, ['PAUSED'], at);
  });
  const isPaused = change?.now !== undefined || hasPause(change?.seen, at);
  if (!isPaused) await runtime.halts.forgetPaused(id, at);
  if (!change) return { type: 'unknown-execution' };
  if (!isPaused) return { type: 'not-running', state: change.seen.state };
  await runtime.store.settled();
  return { type: 'paused' };
}

/** Lets tasks begin again. True: it had been paused. */
export async function unpause(runtime: Runtime, id: ExecutionId): Promise<boolean> {
  const now = runtime.clock.now();
  const change = await changeExecution(runtime, id, (seen) =>
    seen.state === 'PAUSED' ? asResumed(seen, now) : undefined,
  );
  if (!change?.now) return false;
  await forgetPause(runtime, change.seen);
  return true;
}

/**
 * The sweep comes soon, however long the pause was: whoever resumes it may die before anything is sent.
 */
export function asResumed(paused: Execution, now: number): Execution {
  const resumed = withState(paused, ['RESTARTED', 'RUNNING'], now);
  return { ...resumed, dueAt: now + limits.sweepAfterMs };
}

/** Takes back the note of the pause that this header tells of, and not of any that came later. */
export async function forgetPause({ halts }: Runtime, execution: Execution): Promise<void> {
  const at = pausedAt(execution);
  if (at !== undefined) await halts.forgetPaused(execution.id, at);
}

/** Whether its history tells of the pause of that moment. */
export function hasPause({ history = [] }: Partial<Execution> = {}, at: number): boolean {
  return history.some((change) => change.state === 'PAUSED' && change.at === at);
}

function pausedAt({ history = [] }: Execution): number | undefined {
  return history.findLast(({ state }) => state === 'PAUSED')?.at;
}

/** Whether no task of the baton's execution may begin. */
export async function isPaused(runtime: Runtime, { execution }: Baton): Promise<boolean> {
  if (!(await runtime.halts.mayBePaused(execution))) return false;
  return (await runtime.store.readExecution(execution))?.state === 'PAUSED';
}
