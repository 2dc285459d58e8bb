/** Messages of an execution that has been deleted, and of which nobody is told any more. */
import { expect, test } from 'vitest';
import { readBaton } from '../../src/engine/baton.ts';
import type { ExecutionId } from '../../src/engine/execution.ts';
import { deleteExecution } from '../../src/runtime/amend.ts';
import { receive } from '../../src/runtime/receive.ts';
import { giveUp } from '../../src/runtime/step.ts';
import { SimulatedEngine } from '../helpers/simulated.ts';
import { around, flow, forEach, log } from './scenario.ts';

const hour = 3_600_000;
const until = around('LoopUntil', 'until', [log('b')], ', condition: "{{ true }}"');
const values = Array.from({ length: 300 }, (_, index) => `v${index}`);
const source = flow([until, forEach(0, [log('a')], values)]);

/** Runs it to its end, deletes it, and says what its messages were. */
async function deleted(engine: SimulatedEngine): Promise<[ExecutionId, readonly string[]]> {
  const { id } = await engine.start(source);
  const bodies: string[] = [];
  for (let due = engine.queue.nextAt(); due !== undefined; due = engine.queue.nextAt()) {
    engine.clock.advance(Math.max(0, due - engine.clock.now()));
    const message = engine.queue.receive();
    if (!message) continue;
    bodies.push(message.body);
    await receive(engine.runtime, message.body, 1);
    message.done();
  }
  expect(await deleteExecution(engine.runtime, id)).toEqual({ type: 'amended' });
  engine.clock.advance(hour);
  return [id, bodies];
}

test('a dead letter of it leaves no record', async () => {
  const engine = new SimulatedEngine();
  const [id, bodies] = await deleted(engine);
  for (const body of bodies) await giveUp(engine.runtime, body, 'too often');
  expect(engine.records(id)).toEqual([]);
  expect(engine.queue.nextAt()).toBeUndefined();
});

test('what would ask a loop, or start members of one, is let go', async () => {
  const engine = new SimulatedEngine();
  const [id, bodies] = await deleted(engine);
  const flowables = bodies.filter((body) => {
    const { asked, range } = readBaton(body);
    return asked !== undefined || range !== undefined;
  });
  expect(flowables.length).toBeGreaterThan(1);
  for (const body of flowables) await receive(engine.runtime, body, 1);
  expect(engine.records(id)).toEqual([]);
  expect(engine.queue.nextAt()).toBeUndefined();
});
