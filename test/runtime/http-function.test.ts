/** `http()` in expressions, and bodies that are kept encrypted. */
import { generateKeySync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { runFlow } from '../helpers/run-flow.ts';
import { type EchoServer, startEchoServer } from '../tasks/http/echo-server.ts';

let engine: EmbeddedEngine;
let server: EchoServer;
beforeAll(async () => {
  engine = await startEmbedded({}, { encryptionKey: generateKeySync('aes', { length: 256 }) });
  server = await startEchoServer();
});
afterAll(async () => {
  await engine.close();
  server.close();
});

async function rendered(template: string) {
  const view = await runFlow(
    engine,
    JSON.stringify({
      id: 'asks',
      namespace: 'company',
      variables: { origin: server.origin },
      tasks: [{ id: 'a', type: 'io.kestra.plugin.core.debug.Return', format: template }],
    }),
  );
  const [run] = view.taskRuns;
  return run?.error?.message ?? run?.outputs;
}

describe('http()', () => {
  it('gives a text, asked for once however often it is named', async () => {
    const before = server.received.length;
    const call = "http(vars.origin ~ '/ok')";
    expect(await rendered(`{{ ${call} }} {{ ${call} }}`)).toEqual({ value: 'ok ok' });
    expect(server.received.length - before).toBe(1);
    expect(server.last().headers).toMatchObject({ accept: 'application/json' });
  });

  it('gives JSON as a value', async () => {
    const template = "{{ http(vars.origin ~ '/json').list[1].name }}";
    expect(await rendered(template)).toEqual({ value: 'b' });
  });

  it('sends what it is told to', async () => {
    await rendered(
      "{{ http(vars.origin ~ '/ok', method='POST', query={'q': 'a b'}, body={'n': 1}, headers={'X-A': 'x'}, options={'auth': {'type': 'BEARER', 'token': 't'}, 'timeout': {'readIdleTimeout': 'PT5S'}}, accept='text/plain') }}",
    );
    const { method, url, headers, body } = server.last();
    expect({ method, url, body: body.toString() }).toEqual({
      method: 'POST',
      url: '/ok?q=a+b',
      body: '{"n":1}',
    });
    expect(headers).toMatchObject({
      accept: 'text/plain',
      authorization: 'Bearer t',
      'x-a': 'x',
      'content-type': 'application/json; charset=UTF-8',
    });
  });

  it.each([
    ["{{ http(vars.origin ~ '/status/404') }}", 'server respond with status 404'],
    ["{{ http('file:///etc/passwd') }}", 'is not an http or https address'],
    ["{{ http('nowhere') }}", 'is not an address'],
    ["{{ http(vars.origin, options={'unknown': 1}) }}", 'options'],
    [
      "{% for i in range(1, 25) %}{{ http(vars.origin ~ '/ok', query={'i': i}) }}{% endfor %}",
      'at most 20 things',
    ],
  ])('%s fails', async (template, message) => {
    expect(await rendered(template)).toContain(message);
  });
});

describe('an encrypted body', () => {
  const flow = (format: string): string =>
    JSON.stringify({
      id: 'encrypts',
      namespace: 'company',
      tasks: [
        {
          id: 'ask',
          type: 'io.kestra.plugin.core.http.Request',
          uri: `${server.origin}/status/200?body=the-secret-answer`,
          encryptBody: true,
          options: { logs: ['RESPONSE_BODY'] },
        },
        { id: 'read', type: 'io.kestra.plugin.core.log.Log', message: format },
        {
          id: 'use',
          type: 'io.kestra.plugin.core.debug.Return',
          format: '{{ outputs.ask.encryptedBody | length }}',
        },
      ],
    });

  it('is sealed where it is kept, clear to expressions, masked in logs', async () => {
    const view = await runFlow(engine, flow('got {{ outputs.ask.encryptedBody }}'));
    expect(view.state).toBe('SUCCESS');
    expect(view.taskRuns.find(({ taskId }) => taskId === 'ask')?.outputs).toMatchObject({
      code: 200,
      encryptedBody: { type: 'io.kestra.datatype:aes_encrypted', value: expect.any(String) },
    });
    expect(view.taskRuns.find(({ taskId }) => taskId === 'use')?.outputs).toEqual({ value: '17' });
    const lines = await engine.logs.readLogs(view.id);
    expect(lines.map(({ message }) => message)).toContain('got ********');
    expect(JSON.stringify(lines)).not.toContain('the-secret-answer');
  });
});
