/** Plain JSON put over plain JSON. Doing it again changes nothing. */

type Json = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Maps are merged key by key, lists take what they have not, null changes nothing. */
export function merged(below: Json, above: Json): Json {
  const result = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    result.set(key, mergedValue(result.get(key), value));
  }
  // Also a key such as `__proto__` is a key like any other.
  return Object.fromEntries(result);
}

function mergedValue(below: unknown, above: unknown): unknown {
  if (above === null || above === undefined) return below ?? null;
  if (isMap(below) && isMap(above)) return merged(below, above);
  if (!Array.isArray(below) || !Array.isArray(above)) return above;
  const known = new Set(below.map((item) => JSON.stringify(item)));
  return [...below, ...above.filter((item) => !known.has(JSON.stringify(item)))];
}
