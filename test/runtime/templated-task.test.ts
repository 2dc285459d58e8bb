/** Tasks whose definition is made when they run, and counts of executions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { runFlow } from '../helpers/run-flow.ts';

let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await startEmbedded();
});
afterAll(async () => engine.close());

const templated = (spec: string, more = ''): string => `
id: templated
namespace: company
inputs: [{id: kind, type: STRING, defaults: Return}]
tasks:
  - id: made
    type: io.kestra.plugin.core.templating.TemplatedTask
    ${more}
    spec: |
${spec.replaceAll(/^/gm, '      ')}
`;

describe('TemplatedTask', () => {
  it('runs the task it renders, with its outputs', async () => {
    const spec =
      'type: io.kestra.plugin.core.debug.{{ inputs.kind }}\nformat: made by {{ task.id }}';
    const view = await runFlow(engine, templated(spec));
    expect(view.taskRuns).toMatchObject([
      { taskId: 'made', state: 'SUCCESS', outputs: { value: 'made by made' } },
    ]);
  });

  it('renders its properties once more', async () => {
    const spec = 'type: io.kestra.plugin.core.debug.Return\nformat: "{{ "{{" }} flow.id }}"';
    const view = await runFlow(engine, templated(spec));
    expect(view.taskRuns[0]?.outputs).toEqual({ value: 'templated' });
  });

  it('waits where the task it runs does', async () => {
    const view = await runFlow(
      engine,
      templated('type: io.kestra.plugin.core.flow.Sleep\nduration: PT0.01S'),
    );
    expect(view.state).toBe('SUCCESS');
    expect(view.taskRuns[0]?.attempts).toHaveLength(1);
  });

  it.each([
    ['no YAML', 'type: [', 'cannot be read'],
    ['no task', '- a', 'cannot be read'],
    ['no type', 'format: x', 'type'],
    ['an unknown type', 'type: io.kestra.Nothing', 'is not a task type'],
    ['an unknown property', 'type: io.kestra.plugin.core.debug.Return\nformt: x', 'formt'],
    [
      'a flowable',
      'type: io.kestra.plugin.core.flow.Sequential\ntasks: [{id: a, type: io.kestra.plugin.core.debug.Return}]',
      'must be a runnable task',
    ],
    [
      'itself',
      'type: io.kestra.plugin.core.templating.TemplatedTask\nspec: x',
      'cannot run another one',
    ],
  ])('refuses %s', async (_, spec, message) => {
    const view = await runFlow(engine, templated(spec));
    expect(view.taskRuns[0]?.state).toBe('FAILED');
    expect(view.taskRuns[0]?.error?.message).toContain(message);
  });

  it('keeps its own retry and time-out', async () => {
    const view = await runFlow(
      engine,
      templated(
        'type: io.kestra.plugin.core.execution.Fail',
        'retry: {type: constant, interval: PT0.01S, maxAttempts: 2}',
      ),
    );
    expect(view.taskRuns[0]?.attempts).toHaveLength(2);
  });
});

describe('Count', () => {
  const flow = (id: string): string =>
    `\nid: ${id}\nnamespace: counted\ntasks: [{id: a, type: io.kestra.plugin.core.execution.Fail, condition: "{{ flow.id == 'bad' }}"}]`;
  const count = (properties: string): string => `
id: counts
namespace: company
tasks:
  - id: count
    type: io.kestra.plugin.core.execution.Count
    ${properties.replaceAll('\n', '\n    ')}
`;
  const since = 'startDate: "{{ now() | dateAdd(-1, \'DAYS\') }}"';

  beforeAll(async () => {
    for (const id of ['good', 'good', 'bad']) await runFlow(engine, flow(id));
  });

  it.each([
    [
      'flows',
      `flows: [{namespace: counted, flowId: good}, {namespace: counted, flowId: bad}]\n${since}\nexpression: "{{ count >= 1 }}"`,
      [
        ['good', 2],
        ['bad', 1],
      ],
    ],
    [
      'those that the expression keeps',
      `flows: [{namespace: counted, flowId: good}, {namespace: counted, flowId: none}]\n${since}\nexpression: "{{ count == 0 }}"`,
      [['none', 0]],
    ],
    [
      'namespaces',
      `namespaces: ["{{ 'count' ~ 'ed' }}"]\n${since}\nexpression: "{{ count > 1 }}"`,
      [[undefined, 3]],
    ],
    [
      'one state',
      `namespaces: [counted]\nstates: [FAILED]\n${since}\nexpression: "true"`,
      [[undefined, 1]],
    ],
    [
      'several states',
      `namespaces: [counted]\nstates: [FAILED, SUCCESS]\n${since}\nexpression: "true"`,
      [[undefined, 3]],
    ],
    [
      'a time that has passed',
      `namespaces: [counted]\nstartDate: 2020-01-01\nendDate: "2021-01-01T00:00:00Z"\nexpression: "true"`,
      [[undefined, 0]],
    ],
    ['a text that is not true', `namespaces: [counted]\n${since}\nexpression: "{{ count }}"`, []],
  ] as const)('by %s', async (_, properties, expected) => {
    const view = await runFlow(engine, count(properties));
    const { results, total } = (view.taskRuns[0]?.outputs ?? {}) as {
      results: { flowId?: string; count: number }[];
      total: number;
    };
    expect(results.map(({ flowId, count: found }) => [flowId, found])).toEqual(expected);
    expect(total).toBe(expected.reduce((sum, [, found]) => sum + found, 0));
  });

  it.each([
    [`${since}\nexpression: "true"`, 'You must provide a list of flows or namespaces'],
    ['namespaces: [a]\nstartDate: yesterday\nexpression: "true"', 'startDate must be an ISO date'],
  ])('refuses %j', async (properties, message) => {
    const view = await runFlow(engine, count(properties));
    expect(view.taskRuns[0]?.error?.message).toContain(message);
  });
});
