/**
 * Where an expression stands in a stored execution: at one of its task runs, or at its end. Read
 * only; what a step would know from its baton is found again in path, flow and records.
 */
import { type Baton, type Frame, headOfExecution } from '../engine/baton.ts';
import type { Execution, Path } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { replay } from '../engine/replay.ts';
import { ancestorsOf, parentPath, placeAt, taskIdOf } from '../engine/tree.ts';
import type { ValueMap } from '../expression/value.ts';
import { executionVariables, taskVariables } from './context.ts';
import { hostOf, type TaskHost } from './host.ts';
import { Records } from './records.ts';
import { readRecords } from './read-records.ts';
import type { Runtime } from './runtime.ts';

export interface Standpoint {
  readonly variables: ValueMap;
  readonly host: TaskHost;
}

/** No task run has that path, or more than one has that task id. */
export interface NoStandpoint {
  readonly taskRuns: readonly Path[];
}

/** `task`: the path of a task run, or a task id where only one run of the task exists. */
export async function standpointOf(
  runtime: Runtime,
  execution: Execution,
  task?: string,
): Promise<Standpoint | NoStandpoint> {
  const flow = await runtime.flows.load(execution.flow);
  const records = new Records(runtime, { execution: execution.id, live: new Map() });
  const { id } = execution;
  const { logs } = runtime;
  const host = hostOf(runtime, { namespace: flow.namespace, execution: { id, records, logs } });
  const means = { settings: runtime.settings, secrets: host.secrets };
  const at = { execution: execution.id, createdAt: execution.createdAt };
  if (task === undefined) {
    return { variables: executionVariables(flow, records, means, at), host };
  }
  const known = await readRecords(runtime, execution.id);
  const { opened } = replay(flow, headOfExecution(execution), { records: known });
  const paths = [...new Set([...opened, ...known.keys()])];
  const runs = paths.includes(task) ? [task] : paths.filter((path) => taskIdOf(path) === task);
  const [path] = runs;
  if (path === undefined || runs.length > 1) return { taskRuns: runs.length > 1 ? runs : paths };
  const slot = known.get(path)?.slot;
  records.know([...known.values()].map((record) => record.slot));
  const position: Position = {
    ...at,
    flow: execution.flow,
    path,
    frames: framesAt(flow, path),
    attempt: Math.max(1, slot?.attempts?.length ?? 1),
  };
  const startedAt = slot?.startedAt ?? execution.createdAt;
  return { variables: taskVariables(flow, records, means, position, startedAt), host };
}

type Position = Pick<Baton, 'execution' | 'flow' | 'createdAt' | 'path' | 'frames' | 'attempt'>;

/**
 * A frame for the root and one for each flowable around. Of a frame, variables need the iteration
 * only, which is in the path; its value is left to the fan that was recorded.
 */
function framesAt(flow: Flow, path: Path): readonly Frame[] {
  const frames: Frame[] = [];
  let child = placeAt(flow, path);
  let at = path;
  for (const flowable of ancestorsOf(child).toReversed()) {
    const parent = parentPath(child, at);
    const index = /^\[(\d+)\]/.exec(at.slice(parent.length))?.[1];
    frames.unshift({ worst: 'SUCCESS', ...(index !== undefined && iteration(Number(index))) });
    child = flowable;
    at = parent;
  }
  return [{ worst: 'SUCCESS' }, ...frames];
}

function iteration(index: number): Pick<Frame, 'member'> {
  return { member: { index, iteration: index, of: index + 1, limit: 0, each: 'value' } };
}
