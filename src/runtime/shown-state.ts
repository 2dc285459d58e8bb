/** The state of an execution as it is shown, which its records say and its header alone does not. */
import { headOfExecution } from '../engine/baton.ts';
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { type Replay, replay } from '../engine/replay.ts';
import type { State } from '../engine/states.ts';
import { readRecords } from './read-records.ts';
import type { Runtime } from './runtime.ts';

/**
 * PAUSED while nothing but paused task runs is left, BREAKPOINT where a breakpoint holds one of them;
 * the header itself is not written for that.
 */
export function shownState({ state }: Execution, { waiting, frontier }: Replay): State {
  if (state !== 'RUNNING' || waiting.length === 0) return state;
  const states = new Set(waiting.map(({ slot }) => slot.state));
  if (![...states].every((each) => each === 'PAUSED' || each === 'BREAKPOINT')) return state;
  const paused = new Set(waiting.map(({ slot }) => slot.path));
  // Joins that wait for these tell of nothing that moves.
  const moves = frontier.some((effect) =>
    effect.type === 'send' ? !paused.has(effect.baton.path) : effect.type !== 'join',
  );
  if (moves) return state;
  return states.has('BREAKPOINT') ? 'BREAKPOINT' : 'PAUSED';
}

export async function readShownState(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
): Promise<State> {
  const records = await readRecords(runtime, execution.id);
  return shownState(execution, replay(flow, headOfExecution(execution), { records }));
}
