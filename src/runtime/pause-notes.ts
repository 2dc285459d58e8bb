/**
 * A pause of the flow itself leaves the header RUNNING: the records tell that nothing moves. Once
 * somebody ends the pause nothing would tell of it any more, so the header notes that it was there.
 */
import { headOfExecution } from '../engine/baton.ts';
import type { Execution, ExecutionId } from '../engine/execution.ts';
import { type Replay, replay } from '../engine/replay.ts';
import { changeExecution } from './changes.ts';
import { withState } from './history.ts';
import { asResumed, hasPause } from './pause.ts';
import { readRecords } from './read-records.ts';
import type { Runtime } from './runtime.ts';
import { shownState } from './shown-state.ts';

/** Since when, in epoch milliseconds, nothing has moved but what is paused; undefined otherwise. */
export function pausedSince(execution: Execution, replayed: Replay): number | undefined {
  if (execution.state !== 'RUNNING' || shownState(execution, replayed) !== 'PAUSED')
    return undefined;
  return Math.max(...replayed.waiting.map(({ slot }) => slot.endedAt));
}

export async function readPausedSince(
  runtime: Runtime,
  id: ExecutionId,
): Promise<number | undefined> {
  const execution = await runtime.store.readExecution(id);
  if (execution?.state !== 'RUNNING') return undefined;
  const flow = await runtime.flows.load(execution.flow);
  const records = await readRecords(runtime, id);
  return pausedSince(execution, replay(flow, headOfExecution(execution), { records }));
}

/** Asked for again, after a crash for instance, it notes the same pause no second time. */
export async function noteResumed(runtime: Runtime, id: ExecutionId, since: number): Promise<void> {
  const now = runtime.clock.now();
  await changeExecution(runtime, id, (seen) => {
    if (seen.state !== 'RUNNING' || hasPause(seen, since)) return undefined;
    return asResumed(withPause(seen, since), now);
  });
}

export function withPause(execution: Execution, since: number): Execution {
  return withState(execution, ['PAUSED'], since);
}
