/** The same load for every engine: executions one after another, or kept up by several callers. */
import type { Effort, Figure } from './measurement.ts';
import { percentile } from './statistics.ts';

const runs = { full: { alone: 200, together: 800 }, small: { alone: 20, together: 64 } } as const;

/** `run` resolves when an execution has been accepted and has ended, both on disk. */
export async function underLoad(
  run: () => Promise<void>,
  effort: Effort,
  callers: readonly number[] = [16, 64],
): Promise<Figure[]> {
  const { alone, together } = runs[effort];
  await timed(run, alone / 4, 1);
  await timed(run, together / 4, 16);
  const { ms, perSecond } = await timed(run, alone, 1);
  const figures: Figure[] = [
    { name: 'one caller, p50', value: percentile(ms, 0.5), unit: 'ms' },
    { name: 'one caller, p95', value: percentile(ms, 0.95), unit: 'ms' },
    { name: 'one caller, p99', value: percentile(ms, 0.99), unit: 'ms' },
    { name: 'one caller', value: perSecond, unit: '/s' },
  ];
  for (const count of callers) {
    const { perSecond: rate, ms: taken } = await timed(run, together, count);
    figures.push({ name: `${count} callers`, value: rate, unit: '/s' });
    figures.push({ name: `${count} callers, p50`, value: percentile(taken, 0.5), unit: 'ms' });
  }
  return figures;
}

interface Timed {
  readonly ms: readonly number[];
  readonly perSecond: number;
}

async function timed(run: () => Promise<void>, count: number, callers: number): Promise<Timed> {
  const ms: number[] = [];
  let left = count;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const startedAt = performance.now();
      await run();
      ms.push(performance.now() - startedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  return { ms, perSecond: (count * 1000) / (performance.now() - startedAt) };
}
