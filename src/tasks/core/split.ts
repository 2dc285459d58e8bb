import { runnable } from '../define.ts';
import { dealer } from './split-dealer.ts';
import { extensionOf, fileName, inBatches, readStored } from './stored-file.ts';

export default runnable({
  type: 'io.kestra.plugin.core.storage.Split',
  aliases: ['io.kestra.core.tasks.storages.Split'],
  title: 'Split a file of the internal store into several, row by row.',
  description:
    'By the first that is given of `regexPattern`, `bytes`, `partitions` and `rows`. Whether a part is full is asked before a row is added, so a part may be larger than `bytes` by one row. Files may have up to 100 MiB and become up to 10,000 parts.',
  group: 'core',
  examples: [
    {
      title: 'Two rows to a part.',
      flow: `
id: split-rows
namespace: examples
tasks:
  - id: numbers
    type: io.kestra.plugin.core.storage.Write
    content: "1\\n2\\n3\\n"
    extension: .txt
  - id: split
    type: io.kestra.plugin.core.storage.Split
    from: "{{ outputs.numbers.uri }}"
    rows: 2
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.split.uris | length }} parts, the last one: {{ read(outputs.split.uris | last) }}"
`,
    },
    {
      title: 'A part for each log level.',
      flow: `
id: split-levels
namespace: examples
tasks:
  - id: log
    type: io.kestra.plugin.core.storage.Write
    content: |
      [INFO] started
      [WARN] slow
      [INFO] done
    extension: .log
  - id: split
    type: io.kestra.plugin.core.storage.Split
    from: "{{ outputs.log.uri }}"
    regexPattern: '\\[(\\w+)\\]'
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.split.uris | first) }}"
`,
    },
  ],
  properties: (z, expression) => ({
    from: expression(z.string().min(1)).describe('Address of the file.'),
    regexPattern: expression(z.string())
      .optional()
      .describe(
        'A pattern with a capture group: rows with the same value in it become one part. Rows that do not match are left out.',
      ),
    bytes: expression(z.union([z.string(), z.int()]))
      .optional()
      .describe('Size at which a part is full, for instance `10MB`. KB, MB and GB count by 1,024.'),
    partitions: expression(z.int().min(1))
      .optional()
      .describe('Number of parts, to which the rows go in turns.'),
    rows: expression(z.int()).optional().describe('Number of rows to a part.'),
    separator: expression(z.string()).default('\n').describe('What ends each row of a part.'),
  }),
  outputs: (z) => ({
    uris: z.array(z.string()).describe('Addresses of the parts, in order.'),
  }),
  async run(task, context) {
    const dealt = dealer(task);
    const file = await readStored(context, task.from);
    const parts = dealt({ file, separator: Buffer.from(task.separator) }, context);
    const extension = extensionOf(task.from);
    const uris = await inBatches(parts, (bytes, index) =>
      context.putFile(fileName(`part-${index + 1}`, extension), bytes),
    );
    return { outputs: { uris } };
  },
});
