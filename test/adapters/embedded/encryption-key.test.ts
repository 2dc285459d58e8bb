/** The key beside a store: made once, for its owner alone, and never another one. */
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openEmbedded, openEmbeddedReadOnly } from '../../../src/adapters/embedded/open.ts';
import { newFolder } from './folders.ts';

const textOf = async (key: Promise<{ export(): Buffer } | undefined>) =>
  (await key)?.export().toString('base64');

test('the first who asks makes it, everybody after that has the same', async () => {
  const directory = newFolder();
  const first = await openEmbedded({ directory });
  expect(readdirSync(directory)).not.toContain('baton.key');
  const made = await textOf(first.encryptionKey());
  expect(Buffer.from(made ?? '', 'base64')).toHaveLength(32);
  expect(await textOf(first.encryptionKey())).toBe(made);
  const reader = await openEmbeddedReadOnly({ directory });
  expect(await textOf(reader.encryptionKey())).toBe(made);
  await reader.close();
  await first.close();
  const second = await openEmbedded({ directory });
  onTestFinished(() => second.close());
  expect(await textOf(second.encryptionKey())).toBe(made);
  expect(readdirSync(directory).filter((name) => name.startsWith('baton.key'))).toEqual([
    'baton.key',
  ]);
});

test.runIf(process.platform !== 'win32')('its file is for its owner', async () => {
  const directory = newFolder();
  const { encryptionKey, close } = await openEmbedded({ directory });
  onTestFinished(() => close());
  await encryptionKey();
  expect(statSync(join(directory, 'baton.key')).mode & 0o777).toBe(0o600);
});

test('each store has its own', async () => {
  const keys = [newFolder(), newFolder()].map(async (directory) => {
    const { encryptionKey, close } = await openEmbedded({ directory });
    onTestFinished(() => close());
    return textOf(encryptionKey());
  });
  const [one, two] = await Promise.all(keys);
  expect(one).not.toBe(two);
});

test('whoever looks on makes none', async () => {
  const directory = newFolder();
  await (await openEmbedded({ directory })).close();
  const { encryptionKey, close } = await openEmbeddedReadOnly({ directory });
  onTestFinished(() => close());
  expect(await encryptionKey()).toBeUndefined();
  expect(readdirSync(directory)).not.toContain('baton.key');
});

// The superuser may read any file.
test.runIf(process.getuid?.() !== 0)('for somebody else there is none to read', async () => {
  const directory = newFolder();
  const { encryptionKey, close } = await openEmbedded({ directory });
  await encryptionKey();
  await close();
  chmodSync(join(directory, 'baton.key'), 0);
  const reader = await openEmbeddedReadOnly({ directory });
  onTestFinished(() => reader.close());
  expect(await reader.encryptionKey()).toBeUndefined();
});

test.each(['', 'c2hvcnQ=', '*'.repeat(44)])(
  'a file that holds %j is left as it is',
  async (text) => {
    const directory = newFolder();
    const file = join(directory, 'baton.key');
    const { encryptionKey, close } = await openEmbedded({ directory });
    onTestFinished(() => close());
    writeFileSync(file, text);
    const message = `${file}: must be the base64 of 32 bytes`;
    await expect(encryptionKey()).rejects.toThrow(message);
    const reader = await openEmbeddedReadOnly({ directory });
    onTestFinished(() => reader.close());
    await expect(reader.encryptionKey()).rejects.toThrow(message);
    expect(readFileSync(file, 'utf8')).toBe(text);
  },
);
