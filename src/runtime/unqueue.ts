/** Taking an execution out of the queue of its flow: it runs whatever the limit says, or ends. */
import type { ExecutionId } from '../engine/execution.ts';
import { halt } from './halt.ts';
import { isWaiting, runPastLimit } from './places.ts';
import type { Runtime } from './runtime.ts';
import { goOn } from './start.ts';

export const unqueuedStates = ['RUNNING', 'CANCELLED', 'FAILED'] as const;
export type UnqueuedState = (typeof unqueuedStates)[number];

export type Unqueued =
  | { readonly type: 'unqueued' }
  | { readonly type: 'not-queued' }
  | { readonly type: 'unknown-execution' };

export async function unqueue(
  runtime: Runtime,
  id: ExecutionId,
  state: UnqueuedState = 'RUNNING',
): Promise<Unqueued> {
  const execution = await runtime.store.readExecution(id);
  if (!execution) return { type: 'unknown-execution' };
  if (execution.state !== 'QUEUED') return { type: 'not-queued' };
  const isDone =
    state === 'RUNNING'
      ? await runNow(runtime, id)
      : (await halt(runtime, id, { state })) === 'halted';
  await runtime.store.settled();
  return { type: isDone ? 'unqueued' : 'not-queued' };
}

/** Past its date and past the limit. False: it has begun or ended already. */
export async function runNow(runtime: Runtime, id: ExecutionId): Promise<boolean> {
  const execution = await runtime.store.readExecution(id);
  if (!execution || !isWaiting(execution)) return false;
  const flow = await runtime.flows.load(execution.flow);
  const { execution: standing, isOurs } = await runPastLimit(runtime, flow, execution);
  if (isOurs) await goOn(runtime, flow, standing);
  return isOurs;
}
