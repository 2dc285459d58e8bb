/** A peer that is a process of its own. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Figure } from '../measurement.ts';
import { residentMemory } from '../resident-memory.ts';

export function figuresOf({ pid }: ChildProcess, firstMs: number): readonly Figure[] {
  return [
    { name: 'memory of the server under load', value: residentMemory(pid), unit: 'MB' },
    { name: 'server started to first execution ended', value: firstMs, unit: 'ms' },
  ];
}

export async function kill(server: ChildProcess): Promise<void> {
  server.kill('SIGKILL');
  await once(server, 'close');
}
