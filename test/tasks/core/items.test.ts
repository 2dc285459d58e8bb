/** The tasks that work on the items of a file, one to a line. */
import { describe, expect, test } from 'vitest';
import { failureOf, runTask, taskContext, type TestContext } from '../../helpers/task-context.ts';

const from = 'kestra:///company/team/test/executions/execution-1/inputs/items/items.jsonl';

function contextWith(text: string): TestContext {
  return taskContext({ files: new Map([[from, Buffer.from(text)]]) });
}

function textAt(context: TestContext, uri: unknown): string {
  return Buffer.from(context.files.get(String(uri)) ?? []).toString();
}

const filter = 'io.kestra.plugin.core.storage.FilterItems';
const deduplicate = 'io.kestra.plugin.core.storage.DeduplicateItems';

describe('FilterItems', () => {
  const numbers = '{"n": 1}\n{n: 2}\n\n{"n": 3, "x": null}\n';

  test.each([
    ['a condition', { filterCondition: '{{ n > 1 }}' }, '{n: 2}\n{"n": 3, "x": null}\n'],
    [
      'what a condition excludes',
      { filterCondition: '{{ n > 1 }}', filterType: 'EXCLUDE' },
      '{"n": 1}\n',
    ],
    [
      'a text that is no false text',
      { filterCondition: ' {{ n }} ' },
      '{"n": 1}\n{n: 2}\n{"n": 3, "x": null}\n',
    ],
    ['spaces around a false text', { filterCondition: ' {{ n - n }} ' }, ''],
    [
      'a missing field, kept',
      { filterCondition: '{{ x ?? y }}', errorOrNullBehavior: 'INCLUDE' },
      '{"n": 1}\n{n: 2}\n{"n": 3, "x": null}\n',
    ],
    [
      'a missing field, left out',
      { filterCondition: '{{ x is null }}', errorOrNullBehavior: 'EXCLUDE' },
      '{"n": 3, "x": null}\n',
    ],
    ['no expression at all', { filterCondition: 'false' }, ''],
  ])('by %s', async (_, properties, expected) => {
    const context = contextWith(numbers);
    const outputs = await runTask(filter, { from, ...properties }, context);
    expect(textAt(context, outputs['uri'])).toBe(expected);
    const kept = expected.split('\n').length - 1;
    expect(outputs).toMatchObject({ processedItemsTotal: 3, droppedItemsTotal: 3 - kept });
    expect(outputs['uri']).toMatch(/\.jsonl$/);
  });

  test.each([
    ['a field that is not there', '{{ y }}', '{"n": 1}', 'expression'],
    ['a filter that does not fit', '{{ n | first }}', '{"n": {}}', 'expression'],
    ['a line that is no item', '{{ n }}', '{"n": 1}\nplain text', 'item'],
    ['a list as an item', '{{ n }}', '[1]', 'item'],
    [
      'a template without end',
      '{{ range(1, 900000) | length }}'.repeat(9),
      '{"n": 1}',
      'expression',
    ],
  ])('fails by %s', async (_, filterCondition, text, code) => {
    const failure = await failureOf(runTask(filter, { from, filterCondition }, contextWith(text)));
    expect(failure).toMatchObject({ code });
  });

  test('a line that is no item fails the task whatever is to become of errors', async () => {
    const properties = { from, filterCondition: '{{ n }}', errorOrNullBehavior: 'INCLUDE' };
    const failure = await failureOf(runTask(filter, properties, contextWith('nonsense here')));
    expect(failure).toMatchObject({ code: 'item', retryable: false });
  });

  test('stops when the task is stopped', async () => {
    const signal = AbortSignal.abort(new Error('time is over'));
    const context = taskContext({ files: new Map([[from, Buffer.from('{"n": 1}')]]), signal });
    const running = runTask(filter, { from, filterCondition: '{{ n }}' }, context);
    await expect(running).rejects.toThrow('time is over');
  });
});

describe('DeduplicateItems', () => {
  test('keeps the last item of each key, in order', async () => {
    const context = contextWith('{"k": "a", "v": 1}\n{"k": "b"}\n{k: "a", v: 2}\n{"k": "c"}\n');
    const outputs = await runTask(deduplicate, { from, expr: '{{ k }}' }, context);
    expect(textAt(context, outputs['uri'])).toBe('{"k": "b"}\n{k: "a", v: 2}\n{"k": "c"}\n');
    expect(outputs).toMatchObject({ numKeys: 3, processedItemsTotal: 4, droppedItemsTotal: 1 });
  });

  test('of an empty file there is nothing', async () => {
    const outputs = await runTask(deduplicate, { from, expr: '{{ k }}' }, contextWith(''));
    expect(outputs).toMatchObject({ numKeys: 0, processedItemsTotal: 0, droppedItemsTotal: 0 });
  });

  test('long keys differ by their ends', async () => {
    const [a, b] = ['a', 'b'].map((end) => `{"k": "${'x'.repeat(500)}${end}"}`);
    const context = contextWith(`${a}\n${b}\n${a}\n`);
    const { numKeys } = await runTask(deduplicate, { from, expr: '{{ k }}' }, context);
    expect(numKeys).toBe(2);
  });

  test('fails where an item has no key', async () => {
    const running = runTask(deduplicate, { from, expr: '{{ k }}' }, contextWith('{"v": 1}'));
    expect(await failureOf(running)).toMatchObject({ code: 'expression' });
  });
});

describe('Delete', () => {
  const type = 'io.kestra.plugin.core.storage.Delete';

  test('tells whether there was a file', async () => {
    const context = contextWith('x');
    expect(await runTask(type, { uri: from }, context)).toEqual({ uri: from, deleted: true });
    expect(await runTask(type, { uri: from }, context)).toEqual({ uri: from, deleted: false });
    const failure = await failureOf(runTask(type, { uri: from, errorOnMissing: true }, context));
    expect(failure).toMatchObject({ code: 'file-missing' });
  });
});
