import { runnable } from '../define.ts';
import { callFlow, callProperties } from './subflow-call.ts';

export default runnable({
  type: 'io.kestra.plugin.core.flow.Subflow',
  aliases: ['io.kestra.core.tasks.flows.Subflow', 'io.kestra.core.tasks.flows.Flow'],
  title: 'Run another flow, and wait for its end.',
  description:
    'While it waits nothing runs and nothing is billed. Its outputs are those of the flow, as `outputs.<id>.outputs`.',
  group: 'core',
  isNeverCached: true,
  examples: [
    {
      title: 'Run a flow with an input.',
      flow: `
id: parent
namespace: examples
tasks:
  - id: child
    type: io.kestra.plugin.core.flow.Subflow
    namespace: examples
    flowId: subflow_child
    inputs:
      name: Ada
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "It said {{ outputs.child.outputs.greeting }}"
`,
    },
  ],
  properties: (z, expression) => ({
    ...callProperties(z, expression),
    outputs: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Expressions rendered at its end; for flows that declare no outputs themselves.'),
  }),
  outputs: (z) => ({
    executionId: z.string().describe('Of the execution that was started.'),
    state: z.string().describe('How it ended; CREATED where it is not waited for.'),
    outputs: z.record(z.string(), z.unknown()).optional().describe('What the flow puts out.'),
  }),
  run: (task, context) =>
    callFlow(task, context, async (execution, end) =>
      end.outputs || !task.outputs ? end.outputs : context.subflows.render(execution, task.outputs),
    ),
});
