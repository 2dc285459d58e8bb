/** Tasks on key-value pairs and states, each on pairs in memory. */
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../src/engine/execution.ts';
import { unpack } from '../../../src/runtime/pack.ts';
import { toPlain } from '../../../src/expression/value.ts';
import { type PairWorld, pairsOf, pairWorld } from '../../helpers/pairs.ts';
import {
  failureOf,
  runTask,
  taskContext,
  type TestContextOptions,
} from '../../helpers/task-context.ts';

const minute = 60_000;

/** Tasks of one world, each a task run of its own unless told otherwise. */
function world() {
  const pairs = pairWorld();
  let runs = 0;
  const run = (
    type: string,
    properties: Readonly<Record<string, unknown>> = {},
    options: TestContextOptions = {},
    variables: Readonly<Record<string, unknown>> = {},
  ) => {
    runs += 1;
    const context = taskContext({ pairs, token: `execution-1/task-${runs}`, ...options });
    return runTask(`io.kestra.plugin.core.${type}`, properties, context, variables);
  };
  return { pairs, run };
}

async function pairIn({ keyValues, blobs, clock }: PairWorld, key: string, at = 'company.team') {
  const pair = await keyValues.get(at, key, clock.now());
  return pair && { ...pair, value: toPlain(await unpack(pair.value, blobs)) };
}

describe('kv.Set', () => {
  test.each<[unknown, string | undefined, unknown, string]>([
    ['some text', undefined, 'some text', 'STRING'],
    ['42', undefined, 42, 'NUMBER'],
    ['true', undefined, true, 'BOOLEAN'],
    ['{"a": [1]}', undefined, { a: [1] }, 'JSON'],
    ['"quoted"', undefined, '"quoted"', 'STRING'],
    ['null', undefined, 'null', 'STRING'],
    ['007', undefined, '007', 'STRING'],
    [{ a: '{{ n }}' }, undefined, { a: '3' }, 'JSON'],
    ['{{ n }}', undefined, 3, 'NUMBER'],
    ['{{ list }}', undefined, [1, 2], 'JSON'],
    ['{{ n }} items', undefined, '3 items', 'STRING'],
    ['42', 'STRING', '42', 'STRING'],
    ['{{ n }}', 'STRING', '3', 'STRING'],
    ['123.45', 'NUMBER', 123.45, 'NUMBER'],
    ['True', 'BOOLEAN', true, 'BOOLEAN'],
    ['2023-05-02T01:02:03Z', 'DATETIME', '2023-05-02T01:02:03Z', 'DATETIME'],
    ['2023-05-02', 'DATE', '2023-05-02', 'DATE'],
    ['P1DT5S', 'DURATION', 'P1DT5S', 'DURATION'],
    ['[{"some":"value"}]', 'JSON', [{ some: 'value' }], 'JSON'],
    ['{{ n }}', 'json', 3, 'JSON'],
  ])('%j as %s', async (value, kvType, kept, type) => {
    const { pairs, run } = world();
    const typed = kvType === undefined ? {} : { kvType };
    await run('kv.Set', { key: 'k', value, ...typed }, {}, { n: 3, list: [1, 2] });
    expect(await pairIn(pairs, 'k')).toMatchObject({ value: kept, type });
  });

  test.each([
    ['NUMBER', 'many'],
    ['BOOLEAN', 'yes'],
    ['DATETIME', '2023-05-02'],
    ['DATE', '02.05.2023'],
    ['DURATION', 'PT'],
    ['JSON', '{'],
    ["{{ 'MAP' }}", '{}'],
  ])('refuses as %s: %j', async (kvType, value) => {
    const failure = await failureOf(world().run('kv.Set', { key: 'k', value, kvType }));
    expect(failure).toMatchObject({ code: 'kv-type', retryable: false });
  });

  test.each([
    [{ key: '-k' }],
    [{ key: '' }],
    [{ key: 'a/b' }],
    [{ key: 'k'.repeat(513) }],
    [{ key: 'k', namespace: 'company/task-cache' }],
    [{ key: 'k', namespace: '{{ none }}' }],
    [{ key: 'k', kvDescription: 'd'.repeat(5000) }],
  ])('refuses %j', async (properties) => {
    const set = world().run('kv.Set', { value: 1, ...properties }, {}, { none: '' });
    expect(await failureOf(set)).toMatchObject({ code: 'key-value', retryable: false });
  });

  test('keeps a pair for its time, with what it is for', async () => {
    const { pairs, run } = world();
    await run('kv.Set', { key: 'k', value: 1, ttl: 'PT1M', kvDescription: 'a count' });
    const expiresAt = pairs.clock.now() + minute;
    expect(await pairIn(pairs, 'k')).toMatchObject({ expiresAt, description: 'a count' });
    pairs.clock.advance(minute);
    expect(await run('kv.Get', { key: 'k' })).toEqual({ value: undefined });
    const failure = await failureOf(run('kv.Set', { key: 'k', value: 1, ttl: '{{ "PT0S" }}' }));
    expect(failure.code).toBe('ttl');
  });

  test('without overwriting, fails where another task has set it and not where it has itself', async () => {
    const { pairs, run } = world();
    const once = { key: 'k', value: 'mine', overwrite: false };
    for (const _ of ['run', 'redelivery']) await run('kv.Set', once, { token: 'x/one' });
    const failure = await failureOf(run('kv.Set', { ...once, value: 'yours' }, { token: 'x/two' }));
    expect(failure).toEqual({
      code: 'key-exists',
      message:
        "Cannot set value for key 'k'. Key already exists and `overwrite` is set to `false`.",
    });
    expect(await pairIn(pairs, 'k')).toMatchObject({ value: 'mine' });
  });

  test('a large value lies in a blob that is kept', async () => {
    const { pairs, run } = world();
    const random = Array.from({ length: 40_000 }, (_, n) => Math.sin(n));
    await run('kv.Set', { key: 'k', value: '{{ random }}' }, {}, { random });
    const { value } = (await pairs.keyValues.get('company.team', 'k', 0)) ?? {};
    expect(value).toMatchObject({ blob: 'kept/kv/company.team/k/execution-1/task-1' });
    expect(await run('kv.Get', { key: 'k' })).toEqual({ value: random });
  });
});

