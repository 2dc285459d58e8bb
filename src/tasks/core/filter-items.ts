import { runnable, type TaskContext, TaskFailure } from '../define.ts';
import { growingBytes } from './growing-bytes.ts';
import { itemRows } from './unhurried.ts';
import { extensionOf, fileName, readStored } from './stored-file.ts';
import { holds } from './truth.ts';

const lineBreak = Buffer.from('\n');

export default runnable({
  type: 'io.kestra.plugin.core.storage.FilterItems',
  aliases: ['io.kestra.core.tasks.storages.FilterItems'],
  title: 'Keep the items of a file that meet a condition.',
  description:
    'The file holds one item to a line, a map in Ion or JSON, and may have up to 100 MiB. Its fields are variables of the condition, in front of those of the flow. A condition that renders to false, 0, -0 or blank text does not hold.',
  group: 'core',
  examples: [
    {
      title: 'The orders of one country.',
      flow: `
id: filter-items
namespace: examples
tasks:
  - id: orders
    type: io.kestra.plugin.core.storage.Write
    content: |
      {"country": "FR", "amount": 10}
      {"country": "DE", "amount": 20}
    extension: .jsonl
  - id: french
    type: io.kestra.plugin.core.storage.FilterItems
    from: "{{ outputs.orders.uri }}"
    filterCondition: "{{ country == 'FR' }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.french.uri) }}"
`,
    },
  ],
  properties: (z, expression) => ({
    from: expression(z.string().min(1)).describe('Address of the file.'),
    filterCondition: z.string().describe('What is rendered for each item.'),
    filterType: expression(z.enum(['INCLUDE', 'EXCLUDE']))
      .default('INCLUDE')
      .describe('Whether items that meet the condition are kept or left out.'),
    errorOrNullBehavior: expression(z.enum(['FAIL', 'INCLUDE', 'EXCLUDE']))
      .default('FAIL')
      .describe(
        'What becomes of an item for which the condition cannot be rendered: the task fails, or the item is kept, or left out.',
      ),
  }),
  outputs: (z) => ({
    uri: z.string().describe('Address of the new file.'),
    processedItemsTotal: z.int().describe('How many items there were.'),
    droppedItemsTotal: z.int().describe('How many of them were left out.'),
  }),
  async run(task, context) {
    const file = await readStored(context, task.from);
    const kept = growingBytes();
    let [processedItemsTotal, droppedItemsTotal] = [0, 0];
    for await (const row of itemRows(file, context)) {
      processedItemsTotal += 1;
      if (await isKept(row.toString(), task, context)) {
        kept.append(row);
        kept.append(lineBreak);
      } else droppedItemsTotal += 1;
    }
    const uri = await context.putFile(fileName('filtered', extensionOf(task.from)), kept.taken());
    return { outputs: { uri, processedItemsTotal, droppedItemsTotal } };
  },
});

interface Condition {
  readonly filterCondition: string;
  readonly filterType: 'INCLUDE' | 'EXCLUDE';
  readonly errorOrNullBehavior: 'FAIL' | 'INCLUDE' | 'EXCLUDE';
}

async function isKept(item: string, task: Condition, context: TaskContext): Promise<boolean> {
  const rendered = await context.renderItem(task.filterCondition, item);
  if ('text' in rendered) return holds(rendered.text.trim()) === (task.filterType === 'INCLUDE');
  if (task.errorOrNullBehavior === 'FAIL') throw new TaskFailure(rendered.failure);
  return task.errorOrNullBehavior === 'INCLUDE';
}
