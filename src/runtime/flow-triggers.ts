/**
 * Flow triggers: executions of one flow start executions of others. Called whenever an execution
 * shows a new state, as often as it likes: what a change of state starts is started once, because the
 * started execution's id is made of the trigger and of that change.
 */
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import type { State } from '../engine/states.ts';
import type { FlowTrigger } from '../engine/trigger.ts';
import { mayHold } from '../triggers/about-flow.ts';
import type { Listener } from './listeners.ts';
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
  const listeners = await listenersTo(runtime, flow, execution.state);
  if (listeners.length === 0) return;
  const { consider } = await import('./flow-trigger.ts');
  for (const listener of listeners) {
    await consider(runtime, { flow, execution, occurrence }, listener);
  }
}

/** Whether executions of the flow that come to this state may start others. */
export async function isHeard(runtime: Runtime, flow: Flow, state: State): Promise<boolean> {
  return (await listenersTo(runtime, flow, state)).length > 0;
}

async function listenersTo(
  runtime: Runtime,
  { namespace, id: flowId }: Flow,
  state: State,
): Promise<readonly Listener[]> {
  const mayFire = ({ states, conditions = [], dependencies }: FlowTrigger): boolean =>
    states.includes(state) &&
    mayHold(conditions, { namespace, flowId }) &&
    (!dependencies ||
      dependencies.of.some((each) => mayHold(each.conditions, { namespace, flowId })));
  const listeners = await runtime.listeners.for(state);
  return listeners.filter(({ flow, triggers }) => {
    // An execution never starts its own flow again.
    const isItself = flow.id === flowId && flow.namespace === namespace;
    return !isItself && triggers.some(mayFire);
  });
}
