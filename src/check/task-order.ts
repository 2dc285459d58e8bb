/**
 * Whether the outputs of one task can be there when another is rendered. Only what is certain counts:
 * a task that was skipped, or that failed before an `errors` list, is not known here.
 */
import type { Flow, Task } from '../engine/flow.ts';
import { ancestorsOf, listOf, type Place, retryOf } from '../engine/tree.ts';
import type { Because } from '../flow/expression-issues.ts';
import type { Opening } from './opening.ts';

export type Openings = (flowable: Place) => Opening;

/** Why `target` cannot have outputs when `reader` is rendered, in the same round of every loop. */
export function obstacle(
  flow: Flow,
  reader: Place,
  target: Place,
  openings: Openings,
): Because | undefined {
  if (reader === target) return 'itself';
  const readers = [...ancestorsOf(reader), reader];
  const targets = [...ancestorsOf(target), target];
  let depth = 0;
  while (depth < readers.length && readers[depth] === targets[depth]) depth++;
  const from = readers[depth];
  const to = targets[depth];
  if (from === undefined) return 'inside';
  // An enclosing flowable has the outputs it opened with.
  if (to === undefined) return undefined;
  const opening = from.parent === undefined ? sequence : openings(from.parent);
  if (from.branch !== to.branch) return betweenBranches(from, to, opening);
  if (isHandler(from.branch)) return inSequence(from, to, targets.slice(depth));
  switch (opening.type) {
    case 'unknown':
      return undefined;
    case 'graph':
      return inGraph(listOf(flow, from.parent, from.branch), from.task, to.task);
    case 'loop':
      if (opening.sideBySide) return 'perhaps-not';
      return inSequence(from, to, targets.slice(depth));
    case 'sequence':
      return inSequence(from, to, targets.slice(depth));
    case 'side-by-side': {
      const because = besides(from, to, { limit: opening.limit, below: readers.slice(depth + 1) });
      // What failed is tried again, perhaps when the other has ended.
      const isRetried = because === 'side-by-side' && retryOf(flow, reader) !== undefined;
      return isRetried ? 'perhaps-not' : because;
    }
  }
}

const sequence: Opening = { type: 'sequence', rounds: false };

function betweenBranches(from: Place, to: Place, opening: Opening): Because | undefined {
  const [mine, theirs] = [rank(from.branch), rank(to.branch)];
  if (theirs > mine) return to.branch === 'errors' ? 'errors' : 'later';
  if (theirs < mine || opening.type === 'unknown') return undefined;
  return 'other-branch';
}

function inSequence(from: Place, to: Place, targets: readonly Place[]): Because | undefined {
  if (to.index > from.index) return 'later';
  // After a failure the list ends here, unless one of the flowables around allows it.
  const goesOn = targets.slice(0, -1).some(({ task }) => task.allowFailure === true);
  const handled = targets.findIndex(({ branch }, depth) => depth > 0 && branch === 'errors');
  if (handled === -1 || goesOn || isHandler(from.branch)) return undefined;
  return targets.slice(1, handled).some(({ branch }) => isHandler(branch)) ? undefined : 'errors';
}

function inGraph(tasks: readonly Task[], from: Task, to: Task): Because | undefined {
  if (comesBefore(tasks, to, from)) return undefined;
  return comesBefore(tasks, from, to) ? 'later' : 'perhaps-not';
}

/** Whether `task` waits for `earlier`, directly or by way of others. */
function comesBefore(tasks: readonly Task[], earlier: Task, task: Task): boolean {
  const seen = new Set<string>();
  const waiting = [...(task.after ?? [])];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (id === earlier.id) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    waiting.push(...(tasks.find((one) => one.id === id)?.after ?? []));
  }
  return false;
}

/** Two members of a Parallel; `below` leads from the reader's member down to the reader. */
function besides(
  from: Place,
  to: Place,
  { limit, below }: { readonly limit: number; readonly below: readonly Place[] },
): Because | undefined {
  if (limit === 1) return to.index > from.index ? 'later' : undefined;
  const startsFirst = below.every(({ branch, index }) => index === 0 && !isHandler(branch));
  const startsAtOnce = limit === 0 || from.index < limit;
  return startsFirst && startsAtOnce ? 'side-by-side' : 'perhaps-not';
}

function isHandler(branch: string): boolean {
  return rank(branch) > 0;
}

/** Branches of a flowable come one after the other; those of listeners only at the root. */
function rank(branch: string): number {
  if (branch === 'errors') return 1;
  if (branch === 'finally') return 2;
  return branch === 'afterExecution' || branch.startsWith('listener-') ? 3 : 0;
}

/** The loops around a place, outermost first; undefined where it cannot be told. */
export function loopsAround(place: Place, openings: Openings): readonly Place[] | undefined {
  const loops: Place[] = [];
  let inHandler = false;
  const chain = [...ancestorsOf(place), place];
  for (const [depth, flowable] of chain.slice(0, -1).entries()) {
    const opening = openings(flowable);
    inHandler = isHandler(chain[depth + 1]?.branch ?? '');
    if (opening.type === 'unknown' && !inHandler) return undefined;
    if (opening.type === 'loop') {
      // How handlers of a loop are addressed is not decided by its values.
      if (inHandler) return undefined;
      loops.push(flowable);
    }
  }
  return loops;
}
