/** Subflow: what is handed over, what its end means to the parent, and kill and restart of both. */
import { describe, expect, test } from 'vitest';
import type { FaultPlan } from '../../src/adapters/simulated/faults.ts';
import type { ExecutionId } from '../../src/engine/execution.ts';
import { halt } from '../../src/runtime/halt.ts';
import { restart } from '../../src/runtime/restart.ts';
import { resume } from '../../src/runtime/resume.ts';
import { sweep } from '../../src/runtime/sweep.ts';
import { around, core, failing, flow, forEach, log, pause, returns, Scenario } from './scenario.ts';

const call = (id: string, flowId: string, more = ''): string =>
  core(
    'flow.Subflow',
    id,
    `namespace: control, flowId: ${flowId}${more === '' ? '' : `, ${more}`}`,
  );
const child = (id: string, tasks: readonly string[], more = ''): string =>
  `id: ${id}\nnamespace: control\ntasks: [${tasks.join()}]\n${more}`;
const exit = (state: string): string => core('execution.Exit', 'exit', `state: ${state}`);

/** The child, where there is one. */
function only(scenario: Scenario): ExecutionId {
  const [id, ...others] = scenario.others();
  if (id === undefined || others.length > 0) throw new Error(`${1 + others.length} children`);
  return id;
}

describe('what is handed over', () => {
  const named = child(
    'named',
    [log('a')],
    `inputs: [{id: name, type: STRING}, {id: count, type: INT, defaults: 3}]
outputs: [{id: said, type: STRING, value: "{{ inputs.name }} {{ inputs.count }}"}]
labels: {own: flow, both: flow}`,
  );

  test('inputs, and outputs come back typed', async () => {
    const source = flow([
      returns('who', 'Ada'),
      call('sub', 'named', 'inputs: {name: "{{ outputs.who.value }}", count: "4"}'),
      returns('after', '{{ outputs.sub.outputs.said }} {{ outputs.sub.state }}'),
    ]);
    const scenario = await Scenario.ended(source, named);
    await scenario.is('after SUCCESS\n sub SUCCESS\n who SUCCESS\n SUCCESS');
    expect(await scenario.outputs('after')).toEqual({ value: 'Ada 4 SUCCESS' });
    expect(await scenario.outputs('sub')).toEqual({
      executionId: only(scenario),
      state: 'SUCCESS',
      outputs: { said: 'Ada 4' },
    });
    expect((await scenario.view(only(scenario))).inputs).toEqual({ name: 'Ada', count: 4 });
  });

  test('who started it, as `trigger`, also of a value of a loop', async () => {
    const shows = child('shows', [
      returns(
        'show',
        '{{ trigger.flowId }} {{ trigger.taskId }} {{ trigger.taskRunValue }} {{ trigger.taskRunIteration }}',
      ),
    ]);
    const scenario = await Scenario.ended(
      flow([forEach(1, [call('sub', 'shows')], ['x', 'y'])]),
      shows,
    );
    const shown = await Promise.all(scenario.others().map((id) => scenario.outputs('show', id)));
    expect(shown).toEqual([{ value: 'scenario sub x 0' }, { value: 'scenario sub y 1' }]);
  });

  test.each([
    ['', { own: 'flow', both: 'flow', mine: 'task' }],
    [', inheritLabels: true', { own: 'flow', both: 'flow', mine: 'task', parent: 'p' }],
  ])('labels of the task and of its flow%s', async (more, expected) => {
    const source = flow(
      [call('sub', 'named', `inputs: {name: x}, labels: {mine: task}${more}`)],
      'labels: {parent: p, both: parent}',
    );
    const scenario = await Scenario.ended(source, named);
    const { labels } = await scenario.view(only(scenario));
    expect(labels).toEqual({ ...expected, 'system.correlationId': scenario.id });
  });

  test('the correlationId goes down a chain of them', async () => {
    const scenario = await Scenario.ended(
      flow([call('sub', 'middle')]),
      child('middle', [call('sub', 'leaf')]),
      child('leaf', [log('a')]),
    );
    const ids = await Promise.all(
      scenario.others().map(async (id) => (await scenario.view(id)).labels['system.correlationId']),
    );
    expect(ids).toEqual([scenario.id, scenario.id]);
  });

  test('outputs written at the task are rendered in the child', async () => {
    const bare = child('bare', [returns('a', 'found')]);
    const source = flow([call('sub', 'bare', 'outputs: {mine: "{{ outputs.a.value }}"}')]);
    const scenario = await Scenario.ended(source, bare);
    expect((await scenario.outputs('sub'))['outputs']).toEqual({ mine: 'found' });
    const bad = flow([call('sub', 'bare', 'outputs: {mine: "{{ outputs.b.value }}"}')]);
    const failed = await Scenario.ended(bad, bare);
    await failed.is('sub FAILED\n FAILED');
    await failed.is('a SUCCESS\n SUCCESS', only(failed));
  });

  test('wait: false goes on at once', async () => {
    const source = flow([call('sub', 'named', 'inputs: {name: x}, wait: false'), log('after')]);
    const scenario = await Scenario.ended(
      source,
      child('named', [pause], 'inputs: [{id: name, type: STRING}]'),
    );
    await scenario.is('after SUCCESS\n sub SUCCESS\n SUCCESS');
    expect(await scenario.outputs('sub')).toEqual({
      executionId: only(scenario),
      state: 'CREATED',
    });
    await scenario.is('wait PAUSED\n PAUSED', only(scenario));
  });

  test('scheduleDate: it begins then', async () => {
    const date = '"{{ execution.startDate | dateAdd(2, \'HOURS\') }}"';
    const scenario = await Scenario.begun(
      flow([call('sub', 'leaf', `scheduleDate: ${date}`)]),
      child('leaf', [log('a')]),
    );
    expect((await scenario.view(only(scenario))).state).toBe('CREATED');
    await scenario.engine.settle();
    await scenario.is('sub SUCCESS\n SUCCESS');
  });
});