describe('kv.Get', () => {
  test('looks in the namespaces above its own, nearest first, and in others alone', async () => {
    const { run } = world();
    await run('kv.Set', { key: 'k', value: 'top', namespace: 'company' });
    await run('kv.Set', { key: 'other', value: 'top', namespace: 'shop' });
    expect(await run('kv.Get', { key: 'k' })).toEqual({ value: 'top' });
    expect(await run('kv.Get', { key: 'k', namespace: 'company.team' })).toEqual({ value: 'top' });
    expect(await run('kv.Get', { key: 'k', namespace: 'company.sales' })).toEqual({});
    expect(await run('kv.Get', { key: 'other', namespace: 'shop.team' })).toEqual({});
    await run('kv.Set', { key: 'k', value: 'near' });
    expect(await run('kv.Get', { key: 'k' })).toEqual({ value: 'near' });
  });

  test('fails on a missing key where told to', async () => {
    const { run } = world();
    const failure: Failure = await failureOf(run('kv.Get', { key: 'k', errorOnMissing: true }));
    expect(failure.message).toBe(
      "No value found for key 'k' in namespace 'company.team' and `errorOnMissing` is set to true",
    );
  });
});

describe('kv.Put', () => {
  const there = { a: 1, b: { c: 2, list: [1] } };
  test.each<[string, unknown, unknown, unknown]>([
    ['a map', there, { b: { d: 3, list: [1, 2] } }, { a: 1, b: { c: 2, list: [1, 2], d: 3 } }],
    [
      'fields',
      there,
      [
        { key: 'b.c', value: 9 },
        { key: 'e', value: 1 },
      ],
      { ...there, b: { c: 9, list: [1] }, e: 1 },
    ],
    ['a replacement', there, [{ value: { x: 1 } }], { x: 1 }],
    ['text over a map', there, 'text', 'text'],
    ['a list of other things', there, [{ value: 1, more: 2 }], [{ value: 1, more: 2 }]],
    ['nothing of a map', there, {}, there],
    ['fields of nothing', undefined, [{ key: 'a.b', value: 1 }], { a: { b: 1 } }],
  ])('puts %s', async (_, before, value, after) => {
    const { pairs, run } = world();
    if (before !== undefined) {
      await run('kv.Set', { key: 'k', value: before, kvDescription: 'd', ttl: 'PT1M' });
    }
    await run('kv.Put', { key: 'k', value });
    const pair = await pairIn(pairs, 'k');
    expect(pair).toMatchObject({ value: after });
    const kept = before === undefined ? undefined : 'd';
    expect([pair?.description, pair?.expiresAt !== undefined]).toEqual([kept, kept === 'd']);
  });

  test.each([
    [[{ key: 'a', value: 1 }], 'no map'],
    [[{ key: 'a', value: 1 }, { value: 2 }], 'needs a `key`'],
  ])('refuses %j over text', async (value, reason) => {
    const { run } = world();
    if (reason === 'no map') await run('kv.Set', { key: 'k', value: 'text' });
    const failure = await failureOf(run('kv.Put', { key: 'k', value }));
    expect(failure).toMatchObject({ code: 'kv-entries', message: expect.stringContaining(reason) });
  });

  test('fails on a missing key where told to', async () => {
    const put = world().run('kv.Put', { key: 'k', value: 1, errorOnMissing: true });
    expect(await failureOf(put)).toMatchObject({ code: 'key-missing' });
  });
});

