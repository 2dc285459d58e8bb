/** The API as a client meets it: what it answers, and that bad input stores and starts nothing. */
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

const hello = `
id: hello
namespace: api
inputs: [{id: who, type: STRING, defaults: world}, {id: n, type: INT, required: false}]
tasks: [{id: greet, type: io.kestra.plugin.core.log.Log, message: "Hello {{ inputs.who }}"}]
`;

async function post(path: string, body?: string | FormData, headers: Record<string, string> = {}) {
  const response = await app.request(path, {
    method: 'POST',
    headers,
    ...(body !== undefined && { body }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

async function get(path: string) {
  const response = await app.request(path);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function view(id: unknown): Promise<ExecutionView> {
  await engine.whenEnded(String(id));
  return (await get(`/executions/${String(id)}`)).body as unknown as ExecutionView;
}

describe('starting', () => {
  test('POST / stores the flow if it changed and starts it', async () => {
    const { status, body, headers } = await post('/?inputs.who=Ada&labels=team:a', hello);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      namespace: 'api',
      flowId: 'hello',
      flowRevision: 1,
      links: { logs: expect.any(String) },
    });
    expect(headers.get('location')).toBe(`/executions/${String(body['id'])}`);
    const again = await post('/', hello);
    expect(again.body).toMatchObject({ flowRevision: 1 });
    const seen = await view(body['id']);
    expect(seen).toMatchObject({
      state: 'SUCCESS',
      inputs: { who: 'Ada', n: null },
      labels: { team: 'a' },
    });
    expect(seen.taskRuns).toMatchObject([{ taskId: 'greet', path: 'greet', state: 'SUCCESS' }]);
  });
  test('a stored flow, with inputs as JSON or as a form', async () => {
    await post('/flows', hello);
    const json = await post('/executions/api/hello', '{"who": "Grace", "n": 3}');
    expect((await view(json.body['id'])).inputs).toEqual({ who: 'Grace', n: 3 });
    const form = new FormData();
    form.set('who', 'Edsger');
    const multipart = await post('/executions/api/hello', form);
    expect((await view(multipart.body['id'])).inputs).toEqual({ who: 'Edsger', n: null });
    expect((await post('/executions/api/hello')).status).toBe(201);
  });
  test('the same Idempotency-Key starts nothing new', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await post('/', hello, key);
    const second = await post('/', hello, key);
    expect(second.body['id']).toBe(first.body['id']);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    await view(first.body['id']);
    expect((await post('/', hello, key)).body['id']).toBe(first.body['id']);
    expect((await post('/', hello, { 'idempotency-key': 'twice' })).body['id']).not.toBe(
      first.body['id'],
    );
  });
  test('nor once its execution has been deleted', async () => {
    const key = { 'idempotency-key': 'deleted' };
    const { body } = await post('/', hello, key);
    await view(body['id']);
    const path = `/executions/${String(body['id'])}`;
    expect((await app.request(path, { method: 'DELETE' })).status).toBe(204);
    expect(await post('/', hello, key)).toMatchObject({
      status: 410,
      body: { code: 'execution-deleted' },
    });
    expect((await app.request(path)).status).toBe(404);
  });
  test('the execution shows its cost, as the meter counted it', async () => {
    const { body } = await post('/', hello);
    await engine.idle();
    const counted = engine.meter.counts(String(body['id']));
    const { cost } = await view(body['id']);
    for (const operation of ['write', 'send', 'receive', 'delete'] as const) {
      expect(cost.operations[operation]?.calls, operation).toBe(counted[operation]?.calls);
    }
  });
  test('logs, and only from a level on', async () => {
    const { body } = await post('/', hello);
    await view(body['id']);
    const response = await app.request(`/executions/${String(body['id'])}/logs?minLevel=info`);
    expect(await response.json()).toMatchObject([
      { message: 'Hello world', level: 'INFO', taskId: 'greet', attempt: 1 },
      { message: 'Execution ended SUCCESS' },
    ]);
  });
});

describe('resuming', () => {
  const approval = `
id: approval
namespace: api
tasks:
  - {id: approve, type: io.kestra.plugin.core.flow.Pause}
  - {id: after, type: io.kestra.plugin.core.log.Log, message: on}
`;
  test('a paused execution goes on once', async () => {
    const { body } = await post('/', approval);
    const id = String(body['id']);
    await engine.idle();
    expect((await get(`/executions/${id}`)).body).toMatchObject({
      state: 'PAUSED',
      taskRuns: [{ taskId: 'approve', state: 'PAUSED' }],
    });
    expect(await post(`/executions/${id}/actions/resume?task=other`)).toMatchObject({
      status: 409,
    });
    const resumed = await post(`/executions/${id}/actions/resume`);
    expect(resumed).toMatchObject({ status: 200, body: { resumed: ['approve'] } });
    expect(await view(id)).toMatchObject({ state: 'SUCCESS' });
    const again = await post(`/executions/${id}/actions/resume`);
    expect(again).toMatchObject({ status: 409, body: { code: 'not-paused' } });
  });
});

describe('lists', () => {
  test('executions by flow, page by page', async () => {
    await post('/', hello.replace('hello', 'listed'));
    await post('/', hello.replace('hello', 'listed'));
    const first = await get('/executions?namespace=api&flowId=listed&limit=1');
    expect(first.body['results']).toHaveLength(1);
    const rest = await get(
      `/executions?namespace=api&flowId=listed&limit=5&after=${encodeURIComponent(String(first.body['next']))}`,
    );
    expect(rest.body['results']).toHaveLength(1);
  });
  test('a flow with its source', async () => {
    await post('/flows', hello);
    expect((await get('/flows/api/hello')).body).toMatchObject({ revision: 1, source: hello });
    expect((await get('/flows?namespace=api')).body['results']).toContainEqual(
      expect.objectContaining({ id: 'hello' }),
    );
  });
});

describe('bad input is answered with a problem, and changes nothing', () => {
  test.each<[string, string, string, string | undefined, number, string]>([
    ['not YAML', 'POST', '/', 'id: [', 422, 'invalid-flow'],
    ['not a flow', 'POST', '/', '- a\n- b', 422, 'invalid-flow'],
    ['nothing', 'POST', '/', '', 422, 'invalid-flow'],
    [
      'an unknown type',
      'POST',
      '/',
      'id: a\nnamespace: n\ntasks: [{id: t, type: x}]',
      422,
      'invalid-flow',
    ],
    ['a body over 1 MiB', 'POST', '/flows', `# ${'x'.repeat(1024 * 1024)}`, 413, 'too-large'],
    ['deep YAML', 'POST', '/', `a: ${'['.repeat(5000)}`, 422, 'invalid-flow'],
    [
      'aliases that multiply',
      'POST',
      '/',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((n, i) => `${n}: &${n} [${Array(9).fill(`*${'abcdefg'[i]}`).join()}]`)
        .join('\n')}`,
      422,
      'invalid-flow',
    ],
    ['an unknown flow', 'POST', '/executions/api/nothing', '{}', 404, 'unknown-flow'],
    ['inputs that are not JSON', 'POST', '/executions/api/hello', '{', 400, 'not-json'],
    ['inputs that are no object', 'POST', '/executions/api/hello', '[1]', 400, 'not-json'],
    [
      'an input of the wrong type',
      'POST',
      '/executions/api/hello',
      '{"n": "many"}',
      422,
      'invalid-inputs',
    ],
    ['a label without a value', 'POST', '/executions/api/hello?labels=a', '{}', 422, 'bad-label'],
    ['a system label', 'POST', '/executions/api/hello?labels=system.a:b', '{}', 422, 'bad-label'],
    ['an unknown execution', 'GET', '/executions/nothing', undefined, 404, 'unknown-execution'],
    ['logs of none', 'GET', '/executions/nothing/logs', undefined, 404, 'unknown-execution'],
    ['resuming none', 'POST', '/executions/nothing/actions/resume', '', 404, 'unknown-execution'],
    ['an unknown path', 'GET', '/nowhere', undefined, 404, 'unknown-path'],
    ['a method that is not there', 'PUT', '/executions/x', undefined, 405, 'method-not-allowed'],
    ['another', 'GET', '/', undefined, 405, 'method-not-allowed'],
    ['a limit out of range', 'GET', '/executions?limit=1000', undefined, 400, 'bad-query'],
    ['a revision that is none', 'GET', '/flows/api/hello?revision=x', undefined, 400, 'bad-query'],
  ])('%s', async (_, method, path, body, status, code) => {
    await post('/flows', hello);
    const before = (await get('/executions?limit=100')).body['results'];
    const response = await app.request(path, { method, ...(body !== undefined && { body }) });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.status).toBe(status);
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({ status, code, detail: expect.stringMatching(/\w/) });
    expect((await get('/executions?limit=100')).body['results']).toEqual(before);
  });

  test('issues of a flow have place, code and sentence', async () => {
    const { body } = await post(
      '/',
      'id: a\nnamespace: n\ntasks:\n  - {id: t, type: io.kestra.plugin.core.log.Lgo}\n',
    );
    expect(body['issues']).toMatchObject([
      {
        code: 'unknown-task-type',
        line: 4,
        column: 19,
        message: expect.stringContaining('Did you mean'),
      },
    ]);
  });
});

describe('flows', () => {
  const source = (id: string, message = 'm') =>
    `id: ${id}\nnamespace: api\nlabels: {team: a}\ntasks: [{id: t, type: io.kestra.plugin.core.log.Log, message: ${message}}]\n`;
  const put = async (path: string, body: string) => {
    const response = await app.request(path, { method: 'PUT', body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  test('a flow is shown as it is written, with its source', async () => {
    await post('/flows', source('shown'));
    const { body } = await get('/flows/api/shown');
    expect(body).toEqual({
      id: 'shown',
      namespace: 'api',
      revision: 1,
      disabled: false,
      deleted: false,
      labels: [{ key: 'team', value: 'a' }],
      tasks: [{ id: 't', type: 'io.kestra.plugin.core.log.Log', message: 'm' }],
      source: source('shown'),
    });
  });

  test('PUT stores the next revision, of a flow that is there, under its own id', async () => {
    await post('/flows', source('updated'));
    expect(await put('/flows/api/updated', source('updated', 'n'))).toMatchObject({
      status: 200,
      body: { revision: 2, changed: true },
    });
    expect((await put('/flows/api/nobody', source('nobody'))).status).toBe(404);
    const { status, body } = await put('/flows/api/updated', source('other'));
    expect(status).toBe(422);
    expect(body['issues']).toMatchObject([{ code: 'illegal-update', line: 1, path: ['id'] }]);
    expect((await get('/flows/api/updated')).body['revision']).toBe(2);
  });

  test('`force` stores a flow with properties that nobody knows', async () => {
    const strange = `${source('strange')}colour: red\n`;
    expect((await post('/flows', strange)).status).toBe(422);
    const { status, body } = await post('/flows?force=true', strange);
    expect(status).toBe(201);
    expect(body['warnings']).toMatchObject([{ code: 'unknown-property', severity: 'warning' }]);
  });
});

describe('what waits', () => {
  const waiting = `
id: limited
namespace: api
concurrency: {limit: 1}
tasks: [{id: hold, type: io.kestra.plugin.core.flow.Pause}]`;

  test('a queued execution is run, or ended, out of turn', async () => {
    const [first, second, third] = [
      (await post('/', waiting)).body,
      (await post('/', waiting)).body,
      (await post('/', waiting)).body,
    ];
    expect([first?.['state'], second?.['state']]).toEqual(['RUNNING', 'QUEUED']);
    const act = (id: unknown, action: string) =>
      post(`/executions/${String(id)}/actions/${action}`);
    expect((await act(first?.['id'], 'unqueue')).status).toBe(409);
    expect((await act('nobody', 'unqueue')).status).toBe(404);
    expect((await act(second?.['id'], 'unqueue?state=PAUSED')).status).toBe(400);
    expect((await act(second?.['id'], 'unqueue')).status).toBe(200);
    const ended = await act(third?.['id'], 'unqueue?state=cancelled');
    expect(ended).toMatchObject({ status: 200, body: { state: 'CANCELLED' } });
    expect((await act(third?.['id'], 'force-run')).status).toBe(409);
    expect((await act(second?.['id'], 'force-run')).status).toBe(200);
    expect((await view(second?.['id'])).state).toBe('SUCCESS');
  });

  test('an execution with a date is CREATED until then', async () => {
    const date = new Date(Date.now() + 400).toISOString();
    const { status, body } = await post(`/?scheduleDate=${encodeURIComponent(date)}`, hello);
    expect({ status, state: body['state'] }).toEqual({ status: 201, state: 'CREATED' });
    expect((await view(body['id'])).scheduleDate).toBe(date);
    expect((await post('/?scheduleDate=tomorrow', hello)).status).toBe(400);
  });

  test('inputs that the flow does not have are dropped, and the log says so', async () => {
    const { body } = await post('/?inputs.colour=red', hello);
    await view(body['id']);
    const logs = (await get(`/executions/${String(body['id'])}/logs`)).body as unknown as {
      level: string;
      message: string;
    }[];
    expect(logs.find(({ level }) => level === 'WARN')?.message).toContain('`colour`');
  });
});