describe('what cannot be started fails the task', () => {
  const typed = child('typed', [log('a')], 'inputs: [{id: count, type: INT}]');
  test.each([
    ['a flow that is not there', call('sub', 'nobody'), 'Unable to find the flow control.nobody'],
    ['a revision that is not there', call('sub', 'typed', 'revision: 9'), 'in revision 9'],
    ['a disabled flow', call('sub', 'off'), 'is disabled'],
    ['an input that is missing', call('sub', 'typed'), 'count'],
    ['an input of another type', call('sub', 'typed', 'inputs: {count: x}'), 'count'],
    ['an expression that fails', call('sub', 'typed', 'inputs: {count: "{{ nobody }}"}'), 'nobody'],
  ])('%s', async (_, task, words) => {
    const off = child('off', [log('a')], 'disabled: true');
    const scenario = await Scenario.ended(flow([task, log('after')]), typed, off);
    await scenario.is('sub FAILED\n FAILED');
    const [run] = (await scenario.view()).taskRuns;
    expect(run?.error?.message).toContain(words);
    expect(scenario.others()).toEqual([]);
  });
});

describe('how it ends', () => {
  const warns = child('ends', [around('AllowFailure', 'allow', [failing('a', 'true')])]);
  test.each([
    ['FAILED', child('ends', [failing('a', 'true')]), '', 'sub FAILED\n FAILED'],
    [
      'FAILED, allowed',
      child('ends', [failing('a', 'true')]),
      'allowFailure: true',
      'after SUCCESS\n sub WARNING\n WARNING',
    ],
    [
      'FAILED, not transmitted',
      child('ends', [failing('a', 'true')]),
      'transmitFailed: false',
      'after SUCCESS\n sub SUCCESS\n SUCCESS',
    ],
    ['WARNING', warns, '', 'after SUCCESS\n sub WARNING\n WARNING'],
    ['WARNING, allowed', warns, 'allowWarning: true', 'after SUCCESS\n sub SUCCESS\n SUCCESS'],
    [
      'WARNING, not transmitted',
      warns,
      'transmitFailed: false',
      'after SUCCESS\n sub SUCCESS\n SUCCESS',
    ],
    ['KILLED', child('ends', [exit('KILLED')]), '', 'sub KILLED\n KILLED'],
    [
      'KILLED, not transmitted',
      child('ends', [exit('KILLED')]),
      'transmitFailed: false',
      'after SUCCESS\n sub SUCCESS\n SUCCESS',
    ],
    ['CANCELLED', child('ends', [exit('CANCELLED')]), '', 'after SUCCESS\n sub SUCCESS\n SUCCESS'],
  ])('%s', async (_, ends, more, expected) => {
    const scenario = await Scenario.ended(flow([call('sub', 'ends', more), log('after')]), ends);
    await scenario.is(expected);
  });

  test('its retry starts another execution', async () => {
    const retry = 'retry: {type: constant, interval: PT1M, maxAttempts: 2}';
    const fails = child('fails', [failing('a', 'true')]);
    const scenario = await Scenario.ended(flow([call('sub', 'fails', retry)]), fails);
    await scenario.is('sub FAILED\n FAILED');
    expect(scenario.others()).toHaveLength(2);
  });

  test('a retry of the child as a new execution: the last of them is waited for', async () => {
    const retry =
      'retry: {type: constant, interval: PT1M, maxAttempts: 3, behavior: CREATE_NEW_EXECUTION}';
    const fails = child('fails', [failing('a', 'true')], retry);
    const scenario = await Scenario.ended(flow([call('sub', 'fails'), log('after')]), fails);
    await scenario.is('sub FAILED\n FAILED');
    const states = await Promise.all(
      scenario.others().map(async (id) => (await scenario.view(id)).state),
    );
    expect(states).toEqual(['RETRIED', 'RETRIED', 'FAILED']);
  });

  const retried = child(
    'tries',
    [failing('a', 'execution.id == execution.originalId'), pause],
    'retry: {type: constant, interval: PT2H, maxAttempts: 3, behavior: CREATE_NEW_EXECUTION}',
  );

  test('while the child waits to be tried again, a sweep wakes nobody', async () => {
    const scenario = await Scenario.begun(flow([call('sub', 'tries'), log('after')]), retried);
    scenario.engine.clock.advance(3_600_000);
    await sweep(scenario.engine.runtime);
    await scenario.engine.settle();
    const [, second = ''] = scenario.others();
    expect((await resume(scenario.engine.runtime, second)).type).toBe('resumed');
    await scenario.engine.settle();
    await scenario.is('after SUCCESS\n sub SUCCESS\n SUCCESS');
    expect(await scenario.outputs('sub')).toEqual({ executionId: second, state: 'SUCCESS' });
  });

  test('a kill reaches the execution that the retry made', async () => {
    const scenario = await Scenario.begun(flow([call('sub', 'tries')]), retried);
    await scenario.engine.settle();
    await scenario.kill();
    const [, second = ''] = scenario.others();
    expect((await scenario.view(second)).state).toBe('KILLED');
  });

  test('the tasks for afterwards have run before the parent goes on', async () => {
    const slow = child(
      'slow',
      [log('a')],
      `afterExecution: [${core('flow.Sleep', 's', 'duration: PT1M')}]`,
    );
    const scenario = await Scenario.begun(flow([call('sub', 'slow'), log('after')]), slow);
    expect((await scenario.view(only(scenario))).state).toBe('SUCCESS');
    await scenario.is('sub RUNNING\n RUNNING');
    await scenario.engine.settle();
    await scenario.is('after SUCCESS\n sub SUCCESS\n SUCCESS');
  });

  test('a timeout of the task fails it', async () => {
    const source = flow([call('sub', 'waits', 'timeout: PT1H'), log('after')]);
    const scenario = await Scenario.ended(source, child('waits', [pause]));
    await scenario.is('sub FAILED\n FAILED');
  });

  test('a chain: a failure at the bottom goes up as it is', async () => {
    const scenario = await Scenario.ended(
      flow([call('sub', 'middle')], `errors: [${log('e')}]`),
      child('middle', [call('sub', 'leaf')], `finally: [${log('f')}]`),
      child('leaf', [failing('a', 'true')]),
    );
    await scenario.is('errors/e SUCCESS\n sub FAILED\n FAILED');
    const [middle = '', leaf = ''] = scenario.others();
    await scenario.is('finally/f SUCCESS\n sub FAILED\n FAILED', middle);
    await scenario.is('a FAILED\n FAILED', leaf);
  });
});

