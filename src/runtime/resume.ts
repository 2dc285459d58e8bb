/**
 * Resuming what is paused: the slot is moved to its end by the same conditional write a step would
 * make (B6), and the execution goes on from there. A time-out that comes later finds it done.
 */
import { headOfExecution } from '../engine/baton.ts';
import type { ExecutionId, Path } from '../engine/execution.ts';
import { replay } from '../engine/replay.ts';
import { isEnd } from '../engine/states.ts';
import { taskIdOf } from '../engine/tree.ts';
import { readRecords } from './recover.ts';
import type { Runtime } from './runtime.ts';
import { conclude } from './step.ts';

export type Resumed =
  | { readonly type: 'resumed'; readonly paths: readonly Path[] }
  | { readonly type: 'not-paused' }
  | { readonly type: 'unknown-execution' };

/** `task` is the path or the id of a paused task run; without it all of them are resumed. */
export async function resume(runtime: Runtime, id: ExecutionId, task?: string): Promise<Resumed> {
  const execution = await runtime.store.readExecution(id);
  if (!execution) return { type: 'unknown-execution' };
  if (isEnd(execution.state)) return { type: 'not-paused' };
  const flow = await runtime.flows.load(execution.flow);
  const records = await readRecords(runtime, id);
  const { waiting } = replay(flow, headOfExecution(execution), { records });
  const paths: Path[] = [];
  for (const { baton, slot } of waiting) {
    const { path, state } = slot;
    if (state !== 'PAUSED') continue;
    if (task !== undefined && task !== path && task !== taskIdOf(path)) continue;
    const next = { ...baton, turn: slot.turn + 1, since: slot.startedAt };
    const won = await conclude(runtime, flow, next, { type: 'success', state: 'SUCCESS' });
    if (won) paths.push(path);
  }
  await runtime.store.settled();
  return paths.length > 0 ? { type: 'resumed', paths } : { type: 'not-paused' };
}
