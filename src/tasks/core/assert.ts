import { type RenderedItem, runnable, type TaskContext, TaskFailure } from '../define.ts';
import { holds } from './truth.ts';

export default runnable({
  type: 'io.kestra.plugin.core.execution.Assert',
  title: 'Fail unless every condition holds.',
  description:
    'Each condition that renders to false, 0, -0 or an empty text, or that cannot be rendered, is logged at ERROR; anything else holds. All of them are looked at before the task fails.',
  group: 'core',
  examples: [
    {
      title: 'Check an order before it is sent.',
      flow: `
id: check-order
namespace: examples
inputs:
  - id: amount
    type: INT
    defaults: 5
  - id: country
    type: STRING
    defaults: FR
tasks:
  - id: check
    type: io.kestra.plugin.core.execution.Assert
    conditions:
      - "{{ inputs.amount > 0 }}"
      - "{{ ['FR', 'DE'] contains inputs.country }}"
    errorMessage: "The order of {{ inputs.amount }} to {{ inputs.country }} cannot be sent"
`,
    },
  ],
  properties: (z, expression) => ({
    conditions: expression(z.array(z.string())).describe('What has to hold, as texts.'),
    errorMessage: expression(z.string()).optional().describe('What the failure says in addition.'),
  }),
  outputs: () => ({}),
  rendersItself: ['conditions'],
  async run(task, context) {
    const results = await resultsOf(task.conditions, context);
    let failed = 0;
    for (const [index, result] of results.entries()) {
      if ('text' in result && holds(result.text)) continue;
      failed += 1;
      const why = 'text' in result ? `it came to \`${result.text}\`` : result.failure.message;
      context.log('ERROR', `Assertion ${index + 1} of ${results.length} failed: ${why}`);
    }
    if (failed === 0) return {};
    const count = `${failed} assertion${failed > 1 ? 's' : ''} failed!`;
    const message = task.errorMessage === undefined ? count : `${count}\n${task.errorMessage}`;
    throw new TaskFailure({ code: 'assertion', message });
  },
});

const nothing = '{}';

/** One of them that cannot be rendered does not keep the others from being looked at. */
async function resultsOf(
  conditions: readonly string[] | string,
  context: TaskContext,
): Promise<readonly RenderedItem[]> {
  const results: RenderedItem[] = [];
  if (typeof conditions !== 'string') {
    for (const each of conditions) results.push(await context.renderItem(each, nothing));
    return results;
  }
  // One expression that gives the whole list.
  const rendered = await context.renderItem(conditions, nothing);
  return 'text' in rendered ? listed(rendered.text) : [rendered];
}

function listed(text: string): readonly RenderedItem[] {
  const list: unknown = text.trim().startsWith('[') ? JSON.parse(text) : undefined;
  if (Array.isArray(list)) return list.map((item) => ({ text: String(item) }));
  const message = `Property 'conditions' must be a list, but it is ${JSON.stringify(text)}`;
  throw new TaskFailure({ code: 'property-type', message, retryable: false });
}
