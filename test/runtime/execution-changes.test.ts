/** Labels, SetVariables and UnsetVariables: what later tasks see, and when it is too late. */
import { describe, expect, test } from 'vitest';
import { around, core, flow, forEach, log, returns, Scenario } from './scenario.ts';

const set = (id: string, variables: string, more = ''): string =>
  core('execution.SetVariables', id, `variables: ${variables}${more}`);
const unset = (id: string, names: string, more = ''): string =>
  core('execution.UnsetVariables', id, `variables: ${names}${more}`);
const label = (id: string, labels: string): string =>
  core('execution.Labels', id, `labels: ${labels}`);

describe('SetVariables', () => {
  const variables = 'variables: {count: 1, map: {a: 1, b: {c: 2}}}';

  test('later tasks see them, maps are merged key by key', async () => {
    const scenario = await Scenario.ended(
      flow(
        [
          returns('before', '{{ vars.count }}'),
          set('s', '{count: "{{ vars.count + 1 }}", map: {b: {d: 3}}, fresh: x}'),
          returns(
            'after',
            '{{ vars.count }} {{ vars.map | json }} {{ vars.fresh }}'.replace(
              ' | json',
              ' | toJson',
            ),
          ),
        ],
        variables,
      ),
    );
    expect(await scenario.outputs('before')).toEqual({ value: '1' });
    expect(await scenario.outputs('after')).toEqual({
      value: '2 {"a":1,"b":{"c":2,"d":3}} x',
    });
  });

  test('in each round of a loop', async () => {
    const count = set('s', '{count: "{{ (vars.count | number) + 1 }}"}');
    const scenario = await Scenario.ended(
      flow(
        [
          forEach(1, [count]),
          around(
            'LoopUntil',
            'until',
            [set('t', '{count: "{{ (vars.count | number) + 10 }}"}')],
            ', condition: "{{ (vars.count | number) > 20 }}", checkFrequency: {interval: PT1S}',
          ),
          returns('after', '{{ vars.count }}'),
        ],
        'variables: {count: "1"}',
      ),
    );
    expect(await scenario.outputs('after')).toEqual({ value: '24' });
  });

  test('side by side, none is lost', async () => {
    const tasks = ['a', 'b', 'c', 'd'].map((id) => set(id, `{${id}: "${id}"}`));
    const scenario = await Scenario.ended(
      flow([
        around('Parallel', 'p', tasks),
        returns('after', '{{ vars.a ~ vars.b ~ vars.c ~ vars.d }}'),
      ]),
    );
    expect(await scenario.outputs('after')).toEqual({ value: 'abcd' });
  });

  test('overwrite: false fails where one is there', async () => {
    const keeps = set('s', '{count: 5, other: 6}', ', overwrite: false');
    const scenario = await Scenario.ended(flow([keeps, log('after')], variables));
    await scenario.is('s FAILED\n FAILED');
    const [run] = (await scenario.view()).taskRuns;
    expect(run?.error?.message).toContain('count');
  });

  test('a replay has those of where it begins', async () => {
    const scenario = await Scenario.ended(
      flow([set('s', '{count: 2}'), returns('after', '{{ vars.count }}')], variables),
    );
    const id = await scenario.replay('after', 'after RESTARTED\n s SUCCESS\n RESTARTED');
    expect(await scenario.outputs('after', id)).toEqual({ value: '2' });
  });
});

describe('UnsetVariables', () => {
  const variables = 'variables: {token: x, map: {a: 1, b: 2}}';

  test('removes them, also below a map', async () => {
    const scenario = await Scenario.ended(
      flow(
        [
          unset('u', '[token, map.a]'),
          returns('after', "{{ vars.token ?? 'none' }} {{ vars.map | toJson }}"),
        ],
        variables,
      ),
    );
    expect(await scenario.outputs('after')).toEqual({ value: 'none {"b":2}' });
  });

  test.each([
    ['', 'u FAILED\n FAILED'],
    [', ignoreMissing: true', 'after SUCCESS\n u SUCCESS\n SUCCESS'],
  ])('one that is not there%s', async (more, expected) => {
    const scenario = await Scenario.ended(
      flow([unset('u', '[nobody]', more), log('after')], variables),
    );
    await scenario.is(expected);
  });
});

describe('Labels', () => {
  test('as a map, a list and JSON text; later ones win', async () => {
    const scenario = await Scenario.ended(
      flow(
        [
          label('map', '{a: "1", b: "1"}'),
          label('list', '[{key: b, value: "2"}]'),
          label('text', '\'{"c": "3"}\''),
          returns('after', '{{ labels.a }}{{ labels.b }}{{ labels.c }}{{ labels.own }}'),
        ],
        'labels: {own: flow, a: flow}',
      ),
    );
    expect(await scenario.outputs('after')).toEqual({ value: '123flow' });
    expect((await scenario.view()).labels).toMatchObject({ a: '1', b: '2', c: '3', own: 'flow' });
  });

  test('system labels are refused', async () => {
    const scenario = await Scenario.ended(flow([label('l', '{system.x: "1"}'), log('after')]));
    await scenario.is('l FAILED\n FAILED');
  });
});
