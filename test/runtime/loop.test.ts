/** Loop: items, what is seen inside and outside, failures, and where it may stand. */
import { describe, expect, test } from 'vitest';
import { around, core, failing, flow, forEach, log, returns, Scenario } from './scenario.ts';

const loop = (id: string, values: unknown, tasks: readonly string[], more = ''): string =>
  around(
    'Loop',
    id,
    tasks,
    `, values: ${typeof values === 'string' ? values : JSON.stringify(values)}${more}`,
  );
const gives = (name: string, value: string): string =>
  `, outputs: [{id: ${name}, type: STRING, value: ${JSON.stringify(value)}}]`;
const said = gives('said', '{{ outputs.say.value }}');
const say = returns('say', '{{ item.index }}{{ item.key ?? "" }}{{ item.value }}');
const paths = async (scenario: Scenario, task: string): Promise<readonly string[]> =>
  (await scenario.view()).taskRuns.filter((run) => run.taskId === task).map(({ path }) => path);

describe('items', () => {
  test.each([
    ['a list', ['a', 'b'], ['0a', '1b']],
    ['equal items, which are all run', ['a', 'a'], ['0a', '1a']],
    ['other values, as JSON text', [1, { k: true }, null], ['01', '1{"k":true}', '2null']],
    ['a map, with its keys', { x: 'a', y: 'b' }, ['0xa', '1yb']],
    ['JSON text of a list', '\'["a","b"]\'', ['0a', '1b']],
    ['JSON text of a map', '\'{"x": "a"}\'', ['0xa']],
    ['an expression', '"{{ [1, 2] }}"', ['01', '12']],
    ['none', [], []],
  ])('%s', async (_, values, expected) => {
    const limit = ', concurrencyLimit: 1';
    const scenario = await Scenario.ended(flow([loop('each', values, [say], said + limit)]));
    const { outputs = [], ...counts } = (await scenario.outputs('each')) as {
      outputs?: { outputs: unknown }[];
    };
    expect(outputs.map((row) => row.outputs)).toEqual(expected.map((each) => ({ said: each })));
    const count = expected.length;
    expect(counts).toEqual({
      iterationCount: count,
      runningIterations: 0,
      terminatedIterations: count,
    });
    expect((await scenario.view()).state).toBe('SUCCESS');
  });

  test('a file has an item a line, and its outputs are in a file, too', async () => {
    const write = core('storage.Write', 'rows', 'content: "a\\nb\\n", extension: .txt');
    const scenario = await Scenario.ended(
      flow([
        write,
        loop('each', '"{{ outputs.rows.uri }}"', [say], `${said}, concurrencyLimit: 1`),
      ]),
    );
    const { uri, ...counts } = await scenario.outputs('each');
    expect(counts).toEqual({ iterationCount: 2, runningIterations: 0, terminatedIterations: 2 });
    const key = String(uri).replace('kestra:///', '');
    const text = Buffer.from((await scenario.engine.blobs.get(key)) ?? []).toString();
    expect(
      text
        .trim()
        .split('\n')
        .map((row) => JSON.parse(row) as unknown),
    ).toEqual([
      { item: { value: 'a', iteration: 0 }, outputs: { said: '0a' } },
      { item: { value: 'b', iteration: 1 }, outputs: { said: '1b' } },
    ]);
  });

  test.each(['"no list"', '"{{ nothing }}"', '12'])(
    '%s is refused, and fails it',
    async (values) => {
      const source = flow([loop('each', values, [say]), log('after')]);
      const scenario = await Scenario.ended(source).catch(String);
      if (typeof scenario === 'string') expect(scenario).toContain('values');
      else await scenario.is('each FAILED\n FAILED');
    },
  );
});

describe('what is seen', () => {
  test('inside: item and the outputs of the same iteration, but no taskrun.value', async () => {
    const inner = returns('inner', '{{ outputs.say.value }}{{ taskrun.value ?? "-" }}');
    const scenario = await Scenario.ended(
      flow([loop('each', ['a', 'b'], [say, around('Sequential', 's', [inner])])]),
    );
    expect(await scenario.outputs('each[1]/s/inner')).toEqual({ value: '1b-' });
  });

  test('outside: declared outputs only', async () => {
    const after = returns('after', "{{ loopOutputs(outputs.each.outputs, 'said') | join('+') }}");
    const beside = returns('beside', '{{ outputs.say.value ?? "nothing" }}');
    const scenario = await Scenario.ended(
      flow([loop('each', ['a', 'b'], [say], `${said}, concurrencyLimit: 1`), after, beside]),
    );
    expect(await scenario.outputs('after')).toEqual({ value: '0a+1b' });
    expect(await scenario.outputs('beside')).toEqual({ value: 'nothing' });
  });

  test('outputs are in the order in which iterations ended', async () => {
    const slow = core('flow.Sleep', 'slow', `duration: "PT{{ item.value }}S"`);
    const scenario = await Scenario.ended(flow([loop('each', [30, 10, 20], [slow, say], said)]));
    const { outputs } = (await scenario.outputs('each')) as { outputs: { outputs: unknown }[] };
    expect(outputs.map((row) => row.outputs)).toEqual([
      { said: '110' },
      { said: '220' },
      { said: '030' },
    ]);
  });

  test('a Loop in a Loop has item.parent, and its outputs belong to one iteration', async () => {
    const inner = loop(
      'inner',
      [1, 2],
      [returns('cell', '{{ item.parent.value }}{{ item.value }}')],
      gives('cell', '{{ outputs.cell.value }}') + ', concurrencyLimit: 1',
    );
    const row = gives('row', "{{ loopOutputs(outputs.inner.outputs, 'cell') | join(' ') }}");
    const after = returns('after', "{{ loopOutputs(outputs.outer.outputs, 'row') | join(', ') }}");
    const scenario = await Scenario.ended(
      flow([loop('outer', ['a', 'b'], [inner], `${row}, concurrencyLimit: 1`), after]),
    );
    expect(await scenario.outputs('after')).toEqual({ value: 'a1 a2, b1 b2' });
  });

  test('three Loops deep: item.parents, in a ForEach with its own taskrun.value', async () => {
    const cell = returns('cell', '{{ item.parents | length }}{{ item.parent.parent.value }}');
    const nested = loop('a', ['x'], [loop('b', ['y'], [loop('c', ['z'], [cell])])]);
    const scenario = await Scenario.ended(flow([forEach(1, [nested], ['v'])]));
    expect(await scenario.outputs('each[0]/a[0]/b[0]/c[0]/cell')).toEqual({ value: '2x' });
  });
});

