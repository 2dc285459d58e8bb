import { logLevels } from '../../engine/flow.ts';
import { runnable } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.debug.Echo',
  aliases: ['io.kestra.core.tasks.debugs.Echo'],
  title: 'Log a text.',
  description: 'The older form of the Log task.',
  group: 'core',
  examples: [
    {
      title: 'Log which flow is running.',
      flow: `
id: echo
namespace: examples
tasks:
  - id: echo
    type: io.kestra.plugin.core.debug.Echo
    format: "This is {{ flow.id }}"
`,
    },
  ],
  properties: (z, expression) => ({
    format: expression(z.string()).optional().describe('The text to log.'),
    level: expression(z.enum(logLevels)).default('INFO').describe('Level of the line.'),
  }),
  outputs: () => ({}),
  async run(task, context) {
    context.log(task.level, task.format ?? '');
    return {};
  },
});
