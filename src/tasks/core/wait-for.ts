import { flowable } from '../define.ts';
import { nextRound, openRound, roundOutputs, roundProperties } from './rounds.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.WaitFor',
  title: 'Run tasks again and again until a condition is true, as in 0.x releases.',
  description:
    'Today it is called LoopUntil. Without `checkFrequency` this one looks every second, a hundred times, for an hour at most.',
  group: 'core',
  examples: [
    {
      title: 'Wait for a job.',
      flow: `
id: wait_for_job
namespace: examples
tasks:
  - id: poll
    type: io.kestra.plugin.core.flow.WaitFor
    condition: "{{ outputs.state.value == 'done' }}"
    checkFrequency:
      interval: PT0.1S
      maxIterations: 10
    tasks:
      - id: state
        type: io.kestra.plugin.core.debug.Return
        format: "{{ taskrun.iteration > 0 ? 'done' : 'running' }}"
`,
    },
  ],
  properties: roundProperties,
  outputs: roundOutputs,
  children: () => [{ branch: 'tasks', at: ['tasks'], required: true }],
  open: (_task, _branches, opening) => openRound(opening),
  ended: (task, asked) =>
    nextRound(task, asked, {
      intervalMs: 1_000,
      maxIterations: 100,
      maxDurationMs: 3_600_000,
    }),
});
