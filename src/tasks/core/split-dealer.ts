/** Which of the ways to deal rows out to parts is asked for. */
import { type TaskContext, TaskFailure } from '../define.ts';
import { byGroup, inOrder, inTurns, type Parts, type Rows } from './split-rows.ts';

export interface Given {
  readonly regexPattern?: string | undefined;
  readonly bytes?: string | number | undefined;
  readonly partitions?: number | undefined;
  readonly rows?: number | undefined;
}

/** Decided before the file is read, so that a mistake in the flow costs nothing. */
export function dealer(
  given: Given,
  { partsMax = 10_000 }: { readonly partsMax?: number } = {},
): (rows: Rows, context: TaskContext) => Parts {
  const { regexPattern, partitions, rows: perPart } = given;
  if (regexPattern !== undefined) {
    return (rows, context) => byGroup(rows, regexPattern, { context, partsMax });
  }
  if (given.bytes !== undefined) {
    const bytes = sizeOf(String(given.bytes));
    return (rows) => inOrder(rows, { bytes, partsMax });
  }
  if (partitions !== undefined) {
    if (partitions < 1) throw invalid(`Invalid number of partitions '${partitions}'`);
    return (rows) => inTurns(rows, partitions, partsMax);
  }
  if (perPart !== undefined) return (rows) => inOrder(rows, { rows: perPart, partsMax });
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
