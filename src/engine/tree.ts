/**
 * The tree of a flow's tasks, and the paths of their runs.
 *
 * A path is a function of flow and position, never random: task ids from the root down, an index in
 * brackets behind a loop (`each[3]/fetch`), the branch between a flowable and its child where it is
 * not `tasks` (`choose/then/log`, `errors/alert`). Task ids are unique in a flow, so the last id of
 * a path names the place, and the indexes name the iteration.
 */
import { assert } from './assert.ts';
import type { Path } from './execution.ts';
import type { Branches, Flow, Retry, Task } from './flow.ts';

/** Where a task stands in its flow. */
export interface Place {
  readonly task: Task;
  /** The flowable around it; undefined at the root. */
  readonly parent: Place | undefined;
  readonly branch: string;
  /** Position in the list. */
  readonly index: number;
  /** The path of its runs, without the indexes of loops. */
  readonly path: Path;
  /** How many flowables are around it. */
  readonly depth: number;
}

/** The lists that follow the tasks of a flowable or a flow, in their order. */
export const phases: readonly string[] = ['errors', 'finally', 'afterExecution'];

const trees = new WeakMap<Flow, ReadonlyMap<string, Place>>();

function treeOf(flow: Flow): ReadonlyMap<string, Place> {
  let places = trees.get(flow);
  if (!places) {
    const found = new Map<string, Place>();
    collect(flow.branches, undefined, found);
    places = found;
    trees.set(flow, places);
  }
  return places;
}

function collect(branches: Branches, parent: Place | undefined, into: Map<string, Place>): void {
  for (const [branch, tasks] of Object.entries(branches)) {
    for (const [index, task] of tasks.entries()) {
      const path = childPath(parent?.path ?? '', undefined, branch, task.id);
      const place = { task, parent, branch, index, path, depth: parent ? parent.depth + 1 : 0 };
      into.set(task.id, place);
      if (task.branches) collect(task.branches, place, into);
    }
  }
}

/** Whether some task of the flow changes that of its execution. */
export function isChanged(flow: Flow, what: NonNullable<Task['changes']>): boolean {
  for (const { task } of placesOf(flow)) if (task.changes === what) return true;
  return false;
}

export function placesOf(flow: Flow): Iterable<Place> {
  return treeOf(flow).values();
}

export function placeOfTask(flow: Flow, taskId: string): Place | undefined {
  return treeOf(flow).get(taskId);
}

export function placeAt(flow: Flow, path: Path): Place {
  const place = treeOf(flow).get(taskIdOf(path));
  assert(place, `path ${path} names a task of the flow`);
  return place;
}

/** Whether a task run can have this path, and so many frames around it. */
export function isPlaced(flow: Flow, path: Path, frames: number): boolean {
  const place = placeOfTask(flow, taskIdOf(path));
  if (frames !== (place?.depth ?? NaN) + 1) return false;
  return path.replaceAll(/\[\d+\]/g, '') === place?.path;
}

/** The list a place stands in, or the list of a branch of a flowable (of the root without one). */
export function listOf(flow: Flow, parent: Place | undefined, branch: string): readonly Task[] {
  return (parent ? parent.task.branches : flow.branches)?.[branch] ?? [];
}

export function placeIn(
  flow: Flow,
  parent: Place | undefined,
  branch: string,
  index: number,
): Place {
  const task = listOf(flow, parent, branch)[index];
  assert(task, `branch ${branch} has a task at ${index}`);
  return placeAt(flow, task.id);
}

/** From the root down to, and without, the place itself. */
export function ancestorsOf(place: Place): readonly Place[] {
  const ancestors: Place[] = [];
  for (let at = place.parent; at; at = at.parent) ancestors.unshift(at);
  return ancestors;
}

/** In a list that runs once the tasks have ended, at any depth: for failures, at last, afterwards. */
export function isAfterwards(place: Place): boolean {
  for (let at: Place | undefined = place; at; at = at.parent) {
    if (phases.includes(at.branch)) return true;
  }
  return false;
}

/** Whether it runs when its execution has ended, at any depth. */
export function isAfterEnd(place: Place): boolean {
  return (ancestorsOf(place)[0] ?? place).branch === 'afterExecution';
}

/** Whether it works in the directory of the flowable around it. */
export function isInDirectory({ parent, branch }: Place): boolean {
  return parent?.task.sharesDirectory === true && branch === 'tasks';
}

/** Own retry, else the nearest flowable's around it, else the flow's. */
export function retryOf(flow: Flow, place: Place): Retry | undefined {
  for (let at: Place | undefined = place; at; at = at.parent) {
    if (at.task.retry) return at.task.retry;
  }
  return flow.retry;
}

/** The path of a task below its parent's path (empty for the root). */
export function childPath(
  parent: Path,
  iteration: number | undefined,
  branch: string,
  taskId: string,
): Path {
  const loop = iteration === undefined ? '' : `[${iteration}]`;
  const middle = branch === 'tasks' ? '' : `${branch}/`;
  return parent === '' ? `${middle}${taskId}` : `${parent}${loop}/${middle}${taskId}`;
}

/** The path of the flowable around a task run, without its iteration; empty at the root. */
export function parentPath(place: Place, path: Path): Path {
  if (!place.parent) return '';
  const own = path.lastIndexOf('/');
  const end = place.branch === 'tasks' ? own : path.lastIndexOf('/', own - 1);
  // Behind the indexes of a loop there is nothing else in brackets.
  return path.slice(0, path[end - 1] === ']' ? path.lastIndexOf('[', end) : Math.max(0, end));
}

export function taskIdOf(path: Path): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The indexes of the loops around, outermost first. */
export function iterationsOf(path: Path): readonly number[] {
  return [...path.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1]));
}
