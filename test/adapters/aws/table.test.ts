import { describe, expect, it } from 'vitest';
import {
  bucketOf,
  buckets,
  dueKey,
  indexes,
  isWide,
  joinKey,
  placesKey,
  readDueKey,
  readTimeKey,
  revisionKey,
  slotKey,
  timeKey,
} from '../../../src/adapters/aws/table.ts';

describe('slot keys', () => {
  it.each([
    ['post_item', false],
    ['each[0]/fetch', false],
    ['each[255]/fetch', false],
    ['each[256]/fetch', true],
    ['outer[15]/inner[15]/log', false],
    ['outer[15]/inner[16]/log', true],
  ])('%s lies in a shard: %s', (path, wide) => {
    expect(isWide(path)).toBe(wide);
    const { pk, sk } = slotKey('e1', path);
    expect(pk).toMatch(wide ? /^X#e1#\d+$/ : /^X#e1$/);
    expect(sk).toBe(`T#${path}`);
  });

  it('spread 10,000 members evenly over the shards', () => {
    const counts = new Map<string, number>();
    for (let index = 256; index < 10_256; index += 1) {
      const { pk } = slotKey('e1', `each[${index}]/fetch`);
      counts.set(pk, (counts.get(pk) ?? 0) + 1);
    }
    expect(counts.size).toBe(16);
    for (const count of counts.values()) expect(Math.abs(count - 625)).toBeLessThan(150);
  });

  it('stay within the bytes of a sort key, and apart from each other', () => {
    const path = (last: string) => `${'sequence_with_a_long_ïd/'.repeat(60)}${last}`;
    const keys = [
      slotKey('e1', path('a')).sk,
      slotKey('e1', path('b')).sk,
      joinKey('e1', path('a'), '0.0', 1).sk,
      joinKey('e1', path('a'), '0.0', 2).sk,
      placesKey('e1', path('a'), 1).sk,
    ];
    for (const key of keys) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

it('join sets beyond the first few leave the partition of the execution', () => {
  expect(joinKey('e1', 'each', '0.3', 1)).toEqual({ pk: 'X#e1', sk: 'J#each#0.3#1' });
  expect(joinKey('e1', 'each', '0.4', 1).pk).toMatch(/^X#e1#\d+$/);
});

it('time, due and revision keys sort as their numbers do, and are read back', () => {
  const times = [0, 9, 1_700_000_000_000, 1_700_000_000_001];
  const keys = times.map((time) => timeKey(time, 'e#1'));
  expect([...keys].sort()).toEqual(keys);
  expect(keys.map(readTimeKey)).toEqual(times.map((createdAt) => ({ createdAt, id: 'e#1' })));
  expect([dueKey(undefined), dueKey(10_000), dueKey(9)].sort()).toEqual([
    dueKey(9),
    dueKey(10_000),
    dueKey(undefined),
  ]);
  expect([dueKey(9), dueKey(undefined), undefined].map(readDueKey)).toEqual([
    9,
    undefined,
    undefined,
  ]);
  expect(revisionKey('n', 'f', 9).sk < revisionKey('n', 'f', 10).sk).toBe(true);
});

it('executions fall into all buckets, and no two indexes share a partition key', () => {
  const seen = new Set(Array.from({ length: 100 }, (_, n) => bucketOf(`execution${n}`)));
  expect([...seen].sort((a, b) => a - b)).toEqual([...buckets]);
  expect(new Set(indexes.map(({ partitionKey }) => partitionKey)).size).toBe(indexes.length);
});
