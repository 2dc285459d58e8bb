/**
 * Values too large for a record, as objects of one bucket. Loaded when the first one is met.
 *
 * An address is `s3://bucket/key` with the key as it is: the same key again is the same address.
 */
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { BlobStore } from '../../engine/ports.ts';
import { objectKey } from './object-keys.ts';

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
