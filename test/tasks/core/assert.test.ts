import { expect, test } from 'vitest';
import { failureOf, runTask, taskContext } from '../../helpers/task-context.ts';

const type = 'io.kestra.plugin.core.execution.Assert';
const variables = { inputs: { amount: 5, list: [true, 0, 'x'] }, word: 'ok' };

function run(properties: object, context = taskContext()): Promise<Record<string, unknown>> {
  return runTask(type, { ...properties }, context, variables);
}

test.each([
  [['{{ inputs.amount == 5 }}', "{{ word == 'ok' }}"]],
  [['no', ' false', '0.0', 'False']],
  [[]],
  ['{{ [1, "yes"] }}'],
])('%j holds', async (conditions) => {
  const context = taskContext();
  expect(await run({ conditions }, context)).toEqual({});
  expect(context.lines).toEqual([]);
});

test.each([
  [['{{ 1 + 1 == 3 }}'], '1 assertion failed!', [[1, 1, 'false']]],
  [
    ['', '{{ inputs.amount }}', '0', '-0'],
    '3 assertions failed!',
    [
      [1, 4, ''],
      [3, 4, '0'],
      [4, 4, '-0'],
    ],
  ],
  ['{{ inputs.list }}', '1 assertion failed!', [[2, 3, '0']]],
])('%j does not hold', async (conditions, message, lines) => {
  const context = taskContext();
  expect(await failureOf(run({ conditions }, context))).toEqual({ code: 'assertion', message });
  expect(context.lines).toEqual(
    lines.map(([index, of, text]) => ({
      level: 'ERROR',
      message: `Assertion ${index} of ${of} failed: it came to \`${text}\``,
    })),
  );
});

test('the failure ends with the message of the flow', async () => {
  const failure = await failureOf(
    run({ conditions: ['false'], errorMessage: 'not {{ inputs.amount }}' }),
  );
  expect(failure.message).toBe('1 assertion failed!\nnot 5');
});

test('a condition that cannot be rendered does not hold, and the others are looked at', async () => {
  const context = taskContext();
  const failure = await failureOf(
    run({ conditions: ['{{ nobody }}', '0', '{{ word }}'] }, context),
  );
  expect(failure).toEqual({ code: 'assertion', message: '2 assertions failed!' });
  expect(context.lines.map(({ message }) => message)).toEqual([
    expect.stringContaining('Assertion 1 of 3 failed: Unable to find `nobody`'),
    'Assertion 2 of 3 failed: it came to `0`',
  ]);
});

test('conditions that are no list fail the task', async () => {
  const failure = await failureOf(run({ conditions: '{{ word }}' }));
  expect(failure).toMatchObject({ code: 'property-type' });
});
