/**
 * What is live: the values that a task, or anything that may run after it, can refer to (B7).
 *
 * What tasks refer to was worked out when the flow was compiled (`reads`), and over-approximates: a
 * reference that only running can resolve (`outputs[x]`, `render(…)`) reads all it could reach. What
 * does not travel is read from header and slots when asked for, so a mistake here costs reads, never
 * a wrong value.
 */
import type { Value } from '../expression/value.ts';
import type { Live } from './baton.ts';
import type { Path } from './execution.ts';
import type { Flow, Read } from './flow.ts';
import { isChanged, type Place, placeAt, placesOf, taskIdOf } from './tree.ts';

/** Keys below a root, each with the properties wanted of it. */
type Wanted = Map<string, Set<string> | 'all'> | 'all';

/** By root: `inputs`, `labels`, `trigger`, `outputs`. An absent root is not wanted. */
type Needs = ReadonlyMap<string, Wanted>;

const roots = ['inputs', 'labels', 'trigger', 'outputs'] as const;

const known = new WeakMap<Flow, Map<string, Needs>>();

/** The part of `live` that the task at `place` and everything ahead of it can refer to. */
export function keepNeeded(flow: Flow, place: Place, live: Live): Live {
  const needs = needsAhead(flow, place);
  const kept = new Map<string, Value>();
  for (const [root, wanted] of needs) {
    const value = live.get(root);
    if (!(value instanceof Map)) continue;
    const part = root === 'outputs' ? keepOutputs(flow, value, wanted) : keepKeys(value, wanted);
    if (part.size > 0) kept.set(root, part);
  }
  return kept;
}

/** Outputs of an earlier round of a flowable are gone when the next one begins. */
export function forgetBelow(live: Live, path: Path): Live {
  const outputs = live.get('outputs');
  if (!(outputs instanceof Map)) return live;
  const left = [...outputs].filter(([key]) => !String(key).startsWith(`${path}[`));
  return new Map([...live, ['outputs', new Map(left) as Value]]);
}

function keepKeys(values: ReadonlyMap<string, Value>, wanted: Wanted): Map<string, Value> {
  if (wanted === 'all') return new Map(values);
  return new Map([...values].filter(([key]) => wanted.has(key)));
}

/** Marks the outputs of a path of which only a part travels. */
export const partMark = '?';

function keepOutputs(
  flow: Flow,
  byPath: ReadonlyMap<string, Value>,
  wanted: Wanted,
): Map<string, Value> {
  const kept = new Map<string, Value>();
  for (const [key, outputs] of byPath) {
    const path = key.endsWith(partMark) ? key.slice(0, -1) : key;
    const properties = wanted === 'all' ? 'all' : wanted.get(taskIdOf(path));
    if (properties === undefined || !placeAt(flow, path)) continue;
    if (properties === 'all' || !(outputs instanceof Map)) kept.set(key, outputs);
    else
      kept.set(
        `${path}${partMark}`,
        new Map([...outputs].filter(([name]) => properties.has(name))),
      );
  }
  return kept;
}

function needsAhead(flow: Flow, place: Place): Needs {
  let needs = known.get(flow);
  if (!needs) {
    needs = new Map();
    known.set(flow, needs);
  }
  let found = needs.get(place.task.id);
  if (!found) {
    found = join(flow, readsAhead(flow, place));
    // What a task of the flow may change is read where it is used: in a baton it would be old.
    if (isChanged(flow, 'labels')) {
      found = new Map([...found].filter(([root]) => root !== 'labels'));
    }
    needs.set(place.task.id, found);
  }
  return found;
}

/** Of every task that can run at or after the place: a flow is small, so look at them all. */
function* readsAhead(flow: Flow, place: Place): Iterable<Read> {
  for (const other of placesOf(flow)) {
    if (!isBehind(other, place)) yield* other.task.reads ?? [];
  }
  yield* flow.reads ?? [];
}

/**
 * True where `other` has certainly read all it will when `place` runs: it stands earlier in the list
 * of a common ancestor that is not run again, or is a flowable around the place, which has opened.
 * Inside loops nothing is behind, since another iteration comes.
 */
function isBehind(other: Place, place: Place): boolean {
  if (isAround(other, place)) {
    const { asks, retry } = other.task;
    return !asks && !retry && (!other.parent || isSequence(other.parent));
  }
  for (let mine: Place | undefined = place; mine; mine = mine.parent) {
    for (let theirs: Place | undefined = other; theirs; theirs = theirs.parent) {
      if (theirs.parent !== mine.parent || theirs.branch !== mine.branch) continue;
      return theirs.index < mine.index && (!theirs.parent || isSequence(theirs.parent));
    }
  }
  return false;
}

function isAround(flowable: Place, place: Place): boolean {
  for (let at = place.parent; at; at = at.parent) if (at === flowable) return true;
  return false;
}

function isSequence(flowable: Place): boolean {
  for (let at: Place | undefined = flowable; at; at = at.parent) {
    if (at.task.fan?.type !== 'sequence') return false;
  }
  return true;
}

function join(flow: Flow, found: Iterable<Read>): Needs {
  const needs = new Map<string, Wanted>();
  for (const read of found) {
    if (read[0] === '*') return new Map(roots.map((root) => [root, 'all']));
    want(flow, needs, read);
  }
  return needs;
}

function want(flow: Flow, needs: Map<string, Wanted>, [root, key, property]: Read): void {
  const wanted = needs.get(root) ?? new Map<string, Set<string> | 'all'>();
  if (wanted === 'all') return;
  needs.set(root, wanted);
  if (key === undefined || key === null) {
    needs.set(root, 'all');
    return;
  }
  const before = wanted.get(key);
  if (before === 'all') return;
  if (root !== 'outputs' || typeof property !== 'string' || isInLoop(flow, key))
    wanted.set(key, 'all');
  else wanted.set(key, new Set([...(before ?? []), property]));
}

/** Outputs inside a loop are addressed by loop values before properties. */
function isInLoop(flow: Flow, taskId: string): boolean {
  for (const place of placesOf(flow)) {
    if (place.task.id === taskId) return place.parent !== undefined && !isSequence(place.parent);
  }
  return false;
}
