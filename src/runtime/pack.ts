/**
 * Values at rest: JSON text, deflated where that saves something, in a blob where it is still large.
 * Nobody above sees the difference; a 2 KB output that deflates under 1 KB costs one write unit.
 */
import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync, inflateRaw } from 'node:zlib';
import type { Packed } from '../engine/execution.ts';
import type { Fan, Numbered } from '../engine/flow.ts';
import { type BlobStore, CorruptRecord } from '../engine/ports.ts';
import { readJson, writeJson } from '../expression/json.ts';
import { toPlain, type Value } from '../expression/value.ts';

const plainBytesMax = 512;
/** Above this, deflating would hold up the other batons of the batch: let a thread do it. */
const syncBytesMax = 64 * 1024;
const inlineBytesMax = 256 * 1024;
/** A corrupted or hostile record must not fill the memory. */
const openedBytesMax = 256 * 1024 * 1024;

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** `key` names the blob if one is needed: equal for equal work, so that repeating overwrites. */
export async function pack(value: Value, blobs: BlobStore, key: string): Promise<Packed> {
  const text = writeJson(value);
  const bytes = Buffer.from(text);
  if (bytes.length <= plainBytesMax) return text;
  const small = bytes.length <= syncBytesMax ? deflateRawSync(bytes) : await deflate(bytes);
  if (small.length > inlineBytesMax) {
    return { blob: await blobs.put(key, small), bytes: bytes.length };
  }
  return small.length < bytes.length ? new Uint8Array(small) : text;
}

export async function unpack(packed: Packed, blobs: BlobStore): Promise<Value> {
  if (typeof packed === 'string') return opened(async () => readJson(packed));
  const bytes = packed instanceof Uint8Array ? packed : await blobs.get(packed.blob);
  return opened(async () => {
    if (!bytes) throw new Error('its blob is gone');
    const text = await inflate(bytes, { maxOutputLength: openedBytesMax });
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
