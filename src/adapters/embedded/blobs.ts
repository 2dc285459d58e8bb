/**
 * Blobs as files: written beside, synced, renamed, so that a reader sees a whole value or the one
 * before, also after a crash. The name is a digest, so any text is a key on any file system; the
 * folder is the key's first part, so that what belongs to one execution lies together.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobStore } from '../../engine/ports.ts';
import { explained } from './errors.ts';
import type { Bill } from './units.ts';

const addresses = /^[\w-]{1,64}\/[0-9a-f]{64}$/;

export function blobsIn(folder: string, bill: Bill): BlobStore {
  const made = new Set<string>();
  return {
    async put(key, bytes) {
      const address = addressOf(key);
      const file = join(folder, address);
      bill.one('put', executionOf(key));
      try {
        if (!made.has(dirname(file))) {
          await mkdir(dirname(file), { recursive: true });
          await syncFolder(folder);
          made.add(dirname(file));
        }
        await writeWhole(file, bytes);
      } catch (error) {
        throw explained(error, file);
      }
      return address;
    },

    async get(address) {
      if (!addresses.test(address)) return undefined;
      bill.one('get', executionOf(address));
      const file = join(folder, address);
      try {
        return new Uint8Array(await readFile(file));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw explained(error, file);
      }
    },
  };
}

function addressOf(key: string): string {
  const [first = ''] = key.split('/', 1);
  const folder = first.replaceAll(/[^\w-]/g, '_').slice(0, 64) || '_';
  return `${folder}/${createHash('sha256').update(key).digest('hex')}`;
}

function executionOf(key: string): string | undefined {
  const [first] = key.split('/', 1);
  return first;
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(draft, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    await syncFolder(dirname(file));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Makes names durable. Windows cannot open a folder; there the rename itself is. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
