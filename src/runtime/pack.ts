/**
 * Values at rest: JSON text, compressed where that saves something, in a blob where it is still large.
 * Nobody above sees the difference; a 2 KB output that deflates under 1 KB costs one write unit.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, deflateRawSync, inflateRaw, zstdCompress, zstdDecompress } from 'node:zlib';
import type { Packed } from '../engine/execution.ts';
import type { Fan, Numbered } from '../engine/flow.ts';
import { type BlobStore, CorruptRecord, keptBlobs } from '../engine/ports.ts';
import { jsonParts, readJson } from '../expression/json.ts';
import { toPlain, type Value } from '../expression/value.ts';
import { blobWith, keepLargeValue, largeValue } from './large-values.ts';

const plainBytesMax = 512;
/**
 * Up to this the text is deflated at once. Above, that would hold up the other batons of the batch: a
 * thread does it, with zstd, which takes a tenth of the time for the same size.
 */
const deflatedBytesMax = 64 * 1024;
/** A corrupted or hostile record must not fill the memory. */
const openedBytesMax = 256 * 1024 * 1024;

/** How a zstd frame begins. Nothing that was deflated does: it would be a block of a wrong length. */
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/**
 * Of what comes back from the thread: by default a megabyte comes in 64 pieces. But it is taken from the
 * system whatever is put into it, and too much of it keeps the collector busy.
 */
const chunkFor = (bytes: number): { chunkSize: number } => {
  return { chunkSize: Math.min(Math.max(bytes, 16 * 1024), 1024 * 1024) };
};

const inflate = promisify(inflateRaw);
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** `key` names the blob if one is needed: equal for equal work, so that repeating overwrites. */
export async function pack(value: Value, blobs: BlobStore, key: string): Promise<Packed> {
  const written = blobWith(blobs, value, key);
  if (written) return written;
  const bytes = bytesOf(jsonParts(value));
  if (bytes.length <= plainBytesMax) return bytes.toString();
  const small =
    bytes.length <= deflatedBytesMax
      ? deflateRawSync(bytes)
      : await compress(bytes, { ...level, ...chunkFor(bytes.length) });
  if (small.length > blobs.recordBytesMax) {
    const blob = await putBlob(blobs, key, small);
    const { length } = bytes;
    keepLargeValue(blobs, blob, { value, isWritten: true }, length);
    free(bytes, small);
    return { blob, bytes: length };
  }
  if (small.length >= bytes.length) return bytes.toString();
  const packed = new Uint8Array(small);
  fresh.set(packed, value);
  return packed;
}

/** What was packed a moment ago is not opened to be sent on. */
const fresh = new WeakMap<Uint8Array, Value>();

/**
 * Gives megabytes back at once. Left to the collector they make it run every few tasks, through a heap
 * in which it finds nothing else. What shares its memory with others is left to it.
 */
function free(...buffers: readonly Buffer<ArrayBuffer>[]): void {
  for (const { buffer, length } of buffers) {
    if (length === buffer.byteLength) buffer.transfer(0);
  }
}

/** What is long goes in by itself: joined, it would be a string more, as long, that nobody keeps. */
function bytesOf(parts: readonly string[]): Buffer<ArrayBuffer> {
  const texts: string[] = [];
  let from = 0;
  for (const [at, part] of parts.entries()) {
    if (part.length < deflatedBytesMax) continue;
    texts.push(parts.slice(from, at).join(''), part);
    from = at + 1;
  }
  texts.push(parts.slice(from).join(''));
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
  let end = 0;
  for (const text of texts) end += bytes.write(text, end);
  return bytes;
}

export async function unpack(packed: Packed, blobs: BlobStore): Promise<Value> {
  if (typeof packed === 'string') return opened(async () => readJson(packed));
  if (packed instanceof Uint8Array) return fresh.get(packed) ?? open(packed);
  const { blob, bytes } = packed;
  const known = largeValue(blobs, blob);
  if (known !== undefined) return known;
  const value = await open(await blobs.get(blob));
  keepLargeValue(blobs, blob, { value, isWritten: false }, bytes);
  return value;
}

/**
 * The name has a digest in it, so that a copy of a message that comes to another result leaves that of
 * the record alone. What is kept for good has just the key: nothing is left behind.
 */
export function putBlob(blobs: BlobStore, key: string, bytes: Uint8Array): Promise<string> {
  if (key.startsWith(keptBlobs)) return blobs.put(key, bytes);
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
  return blobs.put(`${key}.${digest}`, bytes, 'once');
}

async function open(bytes: Uint8Array | undefined): Promise<Value> {
  return opened(async () => {
    if (!bytes) throw new Error('its blob is gone');
    const limit = { maxOutputLength: openedBytesMax };
    const isLarge = zstdMagic.equals(bytes.subarray(0, zstdMagic.length));
    const text = isLarge
      ? await decompress(bytes, { ...limit, ...chunkFor(2 * bytes.length) })
      : await inflate(bytes, limit);
    return readJson(text.toString('utf8'));
  });
}

async function opened(open: () => Promise<Value>): Promise<Value> {
  try {
    return await open();
  } catch (error) {
    const reason = (error as Error).message;
    throw new CorruptRecord(`A stored value cannot be read: ${reason}`, { cause: error });
  }
}

/** The members a flowable's record says it opened with. */
export async function unpackFan(packed: Packed, blobs: BlobStore): Promise<Fan> {
  return fanOf(await unpack(packed, blobs));
}

/** As it is to be kept: values that are numbered are not written out. */
export function asPacked(fan: Fan): Fan {
  return fan.type === 'values' && 'numbered' in fan ? { ...fan, values: [] } : fan;
}

/** Values that are numbered are kept as a few words, and are a list for whoever works with them. */
export function fanOf(value: Value): Fan {
  const fan = toPlain(value) as Fan & { readonly numbered?: Numbered };
  const { numbered } = fan;
  if (fan.type !== 'values' || !numbered) return fan;
  const { prefix, suffix, count } = numbered;
  const values = Array.from({ length: count }, (_, index) => `${prefix}${index}${suffix}`);
  return { ...fan, values };
}
