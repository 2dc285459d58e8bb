/** Parallel of 20, and ForEach of 100 to 100,000 values, without a limit and ten at a time. */
import { withEngine } from '../engine.ts';
import { forEach, parallel } from '../flows.ts';
import type { Figure, Measure } from '../measurement.ts';
import { median } from '../statistics.ts';

const sizes = { full: [100, 1_000, 10_000, 100_000], small: [100, 1_000] } as const;

export default (async (effort) =>
  withEngine(async (engine) => {
    const figures: Figure[] = [];
    const timed = async (run: () => Promise<unknown>, times: number): Promise<number> => {
      const ms: number[] = [];
      for (let time = 0; time < times; time++) {
        const startedAt = performance.now();
        await run();
        ms.push(performance.now() - startedAt);
      }
      return median(ms);
    };
    const wide = await engine.store(parallel);
    await timed(() => engine.run(wide), 20);
    const name = 'Parallel of 20';
    figures.push({ name, value: await timed(() => engine.run(wide), 20), unit: 'ms' });
    for (const limit of [0, 10]) {
      const flow = await engine.store(forEach(limit));
      const called = limit === 0 ? 'no limit' : `${limit} at a time`;
      for (const size of sizes[effort]) {
        const values = Array.from({ length: size }, (_, index) => index);
        const ms = await timed(() => engine.run(flow, { values }), size <= 1_000 ? 9 : 1);
        const each = { name: `ForEach of ${size}, ${called}` };
        const bar = size === 100 && limit === 0 ? { bar: { most: 200 } } : {};
        figures.push({ ...each, value: ms, unit: 'ms', ...bar });
        const rate = size === 10_000 ? { bar: { least: 2_000 } } : {};
        figures.push({ ...each, value: (size * 1000) / ms, unit: '/s', ...rate });
      }
    }
    return figures;
  })) satisfies Measure;
