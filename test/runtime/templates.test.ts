/** Templates: flows that take their tasks from them, when they are stored. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { runFlow } from '../helpers/run-flow.ts';

let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await startEmbedded();
});
afterAll(async () => engine.close());

const give = (id: string, format: string): string =>
  `{id: ${id}, type: io.kestra.plugin.core.debug.Return, format: "${format}"}`;
const use = (id: string, templateId: string, args = ''): string =>
  `{id: ${id}, type: io.kestra.plugin.core.flow.Template, namespace: demo, templateId: ${templateId}${args}}`;

async function post(path: string, body: string) {
  const app = createApp({ runtime: engine.runtime, logs: engine.logs });
  const answer = await app.request(path, { method: 'POST', body });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const template = async (id: string, ...tasks: readonly string[]): Promise<void> => {
  const { status } = await post(
    '/templates',
    `{id: ${id}, namespace: demo, tasks: [${tasks.join(', ')}]}`,
  );
  expect(status).toBe(201);
};

test('tasks of a template find arguments, and others find their outputs', async () => {
  await template('greet', give('greeting', 'Hello, {{ parent.outputs.args.name }}'));
  await template('outer', use('inner', 'greet', ', args: {name: "{{ parent.outputs.args.who }}"}'));
  const view = await runFlow(
    engine,
    `{id: uses, namespace: demo, tasks: [
      {id: seq, type: io.kestra.plugin.core.flow.Sequential, tasks: [${use('t', 'outer', ', args: {who: Ada}')}]},
      ${give('end', '{{ outputs.greeting.value }}!')}]}`,
  );
  expect(view.taskRuns.map(({ path, state }) => `${path} ${state}`)).toEqual([
    'seq SUCCESS',
    'seq/t SUCCESS',
    'seq/t/inner SUCCESS',
    'seq/t/inner/greeting SUCCESS',
    'end SUCCESS',
  ]);
  expect(view.taskRuns.at(-1)?.outputs).toEqual({ value: 'Hello, Ada!' });
});

test('a flow keeps the tasks it was stored with', async () => {
  const source = `{id: keeps, namespace: demo, tasks: [${use('t', 'changing')}]}`;
  await template('changing', give('before', ''));
  expect((await runFlow(engine, source)).taskRuns.map(({ taskId }) => taskId)).toContain('before');
  await template('changing', give('after', ''));
  expect((await runFlow(engine, source)).taskRuns.map(({ taskId }) => taskId)).toContain('before');
  const newer = await runFlow(engine, `${source} # stored again`);
  expect(newer.taskRuns.map(({ taskId }) => taskId)).toContain('after');
});

test('one that is missing, or that is in itself, fails its task', async () => {
  await template('circle', use('again', 'circle'));
  for (const [id, failed] of [
    ['missing', 't'],
    ['circle', 'again'],
  ] as const) {
    const view = await runFlow(engine, `{id: no, namespace: demo, tasks: [${use('t', id)}]}`);
    const run = view.taskRuns.find(({ taskId }) => taskId === failed);
    expect([view.state, run?.error?.message]).toEqual([
      'FAILED',
      `Can't find flow template 'demo.${id}'`,
    ]);
  }
});

test('a flow in which two tasks would have one id is refused', async () => {
  await template('one', give('same', ''));
  const tasks = [use('t', 'one'), give('same', '')].join(', ');
  const answer = await post('/flows', `{id: twice, namespace: demo, tasks: [${tasks}]}`);
  expect([answer.status, answer.body['detail']]).toEqual([
    422,
    'With its templates the flow has two tasks called "same"; nothing was stored or started.',
  ]);
});

test.each([
  ['{id: t, namespace: demo}', 'missing-property'],
  ['{id: t, namespace: demo, tasks: []}', 'empty-list'],
  ['{id: t, namespace: demo, tasks: [{id: a, type: nothing}]}', 'unknown-task-type'],
  ['{id: ../t, namespace: demo, tasks: [{id: a, type: nothing}]}', 'invalid-value'],
  ['[]', 'not-a-flow'],
  ['{', 'not-yaml'],
])('the template %s is refused', async (source, code) => {
  const { status, body } = await post('/templates', source);
  const issues = body['issues'] as readonly { readonly code: string }[];
  expect([status, issues.map((issue) => issue.code)]).toEqual([
    422,
    expect.arrayContaining([code]),
  ]);
});
