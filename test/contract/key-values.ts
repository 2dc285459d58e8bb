/** The promises of `KeyValueStore`, for every back end. */
import { afterAll, beforeAll, expect } from 'vitest';
import type { KeyQuery, KeyValueStore, NewKeyValue } from '../../src/engine/ports.ts';
import { allPages, epochMs as now, fresh, someBytes } from './fixtures.ts';
import { describePromises, type Deviations, type KeepsPromise } from './promises.ts';

export interface KeyValuesUnderTest {
  readonly keyValues: KeyValueStore;
  close(): Promise<void>;
}

export function describeKeyValues(
  name: string,
  open: () => Promise<KeyValuesUnderTest>,
  deviations: Deviations = {},
): void {
  describePromises(`${name}: key-value pairs`, deviations, (promise) => {
    let opened: KeyValuesUnderTest | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => opened?.close(), 60_000);
    const pairs = (): KeyValueStore => {
      if (opened === undefined) throw new Error('the pairs are not open');
      return opened.keyValues;
    };
    putting(promise, pairs);
    expiring(promise, pairs);
    onlyIfAbsent(promise, pairs);
    deleting(promise, pairs);
    listing(promise, pairs);
  });
}

function aPair(parts: Partial<NewKeyValue> = {}): NewKeyValue {
  return { key: 'key', value: '"v"', type: 'STRING', writer: fresh('task'), ...parts };
}

function putting(promise: KeepsPromise, pairs: () => KeyValueStore): void {
  promise('a pair comes back as it was put, whatever its value is packed as', async () => {
    const namespace = fresh('company.team');
    const values = ['{"a":1}', '@text', someBytes(300), { blob: 's3://bucket/ä ö', bytes: 9e6 }];
    for (const [index, value] of values.entries()) {
      const pair = aPair({ key: `k${index}`, value, description: 'Grüße 👋' });
      expect(await pairs().put(namespace, pair, now)).toBe('stored');
      const { key, type, description } = pair;
      const dates = { createdAt: now, updatedAt: now };
      const read = { key, type, description, value, ...dates };
      expect(await pairs().get(namespace, `k${index}`, now)).toEqual(read);
    }
  });

  promise('putting again replaces everything but the date it was made on', async () => {
    const namespace = fresh('company.team');
    await pairs().put(namespace, aPair({ description: 'old', expiresAt: now + 50 }), now);
    await pairs().put(namespace, aPair({ value: '2', type: 'NUMBER' }), now + 9);
    const expected = { key: 'key', value: '2', type: 'NUMBER', createdAt: now };
    expect(await pairs().get(namespace, 'key', now + 99)).toEqual({
      ...expected,
      updatedAt: now + 9,
    });
  });

  promise('a pair is of its namespace and its key only', async () => {
    const namespace = fresh('company.team');
    await pairs().put(namespace, aPair(), now);
    for (const [other, key] of [
      [namespace, 'KEY'],
      [namespace, 'key2'],
      [`${namespace}.child`, 'key'],
      [fresh('nobody'), 'key'],
    ] as const) {
      expect(await pairs().get(other, key, now)).toBeUndefined();
    }
  });
}

function expiring(promise: KeepsPromise, pairs: () => KeyValueStore): void {
  promise('from its date on a pair is not there', async () => {
    const namespace = fresh('company.team');
    await pairs().put(namespace, aPair({ expiresAt: now + 10 }), now);
    expect(await pairs().get(namespace, 'key', now + 9)).toMatchObject({ expiresAt: now + 10 });
    expect(await pairs().get(namespace, 'key', now + 10)).toBeUndefined();
    expect((await pairs().list(namespace, { limit: 5, now: now + 10 })).items).toEqual([]);
    const expired = await pairs().list(namespace, { limit: 5, now: now + 10, expired: true });
    expect(expired.items.map(({ key }) => key)).toEqual(['key']);
    expect(await pairs().delete(namespace, 'key', { now: now + 10 })).toBe(false);
  });

  promise('what has expired is deleted, what has not stays', async () => {
    const namespace = fresh('company.team');
    await pairs().put(namespace, aPair({ key: 'a', expiresAt: now + 10 }), now);
    await pairs().put(namespace, aPair({ key: 'b' }), now);
    const options = { now: now + 9, expiredOnly: true };
    expect(await pairs().delete(namespace, 'a', options)).toBe(false);
    expect(await pairs().delete(namespace, 'b', options)).toBe(false);
    expect(await pairs().delete(namespace, 'c', options)).toBe(false);
    expect(await pairs().get(namespace, 'a', now + 9)).toBeDefined();
    const later = { ...options, now: now + 10 };
    expect(await pairs().delete(namespace, 'a', later)).toBe(true);
    expect(await pairs().delete(namespace, 'a', later)).toBe(false);
    expect(await pairs().get(namespace, 'b', now)).toBeDefined();
  });
}

