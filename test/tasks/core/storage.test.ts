/** The tasks that work on files of the internal store. */
import { describe, expect, test } from 'vitest';
import { rowPattern } from '../../../src/tasks/core/row-pattern.ts';
import { failureOf, runTask, taskContext, type TestContext } from '../../helpers/task-context.ts';

const root = 'kestra:///company/team/test/executions/execution-1';

function contextWith(files: Readonly<Record<string, string | Buffer>>): TestContext {
  return taskContext({
    files: new Map(Object.entries(files).map(([name, text]) => [address(name), Buffer.from(text)])),
  });
}

function address(name: string): string {
  return `kestra:///given/${name}`;
}

function run(
  task: string,
  properties: object,
  context: TestContext,
  variables: object = {},
): Promise<Record<string, unknown>> {
  const type = `io.kestra.plugin.core.storage.${task}`;
  return runTask(type, { ...properties }, context, { ...variables });
}

function textAt(context: TestContext, uri: unknown): string {
  return Buffer.from(context.files.get(String(uri)) ?? []).toString();
}

describe('Write', () => {
  test.each([
    ['Hello', undefined, 'Hello', 'content.tmp'],
    ['{{ inputs.word }} ü', '.txt', 'w ü', 'content.txt'],
    ['', '.{{ inputs.word }}', '', 'content.w'],
    ['{{ {"a": 1} }}', '.json', '{"a":1}', 'content.json'],
    ['x', '/../../up', 'x', 'content_.._.._up'],
  ])('%j with extension %j', async (content, extension, text, name) => {
    const context = contextWith({});
    const variables = { inputs: { word: 'w' } };
    const { uri } = await run('Write', { content, extension }, context, variables);
    expect(uri).toBe(`${root}/${name}`);
    expect(textAt(context, uri)).toBe(text);
  });
});

test.each([
  ['', 0],
  ['ü', 2],
])('Size of %j is %i', async (text, size) => {
  const context = contextWith({ a: text });
  expect(await run('Size', { uri: address('a') }, context)).toEqual({ size });
});

describe('Concat', () => {
  const files = { 'a.txt': 'A', 'b.txt': 'B' };
  const [a, b] = [address('a.txt'), address('b.txt')];

  test.each<[string, unknown, { separator?: string; extension?: string }, string]>([
    ['a list', [a, b], {}, 'AB'],
    ['a list of expressions', ['{{ uris[1] }}', '{{ uris[0] }}'], {}, 'BA'],
    ['an expression that gives a list', '{{ uris }}', {}, 'AB'],
    ['JSON text', `["${a}", "{{ uris[1] }}"]`, {}, 'AB'],
    ['the same file twice', [a, a], {}, 'AA'],
    ['nothing', [], {}, ''],
    ['a separator, which comes last too', [a, b], { separator: '\n' }, 'A\nB\n'],
    ['an extension', [a], { extension: '.csv' }, 'A'],
  ])('takes %s', async (_, list, properties, text) => {
    const context = contextWith(files);
    const variables = { uris: [a, b] };
    const { uri } = await run('Concat', { files: list, ...properties }, context, variables);
    expect(uri).toBe(`${root}/concat${properties.extension ?? '.tmp'}`);
    expect(textAt(context, uri)).toBe(text);
  });

  test.each([['no JSON'], ['{}'], ['[1]']])('refuses %j', async (list) => {
    const failure = await failureOf(run('Concat', { files: list }, contextWith(files)));
    expect(failure).toMatchObject({ code: 'files', retryable: false });
  });
});

