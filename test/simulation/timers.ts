/**
 * Time-outs of tasks are real timers, and a process that crashed never clears its own. They must not
 * keep the worlds of thousands of seeds in memory.
 */
export async function forgettingTimers<T>(work: () => Promise<T>): Promise<T> {
  const real = globalThis.setTimeout;
  const timers: NodeJS.Timeout[] = [];
  const recording = (...args: Parameters<typeof setTimeout>): NodeJS.Timeout => {
    const timer = real(...args);
    timers.push(timer);
    return timer;
  };
  globalThis.setTimeout = Object.assign(recording, real);
  try {
    return await work();
  } finally {
    globalThis.setTimeout = real;
    for (const timer of timers) clearTimeout(timer);
  }
}
