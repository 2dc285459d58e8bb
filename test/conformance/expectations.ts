/**
 * What a case asserts of an execution: one function for each key of `expect`. A key that is not here
 * is not there yet, and the case that asserts it is skipped rather than passed unlooked at.
 */
import { isEnd } from '../../src/engine/states.ts';
import type { Facts, Label } from './cases.ts';
import { type KestraExecution, taskOutputs } from './kestra-view.ts';
import { checkLogCounts, checkLogs } from './log-expectations.ts';
import { compare, compareSubset, type Mismatch } from './matchers.ts';
import * as related from './related-expectations.ts';
import { checkStoredFiles } from './stored-files.ts';
import type { CaseCheck, Check, Subject } from './subject.ts';
import { checkTaskRunIds, checkTaskRuns } from './task-run-expectations.ts';

/** Keys that say how to read the others. */
const remarks: ReadonlySet<string> = new Set([
  'of',
  'snapshot',
  'snapshotStep',
  'notes',
  'historiesMatch',
  'labelsOrder',
  'withinMs',
]);

/** Null says that nothing is asserted here; anywhere else it asserts that there is nothing. */
const nullIsSilent: ReadonlySet<string> = new Set(['state', 'taskRunCount']);

function field(name: string, read: (execution: KestraExecution) => unknown): Check {
  return (expected, { execution, match }) => compare(expected, read(execution), match, name);
}

function subsetField(name: string, read: (execution: KestraExecution) => unknown): Check {
  return (expected, { execution, match }) => compareSubset(expected, read(execution), match, name);
}

const ofExecution: Readonly<Record<string, Check>> = {
  state: field('state', ({ state }) => state),
  impliedState: field('state', ({ state }) => state),
  terminated: field('terminated', ({ state }) => isEnd(state)),
  executionId: field('id', ({ id }) => id),
  parentId: field('parentId', ({ parentId }) => parentId),
  namespace: field('namespace', ({ namespace }) => namespace),
  flowId: field('flowId', ({ flowId }) => flowId),
  histories: (expected, { execution, facts, match }) => {
    const wanted = expected as readonly unknown[];
    const { histories } = execution;
    const actual =
      facts['historiesMatch'] === 'prefix' ? histories.slice(0, wanted.length) : histories;
    return compare(wanted, actual, match, 'histories');
  },
  historiesLength: field('histories.length', ({ histories }) => histories.length),
  taskRunCount: field('taskRuns.length', ({ taskRuns }) => taskRuns.length),
  taskRuns: checkTaskRuns,
  taskRunIds: checkTaskRunIds,
  allTaskRunsState: (expected, { execution, match }) =>
    execution.taskRuns.flatMap(({ state }, index) =>
      compare(expected, state, match, `taskRuns[${index}].state`),
    ),
  taskRunStateCounts: (expected, { execution, match }) =>
    Object.entries(expected as Facts).flatMap(([state, count]) => {
      const runs = execution.taskRuns.filter((run) => run.state === state);
      return compare(count, runs.length, match, `number of ${state} task runs`);
    }),
  labelsContain: (expected, { execution, match }) =>
    compare({ $hasItems: expected }, execution.labels, match, 'labels'),
  labelsExactly: (expected, { execution, facts, match }) =>
    compare(
      facts['labelsOrder'] === 'any' ? { $anyOrder: expected } : expected,
      execution.labels,
      match,
      'labels',
    ),
  labelsOrdered: (expected, { execution, match }) => {
    const keys = new Set((expected as readonly Label[]).map(({ key }) => key));
    const labels = execution.labels.filter(({ key }) => keys.has(key));
    return compare(expected, labels, match, 'labels');
  },
  labelsOrderedPrefix: (expected, { execution, match }) => {
    const wanted = expected as readonly Label[];
    return compare(wanted, execution.labels.slice(0, wanted.length), match, 'labels');
  },
  labelCount: field('labels.length', ({ labels }) => labels.length),
  inputs: subsetField('inputs', ({ inputs }) => inputs),
  executionInputs: subsetField('inputs', ({ inputs }) => inputs),
  outputs: subsetField('outputs', ({ outputs }) => outputs),
  outputKeyCount: field('number of outputs', ({ outputs }) => Object.keys(outputs ?? {}).length),
  executionTaskOutputs: subsetField('task outputs', ({ taskRuns }) => taskOutputs(taskRuns)),
  triggerType: field('trigger.type', ({ trigger }) => trigger?.type),
  triggerVariables: subsetField('trigger', ({ trigger }) => trigger?.variables),
  logs: checkLogs,
  logCounts: checkLogCounts,
  storedFiles: checkStoredFiles,
  related: related.checkRelated,
};

/** Assertions that hold, or not, without an execution to look at. */
const ofCase: Readonly<Record<string, CaseCheck>> = {
  error: (expected, { result, execution, match }) => {
    const actual = result?.error ?? execution?.error?.message;
    const { kind } = expected as { readonly kind?: unknown };
    // Only that it was refused is recorded, not in which words.
    if (kind !== undefined) return actual === undefined ? [mismatch('error', kind, actual)] : [];
    return compare(expected, actual, match, 'error');
  },
  typedInputs: (expected, { result, match }) =>
    compareSubset(expected, result?.typedInputs, match, 'inputs'),
  scheduleDate: (expected, { result, match }) =>
    compare(expected, result?.used?.['scheduleDate'], match, 'scheduleDate'),
  executions: related.checkExecutions,
  executionsOfFlow: related.checkExecutionsOfFlow,
  executionGone: related.checkGone,
  successExecutionsTotal: related.checkSuccessTotal,
};

/** The assertions of these facts that nothing here can check. */
export function unknownAssertions(facts: Facts): readonly string[] {
  return Object.keys(facts).filter(
    (key) => !remarks.has(key) && !Object.hasOwn(ofExecution, key) && !Object.hasOwn(ofCase, key),
  );
}

export async function checkFacts(facts: Facts, subject: Subject): Promise<readonly Mismatch[]> {
  const found: Mismatch[] = [];
  for (const [key, expected] of Object.entries(facts)) {
    if (remarks.has(key) || (expected === null && nullIsSilent.has(key))) continue;
    found.push(...(await checkFact(key, expected, facts, subject)));
  }
  return found;
}

async function checkFact(
  key: string,
  expected: unknown,
  facts: Facts,
  subject: Subject,
): Promise<readonly Mismatch[]> {
  const alone = Object.hasOwn(ofCase, key) ? ofCase[key] : undefined;
  if (alone !== undefined) return alone(expected, { ...subject, facts });
  const check = Object.hasOwn(ofExecution, key) ? ofExecution[key] : undefined;
  if (check === undefined) throw new Error(`the assertion ${key} is not there yet`);
  const { execution } = subject;
  if (execution !== undefined) return check(expected, { ...subject, execution, facts });
  const isEmpty = Array.isArray(expected) && expected.length === 0;
  return isEmpty ? [] : [mismatch(key, expected, 'no execution')];
}

function mismatch(path: string, expected: unknown, actual: unknown): Mismatch {
  return { path, expected, actual };
}
