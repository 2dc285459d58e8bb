/** Good flows and their compiled form. */
import { describe, expect, test } from 'vitest';
import type { Flow, Task } from '../../src/engine/flow.ts';
import { describe as line } from '../../src/flow/issues.ts';
import { readFlow } from '../../src/flow/read.ts';
import { withTask, withTasks } from './lines.ts';

const log = 'io.kestra.plugin.core.log.Log';
const flowTask = 'io.kestra.plugin.core.flow';

async function read(source: string): Promise<Omit<Flow, 'revision'>> {
  const { flow, issues } = await readFlow(source);
  expect(issues.filter((issue) => issue.severity === 'error').map((issue) => line(issue))).toEqual(
    [],
  );
  if (flow === undefined) throw new Error('no flow');
  return flow;
}

async function firstTask(source: string): Promise<Task> {
  const { branches } = await read(source);
  const [task] = branches['tasks'] ?? [];
  if (task === undefined) throw new Error('no task');
  return task;
}

describe('the flow', () => {
  test('everything at the top', async () => {
    const flow = await read(`
id: f
namespace: company.team
revision: 3
description: What it does.
labels: {team: a, size: 5, system.readOnly: true}
variables: {address: "http://x/{{ inputs.a }}", nested: {list: [1, 2.5, null]}}
retry: {type: exponential, interval: PT1S, maxInterval: PT1M, maxDuration: PT1H, behavior: retry_failed_task}
inputs:
- {id: a, type: string, validator: "[a-z]+", dependsOn: {inputs: [b.c]}}
- {name: b.c, type: BOOLEAN, required: false}
- {id: m, type: MULTISELECT, options: [x, y]}
outputs:
- {id: o, type: JSON, value: "{{ outputs.t }}"}
tasks: [{id: t, type: ${log}, message: m}]
errors: [{id: e, type: ${log}, message: m}]
finally: [{id: z, type: ${log}, message: m}]
`);
    const task = { type: log, properties: { message: 'm', level: 'INFO' } };
    const conversions = { message: 'texts', level: 'text' };
    expect(flow).toEqual({
      id: 'f',
      namespace: 'company.team',
      description: 'What it does.',
      labels: { team: 'a', size: '5', 'system.readOnly': 'true' },
      variables: { address: 'http://x/{{ inputs.a }}', nested: { list: [1, 2.5, null] } },
      retry: {
        type: 'exponential',
        intervalMs: 1_000,
        maxIntervalMs: 60_000,
        delayFactor: 2,
        maxDurationMs: 3_600_000,
      },
      inputs: [
        {
          id: 'a',
          type: 'STRING',
          required: true,
          rules: { validator: '[a-z]+', dependsOn: { inputs: ['b.c'] } },
        },
        { id: 'b.c', type: 'BOOL', required: false, rules: {} },
        {
          id: 'm',
          type: 'MULTISELECT',
          required: true,
          rules: { options: ['x', 'y'], values: ['x', 'y'], itemType: 'STRING' },
        },
      ],
      reads: [['outputs', 't']],
      outputs: [{ id: 'o', type: 'JSON', required: true, value: '{{ outputs.t }}' }],
      branches: {
        tasks: [{ id: 't', ...task, conversions }],
        errors: [{ id: 'e', ...task, conversions }],
        finally: [{ id: 'z', ...task, conversions }],
      },
    });
  });

  test('JSON is YAML', async () => {
    const document = { id: 'f', namespace: 'n', tasks: [{ id: 'a', type: log, message: 'hi' }] };
    expect((await read(JSON.stringify(document, null, '\t'))).branches['tasks']).toHaveLength(1);
  });

  test('labels as list, and the last of equal keys wins', async () => {
    const flow = await read(
      `labels: [{key: a, value: 1}, {key: b, value: x}, {key: a, value: 2}]\n${withTask(log, '  message: m')}`,
    );
    expect(flow.labels).toEqual({ b: 'x', a: '2' });
  });

  test('anchors, aliases and merge keys', async () => {
    const task = await firstTask(`
id: f
namespace: n
variables:
  defaults: &defaults {type: ${log}, level: WARN, message: merged}
  text: &text hello
tasks:
- <<: *defaults
  id: a
  message: *text
`);
    expect(task).toMatchObject({
      id: 'a',
      type: log,
      properties: { level: 'WARN', message: 'hello' },
    });
  });

  test('a form gives its inputs a common start', async () => {
    const flow = await read(
      `inputs: [{id: person, type: FORM, inputs: [{id: name, type: STRING}]}]\n${withTask(log, '  message: m')}`,
    );
    expect(flow.inputs.map(({ id }) => id)).toEqual(['person.name']);
  });

  test('a trigger that has no effect here is refused by name', async () => {
    const { flow, issues } = await readFlow(
      `triggers: [{id: t, type: io.kestra.plugin.core.http.Trigger}]\n${withTask(log, '  message: m')}`,
    );
    expect(flow).toBeUndefined();
    expect(issues.map((issue) => line(issue, 'flows/f.yaml'))).toEqual([
      'flows/f.yaml:1:26  unsupported  `io.kestra.plugin.core.http.Trigger` is not supported yet.',
    ]);
  });
});

