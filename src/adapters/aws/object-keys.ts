/**
 * What objects of the bucket are called. The infrastructure lets expire what begins with one prefix,
 * so this file imports no SDK.
 */
import { createHash } from 'node:crypto';
import { keptBlobs } from '../../engine/ports.ts';

/** Everything but what is kept for good: a rule of a bucket can name what it takes, not what not. */
export const expiringObjects = 'x/';

export function objectKey(key: string): string {
  return key.startsWith(keptBlobs) ? plainKey(key) : expiringObjects + plainKey(key);
}

/**
 * S3 takes keys of up to 1,024 bytes, and HTTP clients tidy dot segments out of paths. Each part is
 * written so that no two keys meet: dots at its start, and whatever is not plain, are escaped; a key
 * that is too long ends in the digest of the whole.
 */
function plainKey(key: string): string {
  const parts = key.split('/').map((part) => part.replace(/[^\w.\-[\]]|^\.+$/g, escaped));
  const plain = parts.join('/');
  if (plain.length <= 900) return plain;
  return `${plain.slice(0, 600)}~${createHash('sha256').update(key).digest('hex')}`;
}

function escaped(text: string): string {
  return Buffer.from(text).toString('hex').replace(/../g, '=$&');
}
