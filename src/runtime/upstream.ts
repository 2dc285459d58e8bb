/**
 * An execution that may start others, as conditions, labels and inputs of their triggers see it: the
 * variables of the execution itself, with `flow` being the flow of the trigger and `trigger` what the
 * started execution will see. Slots are read only if an expression or a condition asks for them.
 */
import type { Execution } from '../engine/execution.ts';
import type { Flow, FlowKey } from '../engine/flow.ts';
import { isEnd, type State } from '../engine/states.ts';
import { taskIdOf } from '../engine/tree.ts';
import { Pending } from '../expression/pending.ts';
import type { Scope } from '../expression/render.ts';
import { fromPlain, isMap, type Value, type ValueMap } from '../expression/value.ts';
import type { Cause, ConditionContext } from '../triggers/conditions.ts';
import { executionVariables } from './context.ts';
import { hostOf, type TaskHost } from './host.ts';
import { lazily, LazyMap } from './lazy-map.ts';
import { unpack } from './pack.ts';
import { nestedLabels, Records } from './records.ts';
import type { Runtime } from './runtime.ts';

export interface Upstream {
  /** The revision that the execution runs. */
  readonly flow: Flow;
  readonly execution: Execution;
  /** Tells changes to the same state apart. */
  readonly occurrence: string;
}

export interface UpstreamScope extends ConditionContext {
  readonly scope: Scope & { readonly host: TaskHost };
}

/** `trigger`: the variables of the execution that would be started. */
export function scopeFor(
  runtime: Runtime,
  { flow, execution }: Upstream,
  listener: FlowKey,
  trigger: ValueMap,
): UpstreamScope {
  const host = hostOf(runtime, listener);
  const records = new Records(runtime, { execution: execution.id, live: new Map() });
  records.knowHeader(execution);
  const means = { settings: runtime.settings, secrets: host.secrets };
  const position = { execution: execution.id, createdAt: execution.createdAt };
  const own = executionVariables(flow, records, means, position);
  const { namespace, id, revision } = listener;
  const revealed = host.secrets.reveal(trigger);
  const variables = over(own, {
    flow: () => fromPlain({ id, namespace, revision }),
    trigger: () => revealed,
  });
  const cause = causeOf(runtime, execution);
  const scope = { variables, host };
  return {
    scope,
    dependencyScope: {
      host,
      variables: over(variables, {
        namespace: () => execution.flow.namespace,
        flowId: () => execution.flow.id,
        state: () => execution.state,
        outputs: () => revealed.get('outputs'),
        hasRetryAttempt: () => cause.retried().length > 0,
      }),
    },
    cause,
  };
}

function over(below: LazyMap, makers: Readonly<Record<string, () => Value | undefined>>): LazyMap {
  const above = lazily(makers);
  return new LazyMap({
    get: (key) => above.get(key) ?? below.get(key),
    keys: () => new Set([...above.keys(), ...below.keys()]),
  });
}

export function causeOf(runtime: Runtime, execution: Execution): Cause {
  return {
    namespace: execution.flow.namespace,
    flowId: execution.flow.id,
    state: execution.state,
    labels: execution.labels,
    hasOutputs: execution.outputs !== undefined,
    retried: attemptsOf(runtime, execution),
  };
}

/** States of the attempts of task runs with several. */
function attemptsOf(runtime: Runtime, { id }: Execution): Cause['retried'] {
  let states: readonly State[] | undefined;
  return () => {
    if (states !== undefined) return states;
    throw new Pending(`attempts:${id}`, async () => {
      const found: State[] = [];
      for await (const { attempts = [] } of runtime.store.readSlots(id)) {
        if (attempts.length > 1) found.push(...attempts.map(({ state }) => state));
      }
      states = found;
    });
  };
}

/**
 * What `trigger.*` holds in the started execution. `gathered`: the other executions that fulfilled
 * the trigger's dependencies; undefined where it has none.
 */
export async function flowTriggerVariables(
  runtime: Runtime,
  { execution }: Upstream,
  gathered?: readonly Execution[],
): Promise<Map<string, Value>> {
  const { 'system.correlationId': _, ...labels } = execution.labels;
  const outputs = new Map(await outputsOf(runtime, execution));
  for (const one of gathered === undefined ? [] : [...gathered, execution]) {
    await putScoped(runtime, one, outputs);
  }
  return new Map<string, Value>([
    ['executionId', execution.id],
    ['executionLabels', nestedLabels(labels)],
    ['state', execution.state],
    ['startDate', new Date(execution.createdAt).toISOString()],
    ...(execution.endedAt === undefined
      ? []
      : [['endDate', new Date(execution.endedAt).toISOString()] as const]),
    ['namespace', execution.flow.namespace],
    ['flowId', execution.flow.id],
    ['flowRevision', BigInt(execution.flow.revision)],
    ['outputs', outputs],
  ]);
}

/** Outputs of each flow under its id, and under its namespace and id. */
async function putScoped(
  runtime: Runtime,
  execution: Execution,
  outputs: Map<string, Value>,
): Promise<void> {
  const own = await outputsOf(runtime, execution);
  const { namespace, id } = execution.flow;
  if (own.size === 0) return;
  outputs.set(id, merged(outputs.get(id), own));
  outputs.set(namespace, merged(outputs.get(namespace), new Map([[id, own]])));
}

function merged(below: Value | undefined, above: ValueMap): ValueMap {
  return new Map([...(below !== undefined && isMap(below) ? below : []), ...above]);
}

async function outputsOf(runtime: Runtime, { outputs }: Execution): Promise<ValueMap> {
  const value = outputs === undefined ? null : await unpack(outputs, runtime.blobs);
  return isMap(value) ? value : new Map();
}

/** Of the task runs, by their end: the first that failed, and the last one. */
export async function taskIdsOf(
  runtime: Runtime,
  { execution }: Upstream,
): Promise<readonly (readonly [string, Value])[]> {
  let failed: { readonly id: string; readonly at: number } | undefined;
  let last: typeof failed;
  for await (const { path, state, endedAt } of runtime.store.readSlots(execution.id)) {
    if (!isEnd(state)) continue;
    const run = { id: taskIdOf(path), at: endedAt };
    if (state === 'FAILED' && (failed === undefined || run.at < failed.at)) failed = run;
    if (last === undefined || run.at > last.at) last = run;
  }
  return [
    ...(failed ? [['firstFailedTaskId', failed.id] as const] : []),
    ...(last ? [['lastTaskId', last.id] as const] : []),
  ];
}
