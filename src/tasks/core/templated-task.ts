import { runnable, type Shape } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.templating.TemplatedTask',
  aliases: ['io.kestra.core.tasks.templating.TemplatedTask'],
  title: 'Run a task whose definition is made by an expression.',
  description:
    'Renders the YAML of a task, which must be one that runs by itself and not a TemplatedTask, and runs it as this task run: with the `timeout`, `retry` and conditions written here, and the outputs of that task. Its properties are rendered once more when it runs.',
  group: 'core',
  examples: [
    {
      title: 'A task chosen by an input.',
      flow: `
id: templated
namespace: examples
inputs:
  - id: kind
    type: STRING
    defaults: debug.Return
tasks:
  - id: made
    type: io.kestra.plugin.core.templating.TemplatedTask
    spec: |
      type: io.kestra.plugin.core.{{ inputs.kind }}
      format: made at run time
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.made.value }}"
`,
    },
  ],
  properties: (z, expression) => ({
    spec: expression(z.string()).describe('The YAML of the task; it needs no `id`.'),
  }),
  outputs: (): Shape => ({}),
  hasFurtherOutputs: true,
  async run({ spec }, context) {
    return context.runSpec(spec);
  },
});
