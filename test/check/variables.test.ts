/** The checker knows just the variables that there are when a task and the flow's outputs run. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeFlow } from '../../src/api/flows.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { viewExecution } from '../../src/runtime/view.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { linesOf } from './lines.ts';

let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await startEmbedded();
});
afterAll(async () => engine.close());

const keys = (of: string): string => `{{ ${of} | keys | join(' ') }}`;
function textIn(outputs: unknown, name: string): string {
  return String((outputs as Readonly<Record<string, unknown>> | undefined)?.[name]);
}

const maps = ['flow', 'execution', 'task', 'taskrun'];

test('names', async () => {
  const { flow } = await storeFlow(
    engine.runtime,
    `id: f
namespace: n
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [x]
    tasks:
      - id: inner
        type: io.kestra.plugin.core.flow.ForEach
        values: [y]
        tasks:
          - {id: roots, type: io.kestra.plugin.core.debug.Return, format: "${keys('printContext()')}"}
${maps.map((name) => `          - {id: ${name}, type: io.kestra.plugin.core.debug.Return, format: "${keys(name)}"}\n`).join('')}
outputs: [{id: roots, type: STRING, value: "${keys('printContext()')}"}]
`,
  );
  const { execution } = await startExecution(engine.runtime, { flow, inputs: new Map() });
  await engine.whenEnded(execution.id);
  const view = await viewExecution(engine.runtime, execution.id);
  const seen = (id: string): string[] => {
    const run = view?.taskRuns.find(({ taskId }) => taskId === id);
    return textIn(run?.outputs, 'value').split(' ');
  };
  const references = [
    ...seen('roots'),
    ...maps.flatMap((name) => seen(name).map((key) => `${name}.${key}`)),
  ];
  expect(references.length).toBeGreaterThan(20);
  const inLoop = (format: string): string => `id: f
namespace: n
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [x]
    tasks:
      - id: inner
        type: io.kestra.plugin.core.flow.ForEach
        values: [y]
        tasks: [{id: a, type: io.kestra.plugin.core.debug.Return, format: "${format}"}]
`;
  const all = references.map((reference) => `{{ ${reference} }}`).join('');
  expect(await linesOf(inLoop(all))).toEqual([]);
  const outputs = textIn(view?.outputs, 'roots').split(' ');
  expect(outputs).not.toContain('taskrun');
  const value = outputs.map((name) => `{{ ${name} }}`).join('');
  expect(
    await linesOf(`${inLoop('x')}outputs: [{id: o, type: STRING, value: "${value}"}]`),
  ).toEqual([]);
  // And no others: the list of the checker is what the suggestions are made of.
  const [unknown] = await linesOf(inLoop('{{ nothing }}'));
  expect(unknown).toContain('There is no variable "nothing" here.');
});
