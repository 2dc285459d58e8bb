/**
 * Replay: a new execution that takes over what another one did before a task run, and does the rest
 * again. The records that are kept are copied with the epoch before the new one's, as after a
 * restart; then it goes on as recovery does. The header comes last: without it the copies are
 * nobody's, and expire.
 */
import type { Execution, ExecutionId, Path, Slot } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import type { Record } from '../engine/replay.ts';
import { isKept } from '../engine/standing.ts';
import { isBehind } from '../engine/succession.ts';
import { isAfterwards, placeAt, placeOfTask, taskIdOf } from '../engine/tree.ts';
import { advance } from './advance.ts';
import { begin } from './begin.ts';
import type { ValueMap } from '../expression/value.ts';
import { nextInChain } from './chain.ts';
import { changeExecution } from './changes.ts';
import { armDeadlines } from './deadlines.ts';
import { withState } from './history.ts';
import { pack } from './pack.ts';
import { needsAdmission } from './places.ts';
import { readRecords } from './read-records.ts';
import { recover } from './recover.ts';
import { asRestarted } from './restart.ts';
import type { Runtime } from './runtime.ts';
import { enter, newExecutionId } from './start.ts';
import { taskRunPath, taskRunPaths } from './task-run-path.ts';
import { type ExecutionView, viewRecords } from './view.ts';

export interface ReplayRequest {
  /** Of the new execution, where something has been stored under it already. */
  readonly id?: ExecutionId;
  /** From this task run on: its path, its id, or a task id that only one has. Without: from the start. */
  readonly task?: string;
  /** Of the flow; without it the one the execution had. */
  readonly revision?: number;
  /** In the place of the inputs it had, typed and checked. */
  readonly inputs?: ValueMap;
  readonly breakpoints?: readonly string[];
}

export type Replayed =
  | { readonly type: 'replayed'; readonly execution: Execution; readonly view: ExecutionView }
  | { readonly type: 'unknown-execution' }
  | { readonly type: 'unknown-revision' }
  | { readonly type: 'unknown-task-run'; readonly taskRuns: readonly Path[] };

export async function replayExecution(
  runtime: Runtime,
  id: ExecutionId,
  request: ReplayRequest = {},
): Promise<Replayed> {
  const seen = await runtime.store.readExecution(id);
  if (!seen) return { type: 'unknown-execution' };
  const flow = await flowOf(runtime, seen, request.revision);
  if (!flow) return { type: 'unknown-revision' };
  const records = await readRecords(runtime, id);
  const known = await taskRunPaths(runtime, seen, records);
  const from = request.task === undefined ? undefined : taskRunPath(id, known, request.task);
  if (request.task !== undefined && (from === undefined || !hasTask(flow, from))) {
    return { type: 'unknown-task-run', taskRuns: known };
  }
  const slots =
    from === undefined
      ? []
      : [...records.values()].flatMap((each) => taken(flow, records, each, from));
  return fork(runtime, flow, seen, { ...request, slots });
}

/** What is failed runs again, on another revision: that makes a new execution, too. */
export async function restartOnRevision(
  runtime: Runtime,
  id: ExecutionId,
  revision: number,
): Promise<Replayed> {
  const seen = await runtime.store.readExecution(id);
  if (!seen) return { type: 'unknown-execution' };
  const flow = await flowOf(runtime, seen, revision);
  if (!flow) return { type: 'unknown-revision' };
  const slots: Slot[] = [];
  for (const { slot } of (await readRecords(runtime, id)).values()) {
    if (!hasTask(flow, slot.path)) continue;
    if (isKept(flow, slot)) slots.push(slot);
    else if (!isAfterwards(placeAt(flow, slot.path))) slots.push(again(slot));
  }
  return fork(runtime, flow, seen, { slots });
}

async function fork(
  runtime: Runtime,
  flow: Flow,
  seen: Execution,
  given: Omit<ReplayRequest, 'task'> & { readonly slots: readonly Slot[] },
): Promise<Replayed> {
  const { slots, inputs, breakpoints, id = newExecutionId(runtime.random) } = given;
  const now = runtime.clock.now();
  const state = needsAdmission(flow) ? 'CREATED' : 'RUNNING';
  const { history } = withState(seen, ['RESTARTED', state], now);
  const execution: Execution = {
    ...nextInChain(seen, id, now),
    flow: { namespace: flow.namespace, id: flow.id, revision: flow.revision },
    state,
    epoch: slots.length > 0 ? 2 : 1,
    ...(slots.length > 0 && history && { history }),
    ...(inputs && { inputs: await pack(inputs, runtime.blobs, `${id}/inputs`) }),
    ...(breakpoints && { breakpoints }),
    // One that needs a place asks for it, as any execution does.
    ...(needsAdmission(flow) && { state: 'CREATED' }),
  };
  for (const slot of slots) await runtime.store.commitSlot(id, { ...slot, epoch: 1 });
  await runtime.store.createExecution(execution);
  await changeExecution(runtime, seen.id, (source) => ({
    ...source,
    labels: { ...source.labels, 'system.replayed': 'true' },
  }));
  const records = await readRecords(runtime, id);
  const shown: Execution =
    slots.length > 0 ? asRestarted(execution) : { ...execution, state: 'CREATED' };
  const view = await viewRecords(runtime, flow, shown, records);
  await armDeadlines(runtime, flow, execution);
  if (needsAdmission(flow)) await enter(runtime, execution);
  else if (slots.length > 0) await recover(runtime, execution);
  else await advance(runtime, await begin(runtime, flow, execution));
  await runtime.store.settled();
  return { type: 'replayed', execution, view };
}

async function flowOf(
  runtime: Runtime,
  { flow }: Execution,
  revision: number | undefined,
): Promise<Flow | undefined> {
  if (revision === undefined) return runtime.flows.load(flow);
  return (await runtime.store.readFlow(flow.namespace, flow.id, revision))?.flow;
}

/** What the new execution takes over of a record: all of it, that it is to run again, or nothing. */
function taken(
  flow: Flow,
  records: ReadonlyMap<Path, Record>,
  { slot }: Record,
  from: Path,
): readonly Slot[] {
  if (!hasTask(flow, slot.path)) return [];
  if (slot.path === from) return [again(slot)];
  const fanAt = (path: Path) => placeAt(flow, path).task.fan ?? records.get(path)?.fan;
  return isBehind(flow, fanAt, slot.path, from) ? [] : [slot];
}

/** Shown as RESTARTED until it has run again. */
function again({
  fan: _,
  outputs: __,
  error: ___,
  resumeAt: ____,
  child: _____,
  ...slot
}: Slot): Slot {
  return { ...slot, state: 'RESTARTED' };
}

function hasTask(flow: Flow, path: Path): boolean {
  return placeOfTask(flow, taskIdOf(path)) !== undefined;
}
