/** Listeners: what runs after an execution, by how it ended. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { viewExecution } from '../../src/runtime/view.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { runFlow } from '../helpers/run-flow.ts';

let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await startEmbedded();
});
afterAll(async () => engine.close());

const give = (id: string, value = id): string =>
  `{id: ${id}, type: io.kestra.plugin.core.debug.Return, format: "${value}"}`;
const fail = (id: string): string => `{id: ${id}, type: io.kestra.plugin.core.execution.Fail}`;
const condition = (type: string, properties: string): string =>
  `{type: io.kestra.plugin.core.condition.${type}, ${properties}}`;
const isFailed = condition('ExecutionStatus', 'in: [FAILED]');
const isSuccess = condition('ExecutionStatus', 'in: [SUCCESS]');

async function after(task: string, ...listeners: readonly string[]) {
  const source = `{id: listened, namespace: demo, labels: {team: a}, tasks: [${task}], listeners: [${listeners.join(', ')}]}`;
  const view = await runFlow(engine, source);
  await engine.idle();
  const whole = await engine.runtime.store.readExecution(view.id);
  const runs = (await viewExecution(engine.runtime, view.id))?.taskRuns ?? [];
  expect(whole?.dueAt, 'nothing is left to do').toBeUndefined();
  const states = runs.map(({ taskId, state }) => `${taskId} ${state}`);
  return { id: view.id, ended: [whole?.state, ...states] };
}

const listener = (conditions: string, ...tasks: readonly string[]): string =>
  `{conditions: [${conditions}], tasks: [${tasks.join(', ')}]}`;

test.each([
  [give('t'), ['SUCCESS', 't SUCCESS', 'good SUCCESS']],
  [fail('t'), ['FAILED', 't FAILED', 'bad SUCCESS']],
])('%s decides which of them run', async (task, expected) => {
  const both = [listener(isFailed, give('bad')), listener(isSuccess, give('good'))];
  expect((await after(task, ...both)).ended).toEqual(expected);
});

test('one that fails keeps none from running and changes no state', async () => {
  const { ended } = await after(
    give('t'),
    listener(isSuccess, fail('l1'), give('l2')),
    `{tasks: [${fail('l3')}]}`,
    listener(isSuccess, give('l4', '{{ outputs.t.value }}')),
  );
  expect(ended).toEqual([
    'SUCCESS',
    't SUCCESS',
    'l1 FAILED',
    'l2 SUCCESS',
    'l3 FAILED',
    'l4 SUCCESS',
  ]);
});

test('all conditions must hold; one that cannot be told does not, and is logged', async () => {
  const label = (value: string) => condition('ExecutionLabels', `labels: {team: ${value}}`);
  const says = (expression: string) => condition('Expression', `expression: "${expression}"`);
  const { id, ended } = await after(
    give('t'),
    listener(`${isSuccess}, ${label('b')}`, give('no1')),
    listener(says('{{ nothing.there }}'), give('no2')),
    listener(`${label('a')}, ${says("{{ outputs.t.value == 't' }}")}`, give('yes')),
  );
  expect(ended).toEqual(['SUCCESS', 't SUCCESS', 'yes SUCCESS']);
  const errors = (await engine.logs.readLogs(id)).filter(({ level }) => level === 'ERROR');
  expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('nothing')]);
});
