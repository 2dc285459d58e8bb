import { runnable, TaskFailure } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.execution.UnsetVariables',
  title: 'Remove variables of the execution.',
  description: 'A dot leads into a map: `a.b` removes `b` of `a`.',
  group: 'core',
  isNeverCached: true,
  changes: 'variables',
  examples: [
    {
      title: 'Forget something.',
      flow: `
id: forgetting
namespace: examples
variables:
  token: abc
tasks:
  - id: unset
    type: io.kestra.plugin.core.execution.UnsetVariables
    variables:
      - token
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "Token: {{ vars.token ?? 'none' }}"
`,
    },
  ],
  properties: (z, expression) => ({
    variables: expression(z.array(z.string())).describe('Names, with dots into maps.'),
    ignoreMissing: expression(z.boolean())
      .default(false)
      .describe('Whether one that is not there is no failure.'),
  }),
  outputs: () => ({}),
  async run({ variables, ignoreMissing }, context) {
    await context.changes.variables((before) => {
      const after = structuredClone(before) as Record<string, unknown>;
      const missing = variables.filter((name) => !remove(after, name.split('.')));
      if (missing.length > 0 && ignoreMissing === false) {
        const message = `There are no variables ${missing.join(', ')}`;
        throw new TaskFailure({ code: 'variable-missing', message, retryable: false });
      }
      return after;
    });
    return {};
  },
});

/** False: there is nothing at that path. */
function remove(from: Record<string, unknown>, [name = '', ...rest]: readonly string[]): boolean {
  if (!Object.hasOwn(from, name)) return false;
  if (rest.length === 0) return delete from[name];
  const below = from[name];
  if (typeof below !== 'object' || below === null) return false;
  return remove(below as Record<string, unknown>, rest);
}
