/**
 * One life of the embedded engine under load: `node crash-flows-child.js DIRECTORY LIFE BEGAN COUNT`.
 *
 * It waits for a line on standard input, so that the next life is ready when this one is killed. Then
 * it opens the store, accepts COUNT executions side by side and works, telling each that was accepted.
 * With `finish` for COUNT it works until nothing is left.
 */
import { once } from 'node:events';
import type { WakingClock } from '../../../src/adapters/embedded/clock.ts';
import { openEmbedded } from '../../../src/adapters/embedded/open.ts';
import { seededRandom } from '../../../src/adapters/simulated/random.ts';
import { readFlow } from '../../../src/flow/read.ts';
import { runLocal } from '../../../src/runtime/local.ts';
import { noSettings, runtimeOf, silentMetrics } from '../../../src/runtime/runtime.ts';
import { startExecution } from '../../../src/runtime/start.ts';
import { namespace, sources, started } from './crash-flows.ts';

const [directory = '', life = '', began = '', count = ''] = process.argv.slice(2);
const random = seededRandom(Number(life) + 1);
const tell = (line: string) => void process.stdout.write(`${line}\n`);

/** A hundred times as fast, from one life to the next: seconds of waiting are moments. */
const clock: WakingClock = {
  now: () => Number(began) + (Date.now() - Number(began)) * 100,
  after(ms, wake) {
    const timer = setTimeout(wake, Math.min(ms, 60_000) / 100);
    return () => clearTimeout(timer);
  },
};

await once(process.stdin, 'data');
process.stdin.destroy();
tell('opening');
const { store, queue, blobs, logs, keyValues, deliveries, close, failed } = await openEmbedded({
  directory,
  clock,
});
const runtime = runtimeOf({
  store,
  queue,
  blobs,
  logs,
  keyValues,
  clock,
  metrics: silentMetrics,
  random: { next: Math.random },
  settings: noSettings,
});
// Nothing but the process ever breaks; a message may have been in hand each time it did.
const isBlamed = (error: unknown) =>
  /^handed out \d times and never/.test((error as Error).message);
runLocal(runtime, deliveries, {
  onError: (error) => (isBlamed(error) ? tell('blamed') : console.error(error)),
});
void failed.then((error) => console.error(error));
tell('open');

async function storeFlow(source: string): Promise<void> {
  const { flow, issues } = await readFlow(source);
  if (!flow) throw new Error(JSON.stringify(issues));
  await store.putFlow(source, flow);
}

async function accept(n: number): Promise<void> {
  const name = started[random.below(started.length)] ?? '';
  const stored = await store.readFlow(namespace, name);
  if (!stored) throw new Error(`${name} is not stored`);
  const { execution } = await startExecution(runtime, {
    flow: stored.flow,
    inputs: new Map(),
    idempotencyKey: `${life}-${n}`,
  });
  tell(`accepted ${execution.id}`);
}

if (life === '0') for (const source of sources) await storeFlow(source);
if (count === 'finish') {
  await deliveries.idle();
  await close();
  tell('done');
} else {
  setInterval(() => undefined, 60_000); // It has to be killed.
  await Promise.all(Array.from({ length: Number(count) }, (_, n) => accept(n)));
}
