import { describe, expect, test } from 'vitest';
import type { Attempt } from '../../src/engine/execution.ts';
import type { LogEntry } from '../../src/engine/ports.ts';
import type { TaskRunView } from '../../src/runtime/view.ts';
import { unknownAssertions } from './expectations.ts';
import { changeFlow, isKnownChange } from './flow-changes.ts';
import { kestraExecution, taskOutputs } from './kestra-view.ts';
import { checkLog } from './log-expectations.ts';
import type { World } from './matchers.ts';
import { missingSetup, prepare } from './setup.ts';
import { missingAction } from './steps.ts';
import { checkTaskRun, unknownTaskRunAssertions } from './task-run-expectations.ts';

const match: World = { lookup: () => undefined, now: 0 };

function attempt(number: number, state: 'SUCCESS' | 'FAILED'): Attempt {
  return { number, state, startedAt: number, endedAt: number };
}

function run(path: string, more: Partial<TaskRunView> = {}): TaskRunView {
  const taskId = path.split('/').at(-1) ?? '';
  return { id: `id of ${path}`, taskId, path, state: 'SUCCESS', ...more };
}

const view: Parameters<typeof kestraExecution>[0] = {
  id: 'e',
  namespace: 'n',
  flowId: 'f',
  flowRevision: 1,
  state: 'FAILED',
  history: (['CREATED', 'RUNNING', 'FAILED'] as const).map((state) => ({
    state,
    date: '1970-01-01T00:00:00.000Z',
  })),
  startDate: '2026-01-01T00:00:00.000Z',
  labels: { a: 'b' },
  inputs: {},
  taskRuns: [
    run('each'),
    run('each[0]/inner', { iteration: 0, value: 'x' }),
    run('each[0]/inner[0]/leaf', { iteration: 0, value: '1', outputs: { value: 'x1' } }),
    run('each[0]/inner[1]/leaf', { iteration: 1, value: '2', outputs: { value: 'x2' } }),
    run('each[1]/inner', { iteration: 1, value: 'y' }),
    run('each[1]/inner[0]/choice', { iteration: 0, value: '1' }),
    run('each[1]/inner[0]/choice/then/leaf', { outputs: { value: 'y1' } }),
    run('last', {
      state: 'FAILED',
      attempts: [attempt(1, 'FAILED'), attempt(2, 'FAILED'), attempt(3, 'FAILED')],
    }),
  ],
};

const { taskRuns, histories } = kestraExecution(view);

describe('an execution in the terms of the cases', () => {
  test('loop values from the outermost in, also below other flowables', () => {
    expect(taskRuns.map(({ values }) => values.join())).toEqual([
      '',
      'x',
      'x,1',
      'x,2',
      'y',
      'y,1',
      'y,1',
      '',
    ]);
  });

  test('outputs nested by loop values', () => {
    expect(taskOutputs(taskRuns)).toEqual({
      leaf: { x: { 1: { value: 'x1' }, 2: { value: 'x2' } }, y: { 1: { value: 'y1' } } },
    });
  });

  test('histories from attempts', () => {
    const once = ['CREATED', 'RUNNING', 'SUCCESS'];
    const retried = ['CREATED', 'RUNNING', 'RETRYING', 'RUNNING', 'RETRYING', 'RUNNING', 'FAILED'];
    expect(taskRuns[0]?.histories).toEqual(once);
    expect(taskRuns.at(-1)?.histories).toEqual(retried);
    expect(histories).toEqual(retried);
  });
});

