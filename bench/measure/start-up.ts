/** From nothing to the first execution that has ended, and what an idle process takes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inDataDirectory } from '../data-directory.ts';
import { linear } from '../flows.ts';
import type { Measure } from '../measurement.ts';
import { residentMemory } from '../resident-memory.ts';
import { median } from '../statistics.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const idle = join(import.meta.dirname, 'idle.ts');

export default (async (effort) =>
  inDataDirectory(async (directory) => {
    const file = join(directory, 'linear.yaml');
    writeFileSync(file, linear);
    const ended: number[] = [];
    const gone: number[] = [];
    for (let time = 0; time < (effort === 'full' ? 9 : 3); time++) {
      const store = join(directory, `store-${time}`);
      const run = await firstRun(['run', file, '--directory', store]);
      ended.push(run.endedMs);
      gone.push(run.goneMs);
    }
    const bare = await idleMb([idle], 'open');
    const dev = await idleMb(
      [main, 'dev', '--port', '0', '--directory', join(directory, 'dev')],
      'Local AWS',
    );
    return [
      {
        name: 'process started to first execution ended',
        value: median(ended),
        unit: 'ms',
        bar: { most: 400 },
      },
      { name: 'process started to process gone', value: median(gone), unit: 'ms' },
      { name: 'memory of an idle engine', value: bare, unit: 'MB', bar: { most: 120 } },
      { name: 'memory of idle `baton dev`, local AWS included', value: dev, unit: 'MB' },
    ];
  })) satisfies Measure;

async function firstRun(args: readonly string[]): Promise<{ endedMs: number; goneMs: number }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let endedMs = Number.NaN;
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (Number.isNaN(endedMs) && /^SUCCESS /m.test(text)) endedMs = performance.now() - startedAt;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(text);
  return { endedMs, goneMs: performance.now() - startedAt };
}

/** Resident memory a second after it said that it is there. */
async function idleMb(args: readonly string[], sign: string): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(sign)) resolve();
    });
  });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const memory = residentMemory(child.pid);
  child.kill('SIGKILL');
  await once(child, 'close');
  return memory;
}
