import { describe, expect, test } from 'vitest';
import { compare, compareSubset, type World } from './matchers.ts';
import { lookupIn, valueAt } from './references.ts';

const exec1 = { id: 'abc', taskRuns: [{ id: 'r0' }, { id: 'r1', outputs: { 'a.txt': 'uri' } }] };

const world: World = {
  lookup: lookupIn((name) => (name === 'exec1' ? exec1 : undefined)),
  now: Date.parse('2026-01-01T00:00:00Z'),
};

function holds(expected: unknown, actual: unknown): boolean {
  return compare(expected, actual, world).length === 0;
}

type Row = readonly [expected: unknown, holdsOf: readonly unknown[], not: readonly unknown[]];

const rows: readonly Row[] = [
  [{ $contains: 'b' }, ['abc', ['a', 'b']], ['acd', ['bb'], undefined, 7]],
  [{ $containsAll: ['a', 'c'] }, ['abc'], ['ab', undefined]],
  [{ $startsWith: 'ab' }, ['abc'], ['cab', undefined]],
  [{ $endsWith: 'bc' }, ['abc'], ['bca', undefined]],
  [{ $startsWith: 'a', $endsWith: 'c' }, ['abc'], ['abd', 'bbc']],
  [{ $regex: 'a.c' }, ['abc', 'a\nc'], ['abcd', 'xabc']],
  [{ $regex: '^a.c' }, ['abcd'], ['xabc']],
  [{ $gte: 2 }, [2, 3], [1, '3', null]],
  [{ $gt: 2 }, [3], [2, null]],
  [{ $not: 'a' }, ['b', undefined], ['a']],
  [{ $not: { $ref: 'exec1.id' } }, ['xyz'], ['abc']],
  [{ $anyOf: ['a', { $gt: 1 }] }, ['a', 2], ['b', 1]],
  [{ $allOf: [{ $gt: 1 }, { $not: 3 }] }, [2, 4], [3, 1]],
  [{ $anyOrder: ['a', 'b'] }, [['b', 'a']], [['a'], ['a', 'b', 'c'], ['a', 'a'], 'ab']],
  [
    { $anyOrder: [{ $notNull: true }, 'a'] },
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
    [['b', 'c']],
  ],
  [{ $hasItems: ['a', { $gt: 1 }] }, [['x', 'a', 2]], [['a'], 'a']],
  [{ $notNull: true }, [0, '', {}], [null, undefined]],
  [{ $null: true }, [null, undefined], [0, '']],
  [{ $ref: 'exec1.taskRuns[1].id' }, ['r1'], ['r0']],
  [{ $containsRef: 'exec1.id' }, ['id=abc.'], ['id=ab']],
  [{ $template: 'run ${exec1.id}' }, ['run abc'], ['a run abc']],
  [{ $containsTemplate: 'run ${exec1.id}' }, ['a run abc'], ['run ab']],
  [{ $instant: '2019-10-06T18:27:49Z' }, ['2019-10-06T20:27:49+02:00'], ['2019-10-06', null]],
  [{ $localDate: '2019-10-06' }, ['2019-10-06'], ['2019-10-07', '2019-10-06T00:00:00Z']],
  [{ $localTime: '18:27:00' }, ['18:27', '18:27:00.000'], ['18:28', 'noon']],
  [{ $duration: 'PT1M30S' }, ['PT90S', 90], ['PT1M', 'soon']],
  [{ $isoDateWithinSeconds: 10 }, ['2026-01-01T00:00:09Z'], ['2026-01-01T00:00:11Z', 'now']],
  [null, [null, undefined], [0, '', {}]],
  [1, [1], ['1', 2]],
  [[1, { $gt: 1 }], [[1, 2]], [[1], [1, 1], [1, 2, 3]]],
  [{}, [{}], [{ a: 1 }, null]],
];

test.each(rows)('%j', (expected, good, bad) => {
  for (const actual of good) expect(holds(expected, actual), JSON.stringify(actual)).toBe(true);
  for (const actual of bad) expect(holds(expected, actual), JSON.stringify(actual)).toBe(false);
});

test('an unknown matcher is a mistake, not a pass', () => {
  expect(() => compare({ $like: 'a' }, 'a', world)).toThrow('$like is not a matcher');
});

describe('maps', () => {
  test('whole: an extra key is a mismatch, at its path', () => {
    expect(compare({ a: { b: 1 } }, { a: { b: 1, 'c d': 2 } }, world)).toEqual([
      { path: "a['c d']", expected: undefined, actual: 2 },
    ]);
  });

  test('subset: extra keys are fine at every depth, other values are not', () => {
    expect(compareSubset({ a: { b: 1 } }, { a: { b: 1, c: 2 }, d: 3 }, world)).toEqual([]);
    expect(compareSubset({ a: { b: 1 } }, { a: { b: 2 } }, world, 'outputs')).toEqual([
      { path: 'outputs.a.b', expected: 1, actual: 2 },
    ]);
  });

  test('subset: an empty map asks for an empty map', () => {
    expect(compareSubset({ a: {} }, { a: {} }, world)).toEqual([]);
    expect(compareSubset({ a: {} }, { a: { b: 1 } }, world)).toHaveLength(1);
  });
});

describe('references', () => {
  test('keys in quotes', () => {
    expect(valueAt(exec1, "taskRuns[1].outputs['a.txt']")).toBe('uri');
  });

  test('arguments in front', () => {
    const lookup = lookupIn((name, argument) => ({ id: `${name} of ${argument ?? '-'}` }));
    expect(lookup('related(switch).id')).toBe('related of switch');
    expect(lookup('exec1.id')).toBe('exec1 of -');
  });

  test('what leads nowhere is undefined, what is no path is refused', () => {
    expect(valueAt(exec1, 'taskRuns[7].id.x')).toBeUndefined();
    expect(() => valueAt(exec1, 'a b')).toThrow('stuck at " b"');
  });
});
