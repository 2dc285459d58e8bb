import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../src/adapters/embedded/database.ts';
import { EmbeddedStoreError } from '../../../src/adapters/embedded/errors.ts';
import { GroupCommit } from '../../../src/adapters/embedded/group-commit.ts';
import { logsOf } from '../../../src/adapters/embedded/logs.ts';
import { openEmbedded, openEmbeddedReadOnly } from '../../../src/adapters/embedded/open.ts';
import { aLogEntry, anExecution, aSlot, epochMs } from '../../contract/fixtures.ts';
import { newFolder } from './folders.ts';

const clock = { now: () => epochMs };

async function errorOf(opening: Promise<unknown>): Promise<EmbeddedStoreError> {
  const error: unknown = await opening.then(() => undefined).catch((reason: unknown) => reason);
  if (error instanceof EmbeddedStoreError) return error;
  throw new Error(`expected a store error, got ${String(error)}`);
}

test('a second opening is told who holds the store, and gets it after the close', async () => {
  const directory = newFolder();
  const first = await openEmbedded({ directory, clock });
  const error = await errorOf(openEmbedded({ directory }));
  expect(error.code).toBe('held');
  expect(error.message).toContain(join(directory, 'baton.db'));
  expect(error.message).toContain(`process ${process.pid} (since 2023-11-14T22:13:20.000Z)`);
  await first.close();
  const second = await openEmbedded({ directory });
  await second.close();
});

test('a reader looks on while the store is held, and cannot write', async () => {
  const directory = newFolder();
  const execution = anExecution();
  const { store, blobs, logs, close } = await openEmbedded({ directory });
  onTestFinished(() => close());
  await store.createExecution(execution);
  logs.write(aLogEntry({ executionId: execution.id, message: 'hello' }));
  const address = await blobs.put(`${execution.id}/file`, Buffer.from('bytes'));
  await store.settled();

  const reader = await openEmbeddedReadOnly({ directory });
  onTestFinished(() => reader.close());
  expect(await reader.store.readExecution(execution.id)).toEqual(execution);
  expect(await reader.logs.readLogs(execution.id)).toHaveLength(1);
  expect(Buffer.from((await reader.blobs.get(address)) ?? []).toString()).toBe('bytes');
  const refused = await errorOf(reader.store.commitSlot(execution.id, aSlot()));
  expect(refused.code).toBe('read-only');

  await store.commitSlot(execution.id, aSlot());
  await store.settled();
  expect(await reader.store.readSlot(execution.id, 'post_item')).toEqual(aSlot());
});

test('a reader also reads what a closed store left', async () => {
  const directory = newFolder();
  const execution = anExecution();
  const { store, close } = await openEmbedded({ directory });
  await store.createExecution(execution);
  await close();
  const reader = await openEmbeddedReadOnly({ directory });
  expect(await reader.store.readExecution(execution.id)).toEqual(execution);
  await reader.close();
});

test('a reader of a folder without a store is told so, and makes none', async () => {
  const directory = join(newFolder(), 'none');
  expect((await errorOf(openEmbeddedReadOnly({ directory }))).code).toBe('missing');
  expect((await errorOf(openEmbeddedReadOnly({ directory }))).code).toBe('missing');
});

test('a file that is no store is named and left as it is', async () => {
  const directory = newFolder();
  const file = join(directory, 'baton.db');
  const text = 'not a database, '.repeat(100);
  writeFileSync(file, text);
  for (const open of [openEmbedded, openEmbeddedReadOnly]) {
    const error = await errorOf(open({ directory }));
    expect(error).toMatchObject({ code: 'corrupt', file });
    expect(error.message).toContain(file);
  }
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('a store of a newer Baton is refused', async () => {
  const directory = newFolder();
  const database = new DatabaseSync(join(directory, 'baton.db'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  expect((await errorOf(openEmbedded({ directory }))).code).toBe('newer');
  expect((await errorOf(openEmbeddedReadOnly({ directory }))).code).toBe('newer');
});

test('a store of an older Baton gets the tables it has not, and loses what has expired', async () => {
  const directory = newFolder();
  await (await openEmbedded({ directory, clock })).close();
  const database = new DatabaseSync(join(directory, 'baton.db'));
  database.exec('DROP TABLE key_values');
  database.close();
  const second = await openEmbedded({ directory, clock });
  for (const [key, expiresAt] of [
    ['a', epochMs + 1],
    ['b', epochMs + 2],
  ] as const) {
    const pair = { key, value: '1', type: 'NUMBER', writer: 'x', expiresAt };
    await second.keyValues.put('company', pair, epochMs);
  }
  await second.close();
  const third = await openEmbedded({ directory, clock: { now: () => epochMs + 1 } });
  onTestFinished(() => third.close());
  const query = { limit: 9, now: epochMs + 9, expired: true };
  const { items } = await third.keyValues.list('company', query);
  expect(items.map(({ key }) => key)).toEqual(['b']);
});

test('a file where the folder should be is named', async () => {
  const directory = join(newFolder(), 'file');
  writeFileSync(directory, '');
  const error = await errorOf(openEmbedded({ directory }));
  expect(error.code).toBe('unreachable');
  expect(error.message).toContain(directory);
});

test('on a full disk the open work is undone, everything is refused, reopening goes on', async () => {
  const file = join(newFolder(), 'baton.db');
  const database = openDatabase(file);
  const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
  database.exec(`PRAGMA max_page_count = ${pages + 20}`);
  const commits = new GroupCommit(database, file, false);
  const logs = logsOf(commits);
  const executionId = 'x';
  logs.write(aLogEntry({ executionId, message: 'before' }));
  await commits.settled();

  logs.write(aLogEntry({ executionId, message: 'in the same commit as too much' }));
  const settled = commits.settled();
  const large = aLogEntry({ executionId, message: 'x'.repeat(500_000) });
  expect(() => logs.write(large)).toThrow('the disk is full');
  expect((await errorOf(settled)).file).toBe(file);
  expect(await commits.failed).toMatchObject({ code: 'disk-full' });
  expect((await errorOf(commits.settled())).code).toBe('disk-full');
  expect(() => logs.write(aLogEntry({ executionId }))).toThrow('the disk is full');
  await expect(logs.readLogs(executionId)).rejects.toThrow('the disk is full');
  database.close();

  const reopened = openDatabase(file);
  const read = await logsOf(new GroupCommit(reopened, file, false)).readLogs(executionId);
  expect(read.map(({ message }) => message)).toEqual(['before']);
  reopened.close();
});

test('a value the database refuses harms nothing else', async () => {
  const { store, close } = await openEmbedded({ directory: newFolder() });
  onTestFinished(() => close());
  await store.commitSlot('x', aSlot({ path: 'good' }));
  await expect(store.commitSlot('x', aSlot({ path: 'bad', turn: Number.NaN }))).rejects.toThrow();
  await store.settled();
  expect(await store.readSlot('x', 'good')).toEqual(aSlot({ path: 'good' }));
});

test('values and files of one execution lie together, whatever its namespace', async () => {
  const directory = newFolder();
  const { blobs, close } = await openEmbedded({ directory });
  onTestFinished(() => close());
  await blobs.put('e1/inputs', Buffer.from('1'));
  await blobs.put('company/team/flow/executions/e1/inputs/file/a.txt', Buffer.from('2'));
  await blobs.put('company/_files/executions/e2/a.txt', Buffer.from('3'));
  expect(readdirSync(join(directory, 'blobs')).sort()).toEqual(['company', 'e1']);
  expect(readdirSync(join(directory, 'blobs', 'e1'))).toHaveLength(2);
});
