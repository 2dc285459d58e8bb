import { flowable, TaskFailure } from '../define.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.Switch',
  aliases: ['io.kestra.core.tasks.flows.Switch'],
  title: 'Run the list of tasks that a value names.',
  description: 'Without a matching case and without `defaults` the task fails.',
  group: 'core',
  examples: [
    {
      title: 'By country.',
      flow: `
id: by-country
namespace: examples
inputs:
  - id: country
    type: STRING
    defaults: FR
tasks:
  - id: choose
    type: io.kestra.plugin.core.flow.Switch
    value: "{{ inputs.country }}"
    cases:
      FR:
        - id: bonjour
          type: io.kestra.plugin.core.log.Log
          message: Bonjour
      DE:
        - id: hallo
          type: io.kestra.plugin.core.log.Log
          message: Hallo
    defaults:
      - id: hello
        type: io.kestra.plugin.core.log.Log
        message: Hello
`,
    },
  ],
  properties: (z, expression) => ({
    value: expression(z.string()).describe('The value, as text: the key of the case to run.'),
  }),
  outputs: (z) => ({
    value: z.string().describe('What the value came to.'),
    defaults: z.boolean().describe('Whether no case matched and the defaults were run.'),
  }),
  children: (task) => [
    ...keysOf(task['cases']).map((key) => ({
      branch: branchOf(key),
      at: ['cases', key],
      required: false,
    })),
    { branch: 'defaults', at: ['defaults'], required: false },
  ],
  open({ value }, branches) {
    const branch = branchOf(value);
    if (branches.has(branch)) {
      return { fan: { type: 'sequence', branch }, outputs: { value, defaults: false } };
    }
    if (branches.has('defaults')) {
      return { fan: { type: 'sequence', branch: 'defaults' }, outputs: { value, defaults: true } };
    }
    const message = `No case matches '${value}', and there are no defaults`;
    throw new TaskFailure({ code: 'no-case', message });
  },
});

function keysOf(cases: unknown): readonly string[] {
  return typeof cases === 'object' && cases !== null ? Object.keys(cases) : [];
}

/** Branches are parts of paths: what means something in a path is written otherwise. */
function branchOf(key: string): string {
  return `case-${encodeURIComponent(key)}`;
}
