import { runnable } from '../define.ts';
import { checkSize, fileName } from './stored-file.ts';

export default runnable({
  type: 'io.kestra.plugin.core.storage.Write',
  title: 'Write a text to a file of the internal store.',
  description: 'The file is in UTF-8; later tasks refer to it by its address.',
  group: 'core',
  examples: [
    {
      title: 'Write a greeting and read it back.',
      flow: `
id: write
namespace: examples
tasks:
  - id: write
    type: io.kestra.plugin.core.storage.Write
    content: Hello, world
    extension: .txt
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.write.uri) }}"
`,
    },
  ],
  properties: (z, expression) => ({
    content: expression(z.string()).describe('The text.'),
    extension: expression(z.string())
      .optional()
      .describe('End of the name of the file. `.tmp` if absent.'),
  }),
  outputs: (z) => ({
    uri: z.string().describe('Address of the new file.'),
  }),
  async run(task, context) {
    const bytes = Buffer.from(task.content);
    checkSize(bytes.length, 'The content');
    const uri = await context.putFile(fileName('content', task.extension ?? '.tmp'), bytes);
    return { outputs: { uri } };
  },
});