describe('limits and failures', () => {
  test('at most so many at once', async () => {
    const waits = core('flow.Pause', 'wait');
    const limited = loop('each', [1, 2, 3, 4], [waits], ', concurrencyLimit: 2');
    const scenario = await Scenario.begun(flow([limited]));
    expect(await paths(scenario, 'wait')).toEqual(['each[0]/wait', 'each[1]/wait']);
    expect(await scenario.resume({ task: 'each[1]/wait' })).toBe('resumed');
    expect(await paths(scenario, 'wait')).toEqual(['each[0]/wait', 'each[1]/wait', 'each[2]/wait']);
  });

  const oneFails = failing('b', "item.value == 'y'");

  test('a failed iteration fails it, and with a limit of one nothing follows', async () => {
    const more = ', concurrencyLimit: 1';
    const scenario = await Scenario.ended(flow([loop('each', ['x', 'y', 'z'], [oneFails], more)]));
    await scenario.is('each FAILED\n each[0]/b SUCCESS\n each[1]/b FAILED\n FAILED');
  });

  test('transmitFailed: false goes on past it, and tells the outputs of the others', async () => {
    const more = `${gives('b', 'ok')}, transmitFailed: false, concurrencyLimit: 1`;
    const scenario = await Scenario.ended(flow([loop('each', ['x', 'y', 'z'], [oneFails], more)]));
    await scenario.is(`
      each SUCCESS
      each[0]/each.iteration/b SUCCESS
      each[1]/each.iteration/b FAILED
      each[2]/each.iteration/b SUCCESS
      SUCCESS`);
    const { outputs } = (await scenario.outputs('each')) as {
      outputs: { item: { value: string } }[];
    };
    expect(outputs.map(({ item }) => item.value)).toEqual(['x', 'z']);
  });

  test('errors and finally are those of each iteration', async () => {
    const more = `, errors: [${log('e')}], finally: [${log('f')}], concurrencyLimit: 1`;
    const scenario = await Scenario.ended(flow([loop('each', ['x', 'y'], [oneFails], more)]));
    const { state, taskRuns } = await scenario.view();
    expect(state).toBe('FAILED');
    expect(taskRuns.map(({ taskId }) => taskId)).toEqual(['each', 'b', 'f', 'b', 'e', 'f']);
  });

  test('an output that cannot be rendered fails its iteration', async () => {
    const scenario = await Scenario.ended(
      flow([loop('each', ['x'], [log('a')], gives('o', '{{ outputs.nobody.value }}'))]),
    );
    const { state } = await scenario.view();
    expect(state).toBe('FAILED');
  });

  test('a restart runs the failed iteration again, and the outputs are whole', async () => {
    const tasks = [failing('b', "n == 0 and item.value == 'y'"), say];
    const scenario = await Scenario.ended(flow([loop('each', ['x', 'y', 'z'], tasks, said)]));
    expect((await scenario.view()).state).toBe('FAILED');
    await scenario.restart(`
      each RUNNING
      each[0]/b SUCCESS
      each[0]/say SUCCESS
      each[1]/b RESTARTED
      each[2]/b SUCCESS
      each[2]/say SUCCESS
      RESTARTED`);
    expect((await scenario.view()).state).toBe('SUCCESS');
    const { outputs } = (await scenario.outputs('each')) as { outputs: { outputs: unknown }[] };
    expect(outputs.map((row) => row.outputs)).toEqual([
      { said: '0x' },
      { said: '2z' },
      { said: '1y' },
    ]);
  });

  test('a kill stops it', async () => {
    const scenario = await Scenario.begun(
      flow([loop('each', ['x', 'y'], [core('flow.Pause', 'wait'), say], said)]),
    );
    await scenario.kill();
    await scenario.engine.settle();
    await scenario.is('each KILLED\n each[0]/wait KILLED\n each[1]/wait KILLED\n KILLED');
  });
});
