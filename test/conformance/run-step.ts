/** Starting an execution as a case asks for it, and typing its inputs. */
import type { Execution } from '../../src/engine/execution.ts';
import type { Flow } from '../../src/engine/flow.ts';
import { isEnd } from '../../src/engine/states.ts';
import {
  fromPlain,
  isMap,
  toPlain,
  type Value,
  type ValueMap,
} from '../../src/expression/value.ts';
import { resolveFlowInputs } from '../../src/runtime/inputs.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { type Facts, type Step, textOf } from './cases.ts';
import { type InputWorld, readInputs } from './input-values.ts';
import { type KestraExecution, viewAsKestra } from './kestra-view.ts';
import type { CaseWorld, StepResult } from './world.ts';

type Result = Omit<StepResult, 'at'>;

type Resolved = { readonly inputs: ValueMap } | { readonly error: string };

export async function runStep(step: Step, world: CaseWorld): Promise<Result> {
  const { runtime } = world.engine;
  const name = textOf(step.facts, 'as') ?? 'exec1';
  const flow = await flowOf(step, world);
  const given = await givenInputs(step, world);
  const mode = world.case.inputMode;
  const resolved =
    mode === 'typed' || mode === 'multipart'
      ? await typed(world, flow, given)
      : { inputs: raw(flow, given) };
  if ('error' in resolved) return { error: resolved.error };
  const labels = Object.fromEntries(
    (world.case.labels ?? []).map(({ key, value }) => [key, value]),
  );
  const scheduleDate = await scheduleDateOf(step, world);
  const { execution } = await startExecution(runtime, {
    flow,
    inputs: resolved.inputs,
    labels,
    ...(scheduleDate !== undefined && { scheduleDate: Date.parse(scheduleDate) }),
  });
  world.executions.set(name, execution.id);
  await waitUntil(textOf(step.facts, 'until') ?? 'terminated', execution.id, world);
  return { of: name, immediate: asGivenBack(execution), used: { scheduleDate } };
}

export async function resolveInputsStep(step: Step, world: CaseWorld): Promise<Result> {
  const flow = await flowOf(step, world);
  const resolved = await typed(world, flow, await givenInputs(step, world));
  if ('error' in resolved) return resolved;
  return { typedInputs: toPlain(resolved.inputs) as Facts };
}

async function flowOf({ facts }: Step, world: CaseWorld): Promise<Flow> {
  const id = textOf(facts, 'flowId') ?? world.case.flowId;
  const namespace = textOf(facts, 'namespace') ?? world.namespaces.get(id) ?? world.case.namespace;
  const stored = await world.engine.runtime.store.readFlow(namespace, id);
  if (stored === undefined) throw new Error(`the flow ${namespace}.${id} is not loaded`);
  return stored.flow;
}

async function scheduleDateOf({ facts }: Step, world: CaseWorld): Promise<string | undefined> {
  const { scheduleDate } = facts;
  if (scheduleDate === undefined) return undefined;
  const read = await readInputs({ scheduleDate }, await inputWorld(world));
  return String(read['scheduleDate']);
}

/** A step without inputs uses those of the case, when it is about the case's own flow. */
async function givenInputs({ facts }: Step, world: CaseWorld): Promise<Record<string, unknown>> {
  const isOwn = facts['flowId'] === undefined || facts['flowId'] === world.case.flowId;
  const inputs = (facts['inputs'] ?? (isOwn ? world.case.inputs : null)) as Facts | null;
  return readInputs(inputs ?? {}, await inputWorld(world));
}

export async function inputWorld(world: CaseWorld): Promise<InputWorld> {
  return {
    folder: world.folder,
    runtime: world.engine.runtime,
    lookup: await world.lookup(),
    caseId: world.case.id,
    now: Date.now(),
  };
}

async function typed(world: CaseWorld, flow: Flow, given: Facts): Promise<Resolved> {
  const { inputs, issues } = await resolveFlowInputs(world.engine.runtime, flow, given);
  if (inputs !== undefined) return { inputs };
  return { error: issues.map(({ message }) => message).join('\n') };
}

/** Past all checks and conversions; defaults, as written, are there when an expression reads them. */
function raw(flow: Flow, given: Facts): ValueMap {
  const values = new Map<string, Value>();
  for (const { id, defaults } of flow.inputs) {
    if (defaults !== undefined) nest(values, id.split('.'), fromPlain(defaults));
  }
  for (const [id, value] of Object.entries(given)) nest(values, id.split('.'), fromPlain(value));
  return values;
}

function nest(values: Map<string, Value>, [first = '', ...rest]: string[], value: Value): void {
  if (rest.length === 0) {
    values.set(first, value);
    return;
  }
  const below = values.get(first);
  const nested = new Map<string, Value>(isMap(below) ? below : []);
  values.set(first, nested);
  nest(nested, rest, value);
}

async function waitUntil(until: string, id: string, world: CaseWorld): Promise<void> {
  if (until === 'created') return;
  const { runtime } = world.engine;
  const wanted = until.toUpperCase();
  await world.engine.until({
    what: `the execution ${until}`,
    withinMs: world.limitMs,
    async look() {
      if (until === 'terminated') {
        const header = await runtime.store.readExecution(id);
        // What is due after the end are the tasks for afterwards.
        const isOver = header !== undefined && isEnd(header.state) && header.dueAt === undefined;
        return isOver ? true : undefined;
      }
      const view = await viewAsKestra(runtime, id);
      if (view?.state === wanted) return true;
      if (view !== undefined && isEnd(view.state)) {
        throw new Error(`the execution ended ${view.state} without having been ${wanted}`);
      }
      return undefined;
    },
  });
}

/** The execution as the start gave it back, which no task run has touched. */
function asGivenBack(execution: Execution): KestraExecution {
  const { id, flow, state, createdAt, scheduleDate, labels } = execution;
  return {
    id,
    namespace: flow.namespace,
    flowId: flow.id,
    flowRevision: flow.revision,
    state,
    histories: ['CREATED'],
    startDate: new Date(createdAt).toISOString(),
    scheduleDate: scheduleDate === undefined ? null : new Date(scheduleDate).toISOString(),
    endDate: null,
    parentId: execution.parentId ?? null,
    originalId: execution.originalId ?? null,
    labels: Object.entries(labels).map(([key, value]) => ({ key, value })),
    inputs: {},
    outputs: null,
    trigger: null,
    error: null,
    taskRuns: [],
  };
}