describe('in loops', () => {
  test('one for each value, in a Parallel, a limited loop and rounds', async () => {
    const leaf = child('leaf', [log('a')]);
    const tasks = [
      around('Parallel', 'p', [call('one', 'leaf'), call('two', 'leaf')]),
      forEach(2, [call('sub', 'leaf')], ['u', 'v', 'w']),
      around(
        'LoopUntil',
        'poll',
        [call('again', 'leaf')],
        ', condition: "{{ outputs.poll.iterationCount >= 1 }}", checkFrequency: {interval: PT1S}',
      ),
      around('Loop', 'items', [call('each_item', 'leaf')], ', values: [1, 2]'),
    ];
    const scenario = await Scenario.ended(flow(tasks), leaf);
    expect((await scenario.view()).state).toBe('SUCCESS');
    expect(scenario.others()).toHaveLength(2 + 3 + 2 + 2);
    expect(new Set([...scenario.engine.ends.values()].map((ends) => ends.join()))).toEqual(
      new Set(['SUCCESS']),
    );
  });
});

describe('kill', () => {
  test('reaches the children of children', async () => {
    const scenario = await Scenario.begun(
      flow([around('Parallel', 'p', [call('sub', 'middle'), call('other', 'leaf')])]),
      child('middle', [call('sub', 'leaf')]),
      child('leaf', [pause]),
    );
    expect(scenario.others()).toHaveLength(3);
    await scenario.kill();
    await scenario.engine.settle();
    for (const id of [scenario.id, ...scenario.others()]) {
      expect((await scenario.view(id)).state).toBe('KILLED');
    }
    await scenario.is('p KILLED\n p/other KILLED\n p/sub KILLED\n KILLED');
  });

  test('spares what it does not wait for', async () => {
    const scenario = await Scenario.begun(
      flow([call('sub', 'leaf', 'wait: false'), pause]),
      child('leaf', [pause]),
    );
    await scenario.kill();
    expect((await scenario.view(only(scenario))).state).toBe('PAUSED');
  });

  test('of the child is told to the parent', async () => {
    const scenario = await Scenario.begun(flow([call('sub', 'leaf')]), child('leaf', [pause]));
    await halt(scenario.engine.runtime, only(scenario), { state: 'KILLED' });
    await scenario.engine.settle();
    await scenario.is('sub KILLED\n KILLED');
  });

  test('Exit in the parent ends the child as well', async () => {
    const gate = core('flow.Sleep', 'gate', 'duration: PT1M');
    const source = flow([
      around('Parallel', 'p', [
        call('sub', 'leaf'),
        around('Sequential', 's', [gate, exit('SUCCESS')]),
      ]),
    ]);
    const scenario = await Scenario.ended(source, child('leaf', [pause]));
    expect((await scenario.view()).state).toBe('SUCCESS');
    expect((await scenario.view(only(scenario))).state).toBe('KILLED');
  });
});

