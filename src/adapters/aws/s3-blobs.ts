/**
 * Values too large for a record, as objects of one bucket. Loaded when the first one is met.
 *
 * An address is `s3://bucket/key` with the key as it is: the same key again is the same address.
 */
import { createHash } from 'node:crypto';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { BlobStore } from '../../engine/ports.ts';

/** Loaded together with what uses it. */
export { S3Client };

export function openBlobs(client: S3Client, bucket: string): BlobStore {
  const prefix = `s3://${bucket}/`;
  return {
    async put(key, bytes) {
      const Key = objectKey(key);
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: bytes }));
      return `${prefix}${Key}`;
    },

    async get(address) {
      if (!address.startsWith(prefix)) return undefined;
      try {
        const Key = address.slice(prefix.length);
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}

/**
 * S3 takes keys of up to 1,024 bytes, and HTTP clients tidy dot segments out of paths. Each part is
 * written so that no two keys meet: dots at its start, and whatever is not plain, are escaped; a key
 * that is too long ends in the digest of the whole.
 */
function objectKey(key: string): string {
  const parts = key.split('/').map((part) => part.replace(/[^\w.\-[\]]|^\.+$/g, escaped));
  const plain = parts.join('/');
  if (plain.length <= 900) return plain;
  return `${plain.slice(0, 600)}~${createHash('sha256').update(key).digest('hex')}`;
}

function escaped(text: string): string {
  return Buffer.from(text).toString('hex').replace(/../g, '=$&');
}