test('kv.Delete and kv.GetKeys', async () => {
  const { run } = world();
  for (const key of ['b', 'a.2', 'a.1']) await run('kv.Set', { key, value: 1 });
  await run('kv.Set', { key: 'c', value: 1, namespace: 'company' });
  expect(await run('kv.GetKeys')).toEqual({ keys: ['a.1', 'a.2', 'b'] });
  expect(await run('kv.GetKeys', { prefix: 'a.' })).toEqual({ keys: ['a.1', 'a.2'] });
  expect(await run('kv.GetKeys', { namespace: 'company' })).toEqual({ keys: ['c'] });
  expect(await run('kv.Delete', { key: 'a.1' })).toEqual({ deleted: true });
  expect(await run('kv.Delete', { key: 'a.1' })).toEqual({ deleted: false });
  expect(await run('kv.Delete', { key: 'c' })).toEqual({ deleted: false });
  const failing = run('kv.Delete', { key: 'a.1', errorOnMissing: true });
  expect((await failureOf(failing)).code).toBe('key-missing');
});

describe('kv.PurgeKV', () => {
  const namespaces = ['company', 'company.team', 'companyB', 'shop'];
  async function filled() {
    const { pairs, run } = world();
    for (const namespace of namespaces.slice(1)) {
      const branches = { tasks: [] };
      await pairs.store.putFlow('source', {
        namespace,
        id: 'f',
        labels: {},
        inputs: [],
        outputs: [],
        variables: {},
        branches,
      });
    }
    for (const namespace of namespaces) {
      await run('kv.Set', { key: 'a1', value: 1, ttl: 'PT1M', namespace });
      await run('kv.Set', { key: 'b1', value: 1, ttl: 'PT1M', namespace });
      await run('kv.Set', { key: 'a2', value: 1, namespace });
    }
    pairs.clock.advance(minute);
    const left = async () => {
      const counts = namespaces.map(async (namespace) => {
        const query = { limit: 9, now: pairs.clock.now() };
        const live = await pairs.keyValues.list(namespace, query);
        const expired = await pairs.keyValues.list(namespace, { ...query, expired: true });
        return live.items.length + expired.items.length;
      });
      return Promise.all(counts);
    };
    return { run, left };
  }

  const all = { type: 'key', expiredOnly: false };
  test.each<[Readonly<Record<string, unknown>>, number[]]>([
    [{}, [3, 1, 1, 1]],
    [{ behavior: all }, [3, 0, 0, 0]],
    [{ expiredOnly: false }, [3, 0, 0, 0]],
    [{ behavior: all, keyPattern: 'a*' }, [3, 1, 1, 1]],
    [{ behavior: all, keyPattern: '?1' }, [3, 1, 1, 1]],
    [{ behavior: all, namespaces: ['company'] }, [0, 0, 3, 3]],
    [{ behavior: all, namespaces: ['company'], includeChildNamespaces: false }, [0, 3, 3, 3]],
    [{ behavior: all, namespacePattern: 'comp*' }, [3, 0, 0, 3]],
  ])('%j', async (properties, expected) => {
    const { run, left } = await filled();
    const { size } = await run('kv.PurgeKV', properties);
    const remaining = await left();
    expect(remaining).toEqual(expected);
    expect(size).toBe(12 - remaining.reduce((sum, count) => sum + count, 0));
  });

  test('refuses namespaces together with a pattern, and versions', async () => {
    const { run } = await filled();
    const both = { namespaces: ['company'], namespacePattern: 'c*' };
    expect((await failureOf(run('kv.PurgeKV', both))).code).toBe('namespaces');
    await expect(run('kv.PurgeKV', { behavior: { type: 'version' } })).rejects.toThrow('"version"');
  });
});