describe('restart', () => {
  const flaky = child('flaky', [log('a'), failing('b'), log('c')]);

  test('of the parent restarts the failed child, which keeps what it did', async () => {
    const scenario = await Scenario.ended(flow([call('sub', 'flaky'), log('after')]), flaky);
    await scenario.restart('sub RESTARTED\n RESTARTED');
    await scenario.is('after SUCCESS\n sub SUCCESS\n SUCCESS');
    const id = only(scenario);
    await scenario.is('a SUCCESS\n b SUCCESS\n c SUCCESS\n SUCCESS', id);
    expect(scenario.attempts(id)).toEqual([
      'a#1 in epoch 1',
      'b#1 in epoch 1',
      'b#2 in epoch 2',
      'c#1 in epoch 2',
    ]);
  });

  test('down a chain', async () => {
    const scenario = await Scenario.ended(
      flow([call('sub', 'middle')]),
      child('middle', [call('sub', 'flaky')]),
      flaky,
    );
    await scenario.restart('sub RESTARTED\n RESTARTED');
    expect(scenario.others()).toHaveLength(2);
    for (const id of [scenario.id, ...scenario.others()]) {
      expect((await scenario.view(id)).state).toBe('SUCCESS');
    }
  });

  test('NEW_EXECUTION starts another one', async () => {
    const source = flow([call('sub', 'flaky', 'restartBehavior: NEW_EXECUTION')]);
    const scenario = await Scenario.ended(source, flaky);
    await scenario.restart('sub RESTARTED\n RESTARTED');
    expect(scenario.others()).toHaveLength(2);
    await scenario.is('sub FAILED\n FAILED');
  });

  test('twice', async () => {
    const twice = child('flaky', [failing('b', 'n < 2')]);
    const scenario = await Scenario.ended(flow([call('sub', 'flaky')]), twice);
    await scenario.restart('sub RESTARTED\n RESTARTED');
    await scenario.is('sub FAILED\n FAILED');
    await scenario.restart('sub RESTARTED\n RESTARTED');
    await scenario.is('sub SUCCESS\n SUCCESS');
    expect(scenario.others()).toHaveLength(1);
  });

  test('of a child that was restarted by itself meanwhile: nothing new is started', async () => {
    const scenario = await Scenario.ended(flow([call('sub', 'flaky')]), flaky);
    await restart(scenario.engine.runtime, only(scenario));
    await scenario.engine.settle();
    expect((await scenario.view(only(scenario))).state).toBe('SUCCESS');
    await scenario.is('sub FAILED\n FAILED');
  });

  test('a resume of the child lets the parent go on', async () => {
    const scenario = await Scenario.begun(flow([call('sub', 'leaf')]), child('leaf', [pause]));
    await scenario.is('sub RUNNING\n RUNNING');
    await resume(scenario.engine.runtime, only(scenario));
    await scenario.engine.settle();
    await scenario.is('sub SUCCESS\n SUCCESS');
  });
});

