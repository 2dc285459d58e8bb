/** What a window gathers, execution by execution: `name:what it fulfils` → what fires. */
import { describe, expect, test } from 'vitest';
import type { Dependencies } from '../../src/engine/trigger.ts';
import { type Gathering, gather, nothingGathered } from '../../src/triggers/gathering.ts';

const of = ['a', 'b', 'c'].map((id) => ({ id, conditions: [] }));

interface Row {
  readonly name: string;
  readonly needed?: number;
  readonly onceFired?: Dependencies['onceFired'];
  /** In this order; the number is the time, the same name again a repeated call. */
  readonly events: readonly string[];
  readonly fires: readonly string[];
}

const rows: readonly Row[] = [
  { name: 'all of them', events: ['x:a', 'y:b', 'z:c'], fires: ['z by x,y,z'] },
  { name: 'in any order', events: ['z:c', 'x:a', 'y:b'], fires: ['y by z,x,y'] },
  { name: 'one fulfils several', events: ['x:ab', 'y:c'], fires: ['y by x,y'] },
  { name: 'one is missing', events: ['x:a', 'y:b', 'w:a'], fires: [] },
  { name: 'nothing is fulfilled', needed: 1, events: ['x:'], fires: [] },
  { name: 'the latest stands for it', events: ['x:a', 'w:a', 'y:b', 'z:c'], fires: ['z by w,y,z'] },
  {
    name: 'a repeated call counts once',
    events: ['x:a', 'x:a', 'y:b', 'z:c', 'z:c'],
    fires: ['z by x,y,z', 'z by x,y,z'],
  },
  {
    name: 'who was used up is not used again',
    events: ['x:a', 'y:b', 'z:c', 'x:a', 'v:b', 'w:c'],
    fires: ['z by x,y,z'],
  },
  {
    name: 'then it starts anew',
    events: ['x:a', 'y:b', 'z:c', 'u:a', 'v:b', 'w:c'],
    fires: ['z by x,y,z', 'w by u,v,w'],
  },
  {
    name: 'or it stays, and each further one fires',
    onceFired: 'stay',
    events: ['x:a', 'y:b', 'z:c', 'u:a', 'v:'],
    fires: ['z by x,y,z', 'u by y,z,u'],
  },
  {
    name: 'or it is over',
    onceFired: 'once',
    needed: 1,
    events: ['x:a', 'y:b', 'x:a'],
    fires: ['x by x', 'x by x'],
  },
  { name: 'two are enough', needed: 2, events: ['x:a', 'w:a', 'z:c'], fires: ['z by w,z'] },
];

describe('gather', () => {
  test.each(rows)('$name', ({ needed = 3, onceFired = 'reset', events, fires }) => {
    let state: Gathering = nothingGathered;
    const fired: string[] = [];
    for (const [time, event] of events.entries()) {
      const [execution = '', ids = ''] = event.split(':');
      const result = gather(
        state,
        { of, needed, onceFired },
        { cause: execution, execution, at: time, fulfilled: ids.split('').filter(Boolean) },
      );
      state = result.next ?? state;
      if (result.fires) fired.push(`${execution} by ${result.fires.join(',')}`);
    }
    expect(fired).toEqual(fires);
  });

  const both = { of: of.slice(0, 2), needed: 2, onceFired: 'reset' } as const;
  const event = (execution: string, at: number, id: string) => ({
    cause: execution,
    execution,
    at,
    fulfilled: [id],
  });

  test('what is too old no longer counts', () => {
    const { next = nothingGathered } = gather(nothingGathered, both, event('x', 10, 'a'));
    expect(gather(next, both, event('y', 30, 'b'), 11).fires).toBeUndefined();
    expect(gather(next, both, event('y', 30, 'b'), 10).fires).toEqual(['x', 'y']);
  });

  test('what an edited flow no longer waits for is forgotten', () => {
    const { next = nothingGathered } = gather(nothingGathered, both, event('x', 10, 'a'));
    const edited = { ...both, of: of.slice(1) };
    expect(gather(next, edited, event('y', 30, 'b')).fires).toBeUndefined();
  });

  test('it stays small, whatever comes', () => {
    let state: Gathering = nothingGathered;
    for (let n = 0; n < 1_000; n += 1) {
      const id = n % 2 === 0 ? 'a' : 'b';
      state = gather(state, both, event(`execution${n}`, n, id)).next ?? state;
    }
    expect(JSON.stringify(state).length).toBeLessThan(5_000);
  });
});