describe('state', () => {
  test('is merged, counted and read back', async () => {
    const { run } = world();
    expect(await run('state.Get')).toEqual({ count: 0, data: {} });
    const key = 'test_states_tasks-states_default';
    expect(await run('state.Set', { data: { a: 1, b: { c: '{{ n }}' } } }, {}, { n: 1 })).toEqual({
      count: 2,
      key,
    });
    expect(await run('state.Set', { data: { a: 2, b: { d: true } } })).toEqual({ count: 2, key });
    const data = { a: 2, b: { c: '1', d: true } };
    expect(await run('state.Get')).toEqual({ count: 2, data });
    expect(await run('state.Delete')).toEqual({ deleted: true });
    expect(await run('state.Delete')).toEqual({ deleted: false });
  });

  test('is one per name, per flow and per loop value, unless shared', async () => {
    const { pairs, run } = world();
    const ways: readonly [Readonly<Record<string, unknown>>, TestContextOptions][] = [
      [{}, {}],
      [{ name: 'other' }, {}],
      [{ namespace: true }, {}],
      [{}, { loopValue: 'a b/c' }],
      [{}, { loopValue: 'd' }],
      [{ taskrunValue: false, name: 'shared' }, { loopValue: 'd' }],
    ];
    for (const [index, [properties, options]] of ways.entries()) {
      await run('state.Set', { ...properties, data: { index } }, options);
    }
    for (const [index, [properties, options]] of ways.entries()) {
      expect(await run('state.Get', properties, options)).toEqual({ count: 1, data: { index } });
    }
    expect(await run('state.Get', { name: 'shared' })).toEqual({ count: 1, data: { index: 5 } });
    const { items } = await pairs.keyValues.list('company.team', { limit: 9, now: 0 });
    expect(items).toHaveLength(6);
  });

  test.each(['Get', 'Delete'])('%s fails on a missing one where told to', async (task) => {
    const failure = await failureOf(world().run(`state.${task}`, { errorOnMissing: true }));
    expect(failure.code).toBe('state-missing');
  });
});

test('pairs of one world are seen by another task run', async () => {
  const shared = pairWorld();
  await pairsOf(shared, 'x/a').put('company.team', { key: 'k', value: 1, type: 'NUMBER' });
  expect(await pairsOf(shared, 'x/b').find('k')).toMatchObject({ value: 1 });
});
