/**
 * An execution in Kestra's terms, built from the product's own view of it.
 *
 * What differs: Kestra keeps the history of states of task runs, which here follows from what the
 * records say (attempts made, states reached), and its executions show RETRYING; a loop
 * value is known of the direct children of the loop only, the chain of them of every task run.
 */
import type { Attempt, Failure } from '../../src/engine/execution.ts';
import type { State } from '../../src/engine/states.ts';
import { toPlain } from '../../src/expression/value.ts';
import { unpack } from '../../src/runtime/pack.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { createSecrets } from '../../src/runtime/secrets.ts';
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

/** When it was restarted, or taken over by a replay. */
type Restarts = readonly string[];

export async function viewAsKestra(
  runtime: Runtime,
  id: string,
): Promise<KestraExecution | undefined> {
  const view = await viewExecution(runtime, id);
  const header = await runtime.store.readExecution(id);
  if (!view || !header) return undefined;
  const taskRuns = [];
  for (const run of view.taskRuns) taskRuns.push(await inClear(runtime, id, run));
  const trigger =
    header.trigger === undefined ? null : toPlain(await unpack(header.trigger, runtime.blobs));
  return {
    ...kestraExecution({ ...view, taskRuns }),
    trigger: trigger as KestraExecution['trigger'],
  };
}

/** The reference shows outputs as expressions see them; here people see what is secret masked. */
async function inClear(runtime: Runtime, id: string, run: TaskRunView): Promise<TaskRunView> {
  if (!JSON.stringify(run.outputs ?? {}).includes('********')) return run;
  const { outputs } = (await runtime.store.readSlot(id, run.path)) ?? {};
  if (outputs === undefined) return run;
  const { reveal } = createSecrets(runtime.settings.encryptionKey);
  return { ...run, outputs: toPlain(reveal(await unpack(outputs, runtime.blobs))) };
}

/** `before`: as it was before the request that gave this view, whose task runs keep their histories. */
export function kestraExecution(
  view: Omit<ExecutionView, 'cost'>,
  before?: KestraExecution,
): KestraExecution {
  const restarts = view.history.flatMap(({ state, date }) => (state === 'RESTARTED' ? [date] : []));
  const taskRuns = view.taskRuns.map((run) => {
    const known = before?.taskRuns.find(({ path }) => path === run.path);
    return kestraTaskRun(run, view.taskRuns, restarts, known);
  });
  return {
    id: view.id,
    namespace: view.namespace,
    flowId: view.flowId,
    flowRevision: view.flowRevision,
    state: view.state,
    histories: executionHistory(view, restarts),
    startDate: view.startDate,
    scheduleDate: view.scheduleDate ?? null,
    endDate: view.endDate ?? null,
    parentId: view.parentId ?? null,
    originalId: view.originalId ?? null,
    labels: Object.entries(view.labels).map(([key, value]) => ({ key, value })),
    inputs: view.inputs as Readonly<Record<string, unknown>>,
    outputs: (view.outputs as Readonly<Record<string, unknown>> | undefined) ?? null,
    trigger: null,
    error: view.error ?? null,
    taskRuns,
  };
}

function kestraTaskRun(
  run: TaskRunView,
  all: readonly TaskRunView[],
  restarts: Restarts,
  before: KestraTaskRun | undefined,
): KestraTaskRun {
  const { histories: past = [] } = before ?? {};
  const changed = past.at(-1) === run.state ? past : [...past, run.state];
  return {
    id: run.id,
    taskId: run.taskId,
    path: run.path,
    state: run.state,
    histories: before ? changed : taskRunHistory(run, restarts),
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

/** Every attempt but the last led to another go: by a wait for it, or by a restart. */
function taskRunHistory(
  { state, pausedAt, attempts = [] }: TaskRunView,
  restarts: Restarts,
): readonly State[] {
  const history: State[] = ['CREATED', 'RUNNING'];
  // A pause that failed by itself ends from there; one that was resumed goes on first.
  const wentOn = state === 'SUCCESS' || state === 'RUNNING';
  if (pausedAt !== undefined) history.push('PAUSED', ...(wentOn ? (['RUNNING'] as const) : []));
  for (const [index, next] of attempts.slice(1).entries()) {
    const made = attempts[index];
    if (!made) continue;
    const again: readonly State[] = isRetry(made, next, restarts)
      ? ['RETRYING']
      : [made.state, 'RESTARTED'];
    history.push(...again, 'RUNNING');
  }
  const last = attempts.at(-1);
  if (state === 'RESTARTED' && last) history.push(last.state);
  return state === 'RUNNING' ? history : [...history, state];
}

function isRetry(made: Attempt, next: Attempt, restarts: Restarts): boolean {
  return !restarts.some(
    (date) => made.endedAt <= Date.parse(date) && Date.parse(date) <= next.startedAt,
  );
}

/** While a task run waits for its next attempt, the execution is RETRYING as well. */
function executionHistory(view: Omit<ExecutionView, 'cost'>, restarts: Restarts): readonly State[] {
  const history = view.history.map(({ state, date }) => ({ state, at: Date.parse(date) }));
  for (const { attempts = [] } of view.taskRuns) {
    for (const [index, next] of attempts.slice(1).entries()) {
      const made = attempts[index];
      if (!made || !isRetry(made, next, restarts)) continue;
      const running = history.findLastIndex(
        ({ state, at }) => state === 'RUNNING' && at <= made.endedAt,
      );
      const waits = { state: 'RETRYING', at: made.endedAt } as const;
      history.splice(running + 1, 0, waits, { state: 'RUNNING', at: next.startedAt });
    }
  }
  return history.map(({ state }) => state);
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
