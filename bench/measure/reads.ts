/** What people look at, through the API's own routes: lists and single executions. */
import { createApp } from '../../src/api/app.ts';
import type { Execution } from '../../src/engine/execution.ts';
import { type Engine, withEngine } from '../engine.ts';
import { forEach, linear } from '../flows.ts';
import type { Effort, Figure, Measure } from '../measurement.ts';
import { percentile } from '../statistics.ts';

const stored = { full: 100_000, small: 1_000 } as const;
const wide = { full: 10_000, small: 100 } as const;

export default (async (effort) =>
  withEngine(async (engine) => {
    await fill(engine, stored[effort]);
    const each = await engine.store(forEach(0));
    const values = Array.from({ length: wide[effort] }, (_, index) => index);
    const id = await engine.run(each, { values });
    const { runtime, logs } = engine.local;
    const app = createApp({ runtime, logs, onError: (error) => console.error(error) });
    const timed = async (name: string, path: string, times: number): Promise<Figure> => {
      const ms: number[] = [];
      for (let time = -1; time < times; time++) {
        const startedAt = performance.now();
        const response = await app.request(path);
        await response.text();
        if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
        if (time >= 0) ms.push(performance.now() - startedAt);
      }
      return { name: `${name}, p50`, value: percentile(ms, 0.5), unit: 'ms' };
    };
    const of = `of ${stored[effort]}`;
    return [
      await timed(`latest 50 ${of} executions`, '/executions?limit=50', times(effort)),
      await timed(
        `latest 50 ${of} of one flow`,
        '/executions?limit=50&namespace=bench&flowId=linear',
        times(effort),
      ),
      await timed(
        `latest 50 ${of} in one state`,
        '/executions?limit=50&state=FAILED',
        times(effort),
      ),
      await timed(`one execution of ${wide[effort]} task runs`, `/executions/${id}`, 5),
    ];
  })) satisfies Measure;

const times = (effort: Effort): number => (effort === 'full' ? 100 : 10);

/** Headers as runs leave them; the runs themselves would take minutes and leave the same. */
async function fill(engine: Engine, count: number): Promise<void> {
  const { store } = engine.local.runtime;
  const flow = await engine.store(linear);
  const first = Date.now() - count * 1_000;
  for (let at = 0; at < count; at++) {
    const id = `filled${at}`;
    const createdAt = first + at * 1_000;
    const execution: Execution = {
      id,
      flow: { namespace: flow.namespace, id: flow.id, revision: flow.revision },
      state: 'RUNNING',
      epoch: 1,
      createdAt,
      inputs: '{}',
      labels: { 'system.correlationId': id },
    };
    await store.createExecution(execution);
    const state = at % 10 === 0 ? 'FAILED' : 'SUCCESS';
    await store.endExecution(id, 1, { state, endedAt: createdAt + 5 });
    if (at % 1_000 === 999) await store.settled();
  }
}
