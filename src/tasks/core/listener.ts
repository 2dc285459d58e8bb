import { flowable } from '../define.ts';

/** What the flow reader makes of a listener with conditions. */
export default flowable({
  type: 'io.kestra.plugin.core.flow.Listener',
  title: 'Run tasks after an execution for which conditions hold.',
  description: 'A part of a flow with listeners.',
  group: 'core',
  isInternal: true,
  examples: [],
  properties: (z) => ({
    conditions: z.array(z.json()).describe('All of them must hold.'),
  }),
  outputs: () => ({}),
  children: () => [{ branch: 'tasks', at: ['tasks'], required: true }],
  open: async ({ conditions }, _branches, { holdAll }) => ({
    fan: { type: 'sequence', branch: (await holdAll(conditions)) ? 'tasks' : 'none' },
  }),
});
