import { flowable } from '../define.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.Pause',
  aliases: ['io.kestra.core.tasks.flows.Pause'],
  title: 'Wait until somebody resumes the execution, or for a time.',
  description:
    'Without `pauseDuration` it waits for a resume. With it, it goes on by itself as `behavior` says. A `timeout` fails it. Other branches go on meanwhile.',
  group: 'core',
  unsupported: ['onPause'],
  declaresInputs: 'onResume',
  examples: [
    {
      title: 'Wait for approval, but not for ever.',
      flow: `
id: approval
namespace: examples
tasks:
  - id: approve
    type: io.kestra.plugin.core.flow.Pause
    pauseDuration: PT0.2S
    behavior: WARN
  - id: after
    type: io.kestra.plugin.core.log.Log
    message: We go on
`,
    },
  ],
  properties: (z, expression) => ({
    pauseDuration: expression(z.iso.duration())
      .optional()
      .describe('How long it waits before it goes on by itself.'),
    delay: expression(z.iso.duration()).optional().describe('The older name of `pauseDuration`.'),
    timeout: expression(z.iso.duration())
      .optional()
      .describe('How long it waits for a resume before it fails.'),
    behavior: expression(z.enum(['RESUME', 'WARN', 'FAIL', 'CANCEL']))
      .default('RESUME')
      .describe('What the end of `pauseDuration` means.'),
    onResume: z
      .array(z.unknown())
      .optional()
      .describe('Inputs that whoever resumes it gives, declared as those of a flow.'),
  }),
  outputs: (z) => ({
    onResume: z.record(z.string(), z.unknown()).optional().describe('What the resume gave.'),
    resumed: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Who resumed it, when, and to what (`by`, `on`, `to`).'),
  }),
  children: () => [{ branch: 'tasks', at: ['tasks'], required: false }],
  open(task, _branches, { resumed }) {
    const after = task.pauseDuration ?? task.delay;
    const afterMs = after ?? task.timeout;
    if (!resumed) {
      return {
        again: { paused: true, ...(afterMs === undefined ? {} : { afterMs: Number(afterMs) }) },
      };
    }
    const fan = { type: 'sequence', branch: 'tasks' } as const;
    if (after !== undefined && task.behavior === 'RESUME') return { fan };
    if (after !== undefined && task.behavior === 'WARN') {
      return { fan: { ...fan, outcome: 'WARNING' } };
    }
    if (after !== undefined && task.behavior === 'CANCEL') {
      return { fan: { ...fan, outcome: 'CANCELLED' }, exits: 'CANCELLED' };
    }
    const message = 'Nobody resumed the execution in time';
    return { fan: { ...fan, outcome: 'FAILED' }, failure: { code: 'not-resumed', message } };
  },
});
