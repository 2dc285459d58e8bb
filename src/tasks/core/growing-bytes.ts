/** Bytes put together piece by piece, without an object for each piece. */
export interface GrowingBytes {
  readonly length: number;
  append(bytes: Uint8Array): void;
  /** What was appended so far. Not to be appended to any more. */
  taken(): Uint8Array;
}

const firstBytes = 1024;

export function growingBytes(): GrowingBytes {
  let held = Buffer.alloc(0);
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(bytes) {
      const needed = length + bytes.length;
      if (needed > held.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(firstBytes, needed, held.length * 2));
        held.copy(larger, 0, 0, length);
        held = larger;
      }
      held.set(bytes, length);
      length = needed;
    },
    taken: () => held.subarray(0, length),
  };
}
