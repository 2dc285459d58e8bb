import assert from 'node:assert/strict';
import { expect } from 'vitest';
import type { StateStore } from '../../../src/engine/ports.ts';
import { aClaim, fresh } from '../fixtures.ts';
import type { KeepsPromise } from '../promises.ts';

/** One place of a fan: finishes a member, claims the next, until none is left. */
async function workThrough(
  store: StateStore,
  id: string,
  place: number,
  fan: { first: number; of: number },
): Promise<number[]> {
  const done: number[] = [];
  let member: number | 'passed' | undefined = place;
  while (member !== undefined) {
    const claim = aClaim({ ...fan, place, after: member });
    const [next, again] = await Promise.all([
      store.claimMember(id, claim),
      store.claimMember(id, claim),
    ]);
    expect(again).toBe(next);
    assert(next !== 'passed', 'a place asks after the member it holds');
    if (next !== undefined) done.push(next);
    member = next;
  }
  return done;
}

export function claimPromises(promise: KeepsPromise, store: () => StateStore): void {
  handingOut(promise, store);
  stopping(promise, store);
  showing(promise, store);
}

function handingOut(promise: KeepsPromise, store: () => StateStore): void {
  promise('whichever place is free takes the next member, until none is left', async () => {
    const id = fresh('execution');
    const fan = { first: 2, of: 5 };
    expect(await store().claimMember(id, aClaim({ ...fan, place: 1, after: 1 }))).toBe(2);
    expect(await store().claimMember(id, aClaim({ ...fan, place: 1, after: 2 }))).toBe(3);
    expect(await store().claimMember(id, aClaim({ ...fan, place: 0, after: 0 }))).toBe(4);
    expect(await store().claimMember(id, aClaim({ ...fan, place: 1, after: 3 }))).toBeUndefined();
    expect(await store().claimMember(id, aClaim({ ...fan, place: 0, after: 4 }))).toBeUndefined();
  });

  promise('a repeated claim gets the same answer, also after others have claimed', async () => {
    const id = fresh('execution');
    const claim = aClaim({ first: 2, of: 4 });
    expect(await store().claimMember(id, claim)).toBe(2);
    expect(await store().claimMember(id, claim)).toBe(2);
    expect(await store().claimMember(id, { ...claim, place: 1, after: 1 })).toBe(3);
    expect(await store().claimMember(id, claim)).toBe(2);
    expect(await store().claimMember(id, { ...claim, after: 2 })).toBeUndefined();
    expect(await store().claimMember(id, { ...claim, after: 2 })).toBeUndefined();
  });

  promise('a claim older than what its place holds never gets a fresh member', async () => {
    const id = fresh('execution');
    const claim = aClaim({ first: 1, of: 10 });
    expect(await store().claimMember(id, claim)).toBe(1);
    expect(await store().claimMember(id, { ...claim, after: 1 })).toBe(2);
    // Not `undefined`: the place would take itself for done while it works on a later member.
    expect([1, 'passed']).toContain(await store().claimMember(id, claim));
    expect(await store().claimMember(id, { ...claim, after: 2 })).toBe(3);
  });

  promise('with as many places as members nothing is left to claim', async () => {
    const id = fresh('execution');
    for (const place of [0, 1, 2]) {
      const claim = aClaim({ first: 3, of: 3, place, after: place });
      expect(await store().claimMember(id, claim)).toBeUndefined();
    }
  });

  promise('epochs, paths and executions have their own claims', async () => {
    const id = fresh('execution');
    expect(await store().claimMember(id, aClaim({ after: 0 }))).toBe(2);
    expect(await store().claimMember(id, aClaim({ after: 2 }))).toBe(3);
    expect(await store().claimMember(id, aClaim({ epoch: 2 }))).toBe(2);
    expect(await store().claimMember(id, aClaim({ path: 'each[2]/inner' }))).toBe(2);
    expect(await store().claimMember(fresh('execution'), aClaim())).toBe(2);
    expect(await store().claimMember(id, aClaim({ after: 3 }))).toBe(4);
  });

  promise('places that work side by side share all members, each handed out once', async () => {
    const id = fresh('execution');
    const fan = { first: 5, of: 60 };
    const places = Array.from({ length: fan.first }, (_, place) => place);
    const done = await Promise.all(places.map((place) => workThrough(store(), id, place, fan)));
    expect(done.flat().sort((a, b) => a - b)).toEqual(
      Array.from({ length: fan.of - fan.first }, (_, n) => n + fan.first),
    );
  });
}

function stopping(promise: KeepsPromise, store: () => StateStore): void {
  promise('after a stop nobody is handed a further member', async () => {
    const id = fresh('execution');
    expect(await store().claimMember(id, aClaim({ place: 0, after: 0 }))).toBe(2);
    const stop = aClaim({ place: 1, after: 1, stop: true });
    expect(await store().claimMember(id, stop)).toBeUndefined();
    expect(await store().claimMember(id, stop)).toBeUndefined();
    expect(await store().claimMember(id, aClaim({ place: 0, after: 2 }))).toBeUndefined();
  });

  promise('a claim answered before the stop keeps its answer', async () => {
    const id = fresh('execution');
    expect(await store().claimMember(id, aClaim({ place: 0, after: 0 }))).toBe(2);
    await store().claimMember(id, aClaim({ place: 1, after: 1, stop: true }));
    expect(await store().claimMember(id, aClaim({ place: 0, after: 0 }))).toBe(2);
  });

  promise('a stop may be the first claim, and does not reach another epoch', async () => {
    const id = fresh('execution');
    expect(await store().claimMember(id, aClaim({ stop: true }))).toBeUndefined();
    expect(await store().claimMember(id, aClaim({ place: 1, after: 1 }))).toBeUndefined();
    expect(await store().claimMember(id, aClaim({ place: 1, after: 1, epoch: 2 }))).toBe(2);
  });
}

function showing(promise: KeepsPromise, store: () => StateStore): void {
  const placesOf = async (id: string, epoch = 1) => {
    const places = await store().readPlaces(id, 'each', epoch);
    return places && { ...places, held: [...places.held].sort((a, b) => a.place - b.place) };
  };

  promise('the places show who was handed what last, and where the fan stands', async () => {
    const id = fresh('execution');
    expect(await placesOf(id)).toBeUndefined();
    for (const [place, after] of [
      [1, 1],
      [1, 3],
      [0, 0],
      [1, 4],
    ] as const) {
      await store().claimMember(id, aClaim({ first: 3, of: 9, place, after }));
    }
    const held = [
      { place: 0, member: 5 },
      { place: 1, member: 6 },
    ];
    expect(await placesOf(id)).toEqual({ next: 7, stop: false, held });
    await store().claimMember(id, aClaim({ first: 3, of: 9, place: 2, after: 2, stop: true }));
    expect(await placesOf(id)).toEqual({ next: 7, stop: true, held });
    expect(await placesOf(id, 2)).toBeUndefined();
    expect(await placesOf(fresh('execution'))).toBeUndefined();
  });
}
