/** Retries that make a new execution: which is which, and what belongs to all of them. */
import { describe, expect, test } from 'vitest';
import { deleteExecution } from '../../src/runtime/amend.ts';
import { retryWhole } from '../../src/runtime/retry-whole.ts';
import { around, core, failing, flow, log, returns, Scenario } from './scenario.ts';

const retry = (attempts: number, interval = 'PT1M'): string =>
  `retry: {type: constant, interval: ${interval}, maxAttempts: ${attempts}, behavior: CREATE_NEW_EXECUTION}`;

const all = (scenario: Scenario): readonly string[] => [scenario.id, ...scenario.others()];
const states = async (scenario: Scenario): Promise<string> =>
  (await Promise.all(all(scenario).map(async (id) => (await scenario.view(id)).state))).join(' ');

describe('a retry of the whole', () => {
  test('each try is an execution of its own, until the attempts are used up', async () => {
    const scenario = await Scenario.ended(
      flow([log('a'), failing('b', 'true')], `${retry(3)}\nerrors: [${log('e')}]`),
    );
    expect(await states(scenario)).toBe('RETRIED RETRIED FAILED');
    const [first, second, third = ''] = all(scenario);
    const views = await Promise.all(all(scenario).map((id) => scenario.view(id)));
    expect(views.map(({ parentId }) => parentId)).toEqual([undefined, first, second]);
    expect(views.map(({ originalId }) => originalId)).toEqual([undefined, first, first]);
    expect(views[1]?.labels).toMatchObject({ 'system.replay': 'true' });
    await scenario.is('a SUCCESS\n b RETRIED\n RETRIED');
    await scenario.is('a SUCCESS\n b FAILED\n errors/e SUCCESS\n FAILED', third);
  });

  test('the second comes when the interval is over, with the same inputs', async () => {
    const inputs = 'inputs: [{id: name, type: STRING, defaults: Ada}]';
    const tasks = [
      returns('a', '{{ inputs.name }}'),
      failing('b', 'execution.id == execution.originalId'),
    ];
    const scenario = await Scenario.begun(flow(tasks, `${inputs}\n${retry(2, 'PT1H')}`));
    const [, second = ''] = all(scenario);
    expect(scenario.attempts(second)).toEqual([]);
    scenario.engine.clock.advance(3_600_000);
    await scenario.engine.work();
    await scenario.is('a SUCCESS\n b SUCCESS\n SUCCESS', second);
    expect(await scenario.outputs('a', second)).toEqual({ value: 'Ada' });
  });

  test('of a task deep inside, flowables around it are RETRIED as well', async () => {
    const deep = failing('a', 'execution.id == execution.originalId', `, ${retry(2)}`);
    const inside = around('Parallel', 'p', [around('Sequential', 's', [deep])]);
    const scenario = await Scenario.ended(flow([inside], `finally: [${log('f')}]`));
    expect(await states(scenario)).toBe('RETRIED SUCCESS');
    await scenario.is('p RETRIED\n p/s RETRIED\n p/s/a RETRIED\n RETRIED');
  });

  test('in rounds: the new execution begins with the first', async () => {
    const poll = around(
      'LoopUntil',
      'poll',
      [failing('a', 'execution.id == execution.originalId and taskrun.iteration == 1')],
      ', condition: "{{ outputs.poll.iterationCount >= 1 }}", checkFrequency: {interval: PT1S}',
    );
    const scenario = await Scenario.ended(flow([poll], retry(2)));
    expect(await states(scenario)).toBe('RETRIED SUCCESS');
    const [, second = ''] = all(scenario);
    await scenario.is('poll SUCCESS\n poll[1]/a SUCCESS\n SUCCESS', second);
  });

  test('the tasks for afterwards run after each', async () => {
    const state = core('debug.Return', 'last', 'format: "{{ execution.state }}"');
    const scenario = await Scenario.ended(
      flow([failing('a', 'true')], `${retry(2)}\nafterExecution: [${state}]`),
    );
    const seen = all(scenario).map((id) => scenario.outputs('afterExecution/last', id));
    expect(await Promise.all(seen)).toEqual([{ value: 'RETRIED' }, { value: 'FAILED' }]);
  });

  test('a kill of the one that waits ends it', async () => {
    const scenario = await Scenario.begun(flow([failing('a', 'true')], retry(3, 'PT1H')));
    scenario.id = all(scenario)[1] ?? '';
    await scenario.kill();
    await scenario.engine.settle();
    expect((await scenario.view()).state).toBe('KILLED');
    expect(scenario.attempts()).toEqual([]);
    expect(all(scenario)).toHaveLength(2);
  });

  test('one that was deleted is not made again by who comes late', async () => {
    const scenario = await Scenario.ended(flow([failing('a', 'true')], retry(2)));
    const [first = '', second = ''] = all(scenario);
    const { runtime } = scenario.engine;
    expect(await deleteExecution(runtime, second)).toEqual({ type: 'amended' });
    const failed = scenario.engine.header(first);
    const flowOf = await runtime.flows.load(failed.flow);
    expect(await retryWhole(runtime, flowOf, failed)).toEqual([]);
    await scenario.engine.settle();
    expect(all(scenario)).toEqual([first]);
  });

  test('with places: the next asks for one again', async () => {
    const scenario = await Scenario.ended(
      flow([failing('a', 'true')], `${retry(2)}\nconcurrency: {limit: 1}`),
    );
    expect(await states(scenario)).toBe('RETRIED FAILED');
  });
});
