import { runnable, TaskFailure } from '../define.ts';

/** They become one output, which is held in memory and read as a whole. */
const keysMax = 100_000;

export default runnable({
  type: 'io.kestra.plugin.core.kv.GetKeys',
  title: 'List the keys of a namespace.',
  description: 'In their order. Keys of namespaces above are not listed.',
  group: 'core',
  examples: [
    {
      title: 'All keys of a kind.',
      flow: `
id: kv-keys
namespace: examples
tasks:
  - id: set
    type: io.kestra.plugin.core.kv.Set
    key: city.paris
    value: 2102650
  - id: keys
    type: io.kestra.plugin.core.kv.GetKeys
    prefix: city.
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.keys.keys }}"
`,
    },
  ],
  properties: (z, expression) => ({
    prefix: expression(z.string()).optional().describe('What the keys begin with.'),
    namespace: expression(z.string()).optional().describe("The flow's own if absent."),
  }),
  outputs: (z) => ({
    keys: z.array(z.string()).describe('The keys.'),
  }),
  async run({ prefix = '', namespace }, context) {
    const keys: string[] = [];
    const found = context.kv.keys(namespace ?? context.execution.namespace, { prefix });
    for await (const key of found) {
      keys.push(key);
      if (keys.length <= keysMax) continue;
      const message = `More than ${keysMax} keys begin with '${prefix}'.`;
      throw new TaskFailure({ code: 'too-many-keys', message, retryable: false });
    }
    return { outputs: { keys } };
  },
});
