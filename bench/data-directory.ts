/** A new directory on the disk of the working tree: temporary ones may lie in memory. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

export async function inDataDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const parent = resolve(import.meta.dirname, '../.baton');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'bench-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
