/**
 * The sweep looks at an execution twice as late each time. An old one that has just been set going
 * again counts as a young one: what is lost of it then must not wait for as long as it has been there.
 */
import { expect, test } from 'vitest';
import type { FaultPlan } from '../../src/adapters/simulated/faults.ts';
import { pause as pauseWhole } from '../../src/runtime/pause.ts';
import { resume } from '../../src/runtime/resume.ts';
import { restart } from '../../src/runtime/restart.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { sweep } from '../../src/runtime/sweep.ts';
import { failing, flow, log, pause, Scenario } from './scenario.ts';

const hour = 3_600_000;
const days = 24 * hour;

/** Nothing is sent any more. */
const beforeSending: FaultPlan = {
  onCall: ({ method }) => (method === 'send' ? 'crash-before' : undefined),
};

/** Sweeps all the while, and nothing else. */
async function wait({ engine }: Scenario, spanMs: number): Promise<void> {
  for (const until = engine.clock.now() + spanMs; engine.clock.now() < until; ) {
    engine.clock.advance(hour);
    await sweep(engine.runtime);
    await engine.work();
  }
}

/** The request dies before it has sent anything. */
async function dies(scenario: Scenario, request: (runtime: Runtime) => Promise<unknown>) {
  const { engine } = scenario;
  const { runtime, life } = engine.runtimeOf(beforeSending);
  await Promise.race([request(runtime), life.crashed]);
  expect(life.isCrashed).toBe(true);
  await wait(scenario, 2 * hour);
  expect((await scenario.view()).state).toBe('SUCCESS');
}

test('a resume after two months', async () => {
  const scenario = await Scenario.begun(flow([pause, log('a')]));
  await wait(scenario, 60 * days);
  await dies(scenario, (runtime) => resume(runtime, scenario.id, {}));
});

test('an execution that goes on after two months in which it was paused', async () => {
  const scenario = await Scenario.at(flow([log('a'), log('b')]), 0);
  await pauseWhole(scenario.engine.runtime, scenario.id);
  await wait(scenario, 60 * days);
  await dies(scenario, (runtime) => resume(runtime, scenario.id, {}));
});

test('a restart after two months, whose messages are lost twice', async () => {
  const scenario = await Scenario.ended(flow([log('a'), failing('b')]));
  const { engine } = scenario;
  engine.clock.advance(60 * days);
  await restart(engine.runtime, scenario.id);
  engine.queue.receive()?.done();
  engine.clock.advance(hour);
  expect(await sweep(engine.runtime)).toBe(1);
  engine.queue.receive()?.done();
  await wait(scenario, 3 * hour);
  expect((await scenario.view()).state).toBe('SUCCESS');
});
