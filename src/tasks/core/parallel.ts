import { flowable } from '../define.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.Parallel',
  aliases: ['io.kestra.core.tasks.flows.Parallel'],
  title: 'Run tasks side by side.',
  description: 'All at once by default; `concurrent` sets how many run at the same time.',
  group: 'core',
  examples: [
    {
      title: 'Three tasks, two at a time.',
      flow: `
id: parallel
namespace: examples
tasks:
  - id: all
    type: io.kestra.plugin.core.flow.Parallel
    concurrent: 2
    tasks:
      - id: first
        type: io.kestra.plugin.core.log.Log
        message: one
      - id: second
        type: io.kestra.plugin.core.log.Log
        message: two
      - id: third
        type: io.kestra.plugin.core.log.Log
        message: three
`,
    },
  ],
  properties: (z) => ({
    concurrent: z
      .int()
      .min(0)
      .default(0)
      .describe('How many tasks run at the same time; 0 for no limit.'),
  }),
  outputs: () => ({}),
  children: () => [{ branch: 'tasks', at: ['tasks'], required: true }],
  open: (task) => ({ fan: { type: 'tasks', branch: 'tasks', limit: task.concurrent } }),
});
