/** Files of the internal store: their addresses, and who reads which. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileKey, isInNamespace, namespaceFileKey, safeFileName } from '../../src/runtime/files.ts';
import { taskRunId } from '../../src/runtime/task-run-id.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { storeFlow } from '../../src/api/flows.ts';
import { viewExecution } from '../../src/runtime/view.ts';
import { fromPlain, type ValueMap } from '../../src/expression/value.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { runFlow } from '../helpers/run-flow.ts';

const execution = 'company/team/flow/executions/e1';

describe('an address', () => {
  it.each([
    [`kestra:///${execution}/tasks/a/r1/out.txt`, `${execution}/tasks/a/r1/out.txt`],
    [`kestra:///${execution}/tasks/a/r1/2.1/ü b.txt`, `${execution}/tasks/a/r1/2.1/ü b.txt`],
    [`kestra:///${execution}/inputs/file/a.txt`, `${execution}/inputs/file/a.txt`],
    ['kestra:///company/team/_files/a/b.sql', 'kept/company/team/_files/a/b.sql'],
    [`kestra:///${execution}/tasks/a/r1/_files/b.sql`, `${execution}/tasks/a/r1/_files/b.sql`],
    [
      'kestra:///company/_files/executions/e1/tasks/a/r1/x',
      'kept/company/_files/executions/e1/tasks/a/r1/x',
    ],
    ['nsfile:///a/b.sql', 'kept/company/team/_files/a/b.sql'],
    ['nsfile://other.team/b.sql', 'kept/other/team/_files/b.sql'],
  ])('%s has a key', (address, key) => {
    expect(fileKey(address, 'company.team')).toBe(key);
  });

  it.each([
    'a.txt',
    '',
    'kestra://',
    'kestra:///',
    'kestra:///e1/inputs',
    'kestra:///e1/a/1.1.outputs',
    `kestra:///${execution}/outputs`,
    `kestra:///${execution}/inputs/file/`,
    `kestra:///${execution}/inputs/file/../../../e2/inputs/file/a.txt`,
    `kestra:///${execution}/inputs/./file/a.txt`,
    `kestra:///${execution}/inputs//a.txt`,
    `kestra:///${execution}/inputs/file/a\\b`,
    `kestra:///${execution}/inputs/file/a\nb`,
    `kestra:///${execution}/inputs/file/${'a'.repeat(1100)}`,
    'kestra:///../_files/a',
    'nsfile:///../secret',
    'nsfile://../a',
    'file:///etc/passwd',
    's3://bucket/key',
  ])('%j is none', (address) => {
    expect(fileKey(address, 'company.team')).toBeUndefined();
  });

  it('of a namespace is not one of a namespace below it', () => {
    expect(isInNamespace(`${execution}/inputs/file/a`, 'company.team')).toBe(true);
    expect(isInNamespace('kept/company/team/_files/a', 'company.team')).toBe(true);
    expect(isInNamespace(`${execution}/inputs/file/a`, 'company')).toBe(false);
    expect(isInNamespace('company/teams/flow/executions/e1/inputs/a/b', 'company.team')).toBe(
      false,
    );
  });

  it('of a file of a namespace follows from its path', () => {
    expect(namespaceFileKey('/a/b.sql', 'company')).toBe('kept/company/_files/a/b.sql');
    expect(namespaceFileKey('a/../b', 'company')).toBeUndefined();
    expect(namespaceFileKey('', 'company')).toBeUndefined();
  });
});

it.each([
  ['report 1.csv', 'report_1.csv'],
  ['../../x', '.._.._x'],
  ['..', '_..'],
  ['', '_'],
  ['ü#?.txt', 'ü_.txt'],
])('the file name %j becomes %j', (name, safe) => {
  expect(safeFileName(name)).toBe(safe);
});

const write = (id: string, content: string): string =>
  `{id: ${id}, type: io.kestra.plugin.core.storage.Write, content: "${content}", extension: .txt}`;
const give = (id: string, value: string): string =>
  `{id: ${id}, type: io.kestra.plugin.core.debug.Return, format: "${value}"}`;

describe('of an execution', () => {
  let engine: EmbeddedEngine;
  beforeAll(async () => {
    engine = await startEmbedded();
  });
  afterAll(async () => engine.close());

  it("task files and inputs lie where Kestra's do", async () => {
    const view = await runFlow(
      engine,
      `
id: layout
namespace: company.team
inputs: [{id: data, type: FILE}]
tasks:
  - ${write('note', 'hello')}
  - ${give('both', '{{ read(inputs.data) }} {{ read(outputs.note.uri) }} {{ fileSize(outputs.note.uri) }} {{ isFileEmpty(outputs.note.uri) }} {{ fileExists(outputs.note.uri) }}')}
outputs: [{id: both, type: STRING, value: "{{ outputs.both.value }}"}]`,
      { data: new File(['given'], 'my data.csv') },
    );
    const folder = `kestra:///company/team/layout/executions/${view.id}`;
    expect(view.inputs).toEqual({ data: `${folder}/inputs/data/my_data.csv` });
    const run = taskRunId(view.id, 'note');
    const [note] = view.taskRuns;
    expect(note?.outputs).toEqual({ uri: `${folder}/tasks/note/${run}/content.txt` });
    expect(view.outputs).toEqual({ both: 'given hello 5 false true' });
  });

  it('files of the namespace are read by path, by address and from another namespace', async () => {
    await engine.runtime.blobs.put('kept/company/team/_files/a/q.sql', Buffer.from('select 1'));
    const view = await runFlow(
      engine,
      `
id: namespaced
namespace: company.team.sub
tasks:
  - ${give('a', "{{ read('a/q.sql', namespace='company.team') }}|{{ read('nsfile://company.team/a/q.sql') }}|{{ read(fileURI('a/q.sql', 'company.team')) }}|{{ fileExists('a/q.sql') }}")}
outputs: [{id: a, type: STRING, value: "{{ outputs.a.value }}"}]`,
    );
    expect(view.outputs).toEqual({ a: 'select 1|select 1|select 1|false' });
  });

  it.each([
    [
      'of another namespace',
      "{{ read('kestra:///other/flow/executions/e1/inputs/f/a.txt') }}",
      "as it didn't belong to the current execution",
    ],
    ['of no form', "{{ read('kestra:///e1/inputs') }}", 'is no address of a stored file'],
    ['that leads elsewhere', "{{ read('../x') }}", 'leads out of the namespace'],
    ['that is not there', "{{ read('nothing.txt') }}", 'There is no file nothing.txt'],
  ])('a file %s is refused', async (_, template, message) => {
    const view = await runFlow(
      engine,
      `\nid: refused\nnamespace: company.team\ntasks: [${give('a', template)}]`,
    );
    expect(view.taskRuns[0]?.error?.message).toContain(message);
  });

  it('files of the execution that started this one are read, whatever its namespace', async () => {
    const first = await runFlow(
      engine,
      `\nid: first\nnamespace: other\ntasks: [${write('note', 'from afar')}]`,
    );
    const { uri } = (first.taskRuns[0]?.outputs ?? {}) as { uri: string };
    const { flow } = await storeFlow(
      engine.runtime,
      `\nid: second\nnamespace: company.team\ntasks: [${give('a', '{{ read(trigger.uri) }}')}]\noutputs: [{id: a, type: STRING, value: "{{ outputs.a.value }}"}]`,
      { force: true },
    );
    const cause = { namespace: 'other', flowId: 'first', executionId: first.id, uri };
    const trigger = {
      id: 'after',
      type: 'io.kestra.plugin.core.trigger.Flow',
      variables: fromPlain(cause) as ValueMap,
    };
    const { execution: started } = await startExecution(engine.runtime, {
      flow,
      inputs: new Map(),
      trigger,
    });
    await engine.whenEnded(started.id);
    expect((await viewExecution(engine.runtime, started.id))?.outputs).toEqual({ a: 'from afar' });
  });

  it('only files of the own namespace can be deleted', async () => {
    const key = 'other/flow/executions/e1/inputs/f/a.txt';
    await engine.runtime.blobs.put(key, Buffer.from('x'));
    const view = await runFlow(
      engine,
      `
id: deletes
namespace: company.team
tasks:
  - {id: a, type: io.kestra.plugin.core.storage.Delete, uri: "kestra:///${key}"}`,
    );
    expect(view.taskRuns[0]?.error?.code).toBe('file-foreign');
    expect(await engine.runtime.blobs.size(key)).toBe(1);
  });
});
