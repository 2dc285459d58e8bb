/** Runs the command line as a user does: a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function baton(...args: readonly string[]): Promise<Result> {
  return batonUntil(undefined, ...args);
}

/** Kills the process with SIGKILL once what it printed satisfies `enough`. */
export function batonUntil(
  enough: ((out: string) => boolean) | undefined,
  ...args: readonly string[]
): Promise<Result> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (enough?.(out)) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}
