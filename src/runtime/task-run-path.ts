/** Which task run somebody means: people write a path, its id, or just the task's. */
import { headOfExecution } from '../engine/baton.ts';
import type { Execution, ExecutionId, Path } from '../engine/execution.ts';
import { type Record, replay } from '../engine/replay.ts';
import { taskIdOf } from '../engine/tree.ts';
import type { Runtime } from './runtime.ts';
import { taskRunId } from './task-run-id.ts';

/** Undefined where there is none, or where the task id fits several. */
export function taskRunPath(
  execution: ExecutionId,
  paths: readonly Path[],
  named: string,
): Path | undefined {
  const exact = paths.find((path) => path === named || taskRunId(execution, path) === named);
  if (exact !== undefined) return exact;
  const runs = paths.filter((path) => taskIdOf(path) === named);
  return runs.length === 1 ? runs[0] : undefined;
}

/** Paths of all task runs, those without a record included. */
export async function taskRunPaths(
  runtime: Runtime,
  execution: Execution,
  records: ReadonlyMap<Path, Record>,
): Promise<readonly Path[]> {
  const flow = await runtime.flows.load(execution.flow);
  const { opened } = replay(flow, headOfExecution(execution), { records, past: true });
  return [...new Set([...opened, ...records.keys()])];
}
