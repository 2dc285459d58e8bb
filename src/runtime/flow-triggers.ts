/**
 * Flow triggers: executions of one flow start executions of others. Called whenever an execution
 * shows a new state, as often as it likes: what a change of state starts is started once, because the
 * started execution's id is made of the trigger and of that change.
 */
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import type { Runtime } from './runtime.ts';

/**
 * `flow` is the pinned flow of `execution`, whose state is the one it changed to. `occurrence` tells
 * changes to the same state apart, where an execution can come to it more than once in an epoch.
 */
export async function fireFlowTriggers(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
  occurrence = '',
): Promise<void> {
  const listeners = await runtime.listeners.for(execution.state);
  // An execution never starts its own flow again.
  const others = listeners.filter(
    (listener) => listener.flow.id !== flow.id || listener.flow.namespace !== flow.namespace,
  );
  if (others.length === 0) return;
  const { consider } = await import('./flow-trigger.ts');
  for (const listener of others) {
    await consider(runtime, { flow, execution, occurrence }, listener);
  }
}
