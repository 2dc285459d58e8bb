import { runnable } from '../define.ts';
import { missingPair } from './kv-missing.ts';

export default runnable({
  type: 'io.kestra.plugin.core.kv.Delete',
  title: 'Delete a key of a namespace.',
  description: 'Namespaces above are left as they are.',
  group: 'core',
  examples: [
    {
      title: 'Forget a pair.',
      flow: `
id: kv-delete
namespace: examples
tasks:
  - id: delete
    type: io.kestra.plugin.core.kv.Delete
    key: last_run
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "Was there one? {{ outputs.delete.deleted }}"
`,
    },
  ],
  properties: (z, expression) => ({
    key: expression(z.string()).describe('The key.'),
    namespace: expression(z.string()).optional().describe("The flow's own if absent."),
    errorOnMissing: expression(z.boolean())
      .default(false)
      .describe('Fail where the key has no value.'),
  }),
  outputs: (z) => ({
    deleted: z.boolean().describe('Whether there was one.'),
  }),
  async run(task, context) {
    const { key, namespace = context.execution.namespace } = task;
    const deleted = await context.kv.delete(namespace, key);
    if (!deleted && task.errorOnMissing) throw missingPair(namespace, key);
    return { outputs: { deleted } };
  },
});
