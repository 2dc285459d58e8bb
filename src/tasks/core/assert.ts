import { runnable, TaskFailure } from '../define.ts';
import { holds } from './truth.ts';

export default runnable({
  type: 'io.kestra.plugin.core.execution.Assert',
  title: 'Fail unless every condition holds.',
  description:
    'Each condition that renders to false, 0, -0 or an empty text is logged at ERROR; anything else holds. All of them are looked at before the task fails.',
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
  async run(task, context) {
    let failed = 0;
    for (const [index, condition] of task.conditions.entries()) {
      // An expression that gives the whole list leaves its items as they are.
      const text = String(condition);
      if (holds(text)) continue;
      failed += 1;
      const which = `${index + 1} of ${task.conditions.length}`;
      context.log('ERROR', `Assertion ${which} failed: it came to \`${text}\``);
    }
    if (failed === 0) return {};
    const count = `${failed} assertion${failed > 1 ? 's' : ''} failed!`;
    const message = task.errorMessage === undefined ? count : `${count}\n${task.errorMessage}`;
    throw new TaskFailure({ code: 'assertion', message });
  },
});
