/**
 * An execution in Kestra's terms, built from the product's own view of it.
 *
 * What differs: Kestra keeps the history of states of executions and task runs, which here follows
 * from what the records say (attempts made, states reached); flowables have no attempts; a loop
 * value is known of the direct children of the loop only, the chain of them of every task run.
 */
import type { Attempt, Failure, StateChange } from '../../src/engine/execution.ts';
import { isEnd, type State } from '../../src/engine/states.ts';
import { toPlain } from '../../src/expression/value.ts';
import { unpack } from '../../src/runtime/pack.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { type ExecutionView, type TaskRunView, viewExecution } from '../../src/runtime/view.ts';
import type { Label } from './cases.ts';

export interface KestraExecution {
  readonly id: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly flowRevision: number;
  readonly state: State;
  readonly histories: readonly State[];
  readonly startDate: string;
  readonly scheduleDate: string | null;
  readonly endDate: string | null;
  readonly parentId: string | null;
  readonly originalId: string | null;
  readonly labels: readonly Label[];
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>> | null;
  readonly trigger: {
    readonly id: string;
    readonly type: string;
    readonly variables: Readonly<Record<string, unknown>>;
  } | null;
  readonly error: Failure | null;
  readonly taskRuns: readonly KestraTaskRun[];
}

export interface KestraTaskRun {
  readonly id: string;
  readonly taskId: string;
  readonly path: string;
  readonly state: State;
  readonly histories: readonly State[];
  /** Loop values around, outermost first. */
  readonly values: readonly string[];
  readonly attempts: readonly Attempt[] | null;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly error: Failure | null;
}

export async function viewAsKestra(
  runtime: Runtime,
  id: string,
): Promise<KestraExecution | undefined> {
  const view = await viewExecution(runtime, id);
  const header = await runtime.store.readExecution(id);
  if (!view || !header) return undefined;
  const trigger =
    header.trigger === undefined ? null : toPlain(await unpack(header.trigger, runtime.blobs));
  const execution = kestraExecution(view);
  return {
    ...execution,
    histories: executionHistory(view.state, execution.taskRuns, header.history),
    parentId: header.parentId ?? null,
    originalId: header.originalId ?? null,
    trigger: trigger as KestraExecution['trigger'],
  };
}

export function kestraExecution(view: Omit<ExecutionView, 'cost'>): KestraExecution {
  const taskRuns = view.taskRuns.map((run) => kestraTaskRun(run, view.taskRuns));
  return {
    id: view.id,
    namespace: view.namespace,
    flowId: view.flowId,
    flowRevision: view.flowRevision,
    state: view.state,
    histories: executionHistory(view.state, taskRuns),
    startDate: view.startDate,
    scheduleDate: view.scheduleDate ?? null,
    endDate: view.endDate ?? null,
    parentId: null,
    originalId: null,
    labels: Object.entries(view.labels).map(([key, value]) => ({ key, value })),
    inputs: view.inputs as Readonly<Record<string, unknown>>,
    outputs: (view.outputs as Readonly<Record<string, unknown>> | undefined) ?? null,
    trigger: null,
    error: view.error ?? null,
    taskRuns,
  };
}

function kestraTaskRun(run: TaskRunView, all: readonly TaskRunView[]): KestraTaskRun {
  return {
    id: run.id,
    taskId: run.taskId,
    path: run.path,
    state: run.state,
    histories: taskRunHistory(run),
    values: valueChain(run, all),
    attempts: run.attempts ?? null,
    outputs: (run.outputs as Readonly<Record<string, unknown>> | undefined) ?? {},
    error: run.error ?? null,
  };
}

/** The value of a loop is on its direct children, which any deeper task run has above itself. */
function valueChain(run: TaskRunView, all: readonly TaskRunView[]): readonly string[] {
  const values: string[] = [];
  for (let end = run.path.indexOf(']/'); end >= 0; end = run.path.indexOf(']/', end + 1)) {
    const loop = run.path.slice(0, end + 2);
    const child = all.find(
      ({ path, value }) =>
        value !== undefined && path.startsWith(loop) && !path.slice(loop.length).includes(']/'),
    );
    if (child?.value !== undefined) values.push(child.value);
  }
  return values;
}

function taskRunHistory({ state, pausedAt, attempts = [] }: TaskRunView): readonly State[] {
  const history: State[] = ['CREATED', 'RUNNING'];
  // A pause that failed by itself ends from there; one that was resumed goes on first.
  const wentOn = state === 'SUCCESS' || state === 'RUNNING';
  if (pausedAt !== undefined) history.push('PAUSED', ...(wentOn ? (['RUNNING'] as const) : []));
  // Every attempt but the last led to a wait and another go; the last one too, while waiting.
  for (let made = 1; made < attempts.length; made++) history.push('RETRYING', 'RUNNING');
  return state === 'RUNNING' ? history : [...history, state];
}

/** `changes` are those that admission made; without any the execution began at once. */
function executionHistory(
  state: State,
  runs: readonly KestraTaskRun[],
  changes: readonly StateChange[] = [],
): readonly State[] {
  const history: State[] = ['CREATED'];
  if (changes.some((change) => change.state === 'QUEUED')) history.push('QUEUED');
  if (state === 'CREATED' || state === 'QUEUED') return history;
  // One that was turned away, or had nothing to run, was never RUNNING.
  if (runs.length > 0 || !isEnd(state)) history.push('RUNNING');
  for (const run of runs) {
    const retries = run.histories.filter((step) => step === 'RETRYING').length;
    for (let made = 0; made < retries; made++) history.push('RETRYING', 'RUNNING');
  }
  return isEnd(state) || state !== 'RUNNING' ? [...history, state] : history;
}

/** The `outputs` variable of the execution: nested by the loop values, outermost first. */
export function taskOutputs(runs: readonly KestraTaskRun[]): Record<string, unknown> {
  const outputs: Record<string, unknown> = {};
  for (const run of runs) {
    if (Object.keys(run.outputs).length === 0) continue;
    const keys = [run.taskId, ...run.values];
    const last = keys.pop() ?? run.taskId;
    let at = outputs;
    for (const key of keys) {
      const next = (at[key] ?? {}) as Record<string, unknown>;
      at[key] = next;
      at = next;
    }
    at[last] = { ...(at[last] as Record<string, unknown> | undefined), ...run.outputs };
  }
  return outputs;
}
