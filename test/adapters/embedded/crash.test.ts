/**
 * A process that works on a store is killed at a random moment, dozens of times, and the next one
 * goes on. In the end every execution that was accepted has ended, once, by the books: each task has
 * one slot, won once, and the log says so, because slot, log line, messages and the deletion of the
 * handled message become durable together or not at all.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { times } from '../../helpers/effort.ts';
import { openEmbedded } from '../../../src/adapters/embedded/open.ts';
import { seededRandom } from '../../../src/adapters/simulated/random.ts';
import { collect } from '../../contract/fixtures.ts';
import { newFolder } from './folders.ts';

const child = fileURLToPath(new URL('crash-child.ts', import.meta.url));
const kills = times(12);

interface Life {
  readonly accepted: readonly string[];
  readonly signal: NodeJS.Signals | null;
  readonly complaints: string;
}

/** Runs the child until it has told `lines` lines, then kills it. */
async function live(args: readonly string[], lines: number): Promise<Life> {
  const running = spawn(process.execPath, [child, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const accepted: string[] = [];
  let complaints = '';
  let told = 0;
  running.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  createInterface({ input: running.stdout }).on('line', (line) => {
    told += 1;
    if (line.startsWith('accepted ')) accepted.push(line.slice('accepted '.length));
    if (told >= lines) running.kill('SIGKILL');
  });
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => {
    running.on('close', (_, by) => resolve(by));
  });
  return { accepted, signal, complaints };
}

const expectedPaths = [
  'task0',
  'task1',
  'task2[0]',
  'task2[1]',
  'task2[2]',
  'task3',
  'task4',
  'task5',
];

test('killed at random moments, everything accepted ends exactly once', async () => {
  const directory = newFolder();
  const random = seededRandom(20_261_121);
  const accepted: string[] = [];
  for (let life = 0; life < kills; life += 1) {
    // Mostly under way, now and then while the store is being opened and recovered.
    const lines = random.chance(0.2) ? 1 + random.below(2) : 1 + random.below(400);
    const { signal, complaints, ...told } = await live([directory, String(life)], lines);
    expect({ life, signal, complaints }).toEqual({ life, signal: 'SIGKILL', complaints: '' });
    accepted.push(...told.accepted);
  }
  const last = await live([directory, String(kills), 'finish'], Number.POSITIVE_INFINITY);
  expect(last).toMatchObject({ signal: null, complaints: '' });
  expect(accepted.length).toBeGreaterThan(kills);

  const { store, blobs, logs, close } = await openEmbedded({ directory });
  for (const id of accepted) {
    expect((await store.readExecution(id))?.state).toBe('SUCCESS');
    const slots = await collect(store.readSlots(id));
    expect(slots.map(({ path }) => path).sort()).toEqual(expectedPaths);
    for (const { outputs, path } of slots) {
      if (typeof outputs !== 'object' || !('blob' in outputs)) continue;
      expect(Buffer.from((await blobs.get(outputs.blob)) ?? []).toString()).toBe(path);
    }
    const lines = (await logs.readLogs(id)).map(({ message }) => message);
    expect(lines.sort()).toEqual(['ended', ...expectedPaths.map((path) => `won ${path}`)]);
  }
  await close();
});
