import { runnable, TaskFailure } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.storage.Delete',
  aliases: ['io.kestra.core.tasks.storages.Delete'],
  title: 'Delete a file of the internal store.',
  description: 'A file of an execution of the same namespace, or of the namespace itself.',
  group: 'core',
  examples: [
    {
      title: 'Leave nothing behind.',
      flow: `
id: delete
namespace: examples
tasks:
  - id: write
    type: io.kestra.plugin.core.storage.Write
    content: For a moment only
  - id: delete
    type: io.kestra.plugin.core.storage.Delete
    uri: "{{ outputs.write.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "deleted: {{ outputs.delete.deleted }}"
`,
    },
  ],
  properties: (z, expression) => ({
    uri: expression(z.string().min(1)).describe('Address of the file.'),
    errorOnMissing: expression(z.boolean())
      .default(false)
      .describe('Whether the task fails where there is no such file.'),
  }),
  outputs: (z) => ({
    uri: z.string().describe('The address.'),
    deleted: z.boolean().describe('Whether there was such a file.'),
  }),
  async run({ uri, errorOnMissing }, context) {
    const deleted = await context.deleteFile(uri);
    if (!deleted && errorOnMissing) {
      const message = `Unable to find file '${uri}'`;
      throw new TaskFailure({ code: 'file-missing', message, retryable: false });
    }
    return { outputs: { uri, deleted } };
  },
});
