/**
 * Metrics by the embedded metric format: lines of the log that CloudWatch turns into metrics.
 *
 * One line per set of dimensions and flush, however many values: lines are billed by the byte. So a
 * function flushes at the end of each invocation.
 */
import { MetricUnit, Metrics } from '@aws-lambda-powertools/metrics';
import type { MetricSink } from '../../engine/ports.ts';

export interface FlushedMetrics extends MetricSink {
  /** Writes what was counted since the last flush. */
  flush(): void;
}

type Dimensions = Readonly<Record<string, string>>;
type Unit = typeof MetricUnit.Count | typeof MetricUnit.Milliseconds;
type Value = readonly [name: string, unit: Unit, value: number];

export function openMetrics(namespace = 'Baton'): FlushedMetrics {
  const metrics = new Metrics({ namespace, serviceName: 'baton' });
  const waiting = new Map<string, { dimensions: Dimensions; values: Value[] }>();

  const add = (dimensions: Dimensions, value: Value): void => {
    const key = JSON.stringify(Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1)));
    const group = waiting.get(key);
    if (group === undefined) waiting.set(key, { dimensions, values: [value] });
    else group.values.push(value);
  };
  return {
    count: (name, value, dimensions) => add(dimensions, [name, MetricUnit.Count, value]),
    duration: (name, ms, dimensions) => add(dimensions, [name, MetricUnit.Milliseconds, ms]),
    flush() {
      for (const { dimensions, values } of waiting.values()) {
        metrics.addDimensions({ ...dimensions });
        for (const [name, unit, value] of values) metrics.addMetric(name, unit, value);
        metrics.publishStoredMetrics();
      }
      waiting.clear();
    },
  };
}
