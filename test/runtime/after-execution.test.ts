/** errors, finally and afterExecution: in which order, of whom, and what they cannot change. */
import { describe, expect, test } from 'vitest';
import { around, core, failing, flow, log, pause, returns, Scenario } from './scenario.ts';

const after = (...tasks: readonly string[]): string => `afterExecution: [${tasks.join()}]`;
const state = returns('last', '{{ execution.state }}');
const order = (scenario: Scenario): string =>
  scenario
    .attempts()
    .map((made) => made.replace(/#.*/, ''))
    .join(' ');

describe('afterExecution', () => {
  test.each([
    ['SUCCESS', log('a')],
    ['FAILED', failing('a', 'true')],
    ['WARNING', failing('a', 'true', ', allowFailure: true')],
  ])('sees that the execution ended %s', async (expected, task) => {
    const scenario = await Scenario.ended(flow([task], after(state)));
    expect(await scenario.outputs('afterExecution/last')).toEqual({ value: expected });
    expect((await scenario.view()).state).toBe(expected);
  });

  test('of a kill, too', async () => {
    const scenario = await Scenario.begun(flow([pause], after(state)));
    await scenario.kill();
    await scenario.engine.settle();
    expect(await scenario.outputs('afterExecution/last')).toEqual({ value: 'KILLED' });
  });

  test('a failing task changes nothing, and the next one runs', async () => {
    const scenario = await Scenario.ended(flow([log('a')], after(failing('b', 'true'), state)));
    await scenario.is(`
      a SUCCESS
      afterExecution/b FAILED
      afterExecution/last SUCCESS
      SUCCESS`);
    expect(scenario.engine.ends.get(scenario.id)).toEqual(['SUCCESS']);
  });

  test('flowables in it: rounds, a Parallel, outputs of before', async () => {
    const poll = around(
      'LoopUntil',
      'poll',
      [log('round')],
      ', condition: "{{ outputs.poll.iterationCount >= 1 }}", checkFrequency: {interval: PT1S}',
    );
    const both = around('Parallel', 'p', [returns('x', '{{ outputs.a.value }}'), log('y')]);
    const scenario = await Scenario.ended(flow([returns('a', 'found')], after(poll, both, state)));
    expect(await scenario.outputs('afterExecution/p/x')).toEqual({ value: 'found' });
    expect(order(scenario).split(' ').at(-1)).toBe('afterExecution/last');
    expect((await scenario.view()).state).toBe('SUCCESS');
  });

  test('a flow output that cannot be rendered is the end it sees', async () => {
    const outputs = 'outputs: [{id: o, type: STRING, value: "{{ outputs.nobody.value }}"}]';
    const scenario = await Scenario.ended(flow([log('a')], `${outputs}\n${after(state)}`));
    expect(await scenario.outputs('afterExecution/last')).toEqual({ value: 'FAILED' });
  });

  test('a restart forgets it, and it runs after the new end', async () => {
    const scenario = await Scenario.ended(flow([failing('a')], after(state)));
    expect(await scenario.outputs('afterExecution/last')).toEqual({ value: 'FAILED' });
    await scenario.restart('a RESTARTED\n RESTARTED');
    await scenario.engine.settle();
    await scenario.is('a SUCCESS\n afterExecution/last SUCCESS\n SUCCESS');
    expect(await scenario.outputs('afterExecution/last')).toEqual({ value: 'SUCCESS' });
  });
});

describe('order', () => {
  test('innermost first: errors, finally, then those around it, then afterwards', async () => {
    const inner = around(
      'Sequential',
      'inner',
      [failing('a', 'true'), log('never')],
      `, errors: [${log('e1')}], finally: [${log('f1')}]`,
    );
    const outer = around(
      'Sequential',
      'outer',
      [inner, log('never_either')],
      `, errors: [${log('e2')}], finally: [${log('f2')}]`,
    );
    const scenario = await Scenario.ended(
      flow(
        [outer, log('nor_this')],
        `errors: [${log('e3')}]\nfinally: [${log('f3')}]\n${after(state)}`,
      ),
    );
    expect(order(scenario)).toBe(
      [
        'outer/inner/a',
        'outer/inner/errors/e1',
        'outer/inner/finally/f1',
        'outer/errors/e2',
        'outer/finally/f2',
        'errors/e3',
        'finally/f3',
        'afterExecution/last',
      ].join(' '),
    );
  });

  test('a failure that is allowed stops on its way up', async () => {
    const inner = around(
      'AllowFailure',
      'allow',
      [failing('a', 'true')],
      `, errors: [${log('e1')}]`,
    );
    const scenario = await Scenario.ended(flow([inner, log('b')], `errors: [${log('e2')}]`));
    expect(order(scenario)).toBe('a allow/errors/e1 b'.replace('a ', 'allow/a '));
    expect((await scenario.view()).state).toBe('WARNING');
  });

  test('failing handlers do not stop one another, and do not change the end', async () => {
    const scenario = await Scenario.ended(
      flow(
        [log('a')],
        `finally: [${failing('f1', 'true')}, ${log('f2')}]\n${after(failing('l1', 'true'), log('l2'))}`,
      ),
    );
    expect(order(scenario)).toBe('a finally/f1 finally/f2 afterExecution/l1 afterExecution/l2');
    expect((await scenario.view()).state).toBe('SUCCESS');
  });

  test('errors see which tasks failed, and why', async () => {
    const tells = returns(
      'tells',
      "{{ tasksWithState('FAILED')[0].taskId }} {{ errorLogs()[0]['message'] }}",
    );
    const fails = core('execution.Fail', 'a', 'errorMessage: broken');
    const scenario = await Scenario.ended(flow([fails], `errors: [${tells}]`));
    expect(await scenario.outputs('errors/tells')).toEqual({ value: 'a broken' });
  });
});