describe('Reverse', () => {
  test.each([
    ['1\n2\n3\n', {}, '3\n2\n1\n'],
    ['1\n2\n3', {}, '3\n2\n1\n'],
    ['1\r\n2\r3', {}, '3\n2\n1\n'],
    ['1\n\n3', { separator: '\r\n' }, '3\r\n\r\n1\r\n'],
    ['1\n2', { separator: 'ü' }, '2ü1ü'],
    ['\n', {}, '\n'],
    ['', {}, ''],
  ])('%j with %j', async (text, properties, reversed) => {
    const context = contextWith({ 'a.txt': text });
    const { uri } = await run('Reverse', { from: address('a.txt'), ...properties }, context);
    expect(uri).toBe(`${root}/reversed.txt`);
    expect(textAt(context, uri)).toBe(reversed);
  });

  const little = Buffer.from('ü\r\n\u0a0a\n', 'utf16le');
  const littleReversed = Buffer.from('\u0a0a;ü;', 'utf16le');
  test.each([
    ['ISO-8859-1', Buffer.from('ü\nb', 'latin1'), Buffer.from('b;ü;', 'latin1')],
    ['UTF-16LE', little, littleReversed],
    ['utf-16be', Buffer.from(little).swap16(), Buffer.from(littleReversed).swap16()],
    ['UTF-16LE', Buffer.concat([little, Buffer.from('x')]), littleReversed],
  ])('in %s', async (charset, bytes, reversed) => {
    const context = contextWith({ a: bytes });
    const { uri } = await run('Reverse', { from: address('a'), charset, separator: ';' }, context);
    expect(uri).toBe(`${root}/reversed.tmp`);
    expect([...(context.files.get(String(uri)) ?? [])]).toEqual([...reversed]);
  });

  test.each(['UTF-16', 'klingon'])('refuses %s', async (charset) => {
    const running = run('Reverse', { from: address('a'), charset }, contextWith({ a: '' }));
    expect(await failureOf(running)).toMatchObject({ code: 'charset', retryable: false });
  });
});

