/** Breakpoints: what a debugger stops before has not begun, and goes on from there. */
import { describe, expect, test } from 'vitest';
import { replayExecution } from '../../src/runtime/fork.ts';
import { around, flow, forEach, log, Scenario } from './scenario.ts';

/** A replay of the whole flow with these breakpoints, worked on until it stops. */
async function stopped(source: string, ...breakpoints: readonly string[]): Promise<Scenario> {
  const scenario = await Scenario.ended(source);
  const replayed = await replayExecution(scenario.engine.runtime, scenario.id, { breakpoints });
  if (replayed.type !== 'replayed') throw new Error(replayed.type);
  scenario.id = replayed.execution.id;
  await scenario.engine.work();
  return scenario;
}

describe('breakpoints', () => {
  test('before a task: it has no attempt until it is let go', async () => {
    const scenario = await stopped(flow([log('a'), log('b'), log('c')]), 'b');
    await scenario.is('a SUCCESS\n b BREAKPOINT\n BREAKPOINT');
    expect(scenario.attempts()).toEqual(['a#1 in epoch 1']);
    expect(await scenario.resume()).toBe('resumed');
    await scenario.is('a SUCCESS\n b SUCCESS\n c SUCCESS\n SUCCESS');
  });

  test('of one value of a loop', async () => {
    const scenario = await stopped(flow([forEach(1, [log('a')])]), 'a.y');
    const { taskRuns } = await scenario.view();
    expect(taskRuns.map(({ path, state }) => `${path} ${state}`)).toContain('each[1]/a BREAKPOINT');
    expect(taskRuns).toHaveLength(3);
    await scenario.resume();
    expect((await scenario.view()).state).toBe('SUCCESS');
  });

  test('each value stops before it', async () => {
    const scenario = await stopped(flow([forEach(1, [log('a')], ['x', 'y'])]), 'a');
    await scenario.resume();
    await scenario.is('each RUNNING\n each[0]/a SUCCESS\n each[1]/a BREAKPOINT\n BREAKPOINT');
    await scenario.resume();
    expect((await scenario.view()).state).toBe('SUCCESS');
  });

  test('before a flowable that opens by itself, and in each round', async () => {
    const poll = around(
      'LoopUntil',
      'poll',
      [log('round')],
      ', condition: "{{ outputs.poll.iterationCount >= 1 }}", checkFrequency: {interval: PT1S}',
    );
    const scenario = await stopped(flow([poll]), 'poll', 'round');
    await scenario.is('poll BREAKPOINT\n BREAKPOINT');
    await scenario.resume();
    await scenario.is('poll RUNNING\n poll[0]/round BREAKPOINT\n BREAKPOINT');
    await scenario.resume();
    await scenario.engine.settle();
    await scenario.is(
      'poll RUNNING\n poll[0]/round SUCCESS\n poll[1]/round BREAKPOINT\n BREAKPOINT',
    );
    await scenario.resume();
    await scenario.engine.settle();
    expect((await scenario.view()).state).toBe('SUCCESS');
  });

  test('other branches go on; all are let go at once', async () => {
    const scenario = await stopped(
      flow([around('Parallel', 'p', [log('a'), log('b'), log('c')]), log('d')]),
      'a',
      'b',
    );
    await scenario.is('p RUNNING\n p/a BREAKPOINT\n p/b BREAKPOINT\n p/c SUCCESS\n BREAKPOINT');
    await scenario.resume();
    expect((await scenario.view()).state).toBe('SUCCESS');
  });

  test('a kill ends what is stopped', async () => {
    const scenario = await stopped(flow([log('a'), log('b')]), 'b');
    await scenario.kill();
    await scenario.engine.settle();
    expect((await scenario.view()).state).toBe('KILLED');
    expect(await scenario.resume()).toBe('not-paused');
    expect(scenario.attempts()).toEqual(['a#1 in epoch 1']);
  });
});
