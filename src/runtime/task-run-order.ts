/**
 * Task runs in the order in which the reference would have made them: a flowable before what is in
 * it, one step of a sequence before the next, members that begin together as the flow has them.
 *
 * Dates alone do not say so: several steps may share a millisecond, members of one fan are taken up
 * in any order, and a flowable with nothing in it has no dates. So each task run gets the date of
 * what made it possible, at least, and its distance in steps from the start of the execution.
 */
import type { Path } from '../engine/execution.ts';
import type { Fan, Flow } from '../engine/flow.ts';
import { iterationsOf, parentPath, phases, placeAt } from '../engine/tree.ts';

interface Dated {
  readonly path: Path;
  readonly startDate?: string;
}

/** How the flowable at a path opened; undefined where it has not, or always runs one by one. */
export type FanOf = (path: Path) => Fan | undefined;

export function inOrderMade<Run extends Dated>(
  flow: Flow,
  runs: readonly Run[],
  fanOf: FanOf,
): readonly Run[] {
  const made = new Walk(flow, runs, fanOf).made;
  return made
    .toSorted((a, b) => {
      if (a.date !== b.date) return a.date < b.date ? -1 : 1;
      return a.steps - b.steps;
    })
    .map(({ run }) => run);
}

/** A moment of the execution: a date, and how many steps led to it. */
interface Moment {
  readonly date: string;
  readonly steps: number;
}

interface Child<Run> {
  readonly run: Run;
  readonly phase: number;
  readonly iteration: number;
  readonly index: number;
}

class Walk<Run extends Dated> {
  readonly #children: ReadonlyMap<Path, readonly Child<Run>[]>;
  readonly #fanOf: FanOf;
  /** In the order of the tree, which decides between those of the same moment. */
  readonly made: (Moment & { readonly run: Run })[] = [];

  constructor(flow: Flow, runs: readonly Run[], fanOf: FanOf) {
    this.#fanOf = fanOf;
    this.#children = Map.groupBy(
      runs.map((run) => childOf(flow, run)),
      ({ run }) => parentPath(placeAt(flow, run.path), run.path),
    );
    // What is around a task run may not be told itself: where a kill has taken its record's place.
    const told = new Set(runs.map(({ path }) => path));
    for (const path of new Set(['', ...this.#children.keys()])) {
      if (path === '' || !told.has(path)) this.#inside(path, { date: '', steps: 0 });
    }
  }

  /** The moment when all that is in the flowable has been made. */
  #inside(path: Path, opened: Moment): Moment {
    const children = this.#children.get(path) ?? [];
    const fan = path === '' ? undefined : this.#fanOf(path);
    const members = children.filter(({ phase }) => phase < 0);
    let last = opened;
    for (const [index, lane] of [...lanesOf(members, fan)].entries()) {
      last = later(last, this.#sequence(lane, opened, index < madeAtOnce(fan)));
    }
    const handlers = children.filter(({ phase }) => phase >= 0).toSorted(byPosition);
    return this.#sequence(handlers, last, false);
  }

  #sequence(steps: readonly Child<Run>[], from: Moment, isMadeAtOnce: boolean): Moment {
    let at = from;
    for (const [index, { run }] of steps.entries()) {
      const begun = run.startDate ?? at.date;
      const isAtOnce = isMadeAtOnce && index === 0;
      const date = isAtOnce || begun < at.date ? at.date : begun;
      const moment = { date, steps: at.steps + 1 };
      this.made.push({ ...moment, run });
      at = this.#inside(run.path, moment);
    }
    return at;
  }
}

function childOf<Run extends Dated>(flow: Flow, run: Run): Child<Run> {
  const { branch, index } = placeAt(flow, run.path);
  const above = run.path.slice(0, Math.max(0, run.path.lastIndexOf('/')));
  const iteration = above.endsWith(']') ? (iterationsOf(above).at(-1) ?? 0) : 0;
  return { run, phase: phases.indexOf(branch), iteration, index };
}

/** Children that follow one another; each list goes on by itself. */
function lanesOf<Run>(
  members: readonly Child<Run>[],
  fan: Fan | undefined,
): Iterable<readonly Child<Run>[]> {
  const ordered = members.toSorted(byPosition);
  if (fan?.type === 'tasks' || fan?.type === 'graph') return ordered.map((member) => [member]);
  if (fan?.type !== 'values' || fan.limit === 1) return [ordered];
  if (fan.sideBySide) return ordered.map((member) => [member]);
  return Map.groupBy(ordered, ({ iteration }) => iteration).values();
}

/** How many of its members are made when it opens; the others when their turn comes. */
function madeAtOnce(fan: Fan | undefined): number {
  if (fan?.type !== 'tasks' && fan?.type !== 'values') return 0;
  return fan.limit === 0 ? Infinity : fan.limit;
}

function byPosition(a: Child<unknown>, b: Child<unknown>): number {
  return a.phase - b.phase || a.iteration - b.iteration || a.index - b.index;
}

function later(a: Moment, b: Moment): Moment {
  return { date: a.date > b.date ? a.date : b.date, steps: Math.max(a.steps, b.steps) };
}
