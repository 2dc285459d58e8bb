import { flowable, TaskFailure } from '../define.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.Template',
  aliases: ['io.kestra.core.tasks.flows.Template'],
  title: 'Run the tasks of a template (deprecated).',
  description:
    'The tasks are those of the template at the time the flow is stored. They find the arguments in `parent.outputs.args`. Use a Subflow in new flows.',
  group: 'core',
  examples: [
    {
      title: 'Take in tasks that are stored elsewhere.',
      flow: `
id: with_template
namespace: examples
tasks:
  - id: greet
    type: io.kestra.plugin.core.flow.Template
    namespace: examples
    templateId: greeting
    args:
      name: Ada
`,
    },
  ],
  properties: (z, expression) => ({
    namespace: z.string().min(1).describe('Where the template is.'),
    templateId: z.string().min(1).describe('Its id.'),
    args: expression(z.record(z.string(), z.string()))
      .optional()
      .describe('What its tasks find in `parent.outputs.args`.'),
  }),
  outputs: (z) => ({
    args: z.record(z.string(), z.string()).describe('The arguments.'),
  }),
  children: () => [],
  open({ namespace, templateId, args = {} }, branches) {
    if (!branches.has('tasks')) {
      const message = `Can't find flow template '${namespace}.${templateId}'`;
      throw new TaskFailure({ code: 'template-missing', message, retryable: false });
    }
    return { fan: { type: 'sequence', branch: 'tasks' }, outputs: { args } };
  },
});
