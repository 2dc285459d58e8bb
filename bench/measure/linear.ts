/** Five sequential tasks that do nothing, on Baton embedded. */
import { withEngine } from '../engine.ts';
import { linear } from '../flows.ts';
import { underLoad } from '../load.ts';
import type { Figure, Measure } from '../measurement.ts';

const bars: Readonly<Record<string, Figure['bar']>> = {
  'one caller, p50': { most: 5 },
  '16 callers': { least: 400 },
};

export default (async (effort) =>
  withEngine(async (engine) => {
    const flow = await engine.store(linear);
    const figures = await underLoad(async () => void (await engine.run(flow)), effort);
    const loaded: Figure = {
      name: 'memory under load',
      value: process.memoryUsage.rss() / 2 ** 20,
      unit: 'MB',
    };
    return [...figures.map((figure) => ({ ...figure, ...barOf(figure) })), loaded];
  })) satisfies Measure;

function barOf({ name }: Figure): Pick<Figure, 'bar'> {
  const bar = bars[name];
  return bar ? { bar } : {};
}
