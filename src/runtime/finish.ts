/**
 * What follows the end of an execution, once its tasks for afterwards have ended as well: whoever
 * waits for it goes on. Called at least once; everything here may be done again without harm.
 */
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { fireFlowTriggers } from './flow-triggers.ts';
import type { Work } from './perform.ts';
import type { Runtime } from './runtime.ts';

/** `ended`: the header as it is stored. Resolves with the work of executions that begin now. */
export async function finish(
  runtime: Runtime,
  flow: Flow,
  ended: Execution,
): Promise<readonly Work[]> {
  await fireFlowTriggers(runtime, flow, ended);
  // What few flows have is loaded when it is met: a step starts with what every flow needs.
  if (flow.concurrency) await (await import('./places.ts')).release(runtime, flow, ended);
  const begun: Work[] = [];
  if (ended.state === 'RETRIED') {
    const { retryWhole } = await import('./retry-whole.ts');
    begun.push(...(await retryWhole(runtime, flow, ended)));
  }
  // Where the flow runs again, its next run wakes whoever waits.
  else await wake(runtime, ended);
  if (ended.dueAt !== undefined) {
    const { dueAt: _, ...closed } = ended;
    await runtime.store.replaceExecution(ended, closed);
  }
  return begun;
}

/** Sends the baton of the task run that waits for this end. */
async function wake(runtime: Runtime, { id, epoch, waiter }: Execution): Promise<void> {
  if (waiter === undefined) return;
  await runtime.queue.send([{ body: waiter, lane: 'fast', key: `${id}:ended:${epoch}` }]);
}
