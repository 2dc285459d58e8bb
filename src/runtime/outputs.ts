/**
 * `outputs.*` of an expression: by task id, and for a task inside loops by the loops' values,
 * outermost first (`outputs.fetch['a']['b'].body`). Resolved step by step down the tree, so that a
 * reference costs the slot it names and nothing else.
 */
import type { Member } from '../engine/baton.ts';
import type { Path } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { ancestorsOf, childPath, type Place, placeOfTask, placesOf } from '../engine/tree.ts';
import type { Value } from '../expression/value.ts';
import { LazyMap } from './lazy-map.ts';
import type { Records } from './records.ts';

/** What a leaf of the tree gives: outputs of a task run, or its state. */
export type Leaf = (path: Path) => Value | undefined;

/** One entry per task that has something to give. */
export function byTask(flow: Flow, records: Pick<Records, 'fan'>, here: Here, leaf: Leaf): LazyMap {
  return new LazyMap({
    get(taskId) {
      const place = placeOfTask(flow, taskId);
      if (!place) return undefined;
      return descend({ records, here, leaf, chain: [...ancestorsOf(place), place] }, 0, '');
    },
    *keys() {
      for (const place of placesOf(flow)) yield place.task.id;
    },
  });
}

/** The iteration each loop around the current task run is in, by the loop's path. */
export type Here = ReadonlyMap<Path, Iteration>;

export interface Iteration {
  readonly index: number;
  readonly each: Member['each'];
  readonly value?: string | undefined;
}

interface Descent {
  readonly records: Pick<Records, 'fan'>;
  readonly here: Here;
  readonly leaf: Leaf;
  readonly chain: readonly Place[];
}

function descend(
  descent: Descent,
  depth: number,
  above: Path,
  iteration?: number,
): Value | undefined {
  const place = descent.chain[depth];
  if (!place) return undefined;
  const path = childPath(above, iteration, place.branch, place.task.id);
  if (depth === descent.chain.length - 1) return descent.leaf(path);
  const round = roundOf(descent, place, path);
  if (round !== undefined) return descend(descent, depth + 1, path, round);
  if (!isLoop(descent, place, path)) return descend(descent, depth + 1, path);
  return new LazyMap({
    get: (value) => {
      const index = indexOf(descent, place, path, value);
      return index === undefined ? undefined : descend(descent, depth + 1, path, index);
    },
    keys: () => valuesOf(descent, place, path),
  });
}

/** Of what runs again and again, the latest round is what others see. */
function roundOf({ records, here }: Descent, { task }: Place, path: Path): number | undefined {
  if (task.asks !== true) return undefined;
  const current = here.get(path);
  // An iteration of a 2.0 loop sees its own outputs as if there were no loop, and nobody else does.
  if (current) return current.each === 'round' || task.loop === 'item' ? current.index : undefined;
  const fan = records.fan(path);
  return fan?.type === 'sequence' ? fan.round : undefined;
}

function isLoop({ records, here }: Descent, place: Place, path: Path): boolean {
  if (here.has(path)) return true;
  const fan = place.task.fan ?? records.fan(path);
  return fan?.type === 'values';
}

function indexOf(descent: Descent, place: Place, path: Path, value: string): number | undefined {
  const current = descent.here.get(path);
  if (current?.value === value) return current.index;
  const index = valuesOf(descent, place, path).indexOf(value);
  return index < 0 ? undefined : index;
}

function valuesOf({ records }: Descent, place: Place, path: Path): readonly string[] {
  const fan = place.task.fan ?? records.fan(path);
  return fan?.type === 'values' ? fan.values : [];
}
