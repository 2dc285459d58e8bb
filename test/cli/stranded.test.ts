/** A request that died between its header and its first message is made good by the next process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openEmbedded, openEmbeddedReadOnly } from '../../src/adapters/embedded/open.ts';
import { storeFlow } from '../../src/api/flows.ts';
import { openLocal } from '../../src/cli/local.ts';
import { noSettings, runtimeOf, silentMetrics } from '../../src/runtime/runtime.ts';
import { startExecution } from '../../src/runtime/start.ts';

const source = `
id: stranded
namespace: cli
tasks: [{ id: one, type: io.kestra.plugin.core.debug.Return, format: done }]
`;

test('an execution without a message goes on when it is overdue, one with a message runs once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'baton-stranded-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const embedded = await openEmbedded({ directory });
  const anHourAgo = Date.now() - 3_600_000;
  const runtimeWith = (queue: typeof embedded.queue) =>
    runtimeOf({
      ...embedded,
      queue,
      metrics: silentMetrics,
      clock: { now: () => anHourAgo },
      random: { next: Math.random },
      settings: noSettings,
    });
  const { flow } = await storeFlow(runtimeWith(embedded.queue), source);
  const start = async (queue: typeof embedded.queue) =>
    (await startExecution(runtimeWith(queue), { flow, inputs: new Map() })).execution.id;
  const stranded = await start({ send: async () => undefined });
  const onItsWay = await start(embedded.queue);
  await embedded.close();

  const ended = Promise.withResolvers<void>();
  const ends: string[] = [];
  const slots: string[] = [];
  const local = await openLocal({
    directory,
    watcher: {
      slot: (id) => slots.push(id),
      ended: (id) => (ends.push(id) === 2 ? ended.resolve() : undefined),
    },
  });
  await ended.promise;
  await local.deliveries.idle();
  await local.close();
  expect(ends.sort()).toEqual([stranded, onItsWay].sort());
  expect(slots.sort()).toEqual([stranded, onItsWay].sort());
  const { logs, close } = await openEmbeddedReadOnly({ directory });
  for (const id of ends) expect(await logs.readLogs(id)).toHaveLength(2);
  await close();
});
