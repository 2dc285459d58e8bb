import { logLevels } from '../../engine/flow.ts';
import { runnable } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.log.Log',
  aliases: ['io.kestra.core.tasks.log.Log'],
  title: 'Log one or more messages.',
  description: 'Writes each message as a line of the execution log.',
  group: 'core',
  examples: [
    {
      title: 'Greet the world.',
      flow: `
id: hello
namespace: examples
tasks:
  - id: greet
    type: io.kestra.plugin.core.log.Log
    message: Hello, world
`,
    },
  ],
  properties: (z, expression) => ({
    message: expression(z.union([z.string(), z.array(z.string())])).describe(
      'One message, or a list of messages.',
    ),
    level: expression(z.enum(logLevels)).default('INFO').describe('Level of the lines.'),
  }),
  outputs: () => ({}),
  async run(task, context) {
    const messages = Array.isArray(task.message) ? task.message : [task.message];
    for (const message of messages) context.log(task.level, message);
    return {};
  },
});
