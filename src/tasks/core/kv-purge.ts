import { runnable, type TaskContext, TaskFailure } from '../define.ts';
import { inBatches } from './stored-file.ts';
import { fitsWildcard } from './wildcard.ts';

export default runnable({
  type: 'io.kestra.plugin.core.kv.PurgeKV',
  title: 'Delete pairs of many keys and namespaces.',
  description:
    'Those that have expired, unless told otherwise: nobody sees them any more, and on AWS they go by themselves. Without `namespaces` and `namespacePattern` it goes through every namespace that has flows.',
  group: 'core',
  lane: 'long',
  examples: [
    {
      title: 'Forget what was kept for tests.',
      flow: `
id: kv-purge
namespace: examples
tasks:
  - id: purge
    type: io.kestra.plugin.core.kv.PurgeKV
    namespaces: [examples]
    keyPattern: "test_*"
    behavior:
      type: key
      expiredOnly: false
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.purge.size }} pairs are gone"
`,
    },
  ],
  properties: (z, expression) => ({
    keyPattern: expression(z.string())
      .optional()
      .describe('Only keys that fit: `*` is any text, `?` one character.'),
    namespaces: expression(z.array(z.string())).optional().describe('Only these.'),
    namespacePattern: expression(z.string())
      .optional()
      .describe('Only namespaces that fit, of those that have flows.'),
    includeChildNamespaces: expression(z.boolean())
      .default(true)
      .describe('With `namespaces`: also those below them that have flows.'),
    behavior: z
      .object({
        type: z.literal('key').default('key'),
        expiredOnly: expression(z.boolean()).default(true),
      })
      .default({ type: 'key', expiredOnly: true })
      .describe('What is deleted. Pairs have no versions here.'),
    expiredOnly: expression(z.boolean())
      .optional()
      .describe('The older name of `behavior.expiredOnly`.'),
  }),
  outputs: (z) => ({
    size: z.int().describe('How many pairs were deleted.'),
  }),
  async run(task, context) {
    const { keyPattern, expiredOnly = task.behavior.expiredOnly } = task;
    const namespaces = await namespacesOf(task, context);
    context.log('INFO', `purging ${namespaces.size} namespaces: ${[...namespaces].join(', ')}`);
    let size = 0;
    for (const namespace of namespaces) {
      for (const expired of expiredOnly ? [true] : [true, false]) {
        const deleted = await inBatches(context.kv.keys(namespace, { expired }), async (key) => {
          if (keyPattern !== undefined && !fitsWildcard(key, keyPattern)) return false;
          return context.kv.delete(namespace, key, { expiredOnly: expired });
        });
        size += deleted.filter(Boolean).length;
      }
    }
    context.log('INFO', `purged ${size} keys`);
    return { outputs: { size } };
  },
});

interface Chosen {
  readonly namespaces?: readonly string[] | undefined;
  readonly namespacePattern?: string | undefined;
  readonly includeChildNamespaces: boolean;
}

async function namespacesOf(
  { namespaces = [], namespacePattern = '', includeChildNamespaces }: Chosen,
  context: TaskContext,
): Promise<ReadonlySet<string>> {
  if (namespaces.length > 0 && namespacePattern !== '') {
    const message = '`namespaces` and `namespacePattern` cannot be used together';
    throw new TaskFailure({ code: 'namespaces', message, retryable: false });
  }
  const chosen = new Set(namespaces);
  if (chosen.size > 0 && !includeChildNamespaces) return chosen;
  for await (const namespace of context.kv.namespaces()) {
    const isChosen =
      namespaces.length > 0
        ? namespaces.some((above) => namespace.startsWith(`${above}.`))
        : namespacePattern === '' || fitsWildcard(namespace, namespacePattern);
    if (isChosen) chosen.add(namespace);
  }
  return chosen;
}
