/** Exit: the execution ends where it stands, whatever runs beside it. */
import { describe, expect, test } from 'vitest';
import { around, core, failing, flow, forEach, log, pause, Scenario } from './scenario.ts';

const exit = (state?: string): string =>
  core('execution.Exit', 'exit', state === undefined ? '' : `state: ${state}`);

describe('Exit', () => {
  test.each([
    [undefined, 'SUCCESS'],
    ['SUCCESS', 'SUCCESS'],
    ['WARNING', 'WARNING'],
    ['FAILED', 'FAILED'],
    ['KILLED', 'KILLED'],
    ['CANCELLED', 'CANCELLED'],
    ['CANCELED', 'CANCELLED'],
  ])('%s', async (state, expected) => {
    const scenario = await Scenario.ended(flow([log('a'), exit(state), log('never')]));
    await scenario.is(`a SUCCESS\n exit ${expected}\n ${expected}`);
    expect(scenario.engine.ends.get(scenario.id)).toEqual([expected]);
  });

  test('out of loops and handlers: what waits beside it is killed', async () => {
    const gate = core('flow.Sleep', 'gate', 'duration: PT1M');
    const beside = around('Sequential', 's', [gate, exit('WARNING')]);
    const scenario = await Scenario.ended(
      flow([forEach(0, [around('Parallel', 'p', [pause, beside])], ['x']), log('never')]),
    );
    const { state, taskRuns } = await scenario.view();
    expect(state).toBe('WARNING');
    expect(Object.fromEntries(taskRuns.map(({ taskId, state: each }) => [taskId, each]))).toEqual({
      each: 'WARNING',
      p: 'WARNING',
      wait: 'KILLED',
      s: 'WARNING',
      gate: 'SUCCESS',
      exit: 'WARNING',
    });
  });

  test('in errors: the failure is not the last word', async () => {
    const scenario = await Scenario.ended(
      flow([failing('a', 'true')], `errors: [${exit('WARNING')}, ${log('never')}]`),
    );
    await scenario.is('a FAILED\n errors/exit WARNING\n WARNING');
  });

  test('by a condition', async () => {
    const perhaps = core('flow.If', 'if', `condition: "{{ true }}", then: [${exit()}]`);
    const scenario = await Scenario.ended(flow([perhaps, log('never')]));
    await scenario.is('if SUCCESS\n if/then/exit SUCCESS\n SUCCESS');
  });

  test('the tasks for afterwards run, and see how it ended', async () => {
    const last = core('debug.Return', 'last', 'format: "{{ execution.state }}"');
    const scenario = await Scenario.ended(flow([exit('CANCELLED')], `afterExecution: [${last}]`));
    expect(await scenario.outputs('afterExecution/last')).toEqual({ value: 'CANCELLED' });
    expect((await scenario.view()).state).toBe('CANCELLED');
  });
});
