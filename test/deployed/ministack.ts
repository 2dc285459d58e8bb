/**
 * MiniStack (PyPI), the AWS this test deploys to: installed once under `.venv/`, started on a free
 * port, ended by its process id. Nothing of it outlives the test but the installation.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { credentials } from './aws.ts';
import { workerNodeOptions } from './gaps.ts';
import { root, run, searchPath } from './process.ts';

export interface MiniStack {
  readonly endpoint: string;
  readonly logFile: string;
  stop(): Promise<void>;
}

const requirements = path.join(import.meta.dirname, 'requirements.txt');

/** Returns the program. Installs when the pinned versions changed, or never were installed. */
async function install(): Promise<string> {
  const environment = path.join(root, '.venv/ministack');
  const installed = path.join(environment, 'requirements.txt');
  const wanted = await readFile(requirements, 'utf8');
  if (!existsSync(installed) || (await readFile(installed, 'utf8')) !== wanted) {
    await rm(environment, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', environment], { timeoutMs: 120_000 });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
    const python = path.join(environment, 'bin/python');
    await run(python, [...pip, '-r', requirements], { timeoutMs: 300_000 });
    await writeFile(installed, wanted);
  }
  return path.join(environment, 'bin/ministack');
}

/** `work`: a folder for what it writes. */
export async function startMiniStack(work: string): Promise<MiniStack> {
  const program = await install();
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  // Its workers are CommonJS: a package.json further up must not make modules of them.
  await writeFile(path.join(work, 'package.json'), '{}');
  const logFile = path.join(work, 'ministack.log');
  const log = createWriteStream(logFile);
  await once(log, 'open');
  const child = spawn(program, [], {
    cwd: work,
    env: {
      PATH: searchPath,
      HOME: work,
      // Unpacked functions and its own process id lie here.
      TMPDIR: work,
      // Policies are evaluated for every request: the roles' permissions are under test as well.
      AUTH: 'true',
      // The account's root, as which the CDK and the test act.
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      NODE_PATH: await sdkOfTheRuntime(work),
      NODE_OPTIONS: workerNodeOptions,
    },
    stdio: ['ignore', log, log],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const stop = async () => {
    process.off('exit', kill);
    await end(child);
  };
  await waitUntilHealthy(endpoint, () => child.exitCode, logFile);
  return { endpoint, logFile, stop };
}

/**
 * Lambda's Node runtime brings the AWS SDK along and MiniStack does not. Our functions bundle theirs,
 * but the CDK's own function that empties a bucket relies on the runtime's. Only the SDK is offered,
 * so that a package missing from a bundle is still found out.
 */
async function sdkOfTheRuntime(work: string): Promise<string> {
  const folder = path.join(work, 'runtime');
  await mkdir(folder);
  await symlink(path.join(root, 'node_modules/@aws-sdk'), path.join(folder, '@aws-sdk'));
  return folder;
}

async function waitUntilHealthy(
  endpoint: string,
  exitCode: () => number | null,
  logFile: string,
): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    const isUp = await fetch(`${endpoint}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    if (exitCode() !== null) break;
    await sleep(200);
  }
  throw new Error(`MiniStack did not start.\n${await readFile(logFile, 'utf8')}`);
}

async function end(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(patience);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
