/** Pausing a whole execution, and stopping before a breakpoint. */
import { describe, expect, test } from 'vitest';
import { halt } from '../../src/runtime/halt.ts';
import { pause } from '../../src/runtime/pause.ts';
import { resume } from '../../src/runtime/resume.ts';
import { startExecution } from '../../src/runtime/start.ts';
import type { ExecutionView } from '../../src/runtime/view.ts';
import { around, flow, log, pause as pauseTask, Scenario } from './scenario.ts';

const states = ({ history }: Pick<ExecutionView, 'history'>): string =>
  history.map(({ state }) => state).join(' ');

describe('pause', () => {
  test('no task begins any more, until it is resumed', async () => {
    const scenario = await Scenario.at(flow([log('a'), log('b'), log('c')]), 1);
    const { runtime } = scenario.engine;
    expect(await pause(runtime, scenario.id)).toEqual({ type: 'paused' });
    await scenario.engine.work();
    expect((await scenario.view()).state).toBe('PAUSED');
    expect(scenario.attempts()).toEqual(['a#1 in epoch 1']);
    expect(await resume(runtime, scenario.id)).toMatchObject({ type: 'resumed', paths: ['b'] });
    await scenario.engine.work();
    await scenario.is('a SUCCESS\n b SUCCESS\n c SUCCESS\n SUCCESS');
    expect((await scenario.view()).history?.map(({ state }) => state)).toEqual([
      'CREATED',
      'RUNNING',
      'PAUSED',
      'RESTARTED',
      'RUNNING',
      'SUCCESS',
    ]);
  });

  test('a write that is repeated on its way after somebody has resumed it does not pause again', async () => {
    const scenario = await Scenario.at(flow([log('a'), log('b')]), 1);
    const { runtime } = scenario.engine;
    const { replaceExecution } = runtime.store;
    let writes = 0;
    const store = {
      ...runtime.store,
      replaceExecution: async (...args: Parameters<typeof replaceExecution>) => {
        writes += 1;
        if (writes > 1) return replaceExecution(...args);
        await replaceExecution(...args);
        await resume(runtime, scenario.id);
        return replaceExecution(...args);
      },
    };
    expect(await pause({ ...runtime, store }, scenario.id)).toEqual({ type: 'paused' });
    expect(states(await scenario.view())).toBe('CREATED RUNNING PAUSED RESTARTED RUNNING');
    await scenario.engine.work();
    await scenario.is('a SUCCESS\n b SUCCESS\n SUCCESS');
  });

  test('paused again in the same moment, it is paused', async () => {
    const scenario = await Scenario.at(flow([log('a'), log('b')]), 1);
    const { runtime } = scenario.engine;
    await pause(runtime, scenario.id);
    await resume(runtime, scenario.id);
    expect(await pause(runtime, scenario.id)).toEqual({ type: 'paused' });
    await scenario.engine.work();
    await scenario.is('a SUCCESS\n b PAUSED\n PAUSED');
  });

  test('what a pause of the flow was is noted when somebody ends it', async () => {
    const scenario = await Scenario.at(flow([pauseTask, log('b')]), 1);
    const { runtime } = scenario.engine;
    await scenario.is('wait PAUSED\n PAUSED');
    const resumed = await resume(runtime, scenario.id);
    if (resumed.type !== 'resumed') throw new Error(resumed.type);
    expect(states(resumed.view)).toBe('CREATED RUNNING PAUSED RESTARTED');
    await scenario.engine.work();
    const view = await scenario.view();
    expect(states(view)).toBe('CREATED RUNNING PAUSED RESTARTED RUNNING SUCCESS');
    expect((await resume(runtime, scenario.id)).type).toBe('not-paused');
  });

  test('while another pause holds it, it stays paused', async () => {
    const other = pauseTask.replace('wait', 'other');
    const scenario = await Scenario.at(flow([around('Parallel', 'p', [pauseTask, other])]), 3);
    const { runtime } = scenario.engine;
    const first = await resume(runtime, scenario.id, { task: 'wait' });
    expect(first.type === 'resumed' && states(first.view)).toBe('CREATED RUNNING PAUSED');
    await scenario.engine.work();
    await resume(runtime, scenario.id, { task: 'other' });
    await scenario.engine.work();
    const view = await scenario.view();
    expect(states(view)).toBe('CREATED RUNNING PAUSED RESTARTED RUNNING SUCCESS');
  });

  test('a kill wakes what is paused', async () => {
    const scenario = await Scenario.at(flow([pauseTask, log('b')]), 1);
    await scenario.kill();
    const view = await scenario.view();
    expect(states(view)).toBe('CREATED RUNNING PAUSED RESTARTED KILLING KILLED');
  });

  test('every branch is held, and a pause of the flow stays one', async () => {
    const source = flow([around('Parallel', 'p', [log('a'), log('b'), pauseTask]), log('c')]);
    const scenario = await Scenario.at(source, 0);
    const { runtime } = scenario.engine;
    await pause(runtime, scenario.id);
    await scenario.engine.work();
    expect(scenario.attempts()).toEqual([]);
    await resume(runtime, scenario.id);
    await scenario.engine.work();
    await scenario.is('p RUNNING\n p/a SUCCESS\n p/b SUCCESS\n p/wait PAUSED\n PAUSED');
    await resume(runtime, scenario.id);
    await scenario.engine.work();
    expect((await scenario.view()).state).toBe('SUCCESS');
  });

  test('what is paused can be killed, and what has ended cannot be paused', async () => {
    const scenario = await Scenario.at(flow([log('a'), log('b')]), 1);
    const { runtime } = scenario.engine;
    await pause(runtime, scenario.id);
    await scenario.engine.work();
    expect(await halt(runtime, scenario.id, { state: 'KILLED' })).toBe('halted');
    await scenario.is('a SUCCESS\n b KILLED\n KILLED');
    expect(await pause(runtime, scenario.id)).toEqual({ type: 'not-running', state: 'KILLED' });
    expect(await pause(runtime, 'nobody')).toEqual({ type: 'unknown-execution' });
  });
});

describe('breakpoints', () => {
  test('it stops before the task, and goes on from there', async () => {
    const scenario = await Scenario.ended(flow([log('a')]));
    const { runtime } = scenario.engine;
    const source = flow([
      around('ForEach', 'each', [log('b'), log('c')], ', values: [x, y]'),
      log('d'),
    ]);
    const stored = await scenario.engine.start(source);
    const loaded = await runtime.flows.load(stored.flow);
    const { execution } = await startExecution(runtime, {
      flow: loaded,
      inputs: new Map(),
      breakpoints: ['c.y', 'd'],
    });
    await scenario.engine.work();
    await scenario.is(
      'each RUNNING\n each[0]/b SUCCESS\n each[0]/c SUCCESS\n each[1]/b SUCCESS\n each[1]/c BREAKPOINT\n BREAKPOINT',
      execution.id,
    );
    await resume(runtime, execution.id);
    await scenario.engine.work();
    const { taskRuns, state } = await scenario.view(execution.id);
    expect(state).toBe('BREAKPOINT');
    expect(taskRuns.at(-1)).toMatchObject({ path: 'd', state: 'BREAKPOINT' });
    await resume(runtime, execution.id);
    await scenario.engine.work();
    expect((await scenario.view(execution.id)).state).toBe('SUCCESS');
  });
});
