/** Requests that change the course of an execution, as a client meets them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import type { ExecutionView } from '../../src/runtime/view.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';

let engine: EmbeddedEngine;
let app: ReturnType<typeof createApp>;
beforeAll(async () => {
  engine = await startEmbedded();
  app = createApp({ runtime: engine.runtime, logs: engine.logs });
});
afterAll(async () => engine.close());

/** `b` fails in its first attempt. */
const failing = `
id: failing
namespace: control
inputs: [{id: n, type: INT, defaults: 1}]
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: "{{ inputs.n }}"}
  - {id: b, type: io.kestra.plugin.core.debug.Return, format: "{{ taskrun.attemptsCount == 0 ? nothing : 'ok' }}"}
  - {id: c, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.a.value }}"}
`;
const paused = `
id: paused
namespace: control
tasks:
  - {id: wait, type: io.kestra.plugin.core.flow.Pause}
  - {id: after, type: io.kestra.plugin.core.debug.Return, format: x}
`;

async function ask(method: string, path: string, body?: string | FormData) {
  const response = await app.request(path, { method, ...(body !== undefined && { body }) });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as ExecutionView & { readonly code?: string },
  };
}

async function started(source: string): Promise<string> {
  const { body } = await ask('POST', '/?force=true', source);
  await engine.idle();
  return body.id;
}

async function view(id: string): Promise<ExecutionView> {
  await engine.idle();
  return (await ask('GET', `/executions/${id}`)).body;
}

const states = ({ taskRuns }: ExecutionView): string[] =>
  taskRuns.map(({ path, state }) => `${path} ${state}`);
const history = ({ history: changes }: ExecutionView): string =>
  changes.map(({ state }) => state).join(' ');

describe('both spellings', () => {
  test.each(['', 'actions/'])('restart: /executions/{id}/%srestart', async (prefix) => {
    const id = await started(failing);
    const { status, body } = await ask('POST', `/executions/${id}/${prefix}restart`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, state: 'RESTARTED' });
    expect(states(body)).toEqual(['a SUCCESS', 'b RESTARTED']);
    expect(history(body)).toBe('CREATED RUNNING FAILED RESTARTED');
    const ended = await view(id);
    expect(states(ended)).toEqual(['a SUCCESS', 'b SUCCESS', 'c SUCCESS']);
    expect(history(ended)).toBe('CREATED RUNNING FAILED RESTARTED RUNNING SUCCESS');
    expect(ended.labels).toMatchObject({ 'system.restarted': 'true' });
  });
  test.each([
    ['', 202],
    ['actions/', 200],
  ])('kill: /executions/{id}/%skill', async (prefix, expected) => {
    const id = await started(paused);
    expect(history(await view(id))).toBe('CREATED RUNNING PAUSED');
    const { status, body } = await ask('DELETE', `/executions/${id}/${prefix}kill`);
    expect({ status, states: states(body) }).toEqual({ status: expected, states: ['wait KILLED'] });
    expect(history(body)).toBe('CREATED RUNNING PAUSED RESTARTED KILLING KILLED');
    expect(await ask('DELETE', `/executions/${id}/${prefix}kill`)).toMatchObject({
      status: 409,
      body: { code: 'has-ended' },
    });
  });
  test.each(['', 'actions/'])('resume: /executions/{id}/%sresume', async (prefix) => {
    const id = await started(paused);
    expect((await ask('POST', `/executions/${id}/${prefix}resume`)).status).toBe(200);
    expect((await view(id)).state).toBe('SUCCESS');
  });
});

