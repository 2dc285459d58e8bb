/** Webhooks as a caller meets them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { storeFlow } from '../../src/api/flows.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';

let engine: EmbeddedEngine;
let app: ReturnType<typeof createApp>;
beforeAll(async () => {
  engine = await startEmbedded();
  app = createApp({ runtime: engine.runtime, logs: engine.logs });
});
afterAll(async () => engine.close());

let flows = 0;
/** A flow of its own with this webhook; its path without the key. */
async function hook(trigger: string, more = ''): Promise<string> {
  const id = `flow${(flows += 1)}`;
  await storeFlow(
    engine.runtime,
    `
id: ${id}
namespace: hooks
labels: {team: a}
tasks: [{id: out, type: io.kestra.plugin.core.debug.Return, format: "{{ trigger.body }}"}]
triggers: [{id: hook, type: io.kestra.plugin.core.trigger.Webhook, ${trigger}}]
${more}`,
  );
  return `/api/v1/executions/webhook/hooks/${id}`;
}

async function call(path: string, init: RequestInit = { method: 'POST' }) {
  const response = await app.request(path, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  };
}

const post = (body: string, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body,
  headers,
});

const executionsOf = async (path: string) => {
  const flowId = path.split('/').at(-1) ?? '';
  const { items } = await engine.runtime.store.listExecutions({
    namespace: 'hooks',
    flowId,
    limit: 9,
  });
  return items;
};

describe('calling', () => {
  test('the execution, as Kestra shows it, by any method and path', async () => {
    const path = await hook('key: k, labels: {by: "{{ trigger.parameters.who[0] }}"}');
    const { status, body, headers } = await call(`${path}/k?who=a&who=b`, post('{"n": [1, 2.0]}'));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      tenantId: 'main',
      namespace: 'hooks',
      flowRevision: 1,
      labels: expect.arrayContaining([
        { key: 'team', value: 'a' },
        { key: 'by', value: 'a' },
      ]),
      trigger: {
        id: 'hook',
        type: 'io.kestra.plugin.core.trigger.Webhook',
        variables: { body: { n: [1, 2] }, parameters: { who: ['a', 'b'] } },
      },
      state: { current: 'RUNNING' },
    });
    expect(headers.get('location')).toBe(`/executions/${body.id}`);
    for (const method of ['GET', 'PUT']) {
      const other = path.replace('/api/v1/', '/api/v1/main/');
      const answer = await call(`${other}/k?who=c`, { method });
      expect(answer).toMatchObject({
        status: 200,
        body: { trigger: { variables: { body: null } } },
      });
    }
  });

  test.each([
    ['{"a": 1', '{"a": 1'],
    ['12', '12'],
    ['"text"', '"text"'],
    [' [1]', [1]],
    ['[1] and more', '[1] and more'],
    ['', null],
  ])('the body %j is %j', async (sent, seen) => {
    const path = await hook('key: k');
    const { body } = await call(`${path}/k`, post(sent));
    expect(body.trigger.variables.body).toEqual(seen);
  });

  test('what signs the request for AWS is not kept', async () => {
    const path = await hook('key: k');
    const headers = {
      authorization: 'AWS4-HMAC-SHA256 Credential=x',
      'x-amz-security-token': 'token',
      'x-hub-signature': 'sha256=1',
    };
    const { body } = await call(`${path}/k`, post('', headers));
    expect(Object.keys(body.trigger.variables.headers)).not.toContain('authorization');
    expect(JSON.stringify(body)).not.toContain('token');
    expect(body.trigger.variables.headers['x-hub-signature']).toEqual(['sha256=1']);
    const basic = await call(`${path}/k`, post('', { authorization: 'Basic x' }));
    expect(basic.body.trigger.variables.headers.authorization).toEqual(['Basic x']);
  });

  test('the same Idempotency-Key starts once', async () => {
    const path = await hook('key: k');
    const first = await call(`${path}/k`, post('', { 'idempotency-key': 'once' }));
    const second = await call(`${path}/k`, post('', { 'idempotency-key': 'once' }));
    expect(second.body.id).toBe(first.body.id);
    await engine.idle();
    const { status } = await call(`/executions/${first.body.id}`, { method: 'DELETE' });
    const third = await call(`${path}/k`, post('', { 'idempotency-key': 'once' }));
    expect([status, third.status, third.body.code]).toEqual([204, 410, 'execution-deleted']);
  });
});

