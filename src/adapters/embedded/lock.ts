/**
 * One process at a time writes a store. The lock is the operating system's, taken by SQLite on a
 * file of its own: it ends with the process however that ends, so a kill leaves nothing stale and a
 * reused process number deceives nobody. Who holds it stands in the store itself, for the message.
 */
import { DatabaseSync } from 'node:sqlite';
import { openDatabaseReadOnly } from './database.ts';
import { EmbeddedStoreError, explained } from './errors.ts';

const busy = 5;

/** Returns what gives the lock back. */
export function takeLock(lockFile: string, storeFile: string): () => void {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(lockFile, { timeout: 0 });
    lock.exec('BEGIN IMMEDIATE');
  } catch (error) {
    lock?.close();
    const { errcode } = error as { errcode?: number };
    if (errcode !== undefined && (errcode & 0xff) === busy) throw held(storeFile);
    throw explained(error, lockFile);
  }
  return () => lock.close();
}

/** Says in the store that this process holds it. Only to be called with the lock taken. */
export function signIn(database: DatabaseSync, now: number): void {
  database
    .prepare('INSERT OR REPLACE INTO holder (one, pid, since) VALUES (1, ?, ?)')
    .run(process.pid, now);
}

function held(storeFile: string): EmbeddedStoreError {
  const holder = readHolder(storeFile);
  const who = holder
    ? `process ${holder.pid} (since ${new Date(holder.since).toISOString()})`
    : 'another process';
  const hint = 'Stop it first, or use another folder. Reading (get, logs) is possible meanwhile.';
  return new EmbeddedStoreError('held', storeFile, `is in use by ${who}. ${hint}`);
}

function readHolder(storeFile: string): { pid: number; since: number } | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = openDatabaseReadOnly(storeFile);
    const row = database.prepare('SELECT pid, since FROM holder').get();
    return row && { pid: Number(row['pid']), since: Number(row['since']) };
  } catch {
    // The holder is just making the store: then nobody can be named.
    return undefined;
  } finally {
    database?.close();
  }
}
