/**
 * What a window has gathered: which dependencies are fulfilled and by which executions, and what has
 * fired. `gather` takes one more execution in; it is pure, and taking the same execution in twice
 * gives the same answer, so that a repeated call fires the same thing again and never another.
 *
 * G1 An execution counts at most once: those taken in are remembered.
 * G2 A set that becomes whole is recorded as fired in the same write, with the execution that made it
 *    whole: whoever repeats that execution starts the same again, which its key makes one.
 */
import type { Dependencies } from '../engine/trigger.ts';

export interface Gathering {
  readonly marks: readonly Mark[];
  readonly fired: readonly Firing[];
  /** Causes taken in, oldest first. */
  readonly seen: readonly string[];
}

/** A dependency, and who fulfilled it last. */
interface Mark {
  readonly dependency: string;
  readonly execution: string;
  readonly at: number;
}

interface Firing {
  readonly cause: string;
  /** The executions that fulfilled the set, the causing one last. */
  readonly executions: readonly string[];
}

export interface Event {
  /** Unique to this change of state of this execution. */
  readonly cause: string;
  readonly execution: string;
  readonly at: number;
  /** Ids of the dependencies that hold for it. */
  readonly fulfilled: readonly string[];
}

export interface Gathered {
  /** Undefined: nothing changed. */
  readonly next?: Gathering;
  /** It fires: by these executions, the causing one last. */
  readonly fires?: readonly string[];
}

export const nothingGathered: Gathering = { marks: [], fired: [], seen: [] };

/** Far more than are handed in again: a message comes again within minutes. */
const seenMax = 100;
const firedMax = 20;

/** `since`: marks older than this are too old to count. */
export function gather(
  before: Gathering,
  dependencies: Pick<Dependencies, 'of' | 'needed' | 'onceFired'>,
  event: Event,
  since = -Infinity,
): Gathered {
  const known = before.fired.find(({ cause }) => cause === event.cause);
  if (known) return { fires: known.executions };
  if (before.seen.includes(event.cause) || event.fulfilled.length === 0) return {};
  const wasWhole = dependencies.onceFired === 'once' && before.fired.length > 0;
  if (wasWhole) return {};
  const marks = marked(ofThese(before.marks, dependencies.of), event, since);
  const seen = [...before.seen, event.cause].slice(-seenMax);
  const isWhole = marks.length >= dependencies.needed;
  if (!isWhole) return { next: { ...before, marks, seen } };
  const others = marks.map(({ execution }) => execution).filter((id) => id !== event.execution);
  const executions = [...new Set(others), event.execution];
  const fired = [...before.fired, { cause: event.cause, executions }].slice(-firedMax);
  const kept = dependencies.onceFired === 'reset' ? [] : marks;
  return { next: { marks: kept, fired, seen }, fires: executions };
}

/** An edited flow may wait for others than it did. */
function ofThese(marks: readonly Mark[], of: Dependencies['of']): readonly Mark[] {
  const ids = new Set(of.map(({ id }) => id));
  return marks.filter(({ dependency }) => ids.has(dependency));
}

/** The latest execution of each dependency stands for it, in whatever order they come in. */
function marked(marks: readonly Mark[], event: Event, since: number): readonly Mark[] {
  const kept = marks.filter(({ at }) => at >= since);
  const fresh = event.fulfilled.flatMap((dependency) => {
    const standing = kept.find((mark) => mark.dependency === dependency);
    if (standing && standing.at > event.at) return [];
    return [{ dependency, execution: event.execution, at: event.at }];
  });
  const replaced = new Set(fresh.map(({ dependency }) => dependency));
  return [...kept.filter(({ dependency }) => !replaced.has(dependency)), ...fresh];
}
