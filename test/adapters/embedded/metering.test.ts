import { expect, onTestFinished, test } from 'vitest';
import { openEmbedded } from '../../../src/adapters/embedded/open.ts';
import type { Meter, Operation } from '../../../src/engine/ports.ts';
import { aFlow, anExecution, aSlot, epochMs } from '../../contract/fixtures.ts';
import { newFolder } from './folders.ts';

interface Counted {
  readonly calls: number;
  readonly units: number;
}

function countingMeter() {
  let counts: Partial<Record<Operation, Counted>> = {};
  const executions = new Set<string | undefined>();
  const meter: Meter = {
    count(operation, units, execution) {
      const { calls, units: before } = counts[operation] ?? { calls: 0, units: 0 };
      counts = { ...counts, [operation]: { calls: calls + 1, units: before + units } };
      executions.add(execution);
    },
  };
  const taken = () => {
    const all = counts;
    counts = {};
    return all;
  };
  return { meter, executions, taken };
}

async function openMetered() {
  const counting = countingMeter();
  const embedded = await openEmbedded({ directory: newFolder(), meter: counting.meter });
  onTestFinished(() => embedded.close());
  return { ...embedded, ...counting };
}

test('a linear flow of 5 tasks costs 7 writes, 5 messages and no read', async () => {
  const { store, queue, deliveries, executions, taken } = await openMetered();
  const { id } = anExecution();
  const send = (task: number) =>
    queue.send([{ body: String(task), lane: 'fast', key: `${id}:task${task}:1:1` }]);
  deliveries.start({
    concurrency: 1,
    dead: async () => undefined,
    handle: async ({ body }) => {
      const task = Number(body);
      await store.commitSlot(id, aSlot({ path: `task${task}` }));
      if (task < 5) await send(task + 1);
      else await store.endExecution(id, 1, { state: 'SUCCESS', endedAt: epochMs });
    },
  });
  await store.createExecution(anExecution({ id }));
  await send(1);
  await deliveries.idle();
  expect(taken()).toEqual({
    write: { calls: 7, units: 7 },
    send: { calls: 5, units: 5 },
    receive: { calls: 5, units: 5 },
    delete: { calls: 5, units: 5 },
  });
  expect([...executions]).toEqual([id]);
});

test('units go by size: 1 KB a write, 4 KB a read, half of that for lists', async () => {
  const { store, taken } = await openMetered();
  const execution = anExecution({ inputs: 'x'.repeat(10_000) });
  await store.createExecution(execution);
  await store.readExecution(execution.id);
  await store.endExecution(execution.id, 1, { state: 'SUCCESS', endedAt: 1, outputs: 'x' });
  await store.listExecutions({ limit: 10 });
  expect(taken()).toEqual({ write: { calls: 2, units: 20 }, read: { calls: 2, units: 3.5 } });

  const slot = aSlot({ outputs: new Uint8Array(4_500) });
  await store.commitSlot(execution.id, slot);
  await store.commitSlot(execution.id, slot);
  expect(taken()).toEqual({ write: { calls: 2, units: 10 }, read: { calls: 1, units: 2 } });
});

test('messages are billed by batch and by 64 KiB, long waits as schedules', async () => {
  const { queue, taken } = await openMetered();
  const message = (n: number, body = 'x') => ({ body, lane: 'fast' as const, key: `x:t${n}:1:1` });
  await queue.send(Array.from({ length: 25 }, (_, n) => message(n)));
  expect(taken()).toEqual({ send: { calls: 3, units: 3 } });
  await queue.send([message(1, 'x'.repeat(40_000)), message(2, 'x'.repeat(40_000))]);
  expect(taken()).toEqual({ send: { calls: 1, units: 2 } });
  await queue.send([{ ...message(1), notBefore: Date.now() + 3_600_000 }]);
  expect(taken()).toEqual({ schedule: { calls: 1, units: 1 } });
});

test('joins, claims and flows are one write each; an unchanged flow is one read', async () => {
  const { store, taken } = await openMetered();
  await store.addToJoin('x', { path: 'each', epoch: 1, shard: '0.0' }, '0=SUCCESS');
  const claim = { path: 'each', epoch: 1, place: 0, after: 0, first: 1, of: 2, stop: false };
  await store.claimMember('x', claim);
  expect(taken()).toEqual({ write: { calls: 2, units: 2 } });
  const compiled = aFlow();
  await store.putFlow('source', compiled);
  expect(taken()).toMatchObject({ write: { calls: 1 }, read: { calls: 1 } });
  await store.putFlow('source', compiled);
  expect(taken()).toEqual({ read: { calls: 1, units: 1 } });
});
