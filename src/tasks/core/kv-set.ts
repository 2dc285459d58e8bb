import { runnable, TaskFailure } from '../define.ts';
import { kvTypes, typedValue } from './kv-value.ts';

export default runnable({
  type: 'io.kestra.plugin.core.kv.Set',
  title: 'Set the value of a key of a namespace.',
  description:
    'The pair outlives the execution; any flow can read it, with `kv()` or kv.Get. Text that is JSON of a number, boolean, list or map becomes that, unless `kvType` says otherwise.',
  group: 'core',
  examples: [
    {
      title: 'Remember the last run for an hour.',
      flow: `
id: kv-set
namespace: examples
tasks:
  - id: set
    type: io.kestra.plugin.core.kv.Set
    key: last_run
    value: "{{ execution.id }}"
    ttl: PT1H
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ kv('last_run') }}"
`,
    },
  ],
  properties: (z, expression) => ({
    key: expression(z.string()).describe('Letters and digits, then also `.`, `_` and `-`.'),
    value: expression(z.unknown()).describe('The value. One expression alone keeps its type.'),
    namespace: expression(z.string()).optional().describe("The flow's own if absent."),
    kvType: expression(z.enum(kvTypes))
      .optional()
      .describe('What a text is read as. Without it the type is that of the value.'),
    kvDescription: expression(z.string()).optional().describe('What the pair is for.'),
    overwrite: expression(z.boolean())
      .default(true)
      .describe('False: fail where the key has a value.'),
    ttl: expression(z.iso.duration())
      .optional()
      .describe('How long the pair is there. Without it, until it is deleted.'),
  }),
  outputs: () => ({}),
  async run(task, context) {
    const { key, namespace = context.execution.namespace } = task;
    const isStored = await context.kv.put(namespace, {
      key,
      ...typedValue(task.value, task.kvType),
      description: task.kvDescription,
      expiresAt: task.ttl === undefined ? undefined : context.now() + positive(Number(task.ttl)),
      absentOnly: !task.overwrite,
    });
    if (isStored) return {};
    const message = `Cannot set value for key '${key}'. Key already exists and \`overwrite\` is set to \`false\`.`;
    throw new TaskFailure({ code: 'key-exists', message });
  },
});

function positive(ttlMs: number): number {
  if (ttlMs > 0) return ttlMs;
  throw new TaskFailure({ code: 'ttl', message: '`ttl` must be positive', retryable: false });
}