describe('Split', () => {
  async function parts(text: string, properties: object, name = 'a.csv'): Promise<string[]> {
    const context = contextWith({ [name]: text });
    const { uris } = await run('Split', { from: address(name), ...properties }, context);
    return (uris as string[]).map((uri) => textAt(context, uri));
  }

  test.each([
    ['rows', { rows: 2 }, '1\n2\n3\n', ['1\n2\n', '3\n']],
    ['rows from an expression', { rows: '{{ 1 + 1 }}' }, '1\n2\n3', ['1\n2\n', '3\n']],
    ['no rows to a part', { rows: 0 }, '1\n2', ['1\n', '2\n']],
    ['rows and a separator', { rows: 2, separator: ';' }, '1\r\n2\r3', ['1;2;', '3;']],
    ['bytes, one row too many', { bytes: 3 }, '1\n2\n3\n', ['1\n2\n', '3\n']],
    ['bytes that fit', { bytes: '4' }, '1\n2\n3\n', ['1\n2\n', '3\n']],
    ['bytes smaller than a row', { bytes: '1' }, '12\n34', ['12\n', '34\n']],
    ['bytes by unit', { bytes: '1kb' }, '1\n2', ['1\n2\n']],
    ['bytes that count as bytes', { bytes: '3' }, 'ü\nb\nc', ['ü\n', 'b\nc\n']],
    ['partitions', { partitions: 2 }, '1\n2\n3', ['1\n3\n', '2\n']],
    ['partitions that get nothing', { partitions: 5 }, '1\n2', ['1\n', '2\n']],
    ['an empty file', { rows: 1 }, '', []],
    ['an empty file by partitions', { partitions: 2 }, '', []],
    ['a pattern', { regexPattern: '^(\\w)' }, 'a1\nb1\n-\na2', ['a1\na2\n', 'b1\n']],
    ['a group that may be missing', { regexPattern: '^(x)?' }, 'x\na\nb', ['x\n', 'a\nb\n']],
    ['a pattern without a group', { regexPattern: 'a' }, 'a', []],
    [
      "Java's escapes",
      { regexPattern: '\\"t\\":\\s*\\"([^\\"\\-]+)\\"' },
      '"t": "a"',
      ['"t": "a"\n'],
    ],
    ["Java's flags", { regexPattern: '(?i)^(?:x)(a)' }, 'Xa', ['Xa\n']],
    ['a pattern before bytes', { regexPattern: '(.)', bytes: 1 }, 'a\na', ['a\na\n']],
    ['bytes before partitions', { bytes: 9, partitions: 2 }, '1\n2', ['1\n2\n']],
    ['partitions before rows', { partitions: 1, rows: 1 }, '1\n2', ['1\n2\n']],
  ])('by %s', async (_, properties, text, expected) => {
    expect(await parts(text, properties)).toEqual(expected);
  });

  test('names the parts in order, with the extension of the file', async () => {
    const context = contextWith({ 'a.b.csv': '1\n'.repeat(20), 'x.y/plain': '1' });
    const { uris } = await run('Split', { from: address('a.b.csv'), rows: 1 }, context);
    const names = Array.from({ length: 20 }, (_x, index) => `${root}/part-${index + 1}.csv`);
    expect(uris).toEqual(names);
    const plain = await run('Split', { from: address('x.y/plain'), rows: 1 }, context);
    expect(plain).toEqual({ uris: [`${root}/part-1.tmp`] });
  });

  test('deals 100,000 rows out by a pattern', async () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => `row ${index % 3}`);
    const dealt = await parts(rows.join('\n'), { regexPattern: '(\\d)$' });
    expect(dealt.map((part) => part.length)).toEqual([33_334 * 6, 33_333 * 6, 33_333 * 6]);
  });

  test.each([
    [{}, 'Invalid configuration with no size, count, rows, nor regexPattern'],
    [{ bytes: 'much' }, "Invalid size with value 'much'"],
    [{ bytes: '10TB' }, "Invalid size with value '10TB'"],
    [{ partitions: '{{ 0 }}' }, "Invalid number of partitions '0'"],
    [{ regexPattern: '(' }, expect.stringContaining("'(' is not a pattern that can be used here")],
    [{ rows: 1 }, 'The file would be split into more than 10000 parts.'],
    [{ partitions: 20_000 }, 'The file would be split into more than 10000 parts.'],
    [{ regexPattern: '(.*)' }, 'The file would be split into more than 10000 parts.'],
  ])('refuses %j', async (properties, message) => {
    const rows = Array.from({ length: 10_001 }, (_, index) => index);
    const failure = await failureOf(parts(rows.join('\n'), properties));
    expect(failure).toMatchObject({ message, retryable: false });
  });

  test('does not wait for a pattern that takes for ever', () => {
    // Twice as long for each `a`, where a pattern is tried in every way it can match.
    const { firstGroup } = rowPattern('^((a+)+)$');
    expect(firstGroup(`${'a'.repeat(10_000)}b`)).toBeUndefined();
  });

  test('refuses what cannot be matched in linear time', async () => {
    const failure = await failureOf(parts('a', { regexPattern: '(a)(?=b)' }));
    expect(failure).toMatchObject({ code: 'pattern', retryable: false });
  });

  test('stops when the task is stopped', async () => {
    const files = new Map([[address('a'), Buffer.from('a')]]);
    const context = taskContext({ files, signal: AbortSignal.abort(new Error('time is over')) });
    const running = run('Split', { from: address('a'), regexPattern: '(a)' }, context);
    await expect(running).rejects.toThrow('time is over');
  });
});

test.each([
  ['Concat', { files: [address('large')] }],
  ['Reverse', { from: address('large') }],
  ['Split', { from: address('large'), rows: 1 }],
])('%s refuses a file of more than 100 MiB', async (task, properties) => {
  const context = contextWith({});
  const large = { byteLength: 100 * 1024 * 1024 + 1, byteOffset: 0, buffer: new ArrayBuffer(0) };
  const getFile = async (): Promise<Uint8Array> => large as Uint8Array;
  const failure = await failureOf(run(task, properties, { ...context, getFile }));
  expect(failure).toMatchObject({ code: 'file-too-large', retryable: false });
});
