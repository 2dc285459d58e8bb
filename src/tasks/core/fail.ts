import { runnable, TaskFailure } from '../define.ts';
import { holds } from './truth.ts';

export default runnable({
  type: 'io.kestra.plugin.core.execution.Fail',
  aliases: ['io.kestra.core.tasks.executions.Fail'],
  title: 'Fail the execution.',
  description:
    'Fails at once, or only where `condition` renders to anything but false, 0, -0 or an empty text.',
  group: 'core',
  examples: [
    {
      title: 'Refuse large orders.',
      flow: `
id: refuse-large-orders
namespace: examples
inputs:
  - id: amount
    type: INT
    defaults: 5
tasks:
  - id: check
    type: io.kestra.plugin.core.execution.Fail
    condition: "{{ inputs.amount > 100 }}"
    errorMessage: "{{ inputs.amount }} is too many"
`,
    },
  ],
  properties: (z, expression) => ({
    condition: expression(z.string())
      .optional()
      .describe('Fails only where this renders to a true value.'),
    errorMessage: expression(z.string()).default('Task failure').describe('What the failure says.'),
  }),
  outputs: () => ({}),
  async run(task, context) {
    if (task.condition === undefined) throw failed(task.errorMessage);
    if (!holds(task.condition)) return {};
    context.log('ERROR', task.errorMessage);
    throw failed('Fail on a condition');
  },
});

function failed(message: string): TaskFailure {
  return new TaskFailure({ code: 'failed-on-purpose', message });
}
