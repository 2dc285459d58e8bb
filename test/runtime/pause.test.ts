/** Pause: what a resume gives, what the end of its time means, and several at once. */
import { describe, expect, test } from 'vitest';
import { changeTaskRunState } from '../../src/runtime/restart.ts';
import { resume } from '../../src/runtime/resume.ts';
import { around, core, failing, flow, forEach, log, pause, returns, Scenario } from './scenario.ts';

const asks = (more = ''): string =>
  core(
    'flow.Pause',
    'ask',
    `onResume: [{id: reason, type: STRING}, {id: count, type: INT, defaults: 1}]${more}`,
  );

describe('a resume', () => {
  test('gives typed inputs, and says who it was', async () => {
    const after = returns(
      'after',
      '{{ outputs.ask.onResume.reason }} {{ outputs.ask.onResume.count + 1 }}',
    );
    const scenario = await Scenario.begun(flow([asks(), after]));
    await scenario.is('ask PAUSED\n PAUSED');
    const inputs = { reason: 'fine', count: '2' };
    expect(await scenario.resume({ inputs, by: 'ada' })).toBe('resumed');
    await scenario.is('after SUCCESS\n ask SUCCESS\n SUCCESS');
    expect(await scenario.outputs('after')).toEqual({ value: 'fine 3' });
    expect(await scenario.outputs('ask')).toMatchObject({
      onResume: { reason: 'fine', count: 2 },
      resumed: { by: 'ada', to: 'RUNNING' },
    });
  });

  test('with inputs that are wrong changes nothing', async () => {
    const scenario = await Scenario.begun(flow([asks()]));
    const refused = await resume(scenario.engine.runtime, scenario.id, {
      inputs: { count: 'many' },
    });
    expect(refused).toMatchObject({ type: 'invalid-inputs' });
    await scenario.is('ask PAUSED\n PAUSED');
    expect(await scenario.resume({ inputs: { reason: 'x' } })).toBe('resumed');
    await scenario.is('ask SUCCESS\n SUCCESS');
  });

  test('runs its tasks, then what comes after', async () => {
    const more = `, errors: [${log('e')}], finally: [${log('f')}]`;
    const tasks = around('Pause', 'ask', [log('a'), log('b')], more);
    const scenario = await Scenario.begun(flow([tasks, log('after')]));
    await scenario.is('ask PAUSED\n PAUSED');
    await scenario.resume();
    await scenario.is(
      'after SUCCESS\n ask SUCCESS\n ask/a SUCCESS\n ask/b SUCCESS\n ask/finally/f SUCCESS\n SUCCESS',
    );
  });

  test('of two at once one counts', async () => {
    const scenario = await Scenario.begun(flow([asks(), log('after')]));
    const inputs = { reason: 'x' };
    const both = [1, 2].map(() => resume(scenario.engine.runtime, scenario.id, { inputs }));
    const types = (await Promise.all(both)).map(({ type }) => type);
    expect(types.sort()).toEqual(['not-paused', 'resumed']);
    await scenario.engine.work();
    expect(scenario.engine.ends.get(scenario.id)).toEqual(['SUCCESS']);
  });

  test('of what is not paused, or not there', async () => {
    const scenario = await Scenario.begun(flow([log('a'), pause]));
    expect(await scenario.resume({ task: 'a' })).toBe('not-paused');
    expect(await scenario.resume({ task: 'wait' })).toBe('resumed');
    expect(await scenario.resume()).toBe('not-paused');
    const nobody = await resume(scenario.engine.runtime, 'nobody');
    expect(nobody.type).toBe('unknown-execution');
  });
});

