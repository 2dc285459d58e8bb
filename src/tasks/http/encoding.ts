/** Content encodings of responses. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

const unpackers = new Map([
  ['br', promisify(brotliDecompress)],
  ['deflate', promisify(inflate)],
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
]);

/** The encodings for `Accept-Encoding`. */
export const acceptedEncodings = 'gzip, deflate, br';

/**
 * The unpacked bytes; undefined where nothing is packed, or in a way nobody asked for. The limit
 * holds for what comes out, so that a small archive cannot fill the memory.
 */
export async function unpack(
  bytes: Buffer,
  encoding: string | undefined,
  bytesMax: number,
): Promise<Buffer | 'too-large' | undefined> {
  const unpacker = unpackers.get(encoding?.trim().toLowerCase() ?? '');
  if (unpacker === undefined) return undefined;
  try {
    return await unpacker(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    if (isTooLarge(error)) return 'too-large';
    throw error;
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
