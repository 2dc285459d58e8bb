/**
 * Large values that were written or read lately, in memory: the next task often asks for what the one
 * before has put out. The name of a blob has the digest of what is in it, so an entry is never wrong.
 */
import { type BlobStore, keptBlobs } from '../engine/ports.ts';
import type { Value } from '../expression/value.ts';
import { BoundedMemory } from './bounded-memory.ts';

/** Of the texts of all that are kept; values take a few times as much. */
const bytesMax = 4 * 1024 * 1024;

const memories = new WeakMap<BlobStore, BoundedMemory<Value>>();

export function largeValue(blobs: BlobStore, blob: string): Value | undefined {
  return memories.get(blobs)?.get(blob);
}

export function keepLargeValue(blobs: BlobStore, blob: string, value: Value, bytes: number): void {
  // What is kept for good has no digest in its name, and may be overwritten.
  if (bytes > bytesMax / 2 || blob.startsWith(keptBlobs)) return;
  const memory = memories.get(blobs) ?? new BoundedMemory<Value>(bytesMax);
  memories.set(blobs, memory);
  memory.keep(blob, value, bytes);
}
