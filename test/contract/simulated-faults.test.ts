import { expect, test } from 'vitest';
import { virtualClock } from '../../src/adapters/simulated/clock.ts';
import { faultAt, Life, SimulatedError } from '../../src/adapters/simulated/faults.ts';
import { simulatedQueue } from '../../src/adapters/simulated/queue.ts';
import { seededRandom } from '../../src/adapters/simulated/random.ts';
import { simulatedStore } from '../../src/adapters/simulated/store.ts';
import { anExecution, aSlot, epochMs, fresh } from './fixtures.ts';

const minute = 60_000;

function storeAndClock(indexLagMs = 0) {
  const clock = virtualClock(epochMs);
  return { clock, store: simulatedStore({ clock, indexLagMs: () => indexLagMs }) };
}

test('a life that crashed has no further effect, before or after the call', async () => {
  for (const [fault, path] of [
    ['crash-before', undefined],
    ['crash-after', 'a'],
  ] as const) {
    const { store } = storeAndClock();
    const life = new Life(faultAt(0, fault));
    const ours = life.port('store', store);
    let went = 0;
    const work = async (slot: string) => {
      await ours.commitSlot('x', aSlot({ path: slot }));
      went += 1;
    };
    void work('a').finally(() => (went += 100));
    expect(await life.crashed).toEqual({ port: 'store', method: 'commitSlot' });
    void work('b');
    await new Promise((next) => setImmediate(next));
    expect({ went, isCrashed: life.isCrashed }).toEqual({ went: 0, isCrashed: true });
    expect([...(store.tables.slots.get('x')?.keys() ?? [])]).toEqual(path ? [path] : []);
  }
});

test('a refused call had no effect, one without an answer had it', async () => {
  for (const [fault, isThere] of [
    ['refused', false],
    ['unknown', true],
  ] as const) {
    const { store } = storeAndClock();
    const ours = new Life(faultAt(0, fault)).port('store', store);
    await expect(ours.commitSlot('x', aSlot())).rejects.toThrow(SimulatedError);
    expect(store.tables.slots.has('x')).toBe(isThere);
    expect((await ours.commitSlot('x', aSlot())).won).toBe(!isThere);
  }
});

test('calls are counted, so that a fault can be put at each in turn', async () => {
  const plan = faultAt(Number.POSITIVE_INFINITY, 'refused');
  const store = new Life(plan).port('store', storeAndClock().store);
  await store.commitSlot('x', aSlot());
  for await (const slot of store.readSlots('x')) expect(slot).toEqual(aSlot());
  expect(plan.calls).toBe(2);
});

test('lists lag behind, records do not', async () => {
  const { store, clock } = storeAndClock(1000);
  const execution = anExecution({ dueAt: epochMs });
  await store.createExecution(execution);
  expect(await store.readExecution(execution.id)).toEqual(execution);
  expect((await store.listExecutions({ limit: 5 })).items).toEqual([]);
  clock.advance(1000);
  expect(await store.listOverdue(clock.now(), 5)).toEqual([execution.id]);
  await store.endExecution(execution.id, 1, { state: 'SUCCESS', endedAt: clock.now() });
  expect(await store.listOverdue(clock.now(), 5)).toEqual([execution.id]);
  clock.advance(1000);
  expect(await store.listOverdue(clock.now(), 5)).toEqual([]);
});

test('a message nobody answers comes again after its time-out, then it is dead', async () => {
  const clock = virtualClock(epochMs);
  const queue = simulatedQueue({ clock, receivesMax: 2 });
  await queue.send([{ body: 'x', lane: 'fast', key: 'x:a:1:1' }]);
  const first = queue.receive();
  expect([first?.receives, queue.receive()]).toEqual([1, undefined]);
  expect(queue.nextAt()).toBe(epochMs + minute);
  clock.advance(minute);
  const second = queue.receive();
  expect(second?.receives).toBe(2);
  first?.done(); // An old receipt: the message is in other hands.
  expect(queue.size).toBe(1);
  clock.advance(minute);
  expect(queue.receive()).toBeUndefined();
  expect([queue.size, queue.dead.map(({ body }) => body)]).toEqual([0, ['x']]);
});

test('messages are duplicated, lost, late and reordered, the same way for one seed', async () => {
  const run = async (seed: number) => {
    const clock = virtualClock(epochMs);
    const random = seededRandom(seed);
    const faults = { copies: () => random.below(3), delayMs: () => random.below(2) * minute };
    const queue = simulatedQueue({ clock, random, faults });
    const messages = Array.from({ length: 30 }, (_, n) => n);
    await queue.send(messages.map((n) => ({ body: `${n}`, lane: 'fast', key: fresh('x:') })));
    const order: string[] = [];
    for (let next = queue.nextAt(); next !== undefined; next = queue.nextAt()) {
      clock.advance(Math.max(0, next - clock.now()));
      const delivery = queue.receive();
      delivery?.done();
      order.push(`${clock.now() - epochMs}:${delivery?.body}`);
    }
    return order;
  };
  const one = await run(1);
  expect(await run(1)).toEqual(one);
  expect(await run(2)).not.toEqual(one);
  const distinct = new Set(one.map((line) => line.split(':')[1])).size;
  expect(distinct).toBeLessThan(30);
  expect(one.length).toBeGreaterThan(distinct);
});
