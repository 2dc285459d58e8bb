/** Directories that go from task to task: what each finds, whatever happened before. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fault, faultAt, noFaults } from '../../src/adapters/simulated/faults.ts';
import { restart } from '../../src/runtime/restart.ts';
import { type ExecutionView, viewExecution } from '../../src/runtime/view.ts';
import { drive, start, type World, world } from '../helpers/crashing.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { runFlow } from '../helpers/run-flow.ts';

let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await startEmbedded();
});
afterAll(async () => engine.close());

const localFiles = 'io.kestra.plugin.core.storage.LocalFiles';
const flow = (tasks: string, more = ''): string => `
id: directory
namespace: demo
inputs: [{id: file, type: STRING, required: false}]
tasks:
  - id: work
    type: io.kestra.plugin.core.flow.WorkingDirectory
    ${more}
    tasks:
${tasks}`;
const write = (id: string, inputs: string, more = ''): string =>
  `      - {id: ${id}, type: ${localFiles}, inputs: ${inputs}${more}}`;
const store = (id: string, ...globs: string[]): string =>
  `      - {id: ${id}, type: ${localFiles}, outputs: ${JSON.stringify(globs)}}`;
const lines = (...tasks: string[]): string => tasks.join('\n');

function outputOf(view: ExecutionView | undefined, taskId: string, name: string) {
  const run = view?.taskRuns.find((one) => one.taskId === taskId);
  return ((run?.outputs ?? {}) as Record<string, Record<string, string>>)[name];
}

async function contents(files: Record<string, string> | undefined) {
  const texts: Record<string, string> = {};
  for (const [name, address] of Object.entries(files ?? {})) {
    const bytes = await engine.runtime.blobs.get(address.slice('kestra:///'.length));
    texts[name] = Buffer.from(bytes ?? '').toString();
  }
  return texts;
}

const storedBy = async (view: ExecutionView, taskId: string, name = 'uris') =>
  contents(outputOf(view, taskId, name));

describe('a directory', () => {
  test('has what the tasks before left, also where some of them did not touch it', async () => {
    const source = flow(
      lines(
        write('a', '{a.txt: one, sub/b.txt: two}'),
        '      - {id: log, type: io.kestra.plugin.core.log.Log, message: nothing}',
        write('c', '{a.txt: changed}'),
        store('all', '**'),
      ),
    );
    const view = await runFlow(engine, source);
    expect(view.state).toBe('SUCCESS');
    expect(await storedBy(view, 'all')).toEqual({ 'a.txt': 'changed', 'sub/b.txt': 'two' });
    expect(view.taskRuns.find(({ taskId }) => taskId === 'work')?.outputs).toBeUndefined();
  });

  test('begins with input files and ends with output files', async () => {
    const first = `{id: first, type: io.kestra.plugin.core.storage.Write, content: "from a file"}`;
    const more = `inputFiles: {given.txt: "{{ outputs.first.uri }}", "text.txt": "{{ 1 + 1 }}", no.txt: null}
    outputFiles: ["*.txt", "not-there/*"]`;
    const source = flow(write('a', '{a b.txt: spaces, a_b.txt: none, x.csv: left}'), more).replace(
      'tasks:',
      `tasks:\n  - ${first}`,
    );
    const view = await runFlow(engine, source);
    expect(await storedBy(view, 'work', 'outputFiles')).toEqual({
      'given.txt': 'from a file',
      'text.txt': '2',
      'a b.txt': 'spaces',
      'a_b.txt': 'none',
    });
  });

  test.each([
    ['../a.txt', 'file-name'],
    ['/etc/a.txt', 'file-name'],
    ['a/./b.txt', 'file-name'],
    ['a//b.txt', 'file-name'],
  ])('%s leads out of it', async (name, code) => {
    const view = await runFlow(engine, flow(write('a', JSON.stringify({ [name]: 'x' }))));
    const run = view.taskRuns.find(({ taskId }) => taskId === 'a');
    expect([run?.state, run?.error?.code]).toEqual(['FAILED', code]);
    const before = await runFlow(engine, flow(store('a'), `inputFiles: {${name}: x}`));
    expect(before.taskRuns).toMatchObject([{ taskId: 'work', state: 'FAILED', error: { code } }]);
  });

  test('is at the value of the loop around it', async () => {
    const source = `
id: each
namespace: demo
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [x, y]
    tasks:
      - id: work
        type: io.kestra.plugin.core.flow.WorkingDirectory
        tasks:
          - {id: w, type: ${localFiles}, inputs: {v.txt: "{{ taskrun.value }} {{ workerTaskrun.value }}"}}
          - {id: s, type: ${localFiles}, outputs: ["v.txt"]}
  - {id: both, type: io.kestra.plugin.core.debug.Return, format: "{{ read(outputs.s.x.uris['v.txt']) }}, {{ read(outputs.s.y.uris['v.txt']) }}"}`;
    const view = await runFlow(engine, source);
    expect(view.taskRuns.find(({ taskId }) => taskId === 'both')?.outputs).toEqual({
      value: 'x x, y y',
    });
  });

  test('of a task outside is its own', async () => {
    const source = `{id: own, namespace: demo, tasks: [
      {id: a, type: ${localFiles}, inputs: {a.txt: one}, outputs: ["*"]},
      {id: b, type: ${localFiles}, outputs: ["*"]}]}`;
    const view = await runFlow(engine, source);
    expect(await storedBy(view, 'a')).toEqual({ 'a.txt': 'one' });
    expect(await storedBy(view, 'b')).toEqual({});
  });

  test('is not shared with those that handle its failure', async () => {
    const fails =
      '      - {id: fails, type: io.kestra.plugin.core.execution.Fail}\n' +
      `    errors:\n${store('handler', '**')}`;
    const view = await runFlow(engine, flow(lines(write('a', '{a.txt: one}'), fails)));
    expect(view.state).toBe('FAILED');
    expect(await storedBy(view, 'handler')).toEqual({});
  });
});

describe('a cache', () => {
  const cached = flow(
    lines(store('found', '*'), write('w', '{kept.txt: "{{ execution.id }}", other.csv: no}')),
    'cache: {patterns: ["*.txt"], ttl: PT1H}',
  ).replace('id: directory', 'id: cached');

  test('gives the files of the latest execution that ended well', async () => {
    const first = await runFlow(engine, cached);
    expect(await storedBy(first, 'found')).toEqual({});
    const second = await runFlow(engine, cached);
    expect(await storedBy(second, 'found')).toEqual({ 'kept.txt': first.id });
    const fails = '      - {id: no, type: io.kestra.plugin.core.execution.Fail}';
    await runFlow(engine, lines(cached, fails));
    const last = await runFlow(engine, cached);
    expect(await storedBy(last, 'found')).toEqual({ 'kept.txt': second.id });
  });

  test('whose files have expired is none', async () => {
    const source = cached.replace('id: cached', 'id: expired');
    const { id } = await runFlow(engine, source);
    const digest = createHash('sha256').update(id).digest('hex');
    const content = `demo/expired/executions/${id}/directories/${digest}`;
    expect(await engine.runtime.blobs.size(content)).toBe(id.length);
    await engine.runtime.blobs.delete(content);
    expect(await storedBy(await runFlow(engine, source), 'found')).toEqual({});
  });
});

const retried = flow(
  lines(
    write('a', '{a.txt: one}'),
    write(
      'b',
      `"{{ taskrun.attemptsCount == 0 ? '{\\"lost.txt\\":\\"x\\",\\"b.txt\\":\\"kestra:///demo/f/executions/e/tasks/t/r/gone\\"}' : '{\\"b.txt\\":\\"two\\"}' }}"`,
      ', retry: {type: constant, interval: PT1S, maxAttempts: 3}',
    ),
    store('all', '**'),
  ),
  'inputFiles: {given.txt: zero}\n    outputFiles: ["*"]',
);

async function namesAtEnd({ runtime }: World, id: string) {
  const view = await viewExecution(runtime, id);
  const names = (taskId: string, name: string) =>
    Object.keys(outputOf(view, taskId, name) ?? {}).toSorted();
  return { state: view?.state, all: names('all', 'uris'), end: names('work', 'outputFiles') };
}

const names = ['a.txt', 'b.txt', 'given.txt'];

test('a further attempt begins with what the task before left', async () => {
  const one = world();
  const id = await start(one, retried);
  await drive(one, noFaults);
  expect(await namesAtEnd(one, id)).toEqual({ state: 'SUCCESS', all: names, end: names });
});

test.each<Fault>(['crash-before', 'crash-after'])(
  '%s, anywhere: the tasks find the same files',
  async (fault) => {
    for (let place = 0; ; place += 1) {
      const one = world();
      const id = await start(one, retried);
      const plan = faultAt(place, fault);
      await drive(one, plan);
      const found = await namesAtEnd(one, id);
      expect(found, `fault at ${place}`).toEqual({ state: 'SUCCESS', all: names, end: names });
      if (plan.calls <= place) break;
    }
  },
);

test('a failed task that is restarted finds what was there before it', async () => {
  const one = world();
  const tasks = lines(
    write(
      'a',
      `"{{ labels.system.restarted ?? 'no' == 'no' ? '{\\"lost.txt\\":\\"x\\",\\"../a\\":\\"x\\"}' : '{\\"a.txt\\":\\"x\\"}' }}"`,
    ),
    store('all', '**'),
  );
  const id = await start(one, flow(tasks, 'inputFiles: {given.txt: zero}'));
  await drive(one, noFaults);
  expect(await namesAtEnd(one, id)).toMatchObject({ state: 'FAILED', all: [] });
  expect((await restart(one.runtime, id)).type).toBe('restarted');
  await drive(one, noFaults);
  expect(await namesAtEnd(one, id)).toMatchObject({
    state: 'SUCCESS',
    all: ['a.txt', 'given.txt'],
  });
});
