import { runnable, TaskFailure } from '../define.ts';
import { missingPair } from './kv-missing.ts';
import { typedValue } from './kv-value.ts';
import { isMap, merged } from './merge.ts';

export default runnable({
  type: 'io.kestra.plugin.core.kv.Put',
  title: 'Change the value of a key of a namespace.',
  description:
    'A map is merged into the map that is there. A list of `key` and `value` changes single fields, dots leading into maps; a list of one `value` alone replaces it all, as anything else does. Two executions that change one key at once may lose a change.',
  group: 'core',
  examples: [
    {
      title: 'Change one field and leave the others.',
      flow: `
id: kv-put
namespace: examples
tasks:
  - id: set
    type: io.kestra.plugin.core.kv.Set
    key: settings
    value: {limits: {rows: 10, bytes: 500}}
  - id: put
    type: io.kestra.plugin.core.kv.Put
    key: settings
    value:
      - key: limits.rows
        value: 20
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ kv('settings').limits }}"
`,
    },
  ],
  properties: (z, expression) => ({
    key: expression(z.string()).describe('The key.'),
    value: expression(z.unknown()).describe('What changes.'),
    namespace: expression(z.string()).optional().describe("The flow's own if absent."),
    errorOnMissing: expression(z.boolean())
      .default(false)
      .describe('Fail where the key has no value yet.'),
  }),
  outputs: () => ({}),
  async run(task, context) {
    const { key, namespace = context.execution.namespace } = task;
    const standing = await context.kv.get(namespace, key);
    if (standing === undefined && task.errorOnMissing) throw missingPair(namespace, key);
    await context.kv.put(namespace, {
      key,
      ...typedValue(changed(standing?.value, typedValue(task.value).value)),
      description: standing?.description,
      expiresAt: standing?.expiresAt,
    });
    return {};
  },
});

function changed(standing: unknown, given: unknown): unknown {
  if (isEntries(given)) return withEntries(standing, given);
  return isMap(standing) && isMap(given) ? merged(standing, given) : given;
}

interface Entry {
  readonly key?: unknown;
  readonly value: unknown;
}

function isEntries(given: unknown): given is readonly Entry[] {
  if (!Array.isArray(given) || given.length === 0) return false;
  return given.every((item) => {
    if (!isMap(item)) return false;
    const { key: _, value, ...others } = item;
    return value !== undefined && Object.keys(others).length === 0;
  });
}

function withEntries(standing: unknown, entries: readonly Entry[]): unknown {
  const [first] = entries;
  if (entries.length === 1 && (first?.key ?? null) === null) return first?.value;
  if (standing !== undefined && !isMap(standing)) {
    throw refused('Fields cannot be changed: the value that is there is no map');
  }
  return entries.reduce((map, { key, value }) => {
    if (typeof key !== 'string' || key.trim() === '') {
      throw refused('Each entry of `value` needs a `key`, or stands alone');
    }
    return merged(map, nested(key.split('.'), value));
  }, standing ?? {});
}

function nested([name = '', ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  return Object.fromEntries([[name, rest.length === 0 ? value : nested(rest, value)]]);
}

function refused(message: string): TaskFailure {
  return new TaskFailure({ code: 'kv-entries', message, retryable: false });
}
