import { runnable } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.flow.Sleep',
  title: 'Wait.',
  description: 'The wait costs nothing: its message is delivered when it is over.',
  group: 'core',
  examples: [
    {
      title: 'Wait for a moment.',
      flow: `
id: wait
namespace: examples
tasks:
  - id: moment
    type: io.kestra.plugin.core.flow.Sleep
    duration: PT0.2S
`,
    },
  ],
  properties: (z, expression) => ({
    duration: expression(z.iso.duration()).describe('How long, as an ISO-8601 duration.'),
  }),
  outputs: () => ({}),
  async run(task, context) {
    if (context.resumed) return {};
    const afterMs = Number(task.duration);
    context.log('INFO', `Waiting for PT${afterMs / 1000}S`);
    return { again: { afterMs } };
  },
});
