import { runnable, TaskFailure } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.flow.Pause',
  aliases: ['io.kestra.core.tasks.flows.Pause'],
  title: 'Wait until somebody resumes the execution, or for a time.',
  description:
    'Without `pauseDuration` it waits for a resume. With it, it goes on by itself as `behavior` says. A `timeout` fails it. Other branches go on meanwhile.',
  group: 'core',
  isNeverCached: true,
  unsupported: ['tasks', 'onPause', 'onResume'],
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
    behavior: expression(z.enum(['RESUME', 'WARN', 'FAIL']))
      .default('RESUME')
      .describe('What the end of `pauseDuration` means.'),
  }),
  outputs: () => ({}),
  async run(task, context) {
    const afterMs = task.pauseDuration ?? task.delay;
    if (!context.resumed) {
      const until = afterMs === undefined ? {} : { afterMs: Number(afterMs) };
      return { again: { paused: true, ...until } };
    }
    if (task.behavior === 'FAIL') {
      const message = 'Nobody resumed the execution in time';
      throw new TaskFailure({ code: 'not-resumed', message });
    }
    return { state: task.behavior === 'WARN' ? 'WARNING' : 'SUCCESS' };
  },
});
