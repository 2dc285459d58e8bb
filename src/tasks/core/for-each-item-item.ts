import { runnable } from '../define.ts';
import { callFlow, callProperties } from './subflow-call.ts';

export default runnable({
  type: 'io.kestra.plugin.core.flow.ForEachItem$Item',
  title: 'Start a flow for one batch.',
  description: 'A member of the second part of ForEachItem.',
  group: 'core',
  isInternal: true,
  examples: [],
  properties: callProperties,
  outputs: (z) => ({
    executionId: z.string().describe('Of the execution that was started.'),
    state: z.string().describe('How it ended.'),
    outputs: z.record(z.string(), z.unknown()).optional().describe('What the flow puts out.'),
  }),
  run: (task, context) => callFlow(task, context, async (_, { outputs }) => outputs),
});
