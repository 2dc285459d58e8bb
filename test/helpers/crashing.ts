/**
 * A back end that outlives the workers around it, each of which may die or be refused anything at any
 * of its calls.
 */
import { virtualClock } from '../../src/adapters/simulated/clock.ts';
import { type FaultPlan, Life } from '../../src/adapters/simulated/faults.ts';
import { simulatedBlobs, simulatedLogs } from '../../src/adapters/simulated/files.ts';
import { simulatedKeyValues } from '../../src/adapters/simulated/key-values.ts';
import { simulatedQueue } from '../../src/adapters/simulated/queue.ts';
import { seededRandom } from '../../src/adapters/simulated/random.ts';
import { simulatedStore } from '../../src/adapters/simulated/store.ts';
import { storeFlow } from '../../src/api/flows.ts';
import { noSettings, type Runtime, runtimeOf, silentMetrics } from '../../src/runtime/runtime.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { step } from '../../src/runtime/step.ts';

export const epochMs = Date.UTC(2026, 0, 1);

export function world() {
  const clock = virtualClock(epochMs);
  const queue = simulatedQueue({ clock });
  const logs = simulatedLogs();
  const ports = {
    store: simulatedStore({ clock }),
    queue,
    keyValues: simulatedKeyValues(),
    blobs: simulatedBlobs(),
    logs,
    metrics: silentMetrics,
    clock,
    random: seededRandom(1),
    settings: noSettings,
  };
  const runtime = runtimeOf(ports);
  /** What one worker has, until it crashes. */
  const worker = (plan: FaultPlan): { life: Life; runtime: Runtime } => {
    const life = new Life(plan);
    const faulty = {
      store: life.port('store', ports.store),
      queue: life.port('queue', queue),
      blobs: life.port('blobs', ports.blobs),
      keyValues: life.port('keyValues', ports.keyValues),
    };
    return { life, runtime: { ...runtime, ...faulty } };
  };
  return { clock, queue, logs, runtime, worker };
}

export type World = ReturnType<typeof world>;

export async function start({ runtime }: World, source: string): Promise<string> {
  const { flow } = await storeFlow(runtime, source);
  return (await startExecution(runtime, { flow, inputs: new Map() })).execution.id;
}

/** Hands out messages until there are none; every one is worked on by a process of its own. */
export async function drive({ clock, queue, worker }: World, plan: FaultPlan): Promise<void> {
  for (let at = queue.nextAt(); at !== undefined; at = queue.nextAt()) {
    clock.advance(Math.max(0, at - clock.now()));
    const delivery = queue.receive();
    if (delivery === undefined) continue;
    const { life, runtime } = worker(plan);
    const ended = await Promise.race([
      step(runtime, delivery.body, delivery.receives).then(
        () => 'done',
        () => 'failed',
      ),
      life.crashed,
    ]);
    if (ended === 'done') delivery.done();
    if (ended === 'failed') delivery.retry(1000);
  }
}
