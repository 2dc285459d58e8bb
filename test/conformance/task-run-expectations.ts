/** Assertions about single task runs: which one is meant, and what must hold of it. */
import type { Facts } from './cases.ts';
import type { KestraTaskRun } from './kestra-view.ts';
import { compare, compareSubset, isMatcher, type Mismatch, type World } from './matchers.ts';
import type { Check } from './subject.ts';

interface TaskRunFacts extends Facts {
  readonly taskId: string;
  /** Position in the list; negative counts from the end. */
  readonly index?: number;
  /** False: the id is given for orientation only. */
  readonly taskIdAsserted?: boolean;
  /** Loop values around, outermost first. */
  readonly values?: readonly string[];
  /** How many task runs have the id. */
  readonly count?: number;
}

export const checkTaskRuns: Check = (expected, { execution, match }) =>
  (expected as readonly TaskRunFacts[]).flatMap((facts) =>
    checkTaskRun(facts, execution.taskRuns, match),
  );

export function checkTaskRun(
  facts: TaskRunFacts,
  runs: readonly KestraTaskRun[],
  match: World,
): readonly Mismatch[] {
  const { taskId, count } = facts;
  const counted =
    count === undefined
      ? []
      : compare(
          count,
          runs.filter((run) => run.taskId === taskId).length,
          match,
          `number of task runs ${taskId}`,
        );
  const asserted = Object.entries(facts).filter(([key]) => Object.hasOwn(checks, key));
  if (count !== undefined && asserted.length === 0) return counted;
  const name = nameOf(facts);
  const run = find(facts, runs);
  if (run === undefined) {
    const actual = runs.map((other) => describeRun(other));
    return [...counted, { path: name, expected: 'a task run', actual }];
  }
  const misplaced =
    facts.index !== undefined && facts.taskIdAsserted !== false
      ? compare(taskId, run.taskId, match, `${name}.taskId`)
      : [];
  return [
    ...counted,
    ...misplaced,
    ...asserted.flatMap(([key, value]) => checks[key]?.(value, run, match, name) ?? []),
  ];
}

type CheckRun = (
  expected: unknown,
  run: KestraTaskRun,
  match: World,
  name: string,
) => readonly Mismatch[];

const checks: Readonly<Record<string, CheckRun>> = {
  id: (expected, { id }, match, name) => compare(expected, id, match, `${name}.id`),
  state: (expected, { state }, match, name) => compare(expected, state, match, `${name}.state`),
  outputs: (expected, { outputs }, match, name) => {
    const isEmpty = Object.keys(outputs).length === 0;
    const actual = isEmpty && (expected === null || isMatcher(expected)) ? null : outputs;
    return compareSubset(expected, actual, match, `${name}.outputs`);
  },
  outputsExactly: (expected, { outputs }, match, name) =>
    compare(expected, outputs, match, `${name}.outputs`),
  outputSizes: (expected, { outputs }, match, name) =>
    Object.entries(expected as Facts).flatMap(([key, size]) =>
      compare(size, sizeOf(outputs[key]), match, `size of ${name}.outputs.${key}`),
    ),
  attempts: (expected, { attempts }, match, name) =>
    compare(expected, attempts === null ? null : attempts.length, match, `${name}.attempts`),
  attemptStates: (expected, { attempts }, match, name) =>
    compare(expected, attempts?.map(({ state }) => state) ?? null, match, `${name}.attempts`),
  historiesLength: (expected, { histories }, match, name) =>
    compare(expected, histories.length, match, `${name}.histories.length`),
  historyCounts: (expected, { histories }, match, name) =>
    Object.entries(expected as Facts).flatMap(([state, count]) =>
      compare(
        count,
        histories.filter((other) => other === state).length,
        match,
        `${state} in ${name}.histories`,
      ),
    ),
};

/** What an item may say about the task run it means; anything else is an assertion. */
const orientation: ReadonlySet<string> = new Set([
  'taskId',
  'index',
  'taskIdAsserted',
  'values',
  'count',
  'notes',
]);

/** Assertions about task runs that nothing here can check. */
export function unknownTaskRunAssertions(facts: Facts): readonly string[] {
  return Object.keys(facts).filter((key) => !orientation.has(key) && !Object.hasOwn(checks, key));
}

export const checkTaskRunIds: Check = (expected, { execution, match }) =>
  (expected as readonly { readonly index: number; readonly id: unknown }[]).flatMap(
    ({ index, id }) =>
      compare(id, execution.taskRuns.at(index)?.id, match, `taskRuns[${index}].id`),
  );

export function find(
  { taskId, index, values }: Pick<TaskRunFacts, 'taskId' | 'index' | 'values'>,
  runs: readonly KestraTaskRun[],
): KestraTaskRun | undefined {
  if (index !== undefined) return runs.at(index);
  return runs.find(
    (run) =>
      run.taskId === taskId &&
      (values === undefined || JSON.stringify(run.values) === JSON.stringify(values)),
  );
}

function nameOf({ taskId, index, values }: TaskRunFacts): string {
  if (index !== undefined) return `taskRuns[${index}]`;
  return `taskRun(${[taskId, ...(values ?? [])].join(', ')})`;
}

function describeRun({ taskId, values, state }: KestraTaskRun): string {
  return `${[taskId, ...values].join(', ')}: ${state}`;
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
}
