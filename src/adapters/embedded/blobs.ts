/**
 * Blobs as files: written beside, synced, renamed, so that a reader sees a whole value or the one
 * before, also after a crash; what is written once is not read before it is whole, and needs no file
 * beside it. The name is a digest, so any text is a key on any file system; the folder is the
 * execution's id, so that what belongs to one execution lies together.
 */
import { createHash } from 'node:crypto';
import { constants, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobStore } from '../../engine/ports.ts';
import { explained } from './errors.ts';
import type { Bill } from './units.ts';
import { syncFolder, writeWhole } from './whole-file.ts';

/** A file takes three syncs, a record none of its own; but records are read by the hundred. */
const recordBytesMax = 256 * 1024;

export function blobsIn(folder: string, bill: Bill): BlobStore {
  const made = new Set<string>();
  return {
    recordBytesMax,

    async put(key, bytes, once) {
      const file = fileOf(folder, key);
      bill.one('put', ownerOf(key));
      try {
        if (!made.has(dirname(file))) {
          await mkdir(dirname(file), { recursive: true });
          await syncFolder(folder);
          made.add(dirname(file));
        }
        await (once ? writeInPlace : writeWhole)(file, bytes);
      } catch (error) {
        throw explained(error, file);
      }
      return key;
    },

    async get(key) {
      bill.one('get', ownerOf(key));
      return ifThere(fileOf(folder, key), async (file) => {
        const { buffer, byteOffset, byteLength } = await readFile(file);
        return new Uint8Array(buffer, byteOffset, byteLength);
      });
    },

    async size(key) {
      bill.one('get', ownerOf(key));
      return ifThere(fileOf(folder, key), async (file) => (await stat(file)).size);
    },

    async delete(key) {
      await ifThere(fileOf(folder, key), (file) => rm(file));
    },
  };
}

async function ifThere<T>(file: string, use: (file: string) => Promise<T>): Promise<T | undefined> {
  try {
    return await use(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw explained(error, file);
  }
}

function fileOf(folder: string, key: string): string {
  const owner =
    ownerOf(key)
      .replaceAll(/[^\w-]/g, '_')
      .slice(0, 64) || '_';
  return join(folder, owner, createHash('sha256').update(key).digest('hex'));
}

/** Of a file of an execution the id comes after a namespace and a flow, of a value it comes first. */
function ownerOf(key: string): string {
  const [, execution] = /^(?:(?!_files\/)[^/]+\/)+?executions\/([^/]+)\//.exec(key) ?? [];
  return execution ?? key.split('/', 1)[0] ?? '';
}

/**
 * Without a draft, for bytes that are always the same: nothing is cut off first, so whoever writes them
 * again changes nothing, and the file and its name are synced side by side.
 */
async function writeInPlace(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, constants.O_WRONLY | constants.O_CREAT);
  try {
    await handle.writeFile(bytes);
    await Promise.all([handle.datasync(), syncFolder(dirname(file))]);
  } finally {
    await handle.close();
  }
}
