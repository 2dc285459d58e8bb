/** Values at rest: which form they take, and that each form is read back. */
import { deflateRawSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { simulatedBlobs } from '../../src/adapters/simulated/files.ts';
import { type BlobStore, CorruptRecord } from '../../src/engine/ports.ts';
import { writeJson } from '../../src/expression/json.ts';
import type { Value } from '../../src/expression/value.ts';
import { pack, unpack } from '../../src/runtime/pack.ts';

const kib = 1024;
const plain = (chars: number): string => 'order shipped '.repeat(chars).slice(0, chars);
/** Letters in no order: loses a quarter at the most. */
const noise = (chars: number): string => {
  let seed = 1;
  const letters = Array.from({ length: chars }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (seed % 90));
  });
  return letters.join('').replaceAll(/["\\]/g, ' ');
};

function formOf(packed: Awaited<ReturnType<typeof pack>>): string {
  if (typeof packed === 'string') return 'text';
  return packed instanceof Uint8Array ? 'bytes' : 'blob';
}

describe('pack', () => {
  test.each([
    ['short text', plain(500), 'text'],
    ['prose of 2 KB', plain(2 * kib), 'bytes'],
    ['noise of 64 KB', noise(64 * kib - 2), 'blob'],
    ['prose of 100 KB', plain(100 * kib), 'bytes'],
    ['noise of 1 MB', noise(kib * kib), 'blob'],
    ['nothing but quotes', '"'.repeat(70 * kib), 'bytes'],
  ])('%s', async (_, value, form) => {
    const blobs: BlobStore = { ...simulatedBlobs(), recordBytesMax: 16 * kib };
    const packed = await pack(value, blobs, 'execution/task/1.1.outputs');
    expect(formOf(packed)).toBe(form);
    // Another process: nothing of it is in memory.
    const read = packed instanceof Uint8Array ? packed.slice() : packed;
    expect(await unpack(read, { ...blobs })).toBe(value);
  });

  test('a large value that was just written is not read, and none is for long', async () => {
    let reads = 0;
    const stored = simulatedBlobs();
    const get: BlobStore['get'] = (key) => {
      reads += 1;
      return stored.get(key);
    };
    const blobs: BlobStore = { ...stored, get, recordBytesMax: 16 * kib };
    const values = Array.from({ length: 6 }, (_, index) => `${index}${noise(kib * kib)}`);
    const packed = [];
    for (const value of values) packed.push(await pack(value, blobs, 'a'));
    for (const one of packed.slice(-3)) await unpack(one, blobs);
    expect(reads).toBe(0);
    expect(await Promise.all(packed.map((one) => unpack(one, blobs)))).toEqual(values);
    expect(reads).toBeGreaterThan(0);
  });

  test('of two results under one key both can be read', async () => {
    const blobs: BlobStore = { ...simulatedBlobs(), recordBytesMax: 16 * kib };
    const values = [`a${noise(64 * kib)}`, `b${noise(64 * kib)}`];
    const packed = await Promise.all(values.map((value) => pack(value, blobs, 'a')));
    const other = { ...blobs };
    expect(await Promise.all(packed.map((one) => unpack(one, other)))).toEqual(values);
    expect(await pack(values[0] ?? '', other, 'a')).toEqual(packed[0]);
  });

  test('what is handed on within an execution is written once', async () => {
    const keys = new Set<string>();
    const stored = simulatedBlobs();
    const put: BlobStore['put'] = (key, bytes) => {
      keys.add(key);
      return stored.put(key, bytes);
    };
    const blobs: BlobStore = { ...stored, put, recordBytesMax: 16 * kib };
    const text = noise(64 * kib);
    const map = (...entries: [string, Value][]): Value => new Map(entries);
    const first = map(['text', text], ['list', [1n, map(['n', null])]]);
    const equal = map(['text', `${text}`], ['list', [1n, map(['n', null])]]);
    const others = [
      map(['list', [1n, map(['n', null])]], ['text', text]),
      map(['text', text], ['list', [1, map(['n', null])]]),
      map(['text', text], ['list', [1n, map(['m', null])]]),
      map(['text', text], ['list', [1n]]),
    ];
    const packed = await pack(first, blobs, 'one/a/1.1.outputs');
    expect(await pack(equal, blobs, 'one/b/1.1.outputs')).toEqual(packed);
    expect(keys.size).toBe(1);
    // Another execution may outlive this one.
    await pack(equal, blobs, 'onemore/b/1.1.outputs');
    expect(keys.size).toBe(2);
    for (const [index, other] of others.entries()) {
      const key = `one/${index}/1.1.outputs`;
      expect(await unpack(await pack(other, blobs, key), { ...blobs })).toEqual(other);
    }
    expect(keys.size).toBe(2 + others.length);
    // What was only read may be old, and expire before a record that is written now.
    const later = { ...blobs };
    await pack(await unpack(packed, later), later, 'one/z/1.1.outputs');
    expect(keys.size).toBe(3 + others.length);
  });

  test('the back end says from which size on a blob is better', async () => {
    const blobs = simulatedBlobs();
    const small: BlobStore = { ...blobs, recordBytesMax: 1 * kib };
    expect(formOf(await pack(noise(2 * kib), blobs, 'a'))).toBe('bytes');
    expect(formOf(await pack(noise(2 * kib), small, 'a'))).toBe('blob');
  });
});

test('large values that were deflated are still read', async () => {
  const value = plain(200 * kib);
  const packed = new Uint8Array(deflateRawSync(writeJson(value)));
  expect(await unpack(packed, simulatedBlobs())).toBe(value);
});

test.each([
  ['deflate', deflateRawSync],
  ['zstd', zstdCompressSync],
])('a record that would fill the memory is refused: %s', async (_, compress) => {
  const packed = new Uint8Array(compress(Buffer.alloc(257 * kib * kib, ' ')));
  await expect(unpack(packed, simulatedBlobs())).rejects.toThrow(CorruptRecord);
});
