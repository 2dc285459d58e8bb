import { flowable } from '../define.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.Sequential',
  aliases: ['io.kestra.core.tasks.flows.Sequential'],
  title: 'Run tasks one after the other.',
  description: 'Groups tasks, so that they share an `errors` list, a `retry` or a `runIf`.',
  group: 'core',
  examples: [
    {
      title: 'Two tasks in order.',
      flow: `
id: sequential
namespace: examples
tasks:
  - id: group
    type: io.kestra.plugin.core.flow.Sequential
    tasks:
      - id: first
        type: io.kestra.plugin.core.log.Log
        message: one
      - id: second
        type: io.kestra.plugin.core.log.Log
        message: two
`,
    },
  ],
  properties: () => ({}),
  outputs: () => ({}),
  children: () => [{ branch: 'tasks', at: ['tasks'], required: true }],
  open: () => ({ fan: { type: 'sequence', branch: 'tasks' } }),
});
