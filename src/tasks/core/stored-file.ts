/** Files of the internal store as the storage tasks meet them: whole, bounded and named. */
import { type TaskContext, TaskFailure } from '../define.ts';

/** A file is held in memory while a task works on it, beside what becomes of it. */
const fileBytesMax = 100 * 1024 * 1024;

/** Calls to the store that may be on their way at once. */
const callsMax = 8;

export async function readStored(context: TaskContext, address: string): Promise<Buffer> {
  const { buffer, byteOffset, byteLength } = await context.getFile(address);
  checkSize(byteLength, address);
  return Buffer.from(buffer, byteOffset, byteLength);
}

export function checkSize(bytes: number, what: string): void {
  if (bytes <= fileBytesMax) return;
  throw new TaskFailure({
    code: 'file-too-large',
    message: `${what} is larger than the limit of ${fileBytesMax} bytes.`,
    retryable: false,
  });
}

/** From the last dot of the file's name on; `.tmp` for a name without one. */
export function extensionOf(address: string): string {
  const name = address.split('/').at(-1) ?? '';
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '.tmp' : name.slice(dot);
}

/** What a flow gives as an extension becomes the end of a name, not a path. */
export function fileName(stem: string, extension: string): string {
  return `${stem}${extension.replaceAll(/[/\\\p{Cc}]/gu, '_')}`;
}

/** A few items at a time, so that neither the store nor the memory is asked for all at once. */
export async function inBatches<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let batch: T[] = [];
  const finish = async (): Promise<void> => {
    const before = results.length;
    results.push(...(await Promise.all(batch.map((item, index) => work(item, before + index)))));
    batch = [];
  };
  for await (const item of items) {
    batch.push(item);
    if (batch.length === callsMax) await finish();
  }
  await finish();
  return results;
}
