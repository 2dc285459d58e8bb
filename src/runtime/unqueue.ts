/** Taking an execution out of the queue of its flow: it runs whatever the limit says, or ends. */
import type { ExecutionId } from '../engine/execution.ts';
import { admitPastLimit, isWaiting } from './admit.ts';
import type { Runtime } from './runtime.ts';
import { begin } from './step.ts';

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
    state === 'RUNNING' ? await runNow(runtime, id) : await endQueued(runtime, id, state);
  await runtime.store.settled();
  return { type: isDone ? 'unqueued' : 'not-queued' };
}

/** Past its date and past the limit. False: it has begun or ended already. */
export async function runNow(runtime: Runtime, id: ExecutionId): Promise<boolean> {
  const execution = await runtime.store.readExecution(id);
  if (!execution || !isWaiting(execution)) return false;
  const flow = await runtime.flows.load(execution.flow);
  const { execution: standing, changed } = await admitPastLimit(runtime, flow, execution);
  if (changed) await begin(runtime, flow, standing);
  return changed;
}

async function endQueued(
  { store, clock }: Runtime,
  id: ExecutionId,
  state: 'CANCELLED' | 'FAILED',
): Promise<boolean> {
  const execution = await store.readExecution(id);
  if (execution?.state !== 'QUEUED') return false;
  const { flow, epoch } = execution;
  const ended = await store.endExecution(id, epoch, { state, endedAt: clock.now() });
  await store.dequeueExecution(flow, execution);
  return ended !== undefined;
}
