/** When the sweep first looks at an execution that should have moved by now. */
export const sweepAfterMs = 20 * 60_000;
