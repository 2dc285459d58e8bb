import { expect } from 'vitest';
import type { StateStore } from '../../../src/engine/ports.ts';
import { aFlow, epochMs, fresh } from '../fixtures.ts';
import type { KeepsPromise } from '../promises.ts';

export function placePromises(promise: KeepsPromise, store: () => StateStore): void {
  sets(promise, store);
  queues(promise, store);
}

const aSet = (set = 'places') => ({ namespace: fresh('company.team'), id: 'flow', set });

function sets(promise: KeepsPromise, store: () => StateStore): void {
  promise(
    'a set of a flow takes members until it is full, and again once one has left',
    async () => {
      const key = aSet();
      expect(await store().readFlowSet(key)).toEqual([]);
      expect(await store().joinFlowSet(key, 'a', 2)).toBe(true);
      expect(await store().joinFlowSet(key, 'b', 2)).toBe(true);
      expect(await store().joinFlowSet(key, 'c', 2)).toBe(false);
      expect([...(await store().readFlowSet(key))].sort()).toEqual(['a', 'b']);
      await store().leaveFlowSet(key, ['a']);
      expect(await store().joinFlowSet(key, 'c', 2)).toBe(true);
      expect([...(await store().readFlowSet(key))].sort()).toEqual(['b', 'c']);
    },
  );

  promise(
    'who is a member joins again, also a full set; leaving twice changes nothing',
    async () => {
      const key = aSet();
      expect(await store().joinFlowSet(key, 'a', 1)).toBe(true);
      expect(await store().joinFlowSet(key, 'a', 1)).toBe(true);
      expect(await store().joinFlowSet(key, 'b', 1)).toBe(false);
      await store().leaveFlowSet(key, ['b']);
      await store().leaveFlowSet(key, []);
      expect(await store().readFlowSet(key)).toEqual(['a']);
      await store().leaveFlowSet(key, ['a', 'b']);
      await store().leaveFlowSet(key, ['a']);
      expect(await store().readFlowSet(key)).toEqual([]);
      expect(await store().joinFlowSet(key, 'b', 1)).toBe(true);
    },
  );

  promise('leaving a set that nobody has joined makes none', async () => {
    const key = aSet();
    await store().leaveFlowSet(key, ['a']);
    expect(await store().readFlowSet(key)).toEqual([]);
  });

  promise('a larger limit lets more in, a smaller one puts nobody out', async () => {
    const key = aSet();
    for (const member of ['a', 'b', 'c']) {
      expect(await store().joinFlowSet(key, member, 3)).toBe(true);
    }
    expect(await store().joinFlowSet(key, 'd', 1)).toBe(false);
    expect(await store().joinFlowSet(key, 'a', 1)).toBe(true);
    expect(await store().joinFlowSet(key, 'd', 4)).toBe(true);
  });

  promise('of many that come at once as many get in as there are places', async () => {
    const key = aSet();
    const members = Array.from({ length: 12 }, (_, n) => `m${n}`);
    const joined = await Promise.all(members.map((one) => store().joinFlowSet(key, one, 5)));
    expect(joined.filter(Boolean)).toHaveLength(5);
    const inside = members.filter((_, index) => joined[index]);
    expect([...(await store().readFlowSet(key))].sort()).toEqual(inside.sort());
  });

  promise('flows, and the sets of one flow, are apart', async () => {
    const key = aSet();
    expect(await store().joinFlowSet(key, 'a', 1)).toBe(true);
    expect(await store().joinFlowSet({ ...key, set: 'quota-60000' }, 'b', 1)).toBe(true);
    expect(await store().joinFlowSet({ ...key, id: 'other' }, 'b', 1)).toBe(true);
    expect(await store().readFlowSet(key)).toEqual(['a']);
  });
}

function queues(promise: KeepsPromise, store: () => StateStore): void {
  promise('those that wait come oldest first, then by id, until they are taken out', async () => {
    const flow = { namespace: fresh('company.team'), id: 'flow' };
    const waiting = [
      { id: 'b', createdAt: epochMs + 5 },
      { id: 'a', createdAt: epochMs + 5 },
      { id: 'c', createdAt: epochMs },
    ];
    expect(await store().nextQueued(flow)).toBeUndefined();
    for (const one of waiting) await store().enqueueExecution(flow, one);
    const order: string[] = [];
    for (let next = await store().nextQueued(flow); next; next = await store().nextQueued(flow)) {
      expect(next.createdAt).toBe(waiting.find(({ id }) => id === next?.id)?.createdAt);
      order.push(next.id);
      await store().dequeueExecution(flow, next);
    }
    expect(order).toEqual(['c', 'a', 'b']);
  });

  promise('waiting twice is waiting once, and taking out twice changes nothing', async () => {
    const flow = { namespace: fresh('company.team'), id: 'flow' };
    const one = { id: 'a', createdAt: epochMs };
    await store().enqueueExecution(flow, one);
    await store().enqueueExecution(flow, one);
    await store().dequeueExecution(flow, one);
    await store().dequeueExecution(flow, one);
    expect(await store().nextQueued(flow)).toBeUndefined();
  });

  promise(
    'the latest revision of a flow with places and a queue is its latest revision',
    async () => {
      const flow = aFlow();
      const { namespace, id } = flow;
      await store().putFlow('one', flow);
      await store().joinFlowSet({ namespace, id, set: 'places' }, 'a', 1);
      await store().enqueueExecution({ namespace, id }, { id: 'a', createdAt: epochMs });
      expect((await store().readFlow(namespace, id))?.source).toBe('one');
      expect(await store().nextQueued({ namespace, id: `${id}2` })).toBeUndefined();
    },
  );
}
