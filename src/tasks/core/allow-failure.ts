import { flowable } from '../define.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.AllowFailure',
  aliases: ['io.kestra.core.tasks.flows.AllowFailure'],
  title: 'Run tasks in order and go on when one of them fails.',
  description: 'The failed task stays FAILED; this one and the flow end with a warning.',
  group: 'core',
  examples: [
    {
      title: 'A step that may fail.',
      flow: `
id: tolerant
namespace: examples
tasks:
  - id: perhaps
    type: io.kestra.plugin.core.flow.AllowFailure
    tasks:
      - id: fragile
        type: io.kestra.plugin.core.execution.Fail
  - id: after
    type: io.kestra.plugin.core.log.Log
    message: We go on
`,
    },
  ],
  allowsFailure: true,
  properties: () => ({}),
  outputs: () => ({}),
  children: () => [{ branch: 'tasks', at: ['tasks'], required: true }],
  open: () => ({ fan: { type: 'sequence', branch: 'tasks' } }),
});
