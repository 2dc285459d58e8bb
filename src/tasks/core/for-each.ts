import { flowable } from '../define.ts';
import { distinctTexts } from './loop-values.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.ForEach',
  title: 'Run a list of tasks once for each value.',
  description:
    'One value at a time by default; `concurrencyLimit` sets how many run side by side, 0 for no limit.',
  group: 'core',
  examples: [
    {
      title: 'Greet three people, two at a time.',
      flow: `
id: greetings
namespace: examples
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: ["Ada", "Grace", "Edsger"]
    concurrencyLimit: 2
    tasks:
      - id: greet
        type: io.kestra.plugin.core.log.Log
        message: "Hello, {{ taskrun.value }}"
`,
    },
  ],
  properties: (z, expression) => ({
    values: expression(z.array(z.unknown())).describe(
      'The values: a list, or an expression that gives one. Duplicates are dropped.',
    ),
    concurrencyLimit: z
      .int()
      .min(0)
      .default(1)
      .describe('How many values run side by side; 0 for no limit.'),
  }),
  outputs: () => ({}),
  children: () => [{ branch: 'tasks', at: ['tasks'], required: true }],
  open(task) {
    const values = distinctTexts(task.values);
    return { fan: { type: 'values', branch: 'tasks', limit: task.concurrencyLimit, values } };
  },
});
