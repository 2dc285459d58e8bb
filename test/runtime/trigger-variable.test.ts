/** `trigger` in expressions of an execution that nothing triggered. */
import { expect, test } from 'vitest';
import { flow, Scenario } from './scenario.ts';

const give = (id: string, value: string): string =>
  `{id: ${id}, type: io.kestra.plugin.core.debug.Return, format: "${value}"}`;

test('it is undefined, and not an empty map', async () => {
  const scenario = await Scenario.ended(
    flow([
      give('none', "{{ trigger ?? 'none' }}"),
      give('deep', "{{ trigger.body.a ?? 'none' }}"),
      give('test', "{{ trigger is defined ? 'yes' : 'no' }}"),
      give('bare', '{{ trigger.body }}'),
    ]),
  );
  const { taskRuns } = await scenario.view();
  expect(taskRuns.map(({ outputs, error }) => outputs ?? error?.message)).toEqual([
    { value: 'none' },
    { value: 'none' },
    { value: 'no' },
    'Unable to find `trigger` used in the expression `{{ trigger.body }}` at line 1',
  ]);
});
