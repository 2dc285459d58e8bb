import { distinctTexts } from './loop-values.ts';
import { flowable } from '../define.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.EachParallel',
  aliases: ['io.kestra.core.tasks.flows.EachParallel'],
  title: 'Run every task of a list for every value, all side by side.',
  description:
    'Tasks of one value do not wait for each other; group them with Sequential where they should.',
  group: 'core',
  examples: [
    {
      title: 'Greet two people at once.',
      flow: `
id: at-once
namespace: examples
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.EachParallel
    value: ["Ada", "Grace"]
    tasks:
      - id: greet
        type: io.kestra.plugin.core.log.Log
        message: "Hello, {{ taskrun.value }}"
`,
    },
  ],
  properties: (z, expression) => ({
    value: expression(z.array(z.unknown())).describe(
      'The values: a list, or an expression that gives one.',
    ),
    concurrent: z
      .int()
      .min(0)
      .default(0)
      .describe('How many tasks run at the same time; 0 for no limit.'),
  }),
  outputs: () => ({}),
  children: () => [{ branch: 'tasks', at: ['tasks'], required: true }],
  open: (task) => ({
    fan: {
      type: 'values',
      branch: 'tasks',
      limit: task.concurrent,
      values: distinctTexts(task.value),
      sideBySide: true,
    },
  }),
});
