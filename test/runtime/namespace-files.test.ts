/** Files of a namespace: put, copied and deleted by tasks, and given to a working directory. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { runFlow } from '../helpers/run-flow.ts';

let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await startEmbedded();
});
afterAll(async () => engine.close());

const core = 'io.kestra.plugin.core';
let made = 0;

async function run(namespace: string, tasks: readonly string[]) {
  made += 1;
  const source = `{id: f${made}, namespace: ${namespace}, tasks: [${tasks.join(', ')}]}`;
  return runFlow(engine, source);
}

const write = (id: string, content: string) =>
  `{id: ${id}, type: ${core}.storage.Write, content: "${content}", extension: .txt}`;
const task = (type: string, namespace: string, more: string) =>
  `{id: it, type: ${core}.namespace.${type}, namespace: ${namespace}, ${more}}`;
const say = (text: string) => `{id: say, type: ${core}.debug.Return, format: "${text}"}`;

async function upload(namespace: string, files: Readonly<Record<string, string>>) {
  const names = Object.keys(files);
  const map = names.map((name, index) => `"${name}": "{{ outputs.w${index}.uri }}"`).join(', ');
  const writes = names.map((name, index) => write(`w${index}`, files[name] ?? ''));
  const view = await run('demo', [...writes, task('UploadFiles', namespace, `filesMap: {${map}}`)]);
  expect(view.state).toBe('SUCCESS');
}

const runOf = (view: Awaited<ReturnType<typeof run>>, id = 'it') =>
  view.taskRuns.find(({ taskId }) => taskId === id);

async function pathsIn(namespace: string): Promise<readonly string[]> {
  const view = await run('demo', [task('DownloadFiles', namespace, 'files: "**"')]);
  const outputs = runOf(view)?.outputs as { readonly files: object } | undefined;
  return Object.keys(outputs?.files ?? {});
}

test('what one flow puts another one reads, by path and by address', async () => {
  await upload('one', { '/queries/a.sql': 'SELECT 1', 'b.sql': 'SELECT 2' });
  const view = await run('one', [
    say("{{ read('queries/a.sql') }}, {{ read(fileURI('b.sql')) }}, {{ fileExists('c.sql') }}"),
  ]);
  expect(runOf(view, 'say')?.outputs).toEqual({ value: 'SELECT 1, SELECT 2, false' });
  expect(await pathsIn('one')).toEqual(['/b.sql', '/queries/a.sql']);
});

describe('a list', () => {
  test('takes addresses, and globs of the directory, into a folder', async () => {
    const view = await run('demo', [
      write('w', 'stored'),
      `{id: d, type: ${core}.flow.WorkingDirectory, inputFiles: {sub/x.csv: "1", y.txt: "2"}, tasks: [
        {id: up, type: ${core}.namespace.UploadFiles, namespace: two, destination: /to, files: ["**.csv", "{{ outputs.w.uri }}"]}]}`,
    ]);
    expect(view.state).toBe('SUCCESS');
    expect(await pathsIn('two')).toEqual(['/to/content.txt', '/to/sub/x.csv']);
  });

  test('of nothing is refused', async () => {
    const view = await run('demo', [task('UploadFiles', 'two', 'conflict: SKIP')]);
    expect(runOf(view)?.error?.code).toBe('files');
  });
});

test.each([
  ['OVERWRITE', 'SUCCESS', 'new'],
  ['SKIP', 'SUCCESS', 'old'],
  ['ERROR', 'FAILED', 'old'],
])('%s, of a file that is there', async (conflict, state, content) => {
  const namespace = `conflict.${conflict.toLowerCase()}`;
  await upload(namespace, { 'a.txt': 'old' });
  const view = await run('demo', [
    write('w', 'new'),
    task('UploadFiles', namespace, `conflict: ${conflict}, files: {a.txt: "{{ outputs.w.uri }}"}`),
  ]);
  expect(view.state).toBe(state);
  const read = await run(namespace, [say("{{ read('a.txt') }}")]);
  expect(runOf(read, 'say')?.outputs).toEqual({ value: content });
});

test('globs say what is deleted; a copy stays', async () => {
  await upload('three', { 'a.txt': 'a', 'sub/b.txt': 'b', 'sub/c.csv': 'c' });
  const view = await run('demo', [
    task('DownloadFiles', 'three', 'files: ["b.txt"], destination: copies').replace('it', 'copy'),
    task('DeleteFiles', 'three', 'files: "**.txt"'),
    say("{{ read(outputs.copy.files['/sub/b.txt']) }}"),
  ]);
  expect(runOf(view, 'say')?.outputs).toEqual({ value: 'b' });
  expect(await pathsIn('three')).toEqual(['/sub/c.csv']);
});

test.each(['../a', '/', 'a/../../b'])('%j is no path', async (path) => {
  const view = await run('demo', [
    write('w', 'x'),
    task('UploadFiles', 'four', `filesMap: {"${path}": "{{ outputs.w.uri }}"}`),
  ]);
  expect(runOf(view)?.error?.code).toBe('namespace-file');
});

test('"../a" is no namespace', async () => {
  const view = await run('demo', [task('DownloadFiles', '../a', 'files: "**"')]);
  expect(runOf(view)?.error?.code).toBe('namespace-file');
});

describe('a working directory', () => {
  const directory = async (more: string) => {
    const view = await run('five', [
      `{id: d, type: ${core}.flow.WorkingDirectory, namespaceFiles: {${more}}, tasks: [
        {id: it, type: ${core}.storage.LocalFiles, outputs: ["**"]}]}`,
    ]);
    const outputs = runOf(view)?.outputs as { uris?: Record<string, string> } | undefined;
    return outputs?.uris ? Object.keys(outputs.uris) : runOf(view, 'd')?.error?.code;
  };

  test.each([
    ['enabled: true', ['a/b/c.txt', 'a/d.sql', 'ignore/e.txt', 'top.csv']],
    ['enabled: false', []],
    ['include: [d.sql, "*.csv"]', ['a/d.sql', 'top.csv']],
    ['include: [top.csv]', ['top.csv']],
    ['exclude: ["/ignore/**", top.csv]', ['a/b/c.txt', 'a/d.sql']],
    ['include: ["**.txt"], exclude: [c.txt]', ['ignore/e.txt']],
    ['namespaces: [six, five], include: ["d.sql"]', ['a/d.sql']],
    [
      'namespaces: [six, five], include: [d.sql], folderPerNamespace: true',
      ['five/a/d.sql', 'six/a/d.sql'],
    ],
    ['namespaces: [six, five], include: [d.sql], ifExists: FAIL', 'file-exists'],
  ])('%s', async (more, expected) => {
    const files = { '/a/b/c.txt': 'c', 'a/d.sql': 'd', 'ignore/e.txt': 'e', 'top.csv': 't' };
    await upload('five', files);
    await upload('six', { 'a/d.sql': 'six' });
    expect(await directory(more)).toEqual(expected);
  });
});
