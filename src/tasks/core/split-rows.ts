/** The four ways to deal the rows of a file out to parts. Each gives the parts in order. */
import { TaskFailure, type TaskContext } from '../define.ts';
import { type GrowingBytes, growingBytes } from './growing-bytes.ts';
import { rowPattern } from './row-pattern.ts';
import { rowsOf } from './rows.ts';
import { unhurried } from './unhurried.ts';

export type Parts = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface Rows {
  readonly file: Buffer;
  /** Ends each row of a part. */
  readonly separator: Buffer;
}

/** A part is full when, before a row is added, it has this size. */
interface Full {
  readonly bytes?: number;
  readonly rows?: number;
  /** More parts than this are refused. */
  readonly partsMax: number;
}

/** Row after row into one part, until it is full. Only one part is held at a time. */
export function* inOrder({ file, separator }: Rows, full: Full): Generator<Uint8Array> {
  const { bytes = Infinity, rows = Infinity, partsMax } = full;
  let part: GrowingBytes | undefined;
  let [rowsHeld, parts] = [0, 0];
  for (const row of rowsOf(file)) {
    if (part !== undefined && (part.length >= bytes || rowsHeld >= rows)) {
      yield part.taken();
      part = undefined;
    }
    if (part === undefined) {
      parts += 1;
      checkCount(parts, partsMax);
      part = growingBytes();
      rowsHeld = 0;
    }
    addRow(part, row, separator);
    rowsHeld += 1;
  }
  if (part !== undefined) yield part.taken();
}

/** In turns, as cards are dealt. Parts that get no row are left out. */
export function* inTurns(
  { file, separator }: Rows,
  count: number,
  partsMax: number,
): Generator<Uint8Array> {
  const parts: GrowingBytes[] = [];
  let turn = 0;
  for (const row of rowsOf(file)) {
    const index = turn % count;
    checkCount(index + 1, partsMax);
    addRow((parts[index] ??= growingBytes()), row, separator);
    turn += 1;
  }
  for (const part of parts) yield part.taken();
}

/** A part for each value of the pattern's first group. Rows that do not match are left out. */
export async function* byGroup(
  { file, separator }: Rows,
  source: string,
  { context, partsMax }: { readonly context: TaskContext; readonly partsMax: number },
): AsyncGenerator<Uint8Array> {
  const pattern = rowPattern(source);
  if (pattern.groups === 0) {
    context.log('WARN', `The pattern '${source}' has no capture group, so that no row is kept`);
    return;
  }
  const parts = new Map<string | null, GrowingBytes>();
  for await (const row of unhurried(rowsOf(file), context)) {
    const group = pattern.firstGroup(row.toString());
    if (group === undefined) continue;
    const part = parts.get(group) ?? growingBytes();
    parts.set(group, part);
    checkCount(parts.size, partsMax);
    addRow(part, row, separator);
  }
  for (const part of parts.values()) yield part.taken();
}

function addRow(part: GrowingBytes, row: Uint8Array, separator: Uint8Array): void {
  part.append(row);
  part.append(separator);
}

function checkCount(parts: number, partsMax: number): void {
  if (parts <= partsMax) return;
  const message = `The file would be split into more than ${partsMax} parts.`;
  throw new TaskFailure({ code: 'parts', message, retryable: false });
}
