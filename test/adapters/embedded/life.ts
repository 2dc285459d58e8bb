/** A process that works on a store: crash-flows-child.ts, as one file so that it starts at once. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export class Life {
  readonly accepted: string[] = [];
  complaints = '';
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #complained = Promise.withResolvers<void>();
  readonly #open = Promise.withResolvers<void>();
  readonly #over: Promise<readonly [number | null, NodeJS.Signals | null]>;

  /** `fileKibMax`: no file that it writes may be larger. */
  constructor(program: string, args: readonly string[], limits: { fileKibMax?: number } = {}) {
    const command = [process.execPath, '--enable-source-maps', program, ...args];
    const { fileKibMax } = limits;
    // Whoever does not ignore the signal is ended by it instead of being told.
    const limited = `trap '' XFSZ; ulimit -f ${fileKibMax}; exec "$@"`;
    const [name = '', ...rest] =
      fileKibMax === undefined ? command : ['bash', '-c', limited, 'bash', ...command];
    this.#process = spawn(name, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process.stderr.on('data', (chunk: Buffer) => {
      this.complaints += chunk.toString();
      this.#complained.resolve();
    });
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      if (line === 'open') this.#open.resolve();
      if (line.startsWith('accepted ')) this.accepted.push(line.slice('accepted '.length));
    });
    this.#over = once(this.#process, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  }

  begin(): void {
    this.#process.stdin.end('go\n');
  }

  /** Resolves when the store is open, or the process is over. */
  async opened(): Promise<void> {
    await Promise.race([this.#open.promise, this.#over]);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves when it has written to standard error, or is over. */
  async complained(): Promise<void> {
    await Promise.race([this.#complained.promise, this.#over]);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async over(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const [code, signal] = await this.#over;
    return { code, signal };
  }
}

export async function bundledLife(folder: string): Promise<string> {
  const outfile = join(folder, 'child.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('crash-flows-child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    sourcemap: true,
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}
