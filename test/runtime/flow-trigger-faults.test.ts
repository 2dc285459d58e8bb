/**
 * Flow triggers when the process dies or a call fails, at every place in turn: whoever comes after
 * tells the same ends again, and in the end the listener has run once.
 */
import { expect, test } from 'vitest';
import { virtualClock } from '../../src/adapters/simulated/clock.ts';
import { type Fault, faultAt, Life, noFaults } from '../../src/adapters/simulated/faults.ts';
import { simulatedBlobs, simulatedLogs } from '../../src/adapters/simulated/files.ts';
import { simulatedKeyValues } from '../../src/adapters/simulated/key-values.ts';
import { simulatedQueue } from '../../src/adapters/simulated/queue.ts';
import { seededRandom } from '../../src/adapters/simulated/random.ts';
import { simulatedStore } from '../../src/adapters/simulated/store.ts';
import type { Execution } from '../../src/engine/execution.ts';
import { readFlow } from '../../src/flow/read.ts';
import { fireFlowTriggers } from '../../src/runtime/flow-triggers.ts';
import { noSettings, type Runtime, runtimeOf, silentMetrics } from '../../src/runtime/runtime.ts';

const task = '{id: t, type: io.kestra.plugin.core.log.Log, message: m}';
const flows = [
  `{id: a, namespace: n, tasks: [${task}]}`,
  `{id: b, namespace: n, tasks: [${task}]}`,
  `{id: listener, namespace: n, tasks: [${task}], triggers: [
    {id: both, type: io.kestra.plugin.core.trigger.Flow, dependsOn: [{flowId: a}, {flowId: b}]}]}`,
];

/** The back end, which outlives the processes. */
async function openWorld() {
  const clock = virtualClock(Date.parse('2026-05-04T12:00:00Z'));
  const world = {
    clock,
    store: simulatedStore({ clock }),
    queue: simulatedQueue({ clock }),
    blobs: simulatedBlobs(),
    logs: simulatedLogs(),
    random: seededRandom(1),
  };
  const ended: Execution[] = [];
  for (const source of flows) {
    const { flow } = await readFlow(source);
    if (flow === undefined) throw new Error('the flow is valid');
    const stored = await world.store.putFlow(source, flow);
    const { namespace, id, revision } = stored.flow;
    if (id === 'listener') continue;
    const now = clock.now();
    const execution: Execution = {
      id: `execution-${id}`,
      flow: { namespace, id, revision },
      state: 'SUCCESS',
      epoch: 1,
      createdAt: now,
      endedAt: now + ended.length,
      inputs: '{}',
      labels: {},
    };
    await world.store.createExecution(execution);
    ended.push(execution);
  }
  return { ...world, ended };
}

type World = Awaited<ReturnType<typeof openWorld>>;

/** A process: caches of its own, and ports that may fail. */
function processOf(world: World, life: Life): Runtime {
  return runtimeOf({
    store: life.port('store', world.store),
    queue: life.port('queue', world.queue),
    blobs: life.port('blobs', world.blobs),
    keyValues: simulatedKeyValues(),
    logs: world.logs,
    metrics: silentMetrics,
    clock: world.clock,
    random: world.random,
    settings: noSettings,
  });
}

async function tell(runtime: Runtime, executions: readonly Execution[]): Promise<void> {
  for (const execution of executions) {
    await fireFlowTriggers(runtime, await runtime.flows.load(execution.flow), execution);
  }
}

function started(world: World): readonly Execution[] {
  return [...world.store.tables.executions.values()].filter(({ flow }) => flow.id === 'listener');
}

const faults: readonly Fault[] = ['crash-before', 'crash-after', 'refused', 'unknown'];

test.each(faults)('%s, at every call', async (fault) => {
  let place = 0;
  for (let isReached = true; isReached; place += 1) {
    const world = await openWorld();
    const plan = faultAt(place, fault);
    const life = new Life(plan);
    const work = tell(processOf(world, life), world.ended).catch(() => undefined);
    await Promise.race([work, life.crashed]);
    isReached = plan.calls > place;
    // The queue hands the last messages out again, to a new process and in another order.
    const next = processOf(world, new Life(noFaults));
    await tell(next, world.ended.toReversed());
    await tell(next, world.ended);
    expect(started(world), `${fault} at call ${place}`).toHaveLength(1);
    expect(world.queue.size, 'its first task has been sent').toBeGreaterThan(0);
  }
  expect(place).toBeGreaterThan(8);
});

test('two processes at once', async () => {
  for (let round = 0; round < 20; round += 1) {
    const world = await openWorld();
    const random = seededRandom(round);
    const before = async () => {
      for (let turns = random.below(4); turns > 0; turns -= 1) await Promise.resolve();
    };
    const lives = [0, 1].map(() => processOf(world, new Life({ ...noFaults, before })));
    await Promise.all([
      ...lives.map((runtime) => tell(runtime, world.ended.slice(0, 1))),
      ...lives.map((runtime) => tell(runtime, world.ended.slice(1))),
    ]);
    expect(started(world), `round ${round}`).toHaveLength(1);
  }
});
