import { runnable } from '../define.ts';
import { missingPair } from './kv-missing.ts';

export default runnable({
  type: 'io.kestra.plugin.core.kv.Get',
  title: 'Get the value of a key of a namespace.',
  description:
    "What the flow's own namespace has not is looked for in those above it: `company` is above `company.team`. Another namespace is looked at alone.",
  group: 'core',
  examples: [
    {
      title: 'Read a pair, or fail.',
      flow: `
id: kv-get
namespace: examples
tasks:
  - id: set
    type: io.kestra.plugin.core.kv.Set
    key: greeting
    value: Hello
  - id: get
    type: io.kestra.plugin.core.kv.Get
    key: greeting
    errorOnMissing: true
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.get.value }}"
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
    value: z.unknown().optional().describe('The value, absent where there is none.'),
  }),
  async run(task, context) {
    const { key, namespace = context.execution.namespace } = task;
    const isOwn = namespace === context.execution.namespace;
    const pair = await (isOwn ? context.kv.find(key) : context.kv.get(namespace, key));
    if (pair === undefined && task.errorOnMissing) throw missingPair(namespace, key);
    return { outputs: { value: pair?.value } };
  },
});
