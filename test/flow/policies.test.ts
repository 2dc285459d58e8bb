/** Properties of the whole flow that decide how its executions start and end. */
import { describe, expect, test } from 'vitest';
import { readFlow } from '../../src/flow/read.ts';
import { linesOf } from './lines.ts';

const log = 'io.kestra.plugin.core.log.Log';
const tail = `tasks: [{id: t, type: ${log}, message: m}]`;

async function read(properties: string) {
  const { flow, issues } = await readFlow(`id: f\nnamespace: n\n${properties}\n${tail}`);
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return flow;
}

describe('compiled', () => {
  test.each([
    ['concurrency: {limit: 2}', { concurrency: { limit: 2, behavior: 'QUEUE' } }],
    [
      'concurrency: {limit: 1, behavior: cancel}',
      { concurrency: { limit: 1, behavior: 'CANCEL' } },
    ],
    [
      'quotas: [{duration: PT1H, limit: 5, behavior: FAIL}]',
      { quotas: [{ durationMs: 3_600_000, limit: 5, behavior: 'FAIL' }] },
    ],
    [
      'checks: [{condition: "{{ inputs.a }}", message: no}]',
      {
        checks: [
          { when: '{{ inputs.a }}', message: 'no', style: 'INFO', behavior: 'BLOCK_EXECUTION' },
        ],
      },
    ],
    [
      'checks: [{when: "{{ true }}", message: no, style: error, behavior: FAIL_EXECUTION}]',
      {
        checks: [{ when: '{{ true }}', message: 'no', style: 'ERROR', behavior: 'FAIL_EXECUTION' }],
      },
    ],
    [
      'sla: [{id: a, type: MAX_DURATION, duration: PT0.5S, behavior: FAIL}, {id: a, type: EXECUTION_ASSERTION, assert: "{{ x }}", behavior: NONE, labels: {late: true}}]',
      {
        sla: [
          { id: 'a', type: 'MAX_DURATION', durationMs: 500, behavior: 'FAIL', labels: {} },
          {
            id: 'a',
            type: 'EXECUTION_ASSERTION',
            assert: '{{ x }}',
            behavior: 'NONE',
            labels: { late: 'true' },
          },
        ],
      },
    ],
    [
      'retry: {type: constant, interval: PT1S, behavior: CREATE_NEW_EXECUTION}',
      { retry: { type: 'constant', intervalMs: 1_000, newExecution: true } },
    ],
  ])('%s', async (properties, compiled) => {
    expect(await read(properties)).toMatchObject(compiled);
  });

  test('listeners without conditions are what runs after the end', async () => {
    const flow = await read(
      `afterExecution: [{id: z, type: ${log}, message: "{{ outputs.t }}"}]\nlisteners: [{tasks: [{id: l, type: ${log}, message: m}]}]`,
    );
    expect(Object.keys(flow?.branches ?? {})).toEqual(['tasks', 'afterExecution']);
    expect(flow?.branches['afterExecution']?.map(({ id }) => id)).toEqual(['l', 'z']);
  });

  test('those with conditions are inside a task that looks at them', async () => {
    const conditions = '[{type: io.kestra.plugin.core.condition.ExecutionStatus, in: [FAILED]}]';
    const task = `{id: l, type: ${log}, message: m}`;
    const flow = await read(`listeners: [{conditions: ${conditions}, tasks: [${task}]}]`);
    expect(flow?.branches['afterExecution']).toMatchObject([
      {
        id: 'listeners.0',
        hidden: true,
        properties: { conditions: [{ type: 'status', in: ['FAILED'] }] },
        branches: { tasks: [{ branches: { tasks: [{ id: 'l' }] } }] },
      },
    ]);
  });

  test('what only an Enterprise Edition has is accepted at the flow, with a warning', async () => {
    const properties = 'workerGroup: {key: a}\nworkerSelector: {tags: [a]}\npolicyRefs: [p]\n';
    expect(await linesOf(`id: f\nnamespace: n\n${properties}${tail}`)).toEqual([
      '3:1  no-effect (warning)  `workerGroup` has no effect here: there are no workers to choose from.',
      '4:1  no-effect (warning)  `workerSelector` has no effect here: there are no workers to choose from.',
      '5:1  no-effect (warning)  `policyRefs` has no effect here: there are no policies to refer to.',
    ]);
  });
});

describe('refused', () => {
  test.each([
    ['concurrency: 5', '3:14  wrong-type  Expected a map, found an integer.'],
    ['concurrency: {}', '3:14  missing-property  `concurrency` needs the property "limit".'],
    ['concurrency: {limit: 0}', '3:22  invalid-value  "0" is less than 1.'],
    ['concurrency: {limit: 10001}', '3:22  invalid-value  "10001" is more than 10000.'],
    [
      'concurrency: {limit: 1, behaviour: FAIL}',
      '3:25  unknown-property  "behaviour" is not a property of `concurrency`. Did you mean "behavior"?',
    ],
    [
      'quotas: [{duration: PT59S, limit: 1, behavior: FAIL}]',
      '3:21  invalid-value  "PT59S" is not a duration of PT1M or more.',
    ],
    [
      'quotas: [{duration: PT1M, limit: 1, behavior: QUEUE}]',
      '3:47  unknown-value  "QUEUE" is not one of FAIL, CANCEL.',
    ],
    [
      'quotas: [{duration: PT1M, limit: 1, behavior: FAIL}, {duration: PT1M, limit: 2, behavior: FAIL}]',
      '3:65  duplicate-id  Duplicate quota id "PT1M": it is taken on line 3.',
    ],
    ['checks: [{message: m}]', '3:10  missing-property  A check needs the property "when".'],
    [
      'checks: [{when: "{{ true }}"}]',
      '3:10  missing-property  A check needs the property "message".',
    ],
    [
      'sla: [{id: a, type: MAX_DURATION, behavior: FAIL}]',
      '3:7  missing-property  An SLA needs the property "duration".',
    ],
    [
      'sla: [{id: a, type: EXECUTION_ASSERTION, behavior: FAIL}]',
      '3:7  missing-property  An SLA needs the property "assert".',
    ],
    [
      'sla: [{id: a, type: MAX_DURATION, duration: PT1S, behavior: FAIL, labels: {system.readOnly: "true"}}]',
      '3:76  system-label  System labels can only be set by the engine itself, offending label: system.readOnly=true.',
    ],
    [
      `listeners: [{conditions: [{type: c}], tasks: [{id: l, type: ${log}, message: m}]}]`,
      '3:34  unknown-condition-type  "c" is not a condition type.',
    ],
    ['listeners: [{tasks: []}]', '3:14  empty-list  "tasks" must have at least one entry.'],
  ])('%s', async (properties, line) => {
    expect(await linesOf(`id: f\nnamespace: n\n${properties}\n${tail}`)).toEqual([line]);
  });
});
