/** What the small core tasks do once their properties are rendered. */
import { describe, expect, test } from 'vitest';
import { notYet } from '../../../src/flow/task.ts';
import echo from '../../../src/tasks/core/echo.ts';
import fail from '../../../src/tasks/core/fail.ts';
import outputValues from '../../../src/tasks/core/output-values.ts';
import parallel from '../../../src/tasks/core/parallel.ts';
import returnTask from '../../../src/tasks/core/return.ts';
import sequential from '../../../src/tasks/core/sequential.ts';
import { loggingContext } from './context.ts';

test('Return gives its text and logs it at DEBUG', async () => {
  const { context, lines } = loggingContext();
  expect(await returnTask.run({ format: 'hi' }, context)).toEqual({ outputs: { value: 'hi' } });
  expect(lines).toEqual(['DEBUG hi']);
});

test('Return without a text gives nothing', async () => {
  const { context } = loggingContext();
  expect(await returnTask.run({ format: undefined }, context)).toEqual({});
});

test('Echo logs at its level', async () => {
  const { context, lines } = loggingContext();
  expect(await echo.run({ format: 'hi', level: 'WARN' }, context)).toEqual({});
  expect(lines).toEqual(['WARN hi']);
});

test('OutputValues gives its values', async () => {
  const { context } = loggingContext();
  const values = { a: 1, b: ['x'] };
  expect(await outputValues.run({ values }, context)).toEqual({ outputs: { values } });
  expect(await outputValues.run({ values: undefined }, context)).toEqual({});
});

describe('Fail', () => {
  test('without a condition fails with its message', async () => {
    const { context, lines } = loggingContext();
    const task = { condition: undefined, errorMessage: 'no' };
    await expect(fail.run(task, context)).rejects.toMatchObject({ failure: { message: 'no' } });
    expect(lines).toEqual([]);
  });

  test.each(['', 'false', '0', '-0'])('does not fail on %j', async (condition) => {
    const { context } = loggingContext();
    expect(await fail.run({ condition, errorMessage: 'no' }, context)).toEqual({});
  });

  // Truth is a test of the text, exactly as it is.
  test.each(['true', 'no', ' false', '0.0'])('fails on %j', async (condition) => {
    const { context, lines } = loggingContext();
    await expect(fail.run({ condition, errorMessage: 'no' }, context)).rejects.toMatchObject({
      failure: { code: 'failed-on-purpose', message: 'Fail on a condition' },
    });
    expect(lines).toEqual(['ERROR no']);
  });
});

test('Sequential is one list in order, Parallel one member per task', () => {
  const first = { resumed: undefined, round: 0, ...notYet };
  expect(sequential.open({}, new Set(['tasks']), first)).toEqual({
    fan: { type: 'sequence', branch: 'tasks' },
  });
  expect(parallel.open({ concurrent: 3 }, new Set(['tasks']), first)).toEqual({
    fan: { type: 'tasks', branch: 'tasks', limit: 3 },
  });
});
