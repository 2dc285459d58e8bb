import { runnable, type TaskContext, TaskFailure } from '../define.ts';
import { byGroup, inOrder, inTurns, type Parts, type Rows } from './split-rows.ts';
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

interface Given {
  readonly regexPattern?: string | undefined;
  readonly bytes?: string | number | undefined;
  readonly partitions?: number | undefined;
  readonly rows?: number | undefined;
}

/** Decided before the file is read, so that a mistake in the flow costs nothing. */
function dealer(given: Given): (rows: Rows, context: TaskContext) => Parts {
  const { regexPattern, partitions, rows: perPart } = given;
  if (regexPattern !== undefined) return (rows, context) => byGroup(rows, regexPattern, context);
  if (given.bytes !== undefined) {
    const bytes = sizeOf(String(given.bytes));
    return (rows) => inOrder(rows, { bytes });
  }
  if (partitions !== undefined) {
    if (partitions < 1) throw invalid(`Invalid number of partitions '${partitions}'`);
    return (rows) => inTurns(rows, partitions);
  }
  if (perPart !== undefined) return (rows) => inOrder(rows, { rows: perPart });
  throw invalid('Invalid configuration with no size, count, rows, nor regexPattern');
}

const units: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['KB', 1024],
  ['MB', 1024 ** 2],
  ['GB', 1024 ** 3],
]);

function sizeOf(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,12})([KMG]B)?$/.exec(text.trim().toUpperCase()) ?? [];
  if (digits === '') throw invalid(`Invalid size with value '${text}'`);
  return Number(digits) * (units.get(unit) ?? 1);
}

function invalid(message: string): TaskFailure {
  return new TaskFailure({ code: 'split', message, retryable: false });
}