describe('replay', () => {
  test('from a task run, by id or path, with what was before', async () => {
    const id = await started(failing);
    const run = (await view(id)).taskRuns[1];
    for (const task of [`taskRunId=${run?.id}`, 'task=b']) {
      const { status, body, headers } = await ask('POST', `/executions/${id}/replay?${task}`);
      expect(status).toBe(200);
      expect(headers.get('location')).toBe(`/executions/${body.id}`);
      expect(body).toMatchObject({ state: 'RESTARTED', parentId: id, originalId: id });
      expect(body.id).not.toBe(id);
      expect(states(body)).toEqual(['a SUCCESS', 'b RESTARTED']);
      expect((await view(body.id)).state).toBe('SUCCESS');
    }
    expect(await view(id)).toMatchObject({
      state: 'FAILED',
      labels: { 'system.replayed': 'true' },
    });
  });
  test('with inputs as JSON or as a form, typed as at a start', async () => {
    const id = await started(failing);
    const form = new FormData();
    form.set('n', '3');
    for (const [path, body] of [
      ['replay', '{"n": 3}'],
      ['replay-with-inputs', form],
    ] as const) {
      const replayed = await ask('POST', `/executions/${id}/actions/${path}`, body);
      expect(replayed.body.inputs).toEqual({ n: 3 });
      expect(states(replayed.body)).toEqual([]);
    }
    const wrong = await ask('POST', `/executions/${id}/replay`, '{"n": "many"}');
    expect(wrong).toMatchObject({ status: 422, body: { code: 'invalid-inputs' } });
  });
  test('on another revision, of a restart as well', async () => {
    const id = await started(failing);
    await ask('POST', '/flows?force=true', failing.replace('nothing', "'fine'"));
    for (const action of ['replay', 'restart']) {
      const { body } = await ask('POST', `/executions/${id}/${action}?revision=2`);
      expect(body).toMatchObject({ flowRevision: 2, parentId: id });
      expect((await view(body.id)).state).toBe('SUCCESS');
    }
    await ask('POST', '/flows?force=true', failing);
  });
});

describe('the state of a task run', () => {
  test('another end, and the execution goes on after it', async () => {
    const id = await started(failing);
    const body = JSON.stringify({ taskRunId: (await view(id)).taskRuns[1]?.id, state: 'warning' });
    const marked = await ask('POST', `/executions/${id}/state`, body);
    expect(marked.status).toBe(200);
    expect(states(marked.body)).toEqual(['a SUCCESS', 'b WARNING']);
    const ended = await view(id);
    expect(states(ended)).toEqual(['a SUCCESS', 'b WARNING', 'c SUCCESS']);
    expect(ended.state).toBe('WARNING');
  });
  test('what is paused is resumed by RUNNING', async () => {
    const id = await started(paused);
    const body = '{"taskRunId": "wait", "state": "RUNNING"}';
    expect((await ask('POST', `/executions/${id}/actions/state`, body)).status).toBe(200);
    expect((await view(id)).state).toBe('SUCCESS');
  });
});

describe('what has ended', () => {
  test('gets another state', async () => {
    const id = await started(failing);
    const { status, body } = await ask('POST', `/executions/${id}/change-status?status=WARNING`);
    expect({ status, state: body.state, history: history(body) }).toEqual({
      status: 200,
      state: 'WARNING',
      history: 'CREATED RUNNING FAILED WARNING',
    });
    expect((await ask('GET', '/executions?state=WARNING&limit=100')).body).toMatchObject({
      results: expect.arrayContaining([expect.objectContaining({ id })]),
    });
  });
  test('gets labels, new ones and others', async () => {
    const id = await started(failing);
    const set = (value: string) =>
      ask('POST', `/executions/${id}/labels`, `[{"key": "team", "value": "${value}"}]`);
    expect((await set('a')).body.labels).toMatchObject({ team: 'a' });
    expect((await set('b')).body.labels).toMatchObject({ team: 'b', 'system.from': 'api' });
  });
  test('is deleted, with its log', async () => {
    const id = await started(failing);
    expect(await engine.logs.readLogs(id)).not.toEqual([]);
    expect((await ask('DELETE', `/executions/${id}`)).status).toBe(204);
    expect((await ask('GET', `/executions/${id}`)).status).toBe(404);
    expect((await ask('DELETE', `/executions/${id}`)).status).toBe(404);
    expect(await engine.logs.readLogs(id)).toEqual([]);
  });
});