describe('a task', () => {
  test('the properties all tasks have', async () => {
    const task = await firstTask(
      withTask(
        'io.kestra.core.tasks.log.Log',
        `
  message: m
  version: 1.0.0
  description: d
  runIf: "{{ inputs.x }}"
  timeout: PT10S
  allowFailure: true
  allowWarning: true
  logLevel: warn
  workerSelector: {tags: [k]}
  retry: {type: constant, interval: PT0.5S, maxAttempt: 3, warningOnRetry: true}`,
      ),
    );
    expect(task).toEqual({
      id: 'a',
      type: log,
      properties: { message: 'm', level: 'INFO' },
      conversions: { message: 'texts', level: 'text' },
      runIf: '{{ inputs.x }}',
      reads: [['inputs', 'x']],
      timeout: 'PT10S',
      allowFailure: true,
      allowWarning: true,
      logLevel: 'WARN',
      retry: { type: 'constant', intervalMs: 500, maxAttempts: 3, warningOnRetry: true },
    });
  });

  test('what is kept of a task, and what may run once', async () => {
    const { flow, issues } = await readFlow(
      withTasks(`
- {id: a, type: ${log}, message: m, taskCache: {enabled: true, ttl: PT1M}, runOnce: true}
- {id: b, type: ${log}, message: m, taskCache: {enabled: true}}
- {id: c, type: ${log}, message: m, taskCache: {enabled: false, ttl: PT1M}, runOnce: false}
- {id: d, type: io.kestra.plugin.core.execution.Exit, taskCache: {enabled: true}}
- {id: e, type: io.kestra.plugin.core.flow.Sequential, taskCache: {enabled: true}, runOnce: true, tasks: [{id: f, type: ${log}, message: m}]}`),
    );
    expect(flow?.branches['tasks']?.map(({ cache, runOnce }) => [cache, runOnce])).toEqual([
      [{ ttlMs: 60_000 }, true],
      [{}, undefined],
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ]);
    const noEffect = (name: string, reason: string) =>
      `no-effect (warning)  \`${name}\` has no effect here: ${reason}.`;
    expect(issues.map((issue) => line(issue).replace(/^\S+ +/, ''))).toEqual([
      noEffect('taskCache', 'what the task does is not in its outputs'),
      noEffect('taskCache', 'the task only runs other tasks'),
      noEffect('runOnce', 'the task only runs other tasks'),
    ]);
  });

  test('`when` is the later name of `runIf`, and a plain true is none', async () => {
    expect((await firstTask(withTask(log, '  message: m\n  when: "{{ a }}"'))).runIf).toBe(
      '{{ a }}',
    );
    expect((await firstTask(withTask(log, '  message: m\n  runIf: true'))).runIf).toBeUndefined();
  });

  test.each([
    ['none', '', undefined],
    ['that fits', '  timeout: PT50S', undefined],
    ['that does not', '  timeout: PT51S', 'long'],
    ['not known yet', '  timeout: "{{ vars.timeout }}"', 'long'],
  ])('lane by time-out: %s', async (_, property, lane) => {
    expect((await firstTask(withTask(log, `  message: m\n${property}`))).lane).toBe(lane);
  });

  test('disabled tasks are dropped, at any depth', async () => {
    const flow = await read(
      withTasks(`
- id: a
  type: ${flowTask}.Sequential
  tasks:
  - {id: b, type: ${log}, message: m, disabled: true}
- {id: c, type: ${log}, message: m, disabled: true}
`),
    );
    expect(flow.branches['tasks']).toEqual([
      expect.objectContaining({ id: 'a', branches: { tasks: [] } }),
    ]);
  });

  test.each([
    ['a number, as written', '1.10', '1.10'],
    ['a boolean', 'true', 'true'],
    ['a date', '2026-01-01', '2026-01-01'],
    ['a large integer', '12345678901234567890', '12345678901234567890'],
    ['a list of both', '[1.0, x, yes]', ['1.0', 'x', 'yes']],
    ['an expression', '"{{ 1 + 1 }}"', '{{ 1 + 1 }}'],
  ])('text is taken from %s', async (_, written, message) => {
    expect((await firstTask(withTask(log, `  message: ${written}`))).properties['message']).toEqual(
      message,
    );
  });

  test('null stands for nothing, so that the default counts', async () => {
    const task = await firstTask(withTask(log, '  message: m\n  level:'));
    expect(task.properties).toEqual({ message: 'm', level: 'INFO' });
  });

  test('an expression in an enum or a list passes unchecked', async () => {
    const task = await firstTask(
      withTask(log, '  message: [a, "{{ b }}"]\n  level: "{{ inputs.level }}"'),
    );
    expect(task.properties).toEqual({ message: ['a', '{{ b }}'], level: '{{ inputs.level }}' });
    expect(task.conversions).toEqual({ message: 'texts', level: 'text' });
  });
});

describe('how flowables open', () => {
  const child = `  tasks: [{id: b, type: ${log}, message: m}]`;

  test.each([
    ['Sequential', '', { type: 'sequence', branch: 'tasks' }],
    ['Parallel', '  concurrent: 2\n', { type: 'tasks', branch: 'tasks', limit: 2 }],
    [
      'ForEach',
      '  values: [1, "x", {a: 1}, 1]\n',
      { type: 'values', branch: 'tasks', limit: 1, values: ['1', 'x', '{"a":1}'] },
    ],
    [
      'ForEach',
      `  values: '["a", "b"]'\n  concurrencyLimit: 0\n`,
      { type: 'values', branch: 'tasks', limit: 0, values: ['a', 'b'] },
    ],
    ['ForEach', '  values: "{{ inputs.list }}"\n', undefined],
    ['ForEach', '  values: [a, "{{ inputs.b }}"]\n', undefined],
    // It fails when it runs, so that the failure is in the execution.
    ['ForEach', '  values: [a, null]\n', undefined],
    ['Sequential', '  runIf: "{{ inputs.x }}"\n', undefined],
  ])('%s %j', async (type, properties, fan) => {
    expect((await firstTask(withTask(`${flowTask}.${type}`, properties + child))).fan).toEqual(fan);
  });
});
