/** The ids on a way from `start` back to it, or undefined where there is none. */
export function circleFrom(
  start: string,
  dependencies: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const from = new Map<string, string>();
  const waiting = [start];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const next of dependencies.get(id) ?? []) {
      if (next === start) return wayBack(id, start, from);
      if (from.has(next)) continue;
      from.set(next, id);
      waiting.push(next);
    }
  }
  return undefined;
}

function wayBack(
  last: string,
  start: string,
  from: ReadonlyMap<string, string>,
): readonly string[] {
  const way = [];
  for (let id = last; id !== start; id = from.get(id) ?? start) way.unshift(id);
  return [start, ...way];
}
