/** Five tasks that get a text of 2 KB, 64 KB or 1 MB from the one before, and hand it on or change it. */
import { type Engine, withEngine } from '../engine.ts';
import { addingTo, handingOn } from '../flows.ts';
import type { Effort, Figure, Measure } from '../measurement.ts';
import { noise } from '../payloads.ts';
import { median } from '../statistics.ts';

const kilobytes = [2, 64, 1024];
const tasks = 5;

export default (async (effort) =>
  withEngine(async (engine) => [
    ...(await figuresOf(engine, effort, 'handed on', handingOn)),
    ...(await figuresOf(engine, effort, 'changed', addingTo)),
  ])) satisfies Measure;

async function figuresOf(
  engine: Engine,
  effort: Effort,
  what: string,
  source: string,
): Promise<readonly Figure[]> {
  const flow = await engine.store(source);
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
  const [small = Number.NaN, , large = Number.NaN] = perTask;
  return [
    ...perTask.map((value, at): Figure => {
      return { name: `${kilobytes[at]} KB ${what}, per task`, value, unit: 'ms' };
    }),
    { name: `1 MB ÷ 2 KB, ${what}`, value: large / small, unit: '', bar: { most: 5 } },
  ];
}
