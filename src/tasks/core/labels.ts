import { runnable, TaskFailure } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.execution.Labels',
  aliases: ['io.kestra.core.tasks.executions.Labels'],
  title: 'Add labels to the execution, or change their values.',
  description: 'Labels that begin with `system.` are not for flows to set.',
  group: 'core',
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

function labelsOf(given: unknown): Record<string, string> {
  const written = typeof given === 'string' ? parsed(given) : given;
  const pairs = Array.isArray(written) ? written.map(pairOf) : Object.entries(written ?? {});
  return Object.fromEntries(pairs.map(([key, value]) => [key, valueOf(key, value)]));
}

function parsed(text: string): unknown {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null) return read;
  } catch {
    // Said below, as for any other text.
  }
  throw invalid(`labels must be a map or a list of {key, value}, not ${JSON.stringify(text)}`);
}

function pairOf(item: unknown): [string, unknown] {
  const { key, value } = (item ?? {}) as { key?: unknown; value?: unknown };
  if (typeof key !== 'string') throw invalid('each label of a list needs a key and a value');
  return [key, value];
}

function valueOf(key: string, value: unknown): string {
  const isPlain = ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
  const text = isPlain ? String(value) : '';
  if (key === '' || text === '') throw invalid(`the label ${JSON.stringify(key)} has no value`);
  if (key.startsWith('system.')) throw invalid(`the label ${key} is set by the system only`);
  return text;
}

function invalid(message: string): TaskFailure {
  return new TaskFailure({ code: 'invalid-labels', message, retryable: false });
}