describe('a process dies before it is written that it waits, and the child is faster', () => {
  const unwritten: FaultPlan = {
    onCall: ({ method }) => (method === 'commitSlot' ? 'crash-before' : undefined),
  };

  test('after a restart: what the child before it came to no longer counts', async () => {
    const source = flow([failing('a')], `finally: [${call('sub', 'leaf')}]`);
    const scenario = await Scenario.ended(source, child('leaf', [log('b')]));
    const { engine, id } = scenario;
    const before = only(scenario);
    expect((await restart(engine.runtime, id)).type).toBe('restarted');
    await engine.work(1);
    await engine.work(1, engine.runtimeOf(unwritten));
    const [now] = scenario.others().filter((other) => other !== before);
    await engine.work();
    expect(await scenario.outputs('finally/sub')).toEqual({ executionId: now, state: 'SUCCESS' });
    await engine.settle();
    expect(scenario.others()).toHaveLength(2);
    await scenario.is('a SUCCESS\n finally/sub SUCCESS\n SUCCESS');
  });

  test('in a second attempt: what the child of the first came to no longer counts', async () => {
    const retry = 'retry: {type: constant, interval: PT1S, maxAttempts: 2}';
    const source = flow([call('sub', 'leaf', retry)]);
    const scenario = await Scenario.begun(source, child('leaf', [failing('b', 'true')]));
    const { engine } = scenario;
    const before = only(scenario);
    engine.clock.advance(1_000);
    await engine.work(1, engine.runtimeOf(unwritten));
    const [now] = scenario.others().filter((other) => other !== before);
    await engine.work();
    await scenario.is('sub FAILED\n FAILED');
    expect(await scenario.outputs('sub')).toEqual({ executionId: now, state: 'FAILED' });
  });

  test('of a child that it has restarted: it is not restarted once more', async () => {
    const twice = child('flaky', [failing('b', 'n < 2')]);
    const scenario = await Scenario.ended(flow([call('sub', 'flaky')]), twice);
    const { engine, id } = scenario;
    expect((await restart(engine.runtime, id)).type).toBe('restarted');
    await engine.work(1, engine.runtimeOf(unwritten));
    await engine.settle();
    await scenario.is('sub FAILED\n FAILED');
    expect(scenario.attempts(only(scenario))).toEqual(['b#1 in epoch 1', 'b#2 in epoch 2']);
  });

  test('of a child that it has restarted and that waits for a place: it goes on waiting', async () => {
    const one = child('flaky', [failing('b')], 'concurrency: {limit: 1}');
    const scenario = await Scenario.ended(flow([call('sub', 'flaky')]), one);
    const { engine, id } = scenario;
    await engine.store.joinFlowSet({ namespace: 'control', id: 'flaky', set: 'places' }, 'x', 1);
    expect((await restart(engine.runtime, id)).type).toBe('restarted');
    await engine.work(1, engine.runtimeOf(unwritten));
    await engine.drain();
    expect(engine.header(only(scenario)).state).toBe('QUEUED');
    await engine.settle();
    await scenario.is('sub SUCCESS\n SUCCESS');
  });
});
