import { createHash } from 'node:crypto';
import { runnable, TaskFailure } from '../define.ts';
import { growingBytes } from './growing-bytes.ts';
import { itemRows } from './unhurried.ts';
import { extensionOf, fileName, readStored } from './stored-file.ts';

/** Every key is held in memory; longer ones as a digest. */
const keysMax = 1_000_000;
const keyCharactersMax = 64;
const lineBreak = Buffer.from('\n');

export default runnable({
  type: 'io.kestra.plugin.core.storage.DeduplicateItems',
  aliases: ['io.kestra.core.tasks.storages.DeduplicateItems'],
  title: 'Keep the last item of a file for each key.',
  description:
    'The file holds one item to a line, a map in Ion or JSON, and may have up to 100 MiB and a million different keys. The fields of an item are variables of the expression, in front of those of the flow. What is kept stays in order.',
  group: 'core',
  examples: [
    {
      title: 'The latest price of each product.',
      flow: `
id: deduplicate-items
namespace: examples
tasks:
  - id: prices
    type: io.kestra.plugin.core.storage.Write
    content: |
      {"product": "pen", "price": 1}
      {"product": "ink", "price": 5}
      {"product": "pen", "price": 2}
    extension: .jsonl
  - id: latest
    type: io.kestra.plugin.core.storage.DeduplicateItems
    from: "{{ outputs.prices.uri }}"
    expr: "{{ product }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.latest.uri) }}"
`,
    },
  ],
  properties: (z, expression) => ({
    from: expression(z.string().min(1)).describe('Address of the file.'),
    expr: z.string().describe('What is rendered for each item: its key.'),
  }),
  outputs: (z) => ({
    uri: z.string().describe('Address of the new file.'),
    numKeys: z.int().describe('How many keys there were.'),
    processedItemsTotal: z.int().describe('How many items there were.'),
    droppedItemsTotal: z.int().describe('How many of them were left out.'),
  }),
  async run({ from, expr }, context) {
    const file = await readStored(context, from);
    const last = new Map<string, number>();
    let processedItemsTotal = 0;
    for await (const row of itemRows(file, context)) {
      const rendered = await context.renderItem(expr, row.toString());
      if ('failure' in rendered) throw new TaskFailure(rendered.failure);
      last.set(short(rendered.text), processedItemsTotal);
      if (last.size > keysMax) throw tooManyKeys();
      processedItemsTotal += 1;
    }
    const stays = new Set(last.values());
    const kept = growingBytes();
    let index = 0;
    for await (const row of itemRows(file, context)) {
      if (stays.has(index)) {
        kept.append(row);
        kept.append(lineBreak);
      }
      index += 1;
    }
    const uri = await context.putFile(fileName('deduplicated', extensionOf(from)), kept.taken());
    const numKeys = last.size;
    const droppedItemsTotal = processedItemsTotal - numKeys;
    return { outputs: { uri, numKeys, processedItemsTotal, droppedItemsTotal } };
  },
});

function short(key: string): string {
  return key.length <= keyCharactersMax ? key : createHash('sha512').update(key).digest('base64');
}

function tooManyKeys(): TaskFailure {
  const message = `The file has more than ${keysMax} different keys.`;
  return new TaskFailure({ code: 'keys', message, retryable: false });
}
