/** Child processes of the deployed test: run to the end, within a time, with their output kept. */
import { spawn } from 'node:child_process';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

/** The Node that runs this file comes first: MiniStack and the CDK look for `node` by name. */
export const searchPath = [
  path.dirname(process.execPath),
  path.join(root, 'node_modules/.bin'),
  process.env['PATH'],
].join(path.delimiter);

interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

/** Resolves with standard output and error together; rejects with them if it fails. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, PATH: searchPath, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const end = signal === null ? `exit code ${code}` : `${signal} after ${options.timeoutMs} ms`;
      reject(new Error(`${command} ${args.join(' ')}: ${end}\n${output.slice(-4000)}`));
    });
  });
}
