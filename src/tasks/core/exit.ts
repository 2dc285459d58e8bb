import { runnable } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.execution.Exit',
  title: 'End the execution here, with a state.',
  description: 'Nothing after it runs, and what runs beside it is killed.',
  group: 'core',
  isNeverCached: true,
  examples: [
    {
      title: 'Nothing to do today.',
      flow: `
id: early_end
namespace: examples
tasks:
  - id: stop
    type: io.kestra.plugin.core.execution.Exit
    state: WARNING
  - id: never
    type: io.kestra.plugin.core.log.Log
    message: This does not run
`,
    },
  ],
  properties: (z, expression) => ({
    state: expression(z.enum(['SUCCESS', 'WARNING', 'FAILED', 'KILLED', 'CANCELLED', 'CANCELED']))
      .default('SUCCESS')
      .describe('How the execution ends.'),
  }),
  outputs: () => ({}),
  async run({ state }) {
    return { exits: state === 'CANCELED' ? 'CANCELLED' : state };
  },
});
