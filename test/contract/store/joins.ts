import { expect } from 'vitest';
import type { StateStore } from '../../../src/engine/ports.ts';
import { fresh } from '../fixtures.ts';
import type { KeepsPromise } from '../promises.ts';

export function joinPromises(promise: KeepsPromise, store: () => StateStore): void {
  const key = { path: 'each', epoch: 1, shard: '0.0' };

  promise('a join returns the whole set, and adding twice changes nothing', async () => {
    const id = fresh('execution');
    expect(await store().addToJoin(id, key, '0')).toEqual(['0']);
    expect([...(await store().addToJoin(id, key, '10:SUCCESS'))].sort()).toEqual([
      '0',
      '10:SUCCESS',
    ]);
    expect([...(await store().addToJoin(id, key, '0'))].sort()).toEqual(['0', '10:SUCCESS']);
  });

  promise('join sets are separate by execution, path, epoch and shard', async () => {
    const id = fresh('execution');
    await store().addToJoin(id, key, 'first');
    const others = [
      { ...key, path: 'each[1]' },
      { ...key, epoch: 2 },
      { ...key, shard: '0.1' },
      { ...key, shard: '1.0' },
    ];
    for (const other of others) {
      expect(await store().addToJoin(id, other, 'second')).toEqual(['second']);
    }
    expect(await store().addToJoin(fresh('execution'), key, 'third')).toEqual(['third']);
    expect(await store().addToJoin(id, key, 'first')).toEqual(['first']);
  });

  promise('of members added at once at least one sees the full set, and none is lost', async () => {
    const id = fresh('execution');
    const members = Array.from({ length: 64 }, (_, n) => `member-${n}`);
    const seen = await Promise.all(members.map((member) => store().addToJoin(id, key, member)));
    for (const [index, set] of seen.entries()) expect(set).toContain(members[index]);
    // Every addition made the set one larger: no two saw the same one, and only one the whole.
    expect(seen.map((set) => set.length).sort((a, b) => a - b)).toEqual(
      members.map((_, n) => n + 1),
    );
    // Whoever adds again afterwards sees the full set too, in any order.
    const again = await store().addToJoin(id, key, 'member-3');
    expect([...again].sort()).toEqual([...members].sort());
  });
}