describe('refused with a problem, and nothing changes', () => {
  test.each<[string, string, string, string | undefined, number, string]>([
    ['kill', 'DELETE', 'kill', undefined, 409, 'has-ended'],
    ['a restart of a success', 'POST', 'restart', undefined, 422, 'nothing-failed'],
    ['a revision that is not there', 'POST', 'restart?revision=99', undefined, 404, 'unknown-flow'],
    ['a revision that is none', 'POST', 'replay?revision=x', undefined, 400, 'bad-query'],
    ['an unknown task run', 'POST', 'replay?taskRunId=nobody', undefined, 422, 'unknown-task-run'],
    ['inputs that are not JSON', 'POST', 'replay', '{', 400, 'not-json'],
    [
      'a state of nobody',
      'POST',
      'state',
      '{"taskRunId":"x","state":"FAILED"}',
      422,
      'unknown-task-run',
    ],
    [
      'a state that is none',
      'POST',
      'state',
      '{"taskRunId":"after","state":"FINE"}',
      422,
      'bad-state',
    ],
    ['a state without a task run', 'POST', 'state', '{"state":"FAILED"}', 422, 'bad-body'],
    ['a body that is null', 'POST', 'state', 'null', 422, 'bad-body'],
    ['a body that is no JSON', 'POST', 'state', 'nothing', 400, 'not-json'],
    [
      'RUNNING where nothing is paused',
      'POST',
      'state',
      '{"taskRunId":"after","state":"RUNNING"}',
      409,
      'not-paused',
    ],
    [
      'a status that is no end',
      'POST',
      'change-status?status=RUNNING',
      undefined,
      422,
      'bad-state',
    ],
    [
      'a status only retries make',
      'POST',
      'change-status?status=RETRIED',
      undefined,
      422,
      'bad-state',
    ],
    ['no status', 'POST', 'change-status', undefined, 422, 'bad-state'],
    ['a system label', 'POST', 'labels', '[{"key":"system.label","value":"v"}]', 422, 'bad-label'],
    ['a label of nothing', 'POST', 'labels', '[{"key":null,"value":null}]', 422, 'bad-label'],
    ['labels that are no list', 'POST', 'labels', '{"a":"b"}', 422, 'bad-body'],
    ['a label that is a prototype', 'POST', 'labels', '["__proto__"]', 422, 'bad-body'],
    [
      'a label too long',
      'POST',
      'labels',
      `[{"key":"a","value":"${'x'.repeat(1025)}"}]`,
      422,
      'bad-label',
    ],
    ['another method', 'GET', 'restart', undefined, 405, 'method-not-allowed'],
  ])('%s', async (_, method, action, body, status, code) => {
    const id = await started(paused);
    await ask('POST', `/executions/${id}/resume`);
    const before = await view(id);
    const answer = await ask(method, `/executions/${id}/${action}`, body);
    expect(answer).toMatchObject({ status, body: { code, detail: expect.stringMatching(/\w/) } });
    expect(await view(id)).toEqual(before);
  });
  test.each([
    ['DELETE', 'kill', undefined],
    ['POST', 'restart', undefined],
    ['POST', 'restart?revision=1', undefined],
    ['POST', 'replay', undefined],
    ['POST', 'replay', '{"n": 1}'],
    ['POST', 'state', '{"taskRunId":"x","state":"FAILED"}'],
    ['POST', 'change-status?status=FAILED', undefined],
    ['POST', 'labels', '[{"key":"a","value":"b"}]'],
    ['POST', 'resume', undefined],
  ])('%s %s of nobody', async (method, action, body) => {
    const answer = await ask(method, `/executions/nobody/${action}`, body);
    expect(answer).toMatchObject({ status: 404, body: { code: 'unknown-execution' } });
  });
  test.each([
    ['POST', 'restart', undefined],
    ['POST', 'state', '{"taskRunId":"wait","state":"FAILED"}'],
    ['POST', 'change-status?status=FAILED', undefined],
    ['POST', 'labels', '[{"key":"a","value":"b"}]'],
    ['DELETE', '', undefined],
  ])('%s %s while it runs', async (method, action, body) => {
    const id = await started(paused);
    const answer = await ask(method, `/executions/${id}/${action}`.replace(/\/$/, ''), body);
    expect(answer).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
    expect((await view(id)).state).toBe('PAUSED');
  });
});
