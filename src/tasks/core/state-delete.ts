import { runnable, TaskFailure } from '../define.ts';
import { stateKey, stateProperties } from './state-pair.ts';

export default runnable({
  type: 'io.kestra.plugin.core.state.Delete',
  aliases: ['io.kestra.core.tasks.states.Delete'],
  title: 'Delete the state of a flow (deprecated).',
  description: 'Newer flows use kv.Delete.',
  group: 'core',
  examples: [
    {
      title: 'Start anew.',
      flow: `
id: state-delete
namespace: examples
tasks:
  - id: delete
    type: io.kestra.plugin.core.state.Delete
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "Was there one? {{ outputs.delete.deleted }}"
`,
    },
  ],
  properties: (z, expression) => ({
    ...stateProperties(z, expression),
    errorOnMissing: expression(z.boolean()).default(false).describe('Fail where there is none.'),
  }),
  outputs: (z) => ({
    deleted: z.boolean().describe('Whether there was one.'),
  }),
  async run(task, context) {
    const key = await stateKey(task, context);
    const deleted = await context.kv.delete(context.execution.namespace, key);
    if (!deleted && task.errorOnMissing) {
      const message = `Unable to find the state file '${task.name}'`;
      throw new TaskFailure({ code: 'state-missing', message });
    }
    return { outputs: { deleted } };
  },
});
