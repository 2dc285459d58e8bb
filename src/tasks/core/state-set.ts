import { runnable } from '../define.ts';
import { merged } from './merge.ts';
import { readState, stateKey, stateProperties } from './state-pair.ts';

export default runnable({
  type: 'io.kestra.plugin.core.state.Set',
  aliases: ['io.kestra.core.tasks.states.Set'],
  title: 'Put data into the state of a flow (deprecated).',
  description:
    'New keys are added and known ones replaced. Executions that do so at once may lose a change. Newer flows use kv.Set.',
  group: 'core',
  examples: [
    {
      title: 'Remember something for the next execution.',
      flow: `
id: state-set
namespace: examples
tasks:
  - id: set
    type: io.kestra.plugin.core.state.Set
    data:
      last: "{{ execution.id }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "The state has {{ outputs.set.count }} keys"
`,
    },
  ],
  properties: (z, expression) => ({
    ...stateProperties(z, expression),
    data: expression(z.record(z.string(), z.unknown())).optional().describe('The data by key.'),
  }),
  outputs: (z) => ({
    count: z.int().describe('How many keys the state has now.'),
    key: z.string().describe('The key of the pair that holds it.'),
  }),
  async run(task, context) {
    const key = await stateKey(task, context);
    const value = merged((await readState(key, context)) ?? {}, task.data ?? {});
    await context.kv.put(context.execution.namespace, { key, value, type: 'JSON' });
    return { outputs: { count: Object.keys(value).length, key } };
  },
});
