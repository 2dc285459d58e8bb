/** How rows of a file become batches: the `batch` of ForEachItem. */
import type { TaskContext, Z } from '../define.ts';
import { type Given, dealer } from './split-dealer.ts';
import type { Parts } from './split-rows.ts';

export const batchSchema = (z: Z) =>
  z.object({
    rows: z
      .union([z.int().min(1), z.string()])
      .optional()
      .describe('Rows to a part; 1 by default.'),
    partitions: z
      .union([z.int().min(1), z.string()])
      .optional()
      .describe('Number of parts, to which the rows go in turns.'),
    bytes: z
      .union([z.int(), z.string()])
      .optional()
      .describe('Size at which a part is full, for instance `10MB`.'),
    regexPattern: z.string().optional().describe('Rows with the same group go together.'),
    separator: z.string().default('\n').describe('What ends each row of a part.'),
  });

interface Batch {
  readonly rows?: number | string | undefined;
  readonly partitions?: number | string | undefined;
  readonly bytes?: number | string | undefined;
  readonly regexPattern?: string | undefined;
  readonly separator?: string | undefined;
}

/** Numbers may be texts here: they come out of expressions. */
export function batchesOf(file: Buffer, batch: Batch, context: TaskContext): Parts {
  const { rows, partitions, bytes, regexPattern, separator = '\n' } = batch;
  const isSaid = rows ?? partitions ?? bytes ?? regexPattern;
  const given: Given = {
    regexPattern,
    bytes,
    partitions: partitions === undefined ? undefined : Number(partitions),
    rows: isSaid === undefined ? 1 : rows === undefined ? undefined : Number(rows),
  };
  return dealer(given, { partsMax: 1_000_000 })(
    { file, separator: Buffer.from(separator) },
    context,
  );
}
