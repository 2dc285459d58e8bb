/** LoopUntil and WaitFor: rounds, what ends them, and where they may stand. */
import { describe, expect, test } from 'vitest';
import { around, core, failing, flow, forEach, log, returns, Scenario } from './scenario.ts';

const until = (
  id: string,
  tasks: readonly string[],
  condition: string,
  more = '',
  type = 'LoopUntil',
): string => around(type, id, tasks, `, condition: ${JSON.stringify(condition)}${more}`);
const every = (interval: string, more = ''): string =>
  `, checkFrequency: {interval: ${interval}${more}}`;
const round = returns('round', '{{ taskrun.iteration }}');

describe('rounds', () => {
  test('until the condition is true, which sees the outputs of the round', async () => {
    const source = flow([
      until('poll', [round], "{{ outputs.round.value == '2' }}", every('PT1M')),
      returns('after', '{{ outputs.round.value }} of {{ outputs.poll.iterationCount }}'),
    ]);
    const scenario = await Scenario.ended(source);
    await scenario.is(`
      after SUCCESS
      poll SUCCESS
      poll[2]/round SUCCESS
      SUCCESS`);
    expect(await scenario.outputs('after')).toEqual({ value: '2 of 3' });
    expect(scenario.attempts().filter((made) => made.includes('round'))).toHaveLength(3);
  });

  test('a task sees what it put out in this round only', async () => {
    const source = flow([
      until(
        'poll',
        [returns('first', '{{ outputs.second.value ?? "nothing" }}'), returns('second', 'x')],
        '{{ taskrun.id is defined and outputs.first.value == "nothing" }}',
        every('PT1S'),
      ),
    ]);
    await (await Scenario.ended(source)).is(`
      poll SUCCESS
      poll[0]/first SUCCESS
      poll[0]/second SUCCESS
      SUCCESS`);
  });

  test('nothing is due before the interval is over', async () => {
    const scenario = await Scenario.begun(
      flow([until('poll', [round], "{{ outputs.round.value == '1' }}", every('PT10M'))]),
    );
    await scenario.is('poll RUNNING\n poll[0]/round SUCCESS\n RUNNING');
    scenario.engine.clock.advance(9 * 60_000);
    expect(await scenario.engine.work()).toBe(0);
    scenario.engine.clock.advance(60_000);
    await scenario.engine.work();
    await scenario.is('poll SUCCESS\n poll[1]/round SUCCESS\n SUCCESS');
  });
});

describe('ends without the condition', () => {
  test.each([
    // A maximum of rounds is one that is passed, as in the reference engine.
    ['rounds are up', 'maxIterations: 1', 'SUCCESS'],
    ['rounds are up, and that is a failure', 'maxIterations: 1', 'FAILED'],
    ['time is up', 'maxDuration: PT1M', 'SUCCESS'],
    ['time is up, and that is a failure', 'maxDuration: PT1M', 'FAILED'],
  ])('%s', async (_, limit, state) => {
    const more = `${every('PT1M', `, ${limit}`)}, failOnMaxReached: ${state === 'FAILED'}`;
    const scenario = await Scenario.ended(flow([until('poll', [round], '{{ false }}', more)]));
    await scenario.is(`poll ${state}\n poll[1]/round SUCCESS\n ${state}`);
    expect(await scenario.outputs('poll')).toEqual({ iterationCount: 2 });
  });

  test('a failed task fails it at once; errors and finally follow once', async () => {
    const more = `${every('PT1M')}, errors: [${log('e')}], finally: [${log('f')}]`;
    const scenario = await Scenario.ended(
      flow([until('poll', [round, failing('b', 'taskrun.iteration == 1')], '{{ false }}', more)]),
    );
    await scenario.is(`
      poll FAILED
      poll/errors/e SUCCESS
      poll/finally/f SUCCESS
      poll[1]/b FAILED
      poll[1]/round SUCCESS
      FAILED`);
  });

  test('a task that is retried ends its round when it has succeeded', async () => {
    const retry = ', retry: {type: constant, interval: PT5S, maxAttempts: 3}';
    const scenario = await Scenario.ended(
      flow([until('poll', [failing('b', 'n < 2', retry)], '{{ true }}', every('PT1M'))]),
    );
    await scenario.is('poll SUCCESS\n poll[0]/b SUCCESS\n SUCCESS');
  });

  test('a condition that cannot be rendered fails it', async () => {
    const scenario = await Scenario.ended(
      flow([until('poll', [round], '{{ outputs.nobody.value }}', every('PT1S')), log('after')]),
    );
    await scenario.is('poll FAILED\n poll[0]/round SUCCESS\n FAILED');
    const poll = (await scenario.view()).taskRuns.find(({ path }) => path === 'poll');
    expect(poll?.error?.message).toContain('Unable to find `nobody`');
  });

  test('allowFailure makes a warning of it', async () => {
    const more = `${every('PT1S', ', maxIterations: 1')}, failOnMaxReached: true, allowFailure: true`;
    const scenario = await Scenario.ended(
      flow([until('poll', [round], '{{ false }}', more), log('after')]),
    );
    await scenario.is('after SUCCESS\n poll WARNING\n poll[1]/round SUCCESS\n WARNING');
  });
});

