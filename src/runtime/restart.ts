/**
 * Restart: the failed tasks of an ended execution run again, in a new epoch in which what was done
 * well still counts (src/engine/standing.ts). Then it goes on from there as recovery does.
 */
import { headOfExecution } from '../engine/baton.ts';
import type { Execution, ExecutionId, Path } from '../engine/execution.ts';
import { limits } from '../engine/limits.ts';
import { type Record, replay } from '../engine/replay.ts';
import { type EndState, isEnd, type State } from '../engine/states.ts';
import { changeExecution, reopened } from './changes.ts';
import { withState } from './history.ts';
import { withMarked } from './mark.ts';
import { isWaiting, needsAdmission } from './places.ts';
import { readRecords } from './read-records.ts';
import { recover } from './recover.ts';
import type { Runtime } from './runtime.ts';
import { armDeadlines } from './deadlines.ts';
import { enter } from './start.ts';
import { taskRunPath, taskRunPaths } from './task-run-path.ts';
import { type ExecutionView, viewRecords } from './view.ts';

export type Restarted =
  | { readonly type: 'restarted'; readonly view: ExecutionView }
  | { readonly type: 'unknown-execution' }
  /** It has not ended, was killed, or has been retried. */
  | { readonly type: 'not-restartable'; readonly state: State }
  | { readonly type: 'nothing-failed' }
  /** No task run has that path or id, or several have that task id. */
  | { readonly type: 'unknown-task-run'; readonly taskRuns: readonly Path[] };

/** `waiter`: the baton of whoever waits for its next end, where that is another than before. */
export async function restart(
  runtime: Runtime,
  id: ExecutionId,
  waiter?: string,
): Promise<Restarted> {
  const execution = await runtime.store.readExecution(id);
  if (!execution) return { type: 'unknown-execution' };
  if (!isRestartable(execution)) return { type: 'not-restartable', state: execution.state };
  const records = await readRecords(runtime, id);
  if (!(await hasFailed(runtime, execution, records))) return { type: 'nothing-failed' };
  return goOn(runtime, execution, { ...(waiter !== undefined && { waiter }) });
}

/**
 * A task run of an ended execution gets another end, and the execution goes on after it. `task`: its
 * path, its id, or a task id that only one task run has.
 */
export async function changeTaskRunState(
  runtime: Runtime,
  id: ExecutionId,
  task: string,
  state: EndState,
): Promise<Restarted> {
  const execution = await runtime.store.readExecution(id);
  if (!execution) return { type: 'unknown-execution' };
  if (!isRestartable(execution)) return { type: 'not-restartable', state: execution.state };
  const records = await readRecords(runtime, id);
  const taskRuns = await taskRunPaths(runtime, execution, records);
  const path = taskRunPath(id, taskRuns, task);
  if (path === undefined) return { type: 'unknown-task-run', taskRuns };
  return goOn(runtime, execution, { marked: { path, state } });
}

/** One that is RETRIED has another in its place already. */
function isRestartable({ state, endedAt }: Execution): boolean {
  return isEnd(state) && endedAt !== undefined && state !== 'KILLED' && state !== 'RETRIED';
}

/** Whether anything is left to do again, once failures no longer count. */
async function hasFailed(
  runtime: Runtime,
  execution: Execution,
  records: ReadonlyMap<Path, Record>,
): Promise<boolean> {
  const flow = await runtime.flows.load(execution.flow);
  const head = headOfExecution({ ...execution, epoch: execution.epoch + 1 });
  const { frontier } = replay(flow, head, { records });
  return frontier.some((effect) => effect.type === 'send');
}

/** `ended`: the header, as somebody has found it to be restartable. */
async function goOn(
  runtime: Runtime,
  ended: Execution,
  more: Pick<Execution, 'waiter' | 'marked'>,
): Promise<Restarted> {
  const { id } = ended;
  const now = runtime.clock.now();
  // Whoever ended it may have died before all that follows was done: the new epoch has another end.
  if (ended.dueAt !== undefined) await recover(runtime, ended);
  const flow = await runtime.flows.load(ended.flow);
  // One that needs a place asks for it again.
  const state = needsAdmission(flow) ? 'CREATED' : 'RUNNING';
  const change = await changeExecution(runtime, id, (seen) => {
    // What follows a later end has not been done.
    if (!isRestartable(seen) || seen.epoch !== ended.epoch) return undefined;
    const chain = seen.chain ?? { number: 1, since: seen.createdAt };
    return {
      ...reopened(withState(seen, ['RESTARTED', state], now)),
      epoch: seen.epoch + 1,
      labels: { ...seen.labels, 'system.restarted': 'true' },
      chain: { ...chain, number: chain.number + 1 },
      dueAt: now + limits.sweepAfterMs,
      ...more,
    };
  });
  if (!change) return { type: 'unknown-execution' };
  if (!change.now) return { type: 'not-restartable', state: change.seen.state };
  const records = await withMarked(runtime, change.now, await readRecords(runtime, id));
  const view = await viewRecords(runtime, flow, asRestarted(change.now), records);
  await armDeadlines(runtime, flow, change.now);
  await (isWaiting(change.now) ? enter : recover)(runtime, change.now);
  await runtime.store.settled();
  return { type: 'restarted', view };
}

/** As it was the moment before it went on. */
export function asRestarted(execution: Execution): Execution {
  const { history = [] } = execution;
  return { ...execution, state: 'RESTARTED', history: history.slice(0, -1) };
}
