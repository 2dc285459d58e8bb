/**
 * Without real timers. Time in a simulation is that of its clock; the only real ones are time-outs of
 * attempts, which would end something only because the machine stood still.
 */
export async function withoutTimers<T>(work: () => Promise<T>): Promise<T> {
  const real = globalThis.setTimeout;
  globalThis.setTimeout = Object.assign(() => over, real);
  try {
    return await work();
  } finally {
    globalThis.setTimeout = real;
  }
}

/** A timer that does nothing any more. */
const over = setTimeout(() => undefined);
clearTimeout(over);
