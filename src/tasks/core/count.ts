import { type State, states as allStates } from '../../engine/states.ts';
import { runnable, type TaskContext, TaskFailure } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.execution.Count',
  aliases: ['io.kestra.core.tasks.executions.Counts'],
  title: 'Count executions.',
  description:
    'Counts the executions of each flow, or of each namespace, that were created in a time; the counts for which the expression renders to `true` are the results. Up to 10,000 executions are looked at for each. On AWS the lists that are counted may lag by a second.',
  group: 'core',
  examples: [
    {
      title: 'Has this flow failed today?',
      flow: `
id: count
namespace: examples
tasks:
  - id: failures
    type: io.kestra.plugin.core.execution.Count
    flows:
      - namespace: "{{ flow.namespace }}"
        flowId: "{{ flow.id }}"
    states:
      - FAILED
    startDate: "{{ now() | dateAdd(-1, 'DAYS') }}"
    expression: "{{ count >= 1 }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.failures.total }} failures"
`,
    },
  ],
  properties: (z, expression) => ({
    flows: expression(
      z.array(z.strictObject({ namespace: z.string().min(1), flowId: z.string().min(1) })),
    )
      .optional()
      .describe('The flows. This or `namespaces` must be given.'),
    namespaces: expression(z.array(z.string().min(1)))
      .optional()
      .describe('The namespaces, each counted as a whole.'),
    states: expression(z.array(z.enum(allStates)))
      .optional()
      .describe('Only executions in these states.'),
    startDate: expression(z.string()).describe('Only executions created then or later.'),
    endDate: expression(z.string()).optional().describe('Only executions created then or before.'),
    expression: z.string().describe('Rendered for each count, with `count` as a variable.'),
  }),
  outputs: (z) => ({
    results: z
      .array(z.object({ namespace: z.string(), flowId: z.string().optional(), count: z.int() }))
      .describe('Namespace, flow and count, where the expression is true.'),
    total: z.int().describe('The sum of these counts.'),
  }),
  async run(task, context) {
    const { flows, namespaces } = task;
    if (flows === undefined && namespaces === undefined) {
      throw wrong('You must provide a list of flows or namespaces.');
    }
    const range = {
      states: (task.states ?? []).map(stateOf),
      from: dateOf(task.startDate, 'startDate'),
      to: task.endDate === undefined ? context.now() : dateOf(task.endDate, 'endDate'),
    };
    const wanted = [...(flows ?? []), ...(namespaces ?? []).map((namespace) => ({ namespace }))];
    const results: Result[] = [];
    for (const of of wanted) {
      context.signal.throwIfAborted();
      const result = { ...of, count: await context.countExecutions({ ...of, ...range }) };
      if (await isWanted(result, task.expression, context)) results.push(result);
    }
    const total = results.reduce((sum, { count }) => sum + count, 0);
    return { outputs: { results, total } };
  },
});

interface Result {
  readonly namespace: string;
  readonly flowId?: string;
  readonly count: number;
}

async function isWanted(
  { count }: Result,
  template: string,
  context: TaskContext,
): Promise<boolean> {
  const rendered = await context.renderItem(template, JSON.stringify({ count }));
  if ('failure' in rendered) throw new TaskFailure(rendered.failure);
  return rendered.text.trim() === 'true';
}

/** An expression may give the list, whose items nobody has looked at yet. */
function stateOf(text: string): State {
  const name = text.toUpperCase();
  const state = allStates.find((known) => known === name);
  if (state === undefined) throw wrong(`"${text}" is no state of an execution.`);
  return state;
}

function dateOf(text: string, property: string): number {
  const date = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN;
  if (Number.isNaN(date)) throw wrong(`${property} must be an ISO date, but it is "${text}".`);
  return date;
}

function wrong(message: string): TaskFailure {
  return new TaskFailure({ code: 'count', message, retryable: false });
}
