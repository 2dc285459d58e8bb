/** Fans in memory: found for the very record they were read from, the oldest make room. */
import { expect, test } from 'vitest';
import type { Fan } from '../../src/engine/flow.ts';
import { FanCache } from '../../src/runtime/fan-cache.ts';
import { aSlot } from '../contract/fixtures.ts';

const fan = (...values: string[]): Fan => ({ type: 'values', branch: 'tasks', limit: 0, values });

test.each([
  ['another execution', 'other', {}],
  ['another path', 'one', { path: 'each[0]/inner' }],
  ['a later turn', 'one', { turn: 2 }],
  ['a later epoch', 'one', { epoch: 2 }],
])('%s has a fan of its own', (_, execution, change) => {
  const fans = new FanCache();
  const slot = aSlot({ path: 'each' });
  const kept = fans.keep('one', slot, fan('a', 'b'));
  expect(fans.get('one', slot)).toBe(kept);
  expect(fans.get(execution, { ...slot, ...change })).toBeUndefined();
});

test('the oldest makes room', () => {
  const fans = new FanCache();
  const slots = [0, 1, 2, 3, 4].map((at) => aSlot({ path: `each${at}` }));
  for (const slot of slots) fans.keep('one', slot, fan(slot.path));
  const found = slots.filter((slot) => fans.get('one', slot));
  expect(found.map(({ path }) => path)).toEqual(['each1', 'each2', 'each3', 'each4']);
});
