/** Tasks that run round after round, as they are told. */
import { expect, test } from 'vitest';
import { flow, Scenario } from './scenario.ts';

const loop = (more: string): string =>
  flow([
    `{id: lu, type: io.kestra.plugin.core.flow.LoopUntil, ${more}, tasks: [
      {id: a, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.lu.iterationCount }}"},
      {id: b, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.a.value }}"}]}`,
  ]);

test('only the last round is told, with the number of all', async () => {
  const scenario = await Scenario.ended(loop(`condition: "{{ outputs.b.value == '2' }}"`));
  await scenario.is('lu SUCCESS\n lu[2]/a SUCCESS\n lu[2]/b SUCCESS\n SUCCESS');
  expect((await scenario.view()).taskRuns.map(({ outputs }) => outputs)).toEqual([
    { iterationCount: 3 },
    { value: '2' },
    { value: '2' },
  ]);
});

test.each([
  ['', 'SUCCESS'],
  [', failOnMaxReached: true', 'FAILED'],
])('it ends with the first round beyond the number allowed%s', async (more, state) => {
  const never = `condition: "{{ false }}", checkFrequency: {maxIterations: 2, interval: PT1M}`;
  const scenario = await Scenario.ended(loop(`${never}${more}`));
  await scenario.is(`lu ${state}\n lu[2]/a SUCCESS\n lu[2]/b SUCCESS\n ${state}`);
});
