import { runnable, TaskFailure } from '../define.ts';

type Values = Readonly<Record<string, unknown>>;

export default runnable({
  type: 'io.kestra.plugin.core.execution.SetVariables',
  title: 'Set variables of the execution for the tasks that come after.',
  description:
    'They are merged into `vars`, maps key by key. With `overwrite: false` a variable that is there already fails the task.',
  group: 'core',
  isNeverCached: true,
  changes: 'variables',
  examples: [
    {
      title: 'Remember something.',
      flow: `
id: remembering
namespace: examples
variables:
  count: 1
tasks:
  - id: set
    type: io.kestra.plugin.core.execution.SetVariables
    variables:
      count: "{{ vars.count + 1 }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "Count is {{ vars.count }}"
`,
    },
  ],
  properties: (z, expression) => ({
    variables: expression(z.record(z.string(), z.unknown())).describe('Names and their values.'),
    overwrite: expression(z.boolean())
      .default(true)
      .describe('Whether one that is there already gets the new value.'),
  }),
  outputs: () => ({}),
  async run({ variables, overwrite }, context) {
    await context.changes.variables((before) => {
      // Set to the same already: this run of the task, or one before, has done it.
      const taken = Object.keys(variables).filter(
        (name) => Object.hasOwn(before, name) && !isSame(before[name], variables[name]),
      );
      if (overwrite === false && taken.length > 0) {
        const message = `These variables are there already: ${taken.join(', ')}`;
        throw new TaskFailure({ code: 'variable-exists', message, retryable: false });
      }
      return merged(before, variables);
    });
    return {};
  },
});

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function merged(before: Values, after: Values): Record<string, unknown> {
  const result: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(after)) {
    const there = Object.hasOwn(before, name) ? before[name] : undefined;
    result[name] = isMap(there) && isMap(value) ? merged(there, value) : value;
  }
  return result;
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
