import { distinctTexts } from './loop-values.ts';
import { flowable } from '../define.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.EachSequential',
  aliases: ['io.kestra.core.tasks.flows.EachSequential'],
  title: 'Run a list of tasks once for each value, one value at a time.',
  description: 'The older name of ForEach with a limit of one.',
  group: 'core',
  examples: [
    {
      title: 'Greet two people in order.',
      flow: `
id: in-order
namespace: examples
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.EachSequential
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
  }),
  outputs: () => ({}),
  children: () => [{ branch: 'tasks', at: ['tasks'], required: true }],
  open: (task) => ({
    fan: { type: 'values', branch: 'tasks', limit: 1, values: distinctTexts(task.value) },
  }),
});
