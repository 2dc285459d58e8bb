import { expect } from 'vitest';
import type { Slot } from '../../../src/engine/execution.ts';
import type { StateStore } from '../../../src/engine/ports.ts';
import { endStates } from '../../../src/engine/states.ts';
import { aSlot, collect, epochMs, fresh, sideBySide, someBytes } from '../fixtures.ts';
import type { KeepsPromise } from '../promises.ts';

export function slotPromises(promise: KeepsPromise, store: () => StateStore): void {
  committing(promise, store);
  reading(promise, store);
}

function committing(promise: KeepsPromise, store: () => StateStore): void {
  promise('a slot moves to a higher turn, and to a higher epoch at any turn', async () => {
    const id = fresh('execution');
    const order = [
      aSlot({ epoch: 1, turn: 1, state: 'RETRYING' }),
      aSlot({ epoch: 1, turn: 2, state: 'PAUSED' }),
      aSlot({ epoch: 1, turn: 10 }),
      aSlot({ epoch: 2, turn: 1 }),
      aSlot({ epoch: 10, turn: 1 }),
    ];
    for (const slot of order) {
      expect(await store().commitSlot(id, slot)).toEqual({ won: true });
      expect(await store().readSlot(id, slot.path)).toEqual(slot);
    }
  });

  promise('an equal or older (epoch, turn) loses and gets the record that stands', async () => {
    const id = fresh('execution');
    const standing = aSlot({ epoch: 2, turn: 3, state: 'RUNNING', outputs: '{"id":"winner"}' });
    await store().commitSlot(id, standing);
    for (const [epoch, turn] of [
      [2, 3],
      [2, 2],
      [1, 3],
      [1, 99],
    ] as const) {
      const late = aSlot({ epoch, turn, state: 'FAILED', outputs: '{"id":"late"}' });
      expect(await store().commitSlot(id, late)).toEqual({ won: false, slot: standing });
    }
    expect(await store().readSlot(id, standing.path)).toEqual(standing);
  });

  promise('an end is final in its epoch', async () => {
    for (const state of endStates) {
      const [id, standing] = [fresh('execution'), aSlot({ epoch: 2, state })];
      await store().commitSlot(id, standing);
      const late = aSlot({ epoch: 2, turn: 2, state: 'FAILED' });
      expect(await store().commitSlot(id, late)).toEqual({ won: false, slot: standing });
      const next = aSlot({ epoch: 3, state: 'RUNNING' });
      expect(await store().commitSlot(id, next)).toEqual({ won: true });
    }
  });

  promise('a slot is replaced as it was read', async () => {
    const id = fresh('execution');
    const [seen, next] = [aSlot({ turn: 2, state: 'RETRYING' }), aSlot({ epoch: 2 })];
    await store().commitSlot(id, seen);
    for (const other of [undefined, aSlot({ turn: 1 }), aSlot({ epoch: 2, turn: 2 })]) {
      expect(await store().replaceSlot(id, other, next)).toBe(false);
      expect(await store().readSlot(id, seen.path)).toEqual(seen);
    }
    expect(await store().replaceSlot(id, seen, next)).toBe(true);
    expect(await store().readSlot(id, seen.path)).toEqual(next);
  });

  promise('a slot is written where none was read, if there is none still', async () => {
    const id = fresh('execution');
    for (const path of ['post_item', 'each[5000]/far']) {
      const rivals = Array.from({ length: 4 }, (_, n) => aSlot({ path, outputs: `{"n":${n}}` }));
      const results = await Promise.all(
        rivals.map((rival) => store().replaceSlot(id, undefined, rival)),
      );
      expect(results.filter(Boolean)).toHaveLength(1);
      expect(await store().readSlot(id, path)).toEqual(rivals[results.indexOf(true)]);
      expect(await store().replaceSlot(id, undefined, aSlot({ path, epoch: 2 }))).toBe(false);
    }
    const gone = aSlot({ path: 'gone' });
    expect(await store().replaceSlot(id, gone, { ...gone, epoch: 2 })).toBe(false);
  });

  promise('of many commits of one (epoch, turn) exactly one wins, for all to see', async () => {
    const id = fresh('execution');
    const rivals = Array.from({ length: 8 }, (_, n) => aSlot({ outputs: `{"n":${n}}` }));
    const results = await Promise.all(rivals.map((rival) => store().commitSlot(id, rival)));
    expect(results.filter((result) => result.won)).toHaveLength(1);
    const winner = rivals[results.findIndex((result) => result.won)];
    for (const result of results) if (!result.won) expect(result.slot).toEqual(winner);
    expect(await store().readSlot(id, 'post_item')).toEqual(winner);
  });

  promise('of many turns at once the highest stands', async () => {
    const id = fresh('execution');
    await Promise.all(
      [4, 1, 5, 3, 2].map((turn) => store().commitSlot(id, aSlot({ turn, state: 'RETRYING' }))),
    );
    expect((await store().readSlot(id, 'post_item'))?.turn).toBe(5);
  });

  promise('slots of other executions and other paths are left alone', async () => {
    const [one, other] = [fresh('execution'), fresh('execution')];
    const paths = ['each', 'each[1]', 'each[1]/fetch', 'each[10]/fetch', 'Each', 'each_1'];
    for (const path of paths) {
      expect(await store().commitSlot(one, aSlot({ path, outputs: `"${path}"` }))).toEqual({
        won: true,
      });
    }
    expect(await store().readSlot(other, 'each')).toBeUndefined();
    for (const path of paths) {
      expect((await store().readSlot(one, path))?.outputs).toBe(`"${path}"`);
    }
  });
}