function onlyIfAbsent(promise: KeepsPromise, pairs: () => KeyValueStore): void {
  promise('only if absent: a pair that is there stays, one that has expired does not', async () => {
    const namespace = fresh('company.team');
    const first = aPair({ absentOnly: true, value: '1', expiresAt: now + 10 });
    const second = aPair({ absentOnly: true, value: '2' });
    expect(await pairs().put(namespace, first, now)).toBe('stored');
    expect(await pairs().put(namespace, second, now + 9)).toBe('exists');
    expect(await pairs().get(namespace, 'key', now + 9)).toMatchObject({ value: '1' });
    expect(await pairs().put(namespace, second, now + 10)).toBe('stored');
    expect(await pairs().get(namespace, 'key', now + 10)).toMatchObject({ value: '2' });
  });

  promise('only if absent: the same writer may put it again', async () => {
    const namespace = fresh('company.team');
    const pair = aPair({ absentOnly: true });
    for (const _ of [1, 2]) expect(await pairs().put(namespace, pair, now)).toBe('stored');
    await pairs().put(namespace, aPair(), now);
    expect(await pairs().put(namespace, pair, now)).toBe('exists');
  });

  promise('only if absent: of many at once one is stored', async () => {
    const namespace = fresh('company.team');
    const made = Array.from({ length: 6 }, (_, n) => aPair({ absentOnly: true, value: `${n}` }));
    const answers = await Promise.all(made.map((pair) => pairs().put(namespace, pair, now)));
    expect(answers.filter((answer) => answer === 'stored')).toHaveLength(1);
    const { value } = made[answers.indexOf('stored')] ?? {};
    expect(await pairs().get(namespace, 'key', now)).toMatchObject({ value });
  });
}

function deleting(promise: KeepsPromise, pairs: () => KeyValueStore): void {
  promise('a deleted pair is gone, and is deleted once', async () => {
    const namespace = fresh('company.team');
    await pairs().put(namespace, aPair({ expiresAt: now + 10 }), now);
    expect(await pairs().delete(namespace, 'key', { now })).toBe(true);
    expect(await pairs().get(namespace, 'key', now)).toBeUndefined();
    expect(await pairs().delete(namespace, 'key', { now })).toBe(false);
  });
}

function listing(promise: KeepsPromise, pairs: () => KeyValueStore): void {
  const keysOf = async (namespace: string, query: Partial<KeyQuery>, limit: number) =>
    allPages(async (page) => {
      const { items, next } = await pairs().list(namespace, { ...page, now, ...query });
      return { items: items.map(({ key }) => key), ...(next !== undefined && { next }) };
    }, limit);

  promise('keys come in their order, page by page, by prefix', async () => {
    const namespace = fresh('company.team');
    const keys = ['B', 'a', 'a.1', 'a.2', 'a_1', 'aa', 'b', 'c'];
    for (const key of keys.toReversed()) await pairs().put(namespace, aPair({ key }), now);
    await pairs().put(`${namespace}.child`, aPair({ key: 'other' }), now);
    const pages = await keysOf(namespace, {}, 3);
    expect(pages.flat()).toEqual(keys);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(3);
    expect((await keysOf(namespace, { prefix: 'a' }, 2)).flat()).toEqual(keys.slice(1, 6));
    expect((await keysOf(namespace, { prefix: 'a.' }, 5)).flat()).toEqual(['a.1', 'a.2']);
    expect((await keysOf(namespace, { prefix: 'x' }, 5)).flat()).toEqual([]);
  });

  promise('a list goes on where it was, though pairs are deleted meanwhile', async () => {
    const namespace = fresh('company.team');
    for (const key of ['a', 'b', 'c', 'd']) await pairs().put(namespace, aPair({ key }), now);
    const first = await pairs().list(namespace, { limit: 2, now });
    for (const { key } of first.items) await pairs().delete(namespace, key, { now });
    const rest = await pairs().list(namespace, { limit: 2, now, after: first.next ?? '' });
    expect(rest.items.map(({ key }) => key)).toEqual(['c', 'd']);
    expect(rest.next).toBeUndefined();
  });

  promise('a list tells all of a pair but its value', async () => {
    const namespace = fresh('company.team');
    await pairs().put(namespace, aPair({ description: 'd', expiresAt: now + 5 }), now);
    const { items } = await pairs().list(namespace, { limit: 5, now });
    const entry = { key: 'key', type: 'STRING', description: 'd', expiresAt: now + 5 };
    expect(items).toEqual([{ ...entry, createdAt: now, updatedAt: now }]);
  });
}
