/**
 * The key that seals what is secret, where the environment gives none: a file beside the store, for
 * its owner alone. Whoever has both has everything; whoever has the store alone has no secret.
 */
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EmbeddedStoreError, explained } from './errors.ts';
import { writeWhole } from './whole-file.ts';

const keyBytes = 32;
const ownerOnly = 0o600;

/** Made when it is not there. Only to be called with the lock taken, so that all have the same. */
export async function keptKey(file: string): Promise<KeyObject> {
  try {
    const kept = await readIfThere(file);
    if (kept !== undefined) return keyOf(file, kept);
    const made = randomBytes(keyBytes).toString('base64');
    await writeWhole(file, Buffer.from(`${made}\n`), ownerOnly);
    return keyOf(file, made);
  } catch (error) {
    throw explained(error, file);
  }
}

/** For looking on. Undefined where there is none, and for somebody else than its owner. */
export async function keyIfReadable(file: string): Promise<KeyObject | undefined> {
  try {
    const kept = await readIfThere(file);
    return kept === undefined ? undefined : keyOf(file, kept);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined;
    throw error;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function keyOf(file: string, text: string): KeyObject {
  // 32 bytes, in the one way that base64 has for them.
  if (/^[A-Za-z0-9+/]{43}=$/.test(text.trim())) return createSecretKey(text.trim(), 'base64');
  const sentence = 'must be the base64 of 32 bytes. Restore it: it opens what it has sealed.';
  throw new EmbeddedStoreError('corrupt', file, sentence);
}
