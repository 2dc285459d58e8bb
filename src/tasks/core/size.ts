import { runnable, TaskFailure } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.storage.Size',
  aliases: ['io.kestra.core.tasks.storages.Size'],
  title: 'Tell the size of a file of the internal store.',
  description: 'In bytes.',
  group: 'core',
  examples: [
    {
      title: 'How many bytes a greeting has.',
      flow: `
id: size
namespace: examples
tasks:
  - id: write
    type: io.kestra.plugin.core.storage.Write
    content: Hello, world
  - id: size
    type: io.kestra.plugin.core.storage.Size
    uri: "{{ outputs.write.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.size.size }} bytes"
`,
    },
  ],
  properties: (z, expression) => ({
    uri: expression(z.string().min(1)).describe('Address of the file.'),
  }),
  outputs: (z) => ({
    size: z.int().describe('Its size in bytes.'),
  }),
  async run(task, context) {
    const size = await context.fileSize(task.uri);
    if (size !== undefined) return { outputs: { size } };
    throw new TaskFailure({ code: 'file-missing', message: `There is no file ${task.uri}` });
  },
});
