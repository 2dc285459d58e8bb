/**
 * Large values that were written or read lately, in memory: the next task often asks for what the one
 * before has put out, or hands it on as it is. The name of a blob has the digest of what is in it, so
 * an entry is never wrong.
 */
import type { Packed } from '../engine/execution.ts';
import { type BlobStore, keptBlobs } from '../engine/ports.ts';
import { isList, isMap, type Value } from '../expression/value.ts';
import { BoundedMemory } from './bounded-memory.ts';

/** Of the texts of all that are kept; values take a few times as much. */
const bytesMax = 4 * 1024 * 1024;

interface Kept {
  readonly value: Value;
  /** By this process, and so not long ago. */
  readonly isWritten: boolean;
}
const memories = new WeakMap<BlobStore, BoundedMemory<Kept>>();

export function largeValue(blobs: BlobStore, blob: string): Value | undefined {
  return memories.get(blobs)?.get(blob)?.value;
}

export function keepLargeValue(blobs: BlobStore, blob: string, kept: Kept, bytes: number): void {
  // What is kept for good has no digest in its name, and may be overwritten.
  if (bytes > bytesMax / 2 || blob.startsWith(keptBlobs)) return;
  const memory = memories.get(blobs) ?? new BoundedMemory<Kept>(bytesMax);
  memories.set(blobs, memory);
  memory.keep(blob, kept, bytes);
}

/**
 * Where an equal value of the same execution lies already: what is handed on from task to task is
 * written once. Not that of another execution, which may be deleted, nor an old one, which would
 * expire before the record that is to point to it.
 */
export function blobWith(
  blobs: BlobStore,
  value: Value,
  key: string,
): Extract<Packed, { readonly blob: string }> | undefined {
  const [execution] = key.split('/', 1);
  for (const [blob, { value: kept, size }] of memories.get(blobs)?.entries() ?? []) {
    const isNear = kept.isWritten && blob.startsWith(`${execution}/`);
    if (isNear && isSame(kept.value, value)) return { blob, bytes: size };
  }
  return undefined;
}

/** Both would be written as the same text. Dates and decimals only if they are the same object. */
function isSame(a: Value, b: Value): boolean {
  if (Object.is(a, b)) return true;
  if (isList(a)) {
    return isList(b) && a.length === b.length && a.every((item, at) => isSame(item, b[at] ?? null));
  }
  if (!isMap(a) || !isMap(b) || a.size !== b.size) return false;
  const others = b.entries();
  for (const [key, item] of a.entries()) {
    const [otherKey, other] = others.next().value ?? [];
    if (key !== otherKey || !isSame(item, other ?? null)) return false;
  }
  return true;
}
