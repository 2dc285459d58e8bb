/**
 * One listener and one change of state of another flow's execution: conditions, dependencies, start.
 *
 * Whatever of it cannot be evaluated (a condition, labels, inputs) starts nothing and is a WARN line
 * in the log of the execution that caused it, which itself goes on as if there were no trigger.
 */
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import type { FlowTrigger } from '../engine/trigger.ts';
import { ExpressionError } from '../expression/error.ts';
import { settle } from '../expression/pending.ts';
import { isTruthy, render } from '../expression/render.ts';
import type { ValueMap } from '../expression/value.ts';
import { allHold } from '../triggers/conditions.ts';
import { changeOf } from './cause-key.ts';
import { fulfil } from './gather.ts';
import { type Listener, listenerOf } from './listeners.ts';
import type { Runtime } from './runtime.ts';
import { type Prepared, prepareStart, TriggerFailure } from './trigger-start.ts';
import { startExecution } from './start.ts';
import {
  flowTriggerVariables,
  scopeFor,
  taskIdsOf,
  type Upstream,
  type UpstreamScope,
} from './upstream.ts';

export async function consider(
  runtime: Runtime,
  upstream: Upstream,
  listener: Listener,
): Promise<void> {
  for (const trigger of listener.triggers) {
    if (!trigger.states.includes(upstream.execution.state)) continue;
    await considerTrigger(runtime, upstream, { listener, trigger, isLatest: false });
  }
}

interface Considered {
  readonly listener: Listener;
  readonly trigger: FlowTrigger;
  /** The listener is what the registry holds now, not about a second ago. */
  readonly isLatest: boolean;
}

async function considerTrigger(
  runtime: Runtime,
  upstream: Upstream,
  considered: Considered,
): Promise<void> {
  const { listener, trigger } = considered;
  const isGathering = trigger.dependencies !== undefined;
  const variables = await flowTriggerVariables(runtime, upstream, isGathering ? [] : undefined);
  const context = scopeFor(runtime, upstream, listener.flow, variables);
  try {
    if (!(await settle(() => passes(trigger, context)))) return;
    const stored = await runtime.store.readFlow(listener.flow.namespace, listener.flow.id);
    if (stored === undefined) return;
    if (stored.flow.revision !== listener.flow.revision && !considered.isLatest) {
      await considerAgain(runtime, upstream, trigger.id, stored.flow);
      return;
    }
    const executions = await fulfil(runtime, upstream, listener.flow, { trigger, context });
    if (executions === undefined) return;
    await start(runtime, upstream, { flow: stored.flow, trigger, executions });
  } catch (error) {
    await report(runtime, upstream, considered, context, error);
  }
}

function passes(
  { conditions = [], when }: Pick<FlowTrigger, 'conditions' | 'when'>,
  context: UpstreamScope,
): boolean {
  if (!allHold(conditions, context)) return false;
  return when === undefined || isTruthy(render(when, context.scope));
}

/** A newer revision has been stored: its trigger decides. */
async function considerAgain(
  runtime: Runtime,
  upstream: Upstream,
  id: string,
  flow: Flow,
): Promise<void> {
  const listener = listenerOf(flow);
  const trigger = listener.triggers.find((one) => one.id === id);
  if (trigger === undefined || !trigger.states.includes(upstream.execution.state)) return;
  await considerTrigger(runtime, upstream, { listener, trigger, isLatest: true });
}

interface Firing {
  readonly flow: Flow;
  readonly trigger: FlowTrigger;
  /** Ids of the executions that fulfilled the dependencies. */
  readonly executions: readonly string[];
}

async function start(
  runtime: Runtime,
  upstream: Upstream,
  { flow, trigger, executions }: Firing,
): Promise<void> {
  const variables = await variablesOf(runtime, upstream, { flow, trigger, executions });
  const { scope } = scopeFor(runtime, upstream, flow, variables);
  const prepared: Prepared = { flow, trigger, variables, key: keyOf(trigger, upstream) };
  const request = await prepareStart(runtime, prepared, scope);
  await startExecution(runtime, request);
}

async function variablesOf(
  runtime: Runtime,
  upstream: Upstream,
  { flow, trigger, executions }: Firing,
): Promise<ValueMap> {
  const others = executions.filter((id) => id !== upstream.execution.id);
  const read = await Promise.all(others.map((id) => runtime.store.readExecution(id)));
  const gathered = read.filter((one): one is Execution => one !== undefined);
  const isGathering = trigger.dependencies !== undefined;
  const variables = await flowTriggerVariables(
    runtime,
    upstream,
    isGathering ? gathered : undefined,
  );
  // They cost a read of all task runs, which only a flow that asks for them pays.
  if (!/firstFailedTaskId|lastTaskId/.test(JSON.stringify(flow))) return variables;
  return new Map([...variables, ...(await taskIdsOf(runtime, upstream))]);
}

/** The same for the same change of state, and for no other. */
function keyOf({ id }: FlowTrigger, upstream: Upstream): string {
  return JSON.stringify(['trigger', id, ...changeOf(upstream)]);
}

async function report(
  runtime: Runtime,
  upstream: Upstream,
  { listener, trigger }: Considered,
  { scope }: UpstreamScope,
  error: unknown,
): Promise<void> {
  if (!(error instanceof ExpressionError || error instanceof TriggerFailure)) throw error;
  const { namespace, id } = listener.flow;
  const message = scope.host.secrets.mask(error.message);
  const { execution } = upstream;
  runtime.logs.write({
    timestamp: runtime.clock.now(),
    level: 'WARN',
    message: `Trigger '${trigger.id}' of ${namespace}.${id} could not start it: ${message}`,
    executionId: execution.id,
    namespace: execution.flow.namespace,
    flowId: execution.flow.id,
    revision: execution.flow.revision,
  });
  if (trigger.failOnTriggerError !== true) return;
  const stored = await runtime.store.readFlow(namespace, id);
  if (stored === undefined || stored.flow.disabled === true) return;
  const variables = await flowTriggerVariables(runtime, upstream);
  const { type } = trigger;
  const request = {
    flow: stored.flow,
    inputs: new Map(),
    trigger: { id: trigger.id, type, variables },
    idempotencyKey: keyOf(trigger, upstream),
    failure: { code: 'trigger', message },
  };
  await startExecution(runtime, request);
}
