/**
 * What comes after a task run, for whoever wants to do it again from there. Order is taken from the
 * graph of tasks, as in Kestra: a loop that runs one value after the other is ordered task by task,
 * and members that run side by side do not come after one another.
 */
import type { Path } from './execution.ts';
import type { Fan, Flow } from './flow.ts';
import { dependentsOf } from './graph-order.ts';
import { childPath, listOf, parentPath, phases, type Place, placeAt } from './tree.ts';

/** One step of a path: which task of which list, in which iteration. */
interface Step {
  readonly place: Place;
  readonly iteration: number | undefined;
  /** Path of the flowable around it. */
  readonly above: Path;
}

/** Whether the task run at `path` is below `from`, or comes after it. */
export function isBehind(
  flow: Flow,
  fanAt: (path: Path) => Fan | undefined,
  path: Path,
  from: Path,
): boolean {
  const mine = stepsTo(flow, from);
  for (const [depth, step] of stepsTo(flow, path).entries()) {
    const other = mine[depth];
    if (!other) return true; // Everything below it.
    const fan = other.above === '' ? undefined : fanAt(other.above);
    const order = compare(flow, fan, step, other);
    if (order !== 'same') return order === 'after';
  }
  return false; // It is around it.
}

function compare(
  flow: Flow,
  fan: Fan | undefined,
  step: Step,
  from: Step,
): 'same' | 'after' | 'other' {
  const [phase, fromPhase] = [step, from].map(({ place }) => phases.indexOf(place.branch));
  if (phase !== fromPhase) return (phase ?? 0) > (fromPhase ?? 0) ? 'after' : 'other';
  if (step.place.branch !== from.place.branch) return 'other';
  const isSame = step.place.index === from.place.index;
  if (isSame && step.iteration === from.iteration) return 'same';
  if (fan?.type === 'graph' && phase === -1) {
    const tasks = listOf(flow, from.place.parent, from.place.branch);
    return dependentsOf(from.place.index, tasks).has(step.place.index) ? 'after' : 'other';
  }
  if (fan?.type === 'tasks' && phase === -1) return 'other';
  const sideBySide = fan?.type === 'values' && (fan.limit !== 1 || fan.sideBySide === true);
  if (sideBySide && step.iteration !== from.iteration) return 'other';
  if (fan?.type === 'values' && fan.sideBySide === true) return 'other';
  if (isSame) return (step.iteration ?? 0) > (from.iteration ?? 0) ? 'after' : 'other';
  return step.place.index > from.place.index ? 'after' : 'other';
}

function stepsTo(flow: Flow, path: Path): readonly Step[] {
  const steps: Step[] = [];
  for (let at = path; at !== ''; ) {
    const place = placeAt(flow, at);
    const above = parentPath(place, at);
    const bare = childPath(above, undefined, place.branch, place.task.id);
    const index = bare === at ? undefined : /^\[(\d+)\]/.exec(at.slice(above.length))?.[1];
    steps.unshift({ place, above, iteration: index === undefined ? undefined : Number(index) });
    at = above;
  }
  return steps;
}
