/**
 * Values too large for a record, and files, as objects of one bucket. Loaded when the first one is
 * met. The key is the object's, but for characters that S3 or its clients would change.
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { BlobStore } from '../../engine/ports.ts';
import { objectKey } from './object-keys.ts';

/** Loaded together with what uses it. */
export { S3Client };

export function openBlobs(client: S3Client, bucket: string): Omit<BlobStore, 'recordBytesMax'> {
  const objectOf = (key: string) => ({ Bucket: bucket, Key: objectKey(key) });
  return {
    async put(key, bytes) {
      await client.send(new PutObjectCommand({ ...objectOf(key), Body: bytes }));
      return key;
    },

    get: (key) =>
      ifThere(async () => {
        const { Body } = await client.send(new GetObjectCommand(objectOf(key)));
        return Body?.transformToByteArray();
      }),

    size: (key) =>
      ifThere(async () => (await client.send(new HeadObjectCommand(objectOf(key)))).ContentLength),

    async delete(key) {
      await client.send(new DeleteObjectCommand(objectOf(key)));
    },
  };
}

async function ifThere<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    // An answer without a body, as to HEAD, has no code but its status.
    if (error instanceof NoSuchKey || error instanceof NotFound) return undefined;
    throw error;
  }
}