function reading(promise: KeepsPromise, store: () => StateStore): void {
  promise('every field of a slot comes back as it was', async () => {
    const id = fresh('execution');
    const failure = { code: 'timeout', message: 'after 3 s ⏱', retryable: true };
    const full: Slot = {
      path: 'each[299]/Überprüfen/then/log',
      epoch: 2,
      turn: 7,
      state: 'RETRYING',
      startedAt: epochMs,
      endedAt: epochMs + 1,
      attempts: [
        { number: 1, state: 'FAILED', startedAt: epochMs, endedAt: epochMs + 1, error: failure },
        { number: 2, state: 'SUCCESS', startedAt: epochMs + 2, endedAt: epochMs + 3 },
      ],
      outputs: { blob: 's3://bucket/ä ö', bytes: 1_000_000 },
      error: { ...failure, data: { 'a.b': [] }, cause: failure },
      fan: someBytes(900),
      resumeAt: epochMs + 86_400_000,
      claimed: true,
      writer: 'k3x9q1',
      directory: 'team/flow/executions/e1/directories/d1',
      used: { ms: 12.5, reads: 0.5 },
      pausedAt: epochMs - 1,
      exits: 'CANCELLED',
      outcome: 'WARNING',
      child: 'another-execution',
      held: true,
    };
    await store().commitSlot(id, full);
    expect(await store().readSlot(id, full.path)).toEqual(full);
    const bare = aSlot({ path: 'bare', fan: '{"type":"none","state":"SUCCESS"}' });
    await store().commitSlot(id, bare);
    expect(await store().readSlot(id, 'bare')).toEqual(bare);
  });

  promise('outputs of all three forms come back byte for byte', async () => {
    const id = fresh('execution');
    const text = JSON.stringify({ text: '\u0000\ud800 "quoted" \\ Grüße 👋\n', n: 1 });
    const forms = [text, '{"n":3.0}', someBytes(200_000), { blob: 'x', bytes: 1 }] as const;
    for (const [index, outputs] of forms.entries()) {
      const slot = aSlot({ path: `p${index}`, outputs });
      await store().commitSlot(id, slot);
      expect(await store().readSlot(id, slot.path)).toEqual(slot);
    }
  });

  promise('all slots of a wide and heavy fan are read back, each once', async () => {
    const id = fresh('execution');
    const path = (index: number) => `each[${index}]/fetch`;
    await sideBySide(600, 20, (index) =>
      store().commitSlot(id, aSlot({ path: path(index), outputs: someBytes(4_000, index) })),
    );
    const seen = new Map<string, Slot>();
    for await (const slot of store().readSlots(id)) {
      expect(seen.has(slot.path)).toBe(false);
      seen.set(slot.path, slot);
    }
    expect(seen.size).toBe(600);
    expect(seen.get(path(257))?.outputs).toEqual(someBytes(4_000, 257));
  });

  promise('reading the slots may stop early, and sees no joins or claims', async () => {
    const id = fresh('execution');
    for (const path of ['a', 'b', 'c']) await store().commitSlot(id, aSlot({ path }));
    await store().addToJoin(id, { path: 'a', epoch: 1, shard: '0.0' }, '0');
    for await (const slot of store().readSlots(id)) {
      expect(slot.state).toBe('SUCCESS');
      break;
    }
    expect((await collect(store().readSlots(id))).map((slot) => slot.path).sort()).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  promise('slots below a path are read without the others', async () => {
    const id = fresh('execution');
    const long = `each[0]/${'s/'.repeat(600)}a`;
    const below = ['each[0]/a', 'each[0]/inner[3]/b', 'each[700]/a', 'each[12]/ö', long];
    const others = ['each', 'eachother[0]/a', 'a', 'outer[0]/each[0]/a', 'each/errors/a'];
    for (const path of [...below, ...others]) await store().commitSlot(id, aSlot({ path }));
    const paths = (await collect(store().readSlots(id, 'each['))).map((slot) => slot.path);
    expect(paths.sort()).toEqual(below.toSorted());
    expect(await collect(store().readSlots(id, long.slice(0, 1_000)))).toHaveLength(1);
  });

  promise('slots of an execution nobody created are none', async () => {
    expect(await store().readSlot(fresh('nobody'), 'a')).toBeUndefined();
    expect(await collect(store().readSlots(fresh('nobody')))).toEqual([]);
  });
}