describe('waiting', () => {
  const outputs = 'outputs: [{id: o, type: STRING, value: "{{ outputs.out.value }}"}]';
  test('for the end, with a status of its own', async () => {
    const path = await hook('key: k, wait: true, responseCode: 201', outputs);
    const answer = await call(`${path}/k`, post('hi'));
    expect(answer).toMatchObject({
      status: 201,
      body: { state: { current: 'SUCCESS' }, outputs: { o: 'hi' } },
    });
  });
  test('for the outputs, as JSON or as text', async () => {
    const json = await hook('key: k, wait: true, returnOutputs: true', outputs);
    expect(await call(`${json}/k`, post('hi'))).toMatchObject({ status: 200, body: { o: 'hi' } });
    const text = await hook(
      'key: k, wait: true, returnOutputs: true, responseContentType: text/plain',
      outputs,
    );
    expect(await call(`${text}/k`, post('hi'))).toMatchObject({ status: 200, body: 'hi' });
  });
  test('a failed flow is a failed request', async () => {
    const path = await hook(
      'key: k, wait: true',
      'outputs: [{id: o, type: STRING, value: "{{ outputs.nothing ?? null }}"}]',
    );
    expect(await call(`${path}/k`)).toMatchObject({
      status: 500,
      body: { state: { current: 'FAILED' } },
    });
  });
});

describe('refusals start nothing', () => {
  const rows: readonly (readonly [string, string, string, number, string])[] = [
    ['a wrong key', 'key: right', 'wrong', 404, 'unknown-webhook'],
    ['a key that cannot be rendered', `key: "{{ secret('NONE') }}"`, 'x', 404, 'unknown-webhook'],
    ['a key that renders to nothing', `key: "{{ '' }}"`, '%20', 404, 'unknown-webhook'],
    ['a disabled trigger', 'key: k, disabled: true', 'k', 404, 'unknown-webhook'],
    ['a path below the key', 'key: k', 'k/more', 404, 'unknown-path'],
    ['`when`', 'key: k, when: "{{ trigger.body.n == 1 }}"', 'k', 409, 'conditions-not-met'],
    [
      'conditions',
      'key: k, conditions: [{type: io.kestra.plugin.core.condition.Expression, expression: "{{ trigger.body.n == 1 }}"}]',
      'k',
      409,
      'conditions-not-met',
    ],
    ['inputs', 'key: k, inputs: {n: "{{ trigger.body.n }}x"}', 'k', 422, 'invalid-inputs'],
  ];
  test.each(rows)('%s', async (_, trigger, key, status, code) => {
    const path = await hook(trigger, 'inputs: [{id: n, type: INT, defaults: 1}]');
    expect(await call(`${path}/${key}`, post('{"n": 2}'))).toMatchObject({
      status,
      body: { code },
    });
    expect(await executionsOf(path)).toEqual([]);
  });
  test('a flow that is not there answers as one whose key is wrong', async () => {
    const path = await hook('key: k');
    const wrong = await call(`${path}/x`);
    expect((await call('/api/v1/executions/webhook/hooks/nobody/x')).body).toEqual(wrong.body);
  });
  test('a disabled flow, a body that is too large, another method', async () => {
    const disabled = await hook('key: k', 'disabled: true');
    expect(await call(`${disabled}/k`)).toMatchObject({
      status: 409,
      body: { code: 'flow-disabled' },
    });
    const path = await hook('key: k');
    expect((await call(`${path}/k`, post('x'.repeat(1024 * 1024 + 1)))).status).toBe(413);
    expect((await call(`${path}/k`, { method: 'DELETE' })).status).toBe(405);
    expect(await executionsOf(path)).toEqual([]);
  });
  test('what cannot be evaluated is a failed execution', async () => {
    const path = await hook('key: k, when: "{{ trigger.body.missing }}"');
    const { status, body } = await call(`${path}/k`, post('{}'));
    expect({ status, code: body.code }).toEqual({ status: 500, code: 'trigger-failed' });
    expect(await executionsOf(path)).toMatchObject([
      { state: 'FAILED', error: { code: 'trigger' } },
    ]);
  });
});
