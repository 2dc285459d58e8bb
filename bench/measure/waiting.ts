/** Many executions that wait to be resumed: does one more notice them? */
import { withEngine } from '../engine.ts';
import { linear, paused } from '../flows.ts';
import type { Measure } from '../measurement.ts';
import { percentile } from '../statistics.ts';

const waiting = { full: 100_000, small: 500 } as const;
const callers = 256;

export default (async (effort) =>
  withEngine(async (engine) => {
    const wait = await engine.store(paused);
    const flow = await engine.store(linear);
    const another = async (): Promise<number> => {
      const startedAt = performance.now();
      await engine.run(flow);
      return performance.now() - startedAt;
    };
    const several = async (): Promise<number[]> => {
      const ms: number[] = [];
      for (let time = 0; time < 100; time++) ms.push(await another());
      return ms;
    };
    await several();
    const before = await several();
    const startedAt = performance.now();
    let left: number = waiting[effort];
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (left-- > 0) await engine.start(wait);
      }),
    );
    // What waits for a person waits without a message.
    await engine.local.deliveries.idle();
    const seconds = (performance.now() - startedAt) / 1000;
    const after = await several();
    return [
      { name: 'none waiting, p50', value: percentile(before, 0.5), unit: 'ms' },
      {
        name: `${waiting[effort]} waiting, the next one`,
        value: after[0] ?? Number.NaN,
        unit: 'ms',
      },
      { name: `${waiting[effort]} waiting, p50`, value: percentile(after, 0.5), unit: 'ms' },
      { name: 'started and paused', value: waiting[effort] / seconds, unit: '/s' },
      { name: 'memory', value: process.memoryUsage.rss() / 2 ** 20, unit: 'MB' },
    ];
  })) satisfies Measure;
