import { flowable } from '../define.ts';
import { nextRound, openRound, roundOutputs, roundProperties } from './rounds.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.LoopUntil',
  title: 'Run tasks again and again until a condition is true.',
  description:
    'The condition is rendered after each round and sees the outputs of that round. Between rounds nothing runs and nothing is billed.',
  group: 'core',
  examples: [
    {
      title: 'Ask until a job is done.',
      flow: `
id: until_done
namespace: examples
tasks:
  - id: poll
    type: io.kestra.plugin.core.flow.LoopUntil
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
  ended: (task, asked) => nextRound(task, asked, { intervalMs: 60_000 }),
});
