import { runnable } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.debug.Return',
  aliases: ['io.kestra.core.tasks.debugs.Return'],
  title: 'Return a text.',
  description:
    'Renders a text and gives it as the output `value`, for later tasks or for debugging.',
  group: 'core',
  examples: [
    {
      title: 'Put a sentence together.',
      flow: `
id: sentence
namespace: examples
inputs:
  - id: name
    type: STRING
    defaults: Ada
tasks:
  - id: sentence
    type: io.kestra.plugin.core.debug.Return
    format: "Hello, {{ inputs.name }}"
`,
    },
  ],
  properties: (z, expression) => ({
    format: expression(z.string()).optional().describe('The text to return.'),
  }),
  outputs: (z) => ({
    value: z.string().optional().describe('The rendered text.'),
  }),
  async run(task, context) {
    if (task.format === undefined) return {};
    context.log('DEBUG', task.format);
    return { outputs: { value: task.format } };
  },
});
