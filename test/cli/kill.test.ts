/**
 * `kill -9` in the middle of the demo, again and again, then let it run: every execution ends once,
 * with each task's result once. The moments are those at which a task run or a request has just been
 * printed, and a few in between that a clock picks.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEmbeddedReadOnly } from '../../src/adapters/embedded/open.ts';
import { baton, batonUntil } from './baton.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'baton-kill-'));
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

const moments: readonly ((out: string) => boolean)[] = [
  (out) => out.includes('Running'),
  (out) => out.includes('post_item'),
  (out) => out.includes('The API answered'),
  (out) => out.includes('extract_data'),
  (out) => out.includes('SUCCESS  invoke'),
  (out) => out.includes('The updated record'),
  (out) => out.includes('Running'),
  (out) => out.includes('SUCCESS  extract_data'),
];

test('the demo survives being killed', async () => {
  for (const enough of moments) await batonUntil(enough, 'demo', '--directory', directory);
  const last = await baton('demo', '--directory', directory);
  expect(last.err).toBe('');
  expect(last.code).toBe(0);

  const reader = await openEmbeddedReadOnly({ directory });
  try {
    const { items } = await reader.store.listExecutions({ limit: 100 });
    expect(items.length).toBeGreaterThanOrEqual(2);
    for (const { id, state } of items) {
      expect(state, id).toBe('SUCCESS');
      const paths: string[] = [];
      for await (const slot of reader.store.readSlots(id)) {
        expect(slot.state).toBe('SUCCESS');
        expect(slot.turn).toBe(1);
        paths.push(slot.path);
      }
      expect(paths.sort()).toEqual([
        'extract_data',
        'invoke',
        'log_record',
        'log_reply',
        'post_item',
      ]);
      const ends = (await reader.logs.readLogs(id)).filter(({ message }) =>
        message.startsWith('Execution ended'),
      );
      expect(ends.length, `${id} ended once`).toBe(1);
    }
  } finally {
    await reader.close();
  }
});