describe('its time is up', () => {
  test.each([
    ['', 'after SUCCESS\n wait SUCCESS\n SUCCESS'],
    ['RESUME', 'after SUCCESS\n wait SUCCESS\n SUCCESS'],
    ['WARN', 'after SUCCESS\n wait WARNING\n WARNING'],
    ['FAIL', 'errors/e SUCCESS\n wait FAILED\n FAILED'],
    ['CANCEL', 'wait CANCELLED\n CANCELLED'],
  ])('pauseDuration, behavior %s', async (behavior, expected) => {
    const more = behavior === '' ? '' : `, behavior: ${behavior}`;
    const timed = core('flow.Pause', 'wait', `pauseDuration: PT1H${more}`);
    const source = flow([timed, log('after')], `errors: [${log('e')}]`);
    const scenario = await Scenario.begun(source);
    await scenario.is('wait PAUSED\n PAUSED');
    await scenario.engine.settle();
    await scenario.is(expected);
  });

  test.each([
    ['', 'wait FAILED\n FAILED'],
    [', allowFailure: true', 'after SUCCESS\n wait WARNING\n WARNING'],
    [', allowFailure: true, allowWarning: true', 'after SUCCESS\n wait SUCCESS\n SUCCESS'],
  ])('timeout%s', async (more, expected) => {
    const timed = core('flow.Pause', 'wait', `timeout: PT1H${more}`);
    const scenario = await Scenario.ended(flow([timed, log('after')]));
    await scenario.is(expected);
  });

  test('tasks of a Pause that ran out do not run, its errors do', async () => {
    const more = `, timeout: PT1H, errors: [${log('e')}]`;
    const scenario = await Scenario.ended(flow([around('Pause', 'wait', [log('a')], more)]));
    await scenario.is('wait FAILED\n wait/errors/e SUCCESS\n FAILED');
  });

  test('after a resume it means nothing', async () => {
    const timed = core('flow.Pause', 'wait', 'timeout: PT1H');
    const slow = core('flow.Sleep', 'slow', 'duration: PT3H');
    const scenario = await Scenario.begun(flow([timed, slow]));
    await scenario.resume();
    await scenario.engine.settle();
    await scenario.is('slow SUCCESS\n wait SUCCESS\n SUCCESS');
  });

  test('a restart pauses again what ran out', async () => {
    const timed = core('flow.Pause', 'wait', 'timeout: PT1H');
    const scenario = await Scenario.ended(flow([timed, log('after')]));
    await scenario.restart('wait RUNNING\n RESTARTED');
    await scenario.is('wait PAUSED\n PAUSED');
    await scenario.resume();
    await scenario.is('after SUCCESS\n wait SUCCESS\n SUCCESS');
  });

  test('one that ran out may be marked as done', async () => {
    const timed = core('flow.Pause', 'wait', 'timeout: PT1H');
    const scenario = await Scenario.ended(flow([timed, log('after')]));
    const { type } = await changeTaskRunState(
      scenario.engine.runtime,
      scenario.id,
      'wait',
      'SUCCESS',
    );
    expect(type).toBe('restarted');
    await scenario.engine.work();
    await scenario.is('after SUCCESS\n wait SUCCESS\n SUCCESS');
  });
});

describe('several at once', () => {
  const two = around('Parallel', 'p', [
    core('flow.Pause', 'one'),
    core('flow.Pause', 'two'),
    log('beside'),
  ]);

  test('one is resumed, the other goes on waiting', async () => {
    const scenario = await Scenario.begun(flow([two, log('after')]));
    await scenario.is('p RUNNING\n p/beside SUCCESS\n p/one PAUSED\n p/two PAUSED\n PAUSED');
    await scenario.resume({ task: 'one' });
    await scenario.is('p RUNNING\n p/beside SUCCESS\n p/one SUCCESS\n p/two PAUSED\n PAUSED');
    await scenario.resume({ task: 'p/two' });
    await scenario.is(
      'after SUCCESS\n p SUCCESS\n p/beside SUCCESS\n p/one SUCCESS\n p/two SUCCESS\n SUCCESS',
    );
  });

  test('in a limited fan: a warning before the last of them is not lost', async () => {
    const tasks = [
      core('flow.Pause', 'one'),
      log('beside'),
      failing('warns', 'true', ', allowFailure: true'),
      core('flow.Pause', 'two'),
    ];
    const fan = around('Parallel', 'p', tasks, ', concurrent: 2');
    const scenario = await Scenario.begun(flow([fan]));
    await scenario.resume({ task: 'one' });
    await scenario.resume({ task: 'two' });
    await scenario.is(
      'p WARNING\n p/beside SUCCESS\n p/one SUCCESS\n p/two SUCCESS\n p/warns WARNING\n WARNING',
    );
  });

  test('all of them by one request', async () => {
    const scenario = await Scenario.begun(flow([two, forEach(0, [pause])]));
    await scenario.resume();
    expect(await scenario.resume()).toBe('resumed');
    expect((await scenario.view()).state).toBe('SUCCESS');
  });

  test('one ran out with CANCEL: the execution is over, the other as well', async () => {
    const cancels = core('flow.Pause', 'one', 'pauseDuration: PT1H, behavior: CANCEL');
    const scenario = await Scenario.ended(
      flow([around('Parallel', 'p', [cancels, core('flow.Pause', 'two')]), log('after')]),
    );
    const { state, taskRuns } = await scenario.view();
    expect(state).toBe('CANCELLED');
    expect(taskRuns.find(({ path }) => path === 'p/two')?.state).toBe('KILLED');
    expect(await scenario.resume()).toBe('not-paused');
  });

  test('a task of one branch resumes the other', async () => {
    const opens = core('execution.Resume', 'open', 'inputs: {reason: because}');
    const slow = core('flow.Sleep', 'slow', 'duration: PT1M');
    const scenario = await Scenario.ended(
      flow([around('Parallel', 'p', [asks(), around('Sequential', 's', [slow, opens])])]),
    );
    expect((await scenario.view()).state).toBe('SUCCESS');
    expect(await scenario.outputs('p/ask')).toMatchObject({ onResume: { reason: 'because' } });
  });
});
