/**
 * A task that ends the process of the step function each time, with neighbours in its batches: it
 * alone is given up on. The process is ended by letting nothing reach AWS any more from the moment
 * the task has begun, and by handling none of the batch as done.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Lane } from '../../src/engine/flow.ts';
import { type DeployedEngine, startDeployed } from '../helpers/deployed.ts';

const receivesMax = 5;
const flow = (id: string, message: string): string => `
id: ${id}
namespace: crash
tasks:
  - {id: say, type: io.kestra.plugin.core.log.Log, message: "${message}"}
  - {id: after, type: io.kestra.plugin.core.debug.Return, format: fine}
`;

let engine: DeployedEngine;
beforeAll(async () => {
  engine = await startDeployed();
});
afterAll(async () => engine.close());

async function start(source: string): Promise<string> {
  const response = await engine.request('POST', '/', source);
  return ((await response.json()) as { id: string }).id;
}

async function view(id: string) {
  const response = await engine.request('GET', `/executions/${id}`);
  return (await response.json()) as { state: string; taskRuns: { error?: { message: string } }[] };
}

/** What the queues hold, and the event source mapping hands out. */
interface Held {
  readonly body: string;
  readonly lane: Lane;
  receives: number;
}

test('a message that crashes the function each time fails alone', async () => {
  const neighbours: string[] = [];
  for (let count = 0; count < 4; count += 1) neighbours.push(await start(flow('fine', 'hello')));
  const poison = await start(flow('poison', 'the end of the process'));
  for (let count = 0; count < 4; count += 1) neighbours.push(await start(flow('fine', 'hello')));

  let isDead = false;
  const spy = vi.spyOn(console, 'info').mockImplementation((...line: unknown[]) => {
    isDead ||= JSON.stringify(line).includes('the end of the process');
  });
  engine.failing(() => isDead);
  let crashes = 0;
  let held: Held[] = [];
  for (;;) {
    held.push(...(await engine.take()).map((message) => ({ ...message, receives: 0 })));
    if (held.length === 0) break;
    const dead = held.find(({ receives }) => receives >= receivesMax);
    if (dead !== undefined) {
      expect(await engine.handle('dead-letter', [dead.body])).toEqual([]);
      held = held.filter((one) => one !== dead);
      continue;
    }
    const fast = held.filter(({ lane }) => lane === 'fast').slice(0, 10);
    const batch = fast.length > 0 ? fast : held.slice(0, 1);
    for (const message of batch) message.receives += 1;
    const bodies = batch.map(({ body }) => body);
    const failed = await engine.handle(
      'step',
      bodies,
      batch.map(({ receives }) => receives),
    );
    const isBack = (message: Held) => isDead || failed.includes(batch.indexOf(message));
    held = held.filter((message) => !batch.includes(message) || isBack(message));
    if (isDead) crashes += 1;
    isDead = false;
  }
  spy.mockRestore();
  for (const id of neighbours) expect([id, (await view(id)).state]).toEqual([id, 'SUCCESS']);
  const { state, taskRuns } = await view(poison);
  expect(state).toBe('FAILED');
  expect(taskRuns[0]?.error?.message).toContain('The step crashed every time');
  // Twice beside the others, five times alone.
  expect(crashes).toBe(2 + receivesMax);
});
