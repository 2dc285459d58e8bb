import { logLevels } from '../../engine/flow.ts';
import { runnable, TaskFailure } from '../define.ts';
import { checkSize } from './stored-file.ts';

export default runnable({
  type: 'io.kestra.plugin.core.log.Fetch',
  aliases: ['io.kestra.core.tasks.log.Fetch'],
  title: 'Write the log of an execution to a file.',
  description:
    'One line of JSON for each line of the log, oldest first; the oldest 20,000. On AWS the log is read from CloudWatch Logs, which shows a line some seconds after it was written: lines of tasks that have just ended may be missing, so put a Sleep before this task where that matters.',
  group: 'core',
  examples: [
    {
      title: 'What went wrong so far.',
      flow: `
id: fetch-log
namespace: examples
tasks:
  - id: warn
    type: io.kestra.plugin.core.log.Log
    message: This is slow
    level: WARN
  - id: fetch
    type: io.kestra.plugin.core.log.Fetch
    level: WARN
    tasksId:
      - warn
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.fetch.size }} lines: {{ read(outputs.fetch.uri) }}"
`,
    },
  ],
  properties: (z, expression) => ({
    executionId: expression(z.string())
      .optional()
      .describe('The execution. If absent, the one that runs.'),
    namespace: expression(z.string())
      .optional()
      .describe('Namespace of the flow of `executionId`, where it is another flow than this one.'),
    flowId: expression(z.string()).optional().describe('That flow.'),
    tasksId: expression(z.array(z.string())).optional().describe('Only lines of these tasks.'),
    level: expression(z.enum(logLevels)).default('INFO').describe('The lowest level.'),
  }),
  outputs: (z) => ({
    size: z.int().describe('How many lines there are.'),
    uri: z.string().describe('Address of the file.'),
  }),
  async run(task, context) {
    const { executionId, namespace, flowId, tasksId = [], level } = task;
    if ((namespace === undefined) !== (flowId === undefined)) {
      throw wrong('Both `namespace` and `flowId` must be set when one of them is.');
    }
    if (namespace !== undefined && executionId === undefined) {
      throw wrong('`namespace` and `flowId` need an `executionId`.');
    }
    const { execution } = context;
    const flow = { namespace: namespace ?? execution.namespace, id: flowId ?? execution.flowId };
    const rows = await context.readLogs(executionId ?? execution.id, level);
    const wanted = rows.filter(
      (row) =>
        row.namespace === flow.namespace &&
        row.flowId === flow.id &&
        (tasksId.length === 0 || (row.taskId !== undefined && tasksId.includes(row.taskId))),
    );
    const bytes = Buffer.from(wanted.map((row) => `${JSON.stringify(row)}\n`).join(''));
    checkSize(bytes.length, 'The log');
    return { outputs: { size: wanted.length, uri: await context.putFile('logs.ion', bytes) } };
  },
});

function wrong(message: string): TaskFailure {
  return new TaskFailure({ code: 'log-fetch', message, retryable: false });
}
