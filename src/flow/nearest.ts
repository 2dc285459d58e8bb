/** The nearest known name to a misspelt one, or undefined when none is near enough to help. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length === 0 || name.length > 200) return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best ?? known.find((candidate) => isStartOf(wanted, candidate.toLowerCase()));
}

/** One begins with the other: WARN and WARNING. */
function isStartOf(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a));
}

/** Like `nearest` for class names, where the last part must be near: packages look all alike. */
export function nearestType(name: string, known: readonly string[]): string | undefined {
  const last = lastPart(name);
  const alike = known.filter((type) => nearest(last, [lastPart(type)]) !== undefined);
  return nearest(name, alike) ?? closest(last, alike);
}

function closest(last: string, types: readonly string[]): string | undefined {
  const byLast = new Map(types.map((type) => [lastPart(type), type]));
  const match = nearest(last, [...byLast.keys()]);
  return match === undefined ? undefined : byLast.get(match);
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** Insertions, deletions, replacements and swaps of neighbours; gives up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        value = Math.min(value, at(beforeLast, j - 2) + 1);
      }
      row.push(value);
    }
    if (Math.min(...row) >= limit) return limit;
    [beforeLast, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
