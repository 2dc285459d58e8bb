/** Assertions about the log entries of an execution. */
import type { LogEntry } from '../../src/engine/ports.ts';
import type { LogLevel } from '../../src/engine/flow.ts';
import type { KestraExecution } from './kestra-view.ts';
import { compare, type Mismatch, type World } from './matchers.ts';
import type { Check } from './subject.ts';

interface LogFacts {
  readonly taskRunIndex?: number;
  readonly taskId?: string;
  readonly level?: string;
  readonly message?: unknown;
  /** There must be none. */
  readonly absent?: boolean;
  readonly count?: number;
  readonly minCount?: number;
  /** The parts of one long message follow each other at this distance. */
  readonly chunkTimestampsStepMs?: number;
}

export const checkLogs: Check = async (expected, { execution, world, match }) => {
  const { runtime, logs } = world.engine;
  await runtime.store.settled();
  const entries = await logs.readLogs(execution.id);
  return (expected as readonly LogFacts[]).flatMap((facts, index) =>
    checkLog(facts, { entries, execution, match, name: `logs[${index}]` }),
  );
};

export function checkLog(
  facts: LogFacts,
  {
    entries,
    execution,
    match,
    name,
  }: {
    readonly entries: readonly LogEntry[];
    readonly execution: Pick<KestraExecution, 'taskRuns'>;
    readonly match: World;
    readonly name: string;
  },
): readonly Mismatch[] {
  const { taskRunIndex, taskId, level, message, absent, count, minCount } = facts;
  const run = taskRunIndex === undefined ? undefined : execution.taskRuns.at(taskRunIndex);
  if (taskRunIndex !== undefined && run === undefined) {
    return [{ path: name, expected: `task run ${taskRunIndex}`, actual: undefined }];
  }
  const near = entries.filter(
    (entry) =>
      (run === undefined || entry.path === run.path) &&
      (taskId === undefined || entry.taskId === taskId),
  );
  const found = near.filter(
    (entry) =>
      (level === undefined || entry.level === level) &&
      (message === undefined || compare(message, entry.message, match).length === 0),
  );
  const wanted = count ?? (absent === true ? 0 : { $gte: minCount ?? 1 });
  if (compare(wanted, found.length, match).length > 0) {
    const actual = near.map((entry) => `${entry.level} ${entry.message.slice(0, 200)}`);
    return [{ path: name, expected: facts, actual }];
  }
  return checkSteps(facts, found, match, name);
}

function checkSteps(
  { chunkTimestampsStepMs: stepMs }: LogFacts,
  found: readonly LogEntry[],
  match: World,
  name: string,
): readonly Mismatch[] {
  if (stepMs === undefined) return [];
  const times = found.map(({ timestamp }) => timestamp);
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const wanted = steps.map(() => stepMs);
  return compare(wanted, steps, match, `${name} distances`);
}

export const checkLogCounts: Check = async (expected, { execution, world, match }) => {
  const { minLevel, count } = expected as { readonly minLevel: LogLevel; readonly count: number };
  await world.engine.runtime.store.settled();
  const entries = await world.engine.logs.readLogs(execution.id, minLevel);
  return compare(count, entries.length, match, `number of logs from ${minLevel}`);
};
