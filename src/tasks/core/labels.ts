import { runnable } from '../define.ts';
import { labelsOf } from './label-list.ts';

export default runnable({
  type: 'io.kestra.plugin.core.execution.Labels',
  aliases: ['io.kestra.core.tasks.executions.Labels'],
  title: 'Add labels to the execution, or change their values.',
  description: 'Labels that begin with `system.` are not for flows to set.',
  group: 'core',
  isNeverCached: true,
  changes: 'labels',
  examples: [
    {
      title: 'Label the execution with what was found.',
      flow: `
id: labelled
namespace: examples
inputs:
  - id: customer
    type: STRING
    defaults: acme
tasks:
  - id: label
    type: io.kestra.plugin.core.execution.Labels
    labels:
      customer: "{{ inputs.customer }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "For {{ labels.customer }}"
`,
    },
  ],
  properties: (z, expression) => ({
    labels: expression(
      z.union([z.record(z.string(), z.unknown()), z.array(z.unknown()), z.string()]),
    ).describe('A map, a list of `{key, value}`, or either as JSON text.'),
  }),
  outputs: () => ({}),
  async run({ labels }, context) {
    await context.changes.labels(labelsOf(labels));
    return {};
  },
});
