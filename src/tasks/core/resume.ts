import { runnable, TaskFailure } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.execution.Resume',
  aliases: ['io.kestra.core.tasks.executions.Resume'],
  title: 'Resume what is paused in an execution.',
  description: 'Without `executionId`, in the execution of this task.',
  group: 'core',
  isNeverCached: true,
  examples: [
    {
      title: 'One branch waits for the other.',
      flow: `
id: resuming
namespace: examples
tasks:
  - id: both
    type: io.kestra.plugin.core.flow.Parallel
    tasks:
      - id: gate
        type: io.kestra.plugin.core.flow.Pause
      - id: work
        type: io.kestra.plugin.core.flow.Sequential
        tasks:
          - id: first
            type: io.kestra.plugin.core.flow.Sleep
            duration: PT0.1S
          - id: open
            type: io.kestra.plugin.core.execution.Resume
`,
    },
  ],
  properties: (z, expression) => ({
    executionId: expression(z.string()).optional().describe('Of the paused execution.'),
    namespace: expression(z.string()).optional().describe('Not needed: ids are unique.'),
    flowId: expression(z.string()).optional().describe('Not needed: ids are unique.'),
    inputs: expression(z.record(z.string(), z.unknown()))
      .optional()
      .describe('For the inputs its Pause declares in `onResume`.'),
  }),
  outputs: () => ({}),
  async run({ executionId, inputs }, context) {
    const resumed = await context.resume(executionId, inputs ?? {});
    if (resumed === 'resumed') return {};
    if (typeof resumed !== 'string') {
      throw new TaskFailure({ code: 'invalid-inputs', message: resumed.join(' ') });
    }
    const id = executionId ?? context.execution.id;
    const message =
      resumed === 'not-paused'
        ? `Nothing of the execution ${id} is paused`
        : `There is no execution ${id}`;
    throw new TaskFailure({ code: resumed, message });
  },
});
