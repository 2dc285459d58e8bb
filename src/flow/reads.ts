/**
 * Which values the expressions of a task or of the flow's outputs can refer to, worked out once when
 * the flow is compiled: the step function then needs no parser to know what has to travel (B7).
 */
import type { Json, Read } from '../engine/flow.ts';
import { references } from '../expression/references.ts';

/** Roots that are carried by batons; the others are always at hand. */
const carried = new Set(['*', 'inputs', 'labels', 'outputs', 'trigger']);
/** Deeper than this a path only says the same again. */
const keysMax = 2;

export function readsOf(texts: Json): readonly Read[] {
  const reads = new Map<string, Read>();
  for (const text of textsIn(texts)) {
    for (const { root, path } of references(text)) {
      if (!carried.has(root)) continue;
      const read: Read = [root, ...path.slice(0, keysMax)];
      reads.set(JSON.stringify(read), read);
    }
  }
  return [...reads.values()];
}

function* textsIn(value: Json): Iterable<string> {
  if (typeof value === 'string') {
    if (value.includes('{')) yield value;
  } else if (Array.isArray(value)) {
    for (const item of value) yield* textsIn(item);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      yield* textsIn(key);
      yield* textsIn(item);
    }
  }
}
