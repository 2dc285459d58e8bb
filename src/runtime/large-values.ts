/**
 * Large values that were written or read lately, in memory: the next task often asks for what the one
 * before has put out. The name of a blob has the digest of what is in it, so an entry is never wrong.
 */
import type { BlobStore } from '../engine/ports.ts';
import type { Value } from '../expression/value.ts';

/** Of the texts of all that are kept; values take a few times as much. */
const bytesMax = 4 * 1024 * 1024;

class LargeValues {
  readonly #kept = new Map<string, { readonly value: Value; readonly bytes: number }>();
  #bytes = 0;

  get(blob: string): Value | undefined {
    return this.#kept.get(blob)?.value;
  }

  keep(blob: string, value: Value, bytes: number): void {
    if (bytes > bytesMax / 2 || this.#kept.has(blob)) return;
    this.#kept.set(blob, { value, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: gone }] of this.#kept) {
      if (this.#bytes <= bytesMax) return;
      this.#kept.delete(oldest);
      this.#bytes -= gone;
    }
  }
}

const ofStores = new WeakMap<BlobStore, LargeValues>();

export function largeValues(blobs: BlobStore): LargeValues {
  const found = ofStores.get(blobs) ?? new LargeValues();
  ofStores.set(blobs, found);
  return found;
}
