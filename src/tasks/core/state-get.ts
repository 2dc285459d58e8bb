import { runnable, TaskFailure } from '../define.ts';
import { readState, stateKey, stateProperties } from './state-pair.ts';

export default runnable({
  type: 'io.kestra.plugin.core.state.Get',
  aliases: ['io.kestra.core.tasks.states.Get'],
  title: 'Get the state of a flow (deprecated).',
  description: 'Newer flows use kv.Get.',
  group: 'core',
  examples: [
    {
      title: 'What an earlier execution has left.',
      flow: `
id: state-get
namespace: examples
tasks:
  - id: get
    type: io.kestra.plugin.core.state.Get
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.get.data.last ?? 'nothing yet' }}"
`,
    },
  ],
  properties: (z, expression) => ({
    ...stateProperties(z, expression),
    errorOnMissing: expression(z.boolean()).default(false).describe('Fail where there is none.'),
  }),
  outputs: (z) => ({
    count: z.int().describe('How many keys it has.'),
    data: z.record(z.string(), z.unknown()).describe('The data by key, empty where there is none.'),
  }),
  async run(task, context) {
    const key = await stateKey(task, context);
    const data = await readState(key, context);
    if (data === undefined && task.errorOnMissing) {
      throw new TaskFailure({ code: 'state-missing', message: `State ${key} not found` });
    }
    return { outputs: { count: Object.keys(data ?? {}).length, data: data ?? {} } };
  },
});
