/**
 * Places of a flow under faults: whatever call a process dies in, every execution runs, no more of
 * them at once than the flow allows, and no place is left over.
 */
import { simulatedKeyValues } from '../../src/adapters/simulated/key-values.ts';
import { expect, test } from 'vitest';
import { virtualClock } from '../../src/adapters/simulated/clock.ts';
import {
  type Fault,
  faultAt,
  type FaultPlan,
  Life,
  noFaults,
} from '../../src/adapters/simulated/faults.ts';
import { simulatedBlobs, simulatedLogs } from '../../src/adapters/simulated/files.ts';
import { simulatedQueue } from '../../src/adapters/simulated/queue.ts';
import { seededRandom } from '../../src/adapters/simulated/random.ts';
import { simulatedStore } from '../../src/adapters/simulated/store.ts';
import { isEnd } from '../../src/engine/states.ts';
import { readFlow } from '../../src/flow/read.ts';
import { receive } from '../../src/runtime/receive.ts';
import { noSettings, type Runtime, runtimeOf, silentMetrics } from '../../src/runtime/runtime.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { sweep } from '../../src/runtime/sweep.ts';

const limit = 2;
const wanted = 5;

const source = `
id: limited
namespace: places
concurrency: {limit: ${limit}}
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: x}
  - {id: b, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.a.value }}"}`;

class World {
  readonly clock = virtualClock(1_700_000_000_000);
  readonly store = simulatedStore({ clock: this.clock });
  readonly #queue = simulatedQueue({ clock: this.clock });
  readonly #blobs = simulatedBlobs();
  readonly #random = seededRandom(7);
  readonly #plan: FaultPlan;
  #life: Life;
  /** The most executions that were RUNNING at once. */
  most = 0;

  constructor(plan: FaultPlan) {
    this.#plan = plan;
    this.#life = new Life(plan);
  }

  /** One piece of work in the life of the process: false when it did not come to its end. */
  async do(work: (runtime: Runtime) => Promise<unknown>): Promise<boolean> {
    if (this.#life.isCrashed) this.#life = new Life(this.#plan);
    const life = this.#life;
    const runtime = runtimeOf({
      store: life.port('store', this.store),
      queue: life.port('queue', this.#queue),
      keyValues: simulatedKeyValues(),
      blobs: this.#blobs,
      logs: simulatedLogs(),
      metrics: silentMetrics,
      clock: this.clock,
      random: this.#random,
      settings: noSettings,
    });
    const isDone = await Promise.race([
      work(runtime).then(
        () => true,
        () => false,
      ),
      life.crashed.then(() => false),
    ]);
    this.most = Math.max(this.most, this.#states().filter((state) => state === 'RUNNING').length);
    return isDone;
  }

  /** Until nothing is due and nothing is overdue. */
  async run(): Promise<void> {
    for (let rounds = 0; rounds < 30 && !this.#states().every(isEnd); rounds += 1) {
      for (let next = this.#queue.nextAt(); next !== undefined; next = this.#queue.nextAt()) {
        this.clock.advance(Math.max(0, next - this.clock.now()));
        const delivery = this.#queue.receive();
        if (!delivery) continue;
        const { body, receives } = delivery;
        if (await this.do((runtime) => receive(runtime, body, receives))) delivery.done();
        else delivery.retry(1_000);
      }
      this.clock.advance(30 * 60_000);
      await this.do(sweep);
    }
  }

  #states() {
    return [...this.store.tables.executions.values()].map(({ state }) => state);
  }

  /** What is left at the end. */
  async outcome() {
    const key = { namespace: 'places', id: 'limited' };
    return {
      states: this.#states(),
      holders: await this.store.readFlowSet({ ...key, set: 'places' }),
      queued: await this.store.nextQueued(key),
    };
  }
}

async function runWith(plan: FaultPlan): Promise<World> {
  const { flow } = await readFlow(source);
  if (flow === undefined) throw new Error('the flow has issues');
  const world = new World(plan);
  const stored = await world.store.putFlow(source, flow);
  for (let n = 0; n < wanted; n += 1) {
    const request = { flow: stored.flow, inputs: new Map(), idempotencyKey: `${n}` };
    // Whoever got no answer asks again.
    while (!(await world.do((runtime) => startExecution(runtime, request))));
  }
  await world.run();
  return world;
}

const allDone = { states: Array.from({ length: wanted }, () => 'SUCCESS'), queued: undefined };

test('without faults: as many run at once as are allowed, and all end', async () => {
  const world = await runWith(noFaults);
  expect(await world.outcome()).toEqual({ ...allDone, holders: [] });
  expect(world.most).toBe(limit);
});

test.each<Fault>(['crash-before', 'crash-after', 'refused', 'unknown'])(
  'one fault at every call in turn: %s',
  async (fault) => {
    let calls = 1;
    for (let place = 0; place < calls; place += 1) {
      const plan = faultAt(place, fault);
      const world = await runWith(plan);
      if (place === 0) calls = plan.calls;
      const { holders, ...rest } = await world.outcome();
      expect(rest, `${fault} at call ${place}`).toEqual(allDone);
      expect(holders, `${fault} at call ${place}`).toEqual([]);
      expect(world.most, `${fault} at call ${place}`).toBeLessThanOrEqual(limit);
    }
    expect(calls).toBeGreaterThan(50);
  },
);
