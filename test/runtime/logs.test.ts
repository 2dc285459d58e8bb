/** The log of an execution as its own flow reads it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LogReader } from '../../src/engine/ports.ts';
import { settle } from '../../src/expression/pending.ts';
import { toPlain } from '../../src/expression/value.ts';
import { errorLogs } from '../../src/runtime/error-logs.ts';
import { fileKey } from '../../src/runtime/files.ts';
import { aLogEntry } from '../contract/fixtures.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { runFlow } from '../helpers/run-flow.ts';

let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await startEmbedded();
});
afterAll(async () => engine.close());

const log = (id: string, level: string): string =>
  `{id: ${id}, type: io.kestra.plugin.core.log.Log, message: "${id} {{ flow.id }}", level: ${level}}`;

const linesOf = `[{id: lines, type: STRING, value: "{{ read(outputs.fetch.uri) }}"}, {id: size, type: INT, value: "{{ outputs.fetch.size }}"}]`;

it.each([
  ['a level', 'level: WARN', ['two logs']],
  ['tasks', 'tasksId: [one, three]', ['one logs']],
  ['tasks and a level', 'tasksId: [one, three], level: TRACE', ['one logs', 'three logs']],
  ['the execution', 'executionId: "{{ execution.id }}"', ['one logs', 'two logs']],
  [
    'the execution and its flow',
    'executionId: "{{ execution.id }}", namespace: company, flowId: logs',
    ['one logs', 'two logs'],
  ],
  ['another flow', 'executionId: "{{ execution.id }}", namespace: company, flowId: other', []],
])('Fetch by %s', async (_, properties, expected) => {
  const view = await runFlow(
    engine,
    `
id: logs
namespace: company
tasks:
  - ${log('one', 'INFO')}
  - ${log('two', 'WARN')}
  - ${log('three', 'DEBUG')}
  - {id: fetch, type: io.kestra.plugin.core.log.Fetch, ${properties}}
outputs: ${linesOf}`,
  );
  const { lines, size } = view.outputs as { lines: string; size: number };
  const rows = lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(rows.map(({ message }) => message)).toEqual(expected);
  expect(size).toBe(expected.length);
  for (const row of rows) {
    expect(row).toMatchObject({
      executionId: view.id,
      namespace: 'company',
      flowId: 'logs',
      taskRunId: view.taskRuns.find(({ taskId }) => taskId === row.taskId)?.id,
      attemptNumber: 0,
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  }
});

it.each([
  ['executionId: x, namespace: company', 'Both `namespace` and `flowId`'],
  ['namespace: company, flowId: logs', 'need an `executionId`'],
])('Fetch refuses %s', async (properties, message) => {
  const view = await runFlow(
    engine,
    `
id: wrong
namespace: company
tasks:
  - {id: fetch, type: io.kestra.plugin.core.log.Fetch, ${properties}}`,
  );
  expect(view.taskRuns[0]?.error?.message).toContain(message);
});

it('errorLogs() tells what went wrong, with the trace left out', async () => {
  const view = await runFlow(
    engine,
    `
id: failing
namespace: company
tasks:
  - {id: bad, type: io.kestra.plugin.core.execution.Fail, errorMessage: broken}
errors:
  - {id: said, type: io.kestra.plugin.core.debug.Return, format: "{% for log in errorLogs() %}{{ log.taskId }}: {{ log.message }} {{ log.level }};{% endfor %}"}`,
  );
  const said = view.taskRuns.find(({ taskId }) => taskId === 'said');
  expect(said?.outputs).toEqual({ value: 'bad: broken ERROR;' });
});

it('a failure leaves message and trace, and its causes', async () => {
  const view = await runFlow(
    engine,
    `
id: traced
namespace: company
tasks:
  - {id: bad, type: io.kestra.plugin.core.storage.Concat, files: "{not json"}
  - {id: quiet, type: io.kestra.plugin.core.execution.Fail, logLevel: ERROR}`,
  );
  const lines = (await engine.logs.readLogs(view.id)).filter(({ taskId }) => taskId === 'bad');
  expect(lines.map(({ level }) => level)).toEqual(['ERROR', 'TRACE']);
  expect(lines[1]?.message).toMatch(/Invalid `files`[^]*Caused by: SyntaxError/);
});

it('a log that lags is asked again until it shows something, and not for ever', async () => {
  let asked = 0;
  const reader = (shows: number): LogReader => ({
    lagMs: 1,
    readLogs: async () => ((asked += 1) > shows ? [aLogEntry({ level: 'ERROR' })] : []),
  });
  const read = errorLogs(reader(1), 'e1');
  expect(toPlain(await settle(() => read()))).toMatchObject([{ level: 'ERROR' }]);
  expect(asked).toBe(2);
  asked = 0;
  const never = errorLogs(reader(Infinity), 'e1');
  expect(toPlain(await settle(() => never()))).toEqual([]);
  expect(asked).toBe(11);
});

it('logToFile: the log is in a file, with each attempt its own, and not in the store', async () => {
  const view = await runFlow(
    engine,
    `
id: to_file
namespace: company
tasks:
  - {id: said, type: io.kestra.plugin.core.log.Log, message: ["Hello", "World"], logToFile: true}
  - {id: failed, type: io.kestra.plugin.core.execution.Fail, logToFile: true, logLevel: ERROR}
`,
  );
  const files = view.taskRuns.map(({ attempts }) => attempts?.at(-1)?.logFile ?? '');
  const texts = await Promise.all(files.map(fileText));
  const withoutDates = texts.map((text) => text.replaceAll(/^\S+Z /gm, ''));
  expect(withoutDates).toEqual(['INFO Hello\nINFO World\n', 'ERROR Task failure\n']);
  await engine.runtime.store.settled();
  const entries = await engine.logs.readLogs(view.id);
  expect(entries.filter(({ taskId }) => taskId !== undefined)).toEqual([]);
});

it('a wait says how long it is', async () => {
  const { id } = await runFlow(
    engine,
    `
id: waits
namespace: company
tasks: [{id: wait, type: io.kestra.plugin.core.flow.Sleep, duration: PT0.1S}]
`,
  );
  await engine.runtime.store.settled();
  const entries = await engine.logs.readLogs(id);
  const own = entries.filter(({ taskId }) => taskId === 'wait');
  expect(own.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'INFO Waiting for PT0.1S',
  ]);
});

async function fileText(address: string): Promise<string> {
  const key = fileKey(address, '');
  const bytes = key === undefined ? undefined : await engine.runtime.blobs.get(key);
  return new TextDecoder().decode(bytes);
}
