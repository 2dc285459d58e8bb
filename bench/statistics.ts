/** Order statistics of measured values. */

/** `share` from 0 to 1; the nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const rank = Math.max(0, Math.ceil(values.length * share) - 1);
  return values.toSorted((a, b) => a - b)[rank] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
