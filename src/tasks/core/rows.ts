/** Rows of a text file, found in its bytes: neither decoded nor copied. */

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * A row ends with a line feed, a carriage return or both, which do not belong to it, or with the
 * file. `unit` is 2 for UTF-16 with the low byte first; 1 fits every charset that extends ASCII.
 */
export function* rowsOf(bytes: Buffer, unit: 1 | 2 = 1): Generator<Buffer> {
  const last = bytes.length - unit;
  const codeAt = (at: number): number | undefined => {
    if (at > last) return undefined;
    return unit === 1 ? bytes[at] : bytes.readUInt16LE(at);
  };
  let start = 0;
  for (let at = 0; at <= last; at += unit) {
    const code = codeAt(at);
    if (code !== lineFeed && code !== carriageReturn) continue;
    yield bytes.subarray(start, at);
    if (code === carriageReturn && codeAt(at + unit) === lineFeed) at += unit;
    start = at + unit;
  }
  if (start < bytes.length) yield bytes.subarray(start);
}
