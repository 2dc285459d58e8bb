/**
 * How much random testing to do: `npm test` takes a share of what CI does, so that it stays short.
 * BATON_EFFORT multiplies; CI sets it.
 */
const effort = Number(process.env['BATON_EFFORT'] ?? 1);

export function times(count: number): number {
  return Math.max(1, Math.ceil(count * effort));
}