describe('task runs', () => {
  const check = (facts: Parameters<typeof checkTaskRun>[0]) => checkTaskRun(facts, taskRuns, match);

  test('by position, from the end too, with the id unless it is for orientation', () => {
    expect(check({ taskId: 'last', index: -1, state: 'FAILED' })).toEqual([]);
    expect(check({ taskId: 'other', index: 0, taskIdAsserted: false })).toEqual([]);
    expect(check({ taskId: 'other', index: 0 })).toEqual([
      { path: 'taskRuns[0].taskId', expected: 'other', actual: 'each' },
    ]);
    expect(check({ taskId: 'last', index: 20 })).toHaveLength(1);
  });

  test('by loop values', () => {
    expect(check({ taskId: 'leaf', values: ['y', '1'], outputs: { value: 'y1' } })).toEqual([]);
    expect(check({ taskId: 'leaf', values: ['y'] })).toHaveLength(1);
    expect(check({ taskId: 'leaf', values: ['x', '2'], outputs: { value: 'x1' } })).toEqual([
      { path: 'taskRun(leaf, x, 2).outputs.value', expected: 'x1', actual: 'x2' },
    ]);
  });

  test('how many', () => {
    expect(check({ taskId: 'leaf', count: 3 })).toEqual([]);
    expect(check({ taskId: 'none', count: 0 })).toEqual([]);
    expect(check({ taskId: 'leaf', count: 2 })).toHaveLength(1);
  });

  test('attempts, their states and the history', () => {
    const facts = { taskId: 'last', attemptStates: ['FAILED', 'FAILED', 'FAILED'] };
    expect(check({ ...facts, attempts: 3, historiesLength: 7 })).toEqual([]);
    expect(check({ ...facts, attempts: { $gte: 4 } })).toHaveLength(1);
    expect(check({ taskId: 'last', historyCounts: { RETRYING: 1 } })).toHaveLength(1);
    expect(check({ taskId: 'each', attempts: null })).toEqual([]);
    expect(check({ taskId: 'last', attempts: null })).toHaveLength(1);
  });

  test('outputs exactly, their sizes, and none at all', () => {
    const leaf = { taskId: 'leaf', index: 2 };
    expect(check({ ...leaf, outputsExactly: { value: 'x1' }, outputSizes: { value: 2 } })).toEqual(
      [],
    );
    expect(check({ ...leaf, outputsExactly: {} })).toHaveLength(1);
    expect(check({ ...leaf, outputs: null })).toHaveLength(1);
    expect(check({ taskId: 'last', outputs: { $notNull: true } })).toHaveLength(1);
  });
});

describe('logs', () => {
  const entry = (path: string, message: string, timestamp: number): LogEntry => ({
    timestamp,
    level: 'INFO',
    message,
    executionId: 'e',
    namespace: 'n',
    flowId: 'f',
    revision: 1,
    path,
  });
  const entries = [entry('each', 'one', 1), entry('each', 'two', 2), entry('last', 'two', 5)];
  const check = (facts: Parameters<typeof checkLog>[0]) =>
    checkLog(facts, { entries, execution: { taskRuns }, match, name: 'logs[0]' }).length;

  test('there must be one, or none, or so many', () => {
    expect(check({ message: 'two' })).toBe(0);
    expect(check({ message: 'three' })).toBe(1);
    expect(check({ message: { $contains: 'o' }, count: 3 })).toBe(0);
    expect(check({ message: 'two', count: 1 })).toBe(1);
    expect(check({ taskRunIndex: 0, minCount: 3 })).toBe(1);
    expect(check({ taskRunIndex: 1, absent: true })).toBe(0);
    expect(check({ taskRunIndex: -1, absent: true })).toBe(1);
    expect(check({ level: 'ERROR' })).toBe(1);
  });

  test('distances', () => {
    expect(check({ taskRunIndex: 0, chunkTimestampsStepMs: 1 })).toBe(0);
    expect(check({ message: 'two', chunkTimestampsStepMs: 1 })).toBe(1);
  });
});

test('what nothing here can check, prepare or do is named', () => {
  expect(unknownAssertions({ state: 'SUCCESS', colour: 'red', notes: '' })).toEqual(['colour']);
  expect(unknownTaskRunAssertions({ taskId: 'a', colour: 'red' })).toEqual(['colour']);
  expect(missingSetup({ kind: 'quota' })).toBe('setup quota');
  expect(missingSetup({ kind: 'config', name: 'a.b', value: 1 })).toBe('setting a.b');
  expect(missingAction({ action: 'dance', facts: {} })).toBe('step dance');
  expect(missingAction({ action: 'sleep', facts: { ms: 1 } })).toBeUndefined();
});

test('preparations become settings', () => {
  const settings = prepare([
    { kind: 'secret', name: 'A', value: 'b' },
    { kind: 'env', name: 'KESTRA_ONE', value: '1' },
    { kind: 'config', name: 'kestra.encryption.secret-key', value: 'key' },
  ]);
  expect(settings).toMatchObject({ secrets: { A: 'b' }, envs: { one: '1' } });
  expect(settings.encryptionKey?.symmetricKeySize).toBe(32);
});

test('a change of a flow in words', () => {
  const change = 'task `b` becomes io.x.Return with format `new` (revision 2)';
  const source = 'id: f\ntasks:\n  - id: a\n    type: io.x.Log\n  - id: b\n    type: io.x.Log\n';
  expect(changeFlow(source, change)).toBe(
    'id: f\ntasks:\n  - id: a\n    type: io.x.Log\n  - id: b\n    type: io.x.Return\n    format: new\n',
  );
  expect(isKnownChange('task `b` is gone')).toBe(false);
});
