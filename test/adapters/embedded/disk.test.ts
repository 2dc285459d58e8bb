/**
 * Disks that are full or cannot be written, and stores that somebody else holds, with real processes.
 * A small file system needs root; without it a limit on the size of files stands in for it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openEmbedded, openEmbeddedReadOnly } from '../../../src/adapters/embedded/open.ts';
import { newFolder } from './folders.ts';
import { bundledLife, Life } from './life.ts';

const mounts: string[] = [];
afterAll(() => {
  for (const folder of mounts) spawnSync('umount', ['-l', folder]);
});

let program: string;
beforeAll(async () => {
  program = await bundledLife(newFolder());
});

/** Whether this process may make a file system of its own in memory. */
const canMount = mount(newFolder(), 'size=64k');

function mount(folder: string, options: string): boolean {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  if (status === 0) mounts.push(folder);
  return status === 0;
}

const began = String(Date.now());

function aLife(directory: string, life: number, count: number | 'finish'): Life {
  const one = new Life(program, [directory, String(life), began, String(count)]);
  onTestFinished(() => one.kill());
  one.begin();
  return one;
}

/** What was accepted before all the room was used has ended when there is more. */
async function expectAllEnded(directory: string, accepted: readonly string[]): Promise<void> {
  const last = aLife(directory, 9, 'finish');
  expect(await last.over(), last.complaints).toEqual({ code: 0, signal: null });
  const { store, close } = await openEmbeddedReadOnly({ directory });
  onTestFinished(() => close());
  for (const id of accepted) expect((await store.readExecution(id))?.state, id).toBe('SUCCESS');
}

test.runIf(canMount)(
  'on a full file system work stops with the reason, and goes on when there is room',
  async () => {
    const folder = newFolder();
    mount(folder, 'size=900k');
    const directory = join(folder, 'data');
    const life = aLife(directory, 0, 120);
    await life.complained();
    expect(life.complaints).toContain(
      'baton.db: the disk is full. What was not yet on disk was undone',
    );
    life.kill();
    await life.over();
    execFileSync('mount', ['-o', 'remount,size=200m', folder]);
    await expectAllEnded(directory, life.accepted);
  },
);

test('where files may not grow, work stops with the reason, and goes on when they may', async () => {
  const directory = newFolder();
  const life = new Life(program, [directory, '0', began, '120'], { fileKibMax: 900 });
  onTestFinished(() => life.kill());
  life.begin();
  await life.complained();
  expect(life.complaints).toContain('baton.db: ');
  life.kill();
  await life.over();
  await expectAllEnded(directory, life.accepted);
});

test.runIf(canMount)('a file system that is mounted read-only is named', async () => {
  const folder = newFolder();
  mount(folder, 'size=9m');
  const directory = join(folder, 'data');
  mkdirSync(directory);
  await (await openEmbedded({ directory })).close();
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  await expect(openEmbedded({ directory })).rejects.toMatchObject({ code: 'read-only' });
});

test('a second process is told which one holds the store, and gets it when that one is killed', async () => {
  const directory = newFolder();
  const holder = aLife(directory, 0, 5);
  await holder.opened();
  const second = aLife(directory, 1, 5);
  expect(await second.over()).toEqual({ code: 1, signal: null });
  expect(second.complaints).toContain(`is in use by process ${holder.pid} (since 20`);
  expect(holder.complaints).toBe('');
  holder.kill();
  await holder.over();
  const third = aLife(directory, 2, 'finish');
  expect(await third.over(), third.complaints).toEqual({ code: 0, signal: null });
});
