/**
 * What the local AWS remembers in its directory from one start to the next (`local-aws.json`): the
 * port, so that an execution that goes on after a crash finds the addresses it was given; and
 * whether the tables were ever complete.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Remembered {
  readonly port: number;
  /** False from the first write until the items table can be used. */
  readonly isComplete: boolean;
}

const fileName = 'local-aws.json';

/** Undefined when there is nothing, or nothing that makes sense: the caller then starts afresh. */
export function readRemembered(directory: string): Remembered | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(directory, fileName), 'utf8'));
    const { port, isComplete } = value as Partial<Remembered>;
    if (typeof port !== 'number' || typeof isComplete !== 'boolean') return undefined;
    return { port, isComplete };
  } catch {
    return undefined;
  }
}

/** Through a rename, so that a crash leaves the old file or the new one. */
export function writeRemembered(directory: string, remembered: Remembered): void {
  const path = join(directory, fileName);
  writeFileSync(`${path}.new`, `${JSON.stringify(remembered)}\n`);
  renameSync(`${path}.new`, path);
}