describe('WaitFor', () => {
  test('looks a hundred times, once a second, where nothing else is said', async () => {
    const scenario = await Scenario.ended(
      flow([until('poll', [round], '{{ false }}', '', 'WaitFor')]),
    );
    expect(await scenario.outputs('poll')).toEqual({ iterationCount: 101 });
    const { durationMs = 0 } = await scenario.view();
    expect(durationMs).toBeGreaterThanOrEqual(99_000);
    expect(durationMs).toBeLessThan(102_000);
  });
});

describe('nested', () => {
  test('in a Parallel in a ForEach: each counts its own rounds', async () => {
    const poll = until(
      'poll',
      [returns('round', '{{ taskrun.iteration }}')],
      "{{ outputs.round[parent.taskrun.value].value == (parent.taskrun.value == 'x' ? '1' : '2') }}",
      every('PT1S'),
    );
    const scenario = await Scenario.ended(
      flow([forEach(0, [around('Parallel', 'p', [poll, log('beside')])], ['x', 'y'])]),
    );
    await scenario.is(`
      each SUCCESS
      each[0]/p SUCCESS
      each[0]/p/beside SUCCESS
      each[0]/p/poll SUCCESS
      each[0]/p/poll[1]/round SUCCESS
      each[1]/p SUCCESS
      each[1]/p/beside SUCCESS
      each[1]/p/poll SUCCESS
      each[1]/p/poll[2]/round SUCCESS
      SUCCESS`);
  });

  test('round in round, with a limited loop in each', async () => {
    const inner = until(
      'inner',
      [forEach(2, [returns('cell', '{{ taskrun.value }}')])],
      '{{ outputs.inner.iterationCount >= 1 }}',
      every('PT1S'),
    );
    const scenario = await Scenario.ended(
      flow([until('outer', [inner], '{{ outputs.outer.iterationCount >= 1 }}', every('PT1S'))]),
    );
    const { state, taskRuns } = await scenario.view();
    expect(state).toBe('SUCCESS');
    expect(taskRuns.filter(({ taskId }) => taskId === 'cell')).toHaveLength(3);
    const cells = scenario.attempts().filter((made) => made.includes('cell'));
    expect(cells).toHaveLength(2 * 2 * 3);
  });
});

describe('kill, restart and replay', () => {
  test('a kill ends the wait, and no round follows', async () => {
    const scenario = await Scenario.begun(
      flow([until('poll', [round], '{{ false }}', every('PT10M'))]),
    );
    await scenario.kill();
    await scenario.engine.settle();
    await scenario.is('poll KILLED\n poll[0]/round SUCCESS\n KILLED');
  });

  test('a restart goes on with the round that failed', async () => {
    const scenario = await Scenario.ended(
      flow([
        until(
          'poll',
          [round, failing('b', 'n == 0 and taskrun.iteration == 1')],
          "{{ outputs.round.value == '2' }}",
          every('PT1S'),
        ),
      ]),
    );
    await scenario.restart(`
      poll RUNNING
      poll[1]/b RESTARTED
      poll[1]/round SUCCESS
      RESTARTED`);
    await scenario.engine.settle();
    expect((await scenario.view()).state).toBe('SUCCESS');
    expect(await scenario.outputs('poll')).toEqual({ iterationCount: 3 });
    const rounds = scenario.attempts().filter((made) => made.includes('round'));
    expect(rounds).toEqual([
      'poll[0]/round#1 in epoch 1',
      'poll[1]/round#1 in epoch 1',
      'poll[2]/round#1 in epoch 2',
    ]);
  });

  test('a replay from it begins with round 0', async () => {
    const scenario = await Scenario.ended(
      flow([core('debug.Return', 'a', 'format: x'), until('poll', [round], '{{ true }}')]),
    );
    const id = await scenario.replay('poll', 'a SUCCESS\n poll RUNNING\n RESTARTED');
    await scenario.engine.settle();
    await scenario.is('a SUCCESS\n poll SUCCESS\n poll[0]/round SUCCESS\n SUCCESS', id);
    expect(scenario.attempts(id)).toEqual(['poll[0]/round#1 in epoch 2']);
  });
});
