/** Five tasks that hand a text of 2 KB, 64 KB or 1 MB on to one another. */
import { withEngine } from '../engine.ts';
import { handingOn } from '../flows.ts';
import type { Figure, Measure } from '../measurement.ts';
import { noise } from '../payloads.ts';
import { median } from '../statistics.ts';

const kilobytes = [2, 64, 1024];
const tasks = 5;

export default (async (effort) =>
  withEngine(async (engine) => {
    const flow = await engine.store(handingOn);
    const timesMs = new Map<number, number[]>(kilobytes.map((size) => [size, []]));
    const times = effort === 'full' ? 40 : 5;
    for (let time = -5; time < times; time++) {
      for (const [size, ms] of timesMs) {
        // Different every time, and hardly to be compressed.
        const text = noise(size * 1024);
        const startedAt = performance.now();
        await engine.run(flow, { text });
        if (time >= 0) ms.push((performance.now() - startedAt) / tasks);
      }
    }
    const perTask = kilobytes.map((size) => median(timesMs.get(size) ?? []));
    const [small = Number.NaN] = perTask;
    return [
      ...kilobytes.map((size, at): Figure => {
        return { name: `${size} KB, per task`, value: perTask[at] ?? Number.NaN, unit: 'ms' };
      }),
      {
        name: '1 MB ÷ 2 KB',
        value: (perTask[2] ?? Number.NaN) / small,
        unit: '',
        bar: { most: 5 },
      },
    ];
  })) satisfies Measure;
