import { flowable } from '../define.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.Dag',
  aliases: ['io.kestra.core.tasks.flows.Dag'],
  title: 'Run tasks as soon as those they depend on have ended.',
  description:
    'Tasks without dependencies start at once. What depends on a failed task does not run; the others go on.',
  group: 'core',
  examples: [
    {
      title: 'A diamond.',
      flow: `
id: diamond
namespace: examples
tasks:
  - id: dag
    type: io.kestra.plugin.core.flow.Dag
    tasks:
      - task:
          id: first
          type: io.kestra.plugin.core.log.Log
          message: first
      - task:
          id: left
          type: io.kestra.plugin.core.log.Log
          message: left
        dependsOn: [first]
      - task:
          id: right
          type: io.kestra.plugin.core.log.Log
          message: right
        dependsOn: [first]
      - task:
          id: last
          type: io.kestra.plugin.core.log.Log
          message: last
        dependsOn: [left, right]
`,
    },
  ],
  properties: (z) => ({
    tasks: z
      .array(
        z.object({
          dependsOn: z.array(z.string()).optional().describe('Ids of tasks of this graph.'),
        }),
      )
      .min(1)
      .describe('Each a `task` and, where it has any, the ids it `dependsOn`.'),
  }),
  outputs: () => ({}),
  children: (task) =>
    nodesOf(task['tasks']).map(({ dependsOn }, index) => ({
      branch: 'tasks',
      at: ['tasks', index, 'task'],
      required: true,
      after: Array.isArray(dependsOn) ? dependsOn.map(String) : [],
    })),
  open: () => ({ fan: { type: 'graph', branch: 'tasks' } }),
});

function nodesOf(tasks: unknown): readonly { readonly dependsOn?: unknown }[] {
  if (!Array.isArray(tasks)) return [];
  return tasks.map((node: unknown) => (typeof node === 'object' && node !== null ? node : {}));
}
