import type { Task } from '../../engine/flow.ts';
import { flowable } from '../define.ts';
import { batchSchema } from './batch.ts';
import { callProperties } from './subflow-call.ts';

const type = 'io.kestra.plugin.core.flow.ForEachItem';

export default flowable({
  type,
  title: 'Run another flow for each batch of rows of a file.',
  description:
    'The file is split, a flow is started for each part, all at once, and what they put out is merged into one file. In its inputs `taskrun.items` is the address of the part and `taskrun.iteration` its number, from 0.',
  group: 'core',
  examples: [
    {
      title: 'A flow for every two rows.',
      flow: `
id: batches
namespace: examples
tasks:
  - id: rows
    type: io.kestra.plugin.core.storage.Write
    content: "1\\n2\\n3\\n"
    extension: .txt
  - id: each
    type: io.kestra.plugin.core.flow.ForEachItem
    items: "{{ outputs.rows.uri }}"
    batch:
      rows: 2
    namespace: examples
    flowId: one_batch
    inputs:
      file: "{{ taskrun.items }}"
`,
    },
  ],
  properties: (z, expression) => ({
    items: expression(z.string().min(1)).describe('Address of the file.'),
    batch: expression(batchSchema(z))
      .default({ separator: '\n' })
      .describe('How the file is split.'),
    ...callProperties(z, expression),
  }),
  outputs: () => ({}),
  children: () => [],
  parts: (task) => ({ ...task.branches, tasks: partsOf(task) }),
  open: () => ({ fan: { type: 'sequence', branch: 'tasks' } }),
});

/** They render and do all the work; the task itself only holds them together. */
function partsOf(task: Task): readonly Task[] {
  const { id, reads = [] } = task;
  const split = outputsOf(`${id}_split`);
  const items = outputsOf(`${id}_items`);
  const { items: _, batch: __, ...call } = task.properties;
  return [
    {
      id: `${id}_split`,
      type: `${type}$ForEachItemSplit`,
      reads,
      ...only(task, ['items', 'batch']),
    },
    {
      id: `${id}_items`,
      type: `${type}$ForEachItemExecutable`,
      reads: [...reads, ['outputs', `${id}_split`]],
      properties: {
        ...only(task, ['wait', 'transmitFailed']).properties,
        numberOfBatches: `{{ ${split}.numberOfBatches }}`,
        prefix: `{{ ${split}.prefix }}`,
        suffix: `{{ ${split}.suffix }}`,
        item: `${id}.item`,
      },
      conversions: {
        ...only(task, ['wait', 'transmitFailed']).conversions,
        numberOfBatches: 'integer',
        prefix: 'text',
        suffix: 'text',
      },
      asks: true,
      loop: 'items',
      branches: {
        tasks: [
          {
            id: `${id}.item`,
            type: `${type}$Item`,
            hidden: true,
            reads,
            ...only(task, Object.keys(call)),
          },
        ],
      },
    },
    {
      id: `${id}_merge`,
      type: `${type}$ForEachItemMergeOutputs`,
      reads: [['outputs', `${id}_items`]],
      properties: { from: `{{ ${items}.subflowOutputsUri ?? '' }}` },
      conversions: { from: 'text' },
    },
  ];
}

/** In brackets, as ids may have dashes. */
function outputsOf(id: string): string {
  return `outputs['${id}']`;
}

function only(task: Task, names: readonly string[]): Pick<Task, 'properties' | 'conversions'> {
  const isOurs = ([path]: readonly [string, unknown]) => names.includes(path.split('.')[0] ?? path);
  return {
    properties: Object.fromEntries(Object.entries(task.properties).filter(isOurs)),
    conversions: Object.fromEntries(Object.entries(task.conversions).filter(isOurs)),
  };
}
