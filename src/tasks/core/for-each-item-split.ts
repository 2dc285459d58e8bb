import { runnable } from '../define.ts';
import { batchesOf, batchSchema } from './batch.ts';
import { extensionOf, fileName, inBatches, readStored } from './stored-file.ts';

/** The parts are numbered, so that a few words tell all their addresses. */
export default runnable({
  type: 'io.kestra.plugin.core.flow.ForEachItem$ForEachItemSplit',
  title: 'Split a file into batches.',
  description: 'The first part of ForEachItem.',
  group: 'core',
  isInternal: true,
  examples: [],
  properties: (z, expression) => ({
    items: expression(z.string()).describe('Address of the file.'),
    batch: expression(batchSchema(z)).describe('How the file is split.'),
  }),
  outputs: (z) => ({
    splits: z.string().describe('A file with the address of each part on a line.'),
    numberOfBatches: z.int().describe('How many parts there are.'),
    prefix: z.string().describe('What their addresses begin with; a number follows.'),
    suffix: z.string().describe('What their addresses end with.'),
  }),
  async run({ items, batch }, context) {
    const file = await readStored(context, items);
    const extension = fileName('', extensionOf(items));
    const nameOf = (index: number): string => `batch-${index}${extension}`;
    const uris = await inBatches(batchesOf(file, batch, context), (bytes, index) =>
      context.putFile(nameOf(index), bytes),
    );
    const splits = await context.putFile('splits.txt', Buffer.from(uris.join('\n')));
    const prefix = `${splits.slice(0, splits.lastIndexOf('/') + 1)}batch-`;
    return { outputs: { splits, numberOfBatches: uris.length, prefix, suffix: extension } };
  },
});
