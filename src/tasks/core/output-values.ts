import { runnable } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.output.OutputValues',
  aliases: ['io.kestra.core.tasks.outputs.OutputValues'],
  title: 'Give values a name for later tasks.',
  description: 'Renders a map of values and gives it as the output `values`.',
  group: 'core',
  examples: [
    {
      title: 'Compute once, use twice.',
      flow: `
id: output-values
namespace: examples
tasks:
  - id: names
    type: io.kestra.plugin.core.output.OutputValues
    values:
      greeting: "Hello from {{ flow.id }}"
  - id: first
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.names.values.greeting }}"
`,
    },
  ],
  properties: (z, expression) => ({
    values: expression(z.record(z.string(), z.unknown()))
      .optional()
      .describe('The values by name.'),
  }),
  outputs: (z) => ({
    values: z.record(z.string(), z.unknown()).optional().describe('The rendered values.'),
  }),
  async run(task) {
    return task.values === undefined ? {} : { outputs: { values: task.values } };
  },
});
