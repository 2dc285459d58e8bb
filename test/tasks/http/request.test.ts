import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { AwsV4Signer } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskContext } from '../../../src/tasks/define.ts';
import { failureOf, runTask, taskContext } from '../../helpers/task-context.ts';
import { type EchoServer, startEchoServer } from './echo-server.ts';

let server: EchoServer;

beforeAll(async () => {
  server = await startEchoServer();
});

afterAll(() => server.close());

/** A path is below the server; `to` in its query may say ORIGIN or OTHER. */
function run(
  path: string,
  properties: object = {},
  context: TaskContext = taskContext(),
  variables: object = {},
): Promise<Record<string, unknown>> {
  const uri = `${server.origin}${path}`
    .replace('ORIGIN', server.origin)
    .replace('OTHER', server.otherOrigin);
  const type = 'io.kestra.plugin.core.http.Request';
  return runTask(type, { uri, ...properties }, context, { ...variables });
}

const post = { method: 'POST' };

describe('the answer', () => {
  test('comes with address, code, headers and body', async () => {
    const outputs = await run('/ok');
    expect(outputs).toEqual({
      uri: `${server.origin}/ok`,
      code: 200,
      headers: expect.objectContaining({ 'Content-Type': ['text/plain'] }),
      body: 'ok',
    });
  });

  test('keeps every header, as it was spelled', async () => {
    const { headers } = await run('/cookies');
    expect(headers).toMatchObject({ 'Set-Cookie': ['a=1', 'b=2'], 'X-One': ['x'] });
  });

  test.each([
    ['a charset the server names', '/latin1', 'ü'],
    ['gzip', '/gzip', 'zipped'],
    ['deflate', '/deflate', 'zipped'],
    ['brotli', '/brotli', 'zipped'],
    ['nothing', '/status/204', ''],
    ['nothing in gzip', '/empty-gzip', ''],
  ])('is read from %s', async (_, path, body) => {
    expect(await run(path)).toMatchObject({ body });
  });

  test('that was unpacked no longer says how it was packed', async () => {
    const { headers } = await run('/gzip');
    expect(headers).toMatchObject({ 'X-Kept': ['1'] });
    expect(headers).not.toHaveProperty('Content-Encoding');
  });

  test('of 19 MiB is taken, of one byte more it is not', async () => {
    const limit = 19 * 1024 * 1024;
    const { body } = await run(`/large/${limit}`);
    expect(String(body).length).toBe(limit);
    const message = `The response body is larger than the limit of ${limit} bytes`;
    expect((await failureOf(run(`/large/${limit + 1}`))).message).toContain(message);
    expect((await failureOf(run('/bomb'))).message).toContain(message);
  });
});

describe('the status', () => {
  test.each([
    [400, '', {}, "Failed http request with response code '400'"],
    [404, 'nobody', {}, "Failed http request with response code '404' and body:\nnobody"],
    [500, '', { options: { allowFailed: false } }, "Failed http request with response code '500'"],
    [
      200,
      '',
      { options: { allowedResponseCodes: [201] } },
      "Failed http request with response code '200'",
    ],
    [
      500,
      '',
      { options: { allowFailed: true, allowedResponseCodes: [404] } },
      "Failed http request with response code '500'",
    ],
  ])('%i with body "%s" fails', async (status, body, properties, message) => {
    const failure = await failureOf(run(`/status/${status}?body=${body}`, properties));
    expect(failure).toEqual({ code: 'http-status', message, data: { status } });
  });

  test.each([
    [304, {}],
    [404, { options: { allowFailed: true } }],
    [404, { allowFailed: true }],
    [404, { allowFailed: '{{ inputs.allow }}', options: { followRedirects: true } }],
    [404, { options: { allowedResponseCodes: [200, 404] } }],
    [404, { options: { allowedResponseCodes: '{{ ["404"] }}' } }],
  ])('%i with %j is fine', async (code, properties) => {
    const variables = { inputs: { allow: true } };
    expect(await run(`/status/${code}`, properties, taskContext(), variables)).toMatchObject({
      code,
    });
  });

  test.each([
    ['a number of seconds', '30', 30_000],
    ['a date', 'Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['a date that has passed', 'Thu, 01 Jan 2015 00:01:00 GMT', undefined],
    ['anything else', 'soon', undefined],
  ])('asks for patience by %s', async (_, value, retryAfterMs) => {
    const failure = await failureOf(run(`/retry-after/${encodeURIComponent(value)}`));
    expect(failure.retryAfterMs).toBe(retryAfterMs);
  });
});

describe('the request', () => {
  test('says who asks and what it sends', async () => {
    await run('/ok');
    expect(server.last()).toMatchObject({
      method: 'GET',
      headers: {
        'user-agent': 'Baton',
        'content-type': 'application/json',
        host: new URL(server.origin).host,
      },
    });
    expect(server.last().headers).not.toHaveProperty('idempotency-key');
  });

  test.each([
    ['text', 'ü', {}, 'ü', 'application/json; charset=UTF-8'],
    [
      'a template of JSON',
      '{{ inputs.payload }}',
      {},
      '{"name":"One"}',
      'application/json; charset=UTF-8',
    ],
    [
      'a map',
      { a: [1, '{{ inputs.word }}'] },
      {},
      '{"a":[1,"w"]}',
      'application/json; charset=UTF-8',
    ],
    ['a list', [1, true], {}, '[1,true]', 'application/json; charset=UTF-8'],
    ['its own type', 'x', { contentType: 'text/plain' }, 'x', 'text/plain; charset=UTF-8'],
    [
      'a type that names its charset',
      'x',
      { contentType: 'text/plain;charset=x' },
      'x',
      'text/plain;charset=x',
    ],
    ['a type among the headers', 'x', { headers: { 'content-type': 'text/x' } }, 'x', 'text/x'],
  ])('sends %s', async (_, body, properties, sent, contentType) => {
    const variables = { inputs: { payload: { name: 'One' }, word: 'w' } };
    await run('/ok', { ...post, body, ...properties }, taskContext(), variables);
    expect(server.last().body.toString()).toBe(sent);
    expect(server.last().headers).toMatchObject({
      'content-type': contentType,
      'content-length': String(Buffer.byteLength(sent)),
    });
  });

  test.each([
    ['ISO-8859-1', [0xfc]],
    ['US-ASCII', [0x3f]],
    ['UTF-16LE', [0xfc, 0]],
    ['UTF-16BE', [0, 0xfc]],
    ['UTF-16', [0xfe, 0xff, 0, 0xfc]],
  ])('sends text in %s', async (defaultCharset, bytes) => {
    await run('/ok', {
      ...post,
      body: 'ü',
      contentType: 'text/plain',
      options: { defaultCharset },
    });
    expect([...server.last().body]).toEqual(bytes);
    expect(server.last().headers['content-type']).toBe(`text/plain; charset=${defaultCharset}`);
  });

  test('may be a GET with a body', async () => {
    await run('/ok', { body: '{}' });
    expect(server.last()).toMatchObject({ method: 'GET', headers: { 'content-length': '2' } });
  });

  test('takes parameters and spaces in the address', async () => {
    const params = { a: 'x y', b: ['1', '2'], c: 3 };
    const { uri } = await run('/a b?q=1', { params });
    expect(uri).toBe(`${server.origin}/a%20b?q=1&a=x+y&b=1&b=2&c=3`);
    expect(server.last().url).toBe('/a%20b?q=1&a=x+y&b=1&b=2&c=3');
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s carries an idempotency key', async (method) => {
    await run('/ok', { method }, taskContext({ token: 'x/each[3]/ü' }));
    expect(server.last().headers['idempotency-key']).toBe('x/each[3]/%C3%BC');
    await run('/ok', { method, headers: { 'idempotency-key': 'mine' } });
    expect(server.last().headers['idempotency-key']).toBe('mine');
  });

  test('with form data encodes it', async () => {
    await run('/ok', { ...post, formData: { a: 'x y', b: 5, c: { d: 1 } }, body: 'loses' });
    expect(server.last().body.toString()).toBe('a=x+y&b=5&c=%7B%22d%22%3A1%7D');
    expect(server.last().headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  test('with multipart form data sends fields and files', async () => {
    const files = new Map([['kestra:///a/data.csv', Buffer.from('1,2')]]);
    const formData = {
      field: 'text',
      map: { a: 1 },
      file: 'kestra:///a/data.csv',
      named: { name: 'other.csv', content: 'kestra:///a/data.csv' },
    };
    const contentType = 'multipart/form-data';
    await run('/ok', { ...post, contentType, formData }, taskContext({ files }));
    const { headers, body } = server.last();
    const request = new Response(new Uint8Array(body), {
      headers: { 'content-type': headers['content-type'] ?? '' },
    });
    const parts = await Promise.all(
      [...(await request.formData())].map(async ([name, value]) =>
        typeof value === 'string' ? [name, value] : [name, value.name, await value.text()],
      ),
    );
    expect(parts).toEqual([
      ['field', 'text'],
      ['map', '{"a":1}'],
      ['file', 'data.csv', '1,2'],
      ['named', 'other.csv', '1,2'],
    ]);
  });
});

describe('redirects', () => {
  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'x'],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'x'],
    [308, 'POST', 'POST', 'x'],
  ])('%i of a %s is followed by a %s', async (status, method, next, body) => {
    const outputs = await run(`/redirect/${status}`, { method, body: 'x' });
    expect(outputs).toMatchObject({ body: 'ok', uri: `${server.origin}/redirect/${status}` });
    expect(server.last()).toMatchObject({ method: next, url: '/ok' });
    expect(server.last().body.toString()).toBe(body);
  });

  test('are left alone where the flow says so', async () => {
    const outputs = await run('/redirect/302', { options: { followRedirects: false } });
    expect(outputs).toMatchObject({ code: 302, headers: { Location: ['/ok'] } });
  });

  test('end', async () => {
    expect((await failureOf(run('/loop'))).message).toContain('Maximum redirects (50) exceeded');
  });

  test('take credentials along on the same origin only', async () => {
    const options = { auth: { type: 'BEARER', token: 't' } };
    const headers = { Cookie: 'a=1', 'X-Other': 'x' };
    await run('/redirect/307?to=ORIGIN/ok', { options, headers });
    expect(server.last().headers).toMatchObject({ authorization: 'Bearer t', cookie: 'a=1' });
    await run('/redirect/307?to=OTHER/ok', { options, headers });
    expect(server.last().headers).toMatchObject({ 'x-other': 'x' });
    expect(server.last().headers).not.toHaveProperty('authorization');
    expect(server.last().headers).not.toHaveProperty('cookie');
    // Not even when the other origin sends the request back home.
    const back = encodeURIComponent(`${server.origin}/ok`);
    await run(
      `/redirect/307?to=${encodeURIComponent(`${server.otherOrigin}/redirect/307?to=${back}`)}`,
      {
        options,
      },
    );
    expect(server.last()).toMatchObject({
      url: '/ok',
      headers: { host: new URL(server.origin).host },
    });
    expect(server.last().headers).not.toHaveProperty('authorization');
  });

  test('to another kind of address are refused', async () => {
    const failure = await failureOf(run('/redirect/302?to=file:///etc/passwd'));
    expect(failure).toMatchObject({ code: 'http-destination', retryable: false });
  });
});

describe('authentication', () => {
  test.each([
    ['basic', { auth: { type: 'BASIC', username: 'ü', password: 'p:w' } }, 'Basic w7w6cDp3'],
    ['basic by its older names', { basicAuthUser: 'a', basicAuthPassword: 'b' }, 'Basic YTpi'],
    ['bearer', { auth: { type: 'BEARER', token: '{{ inputs.token }}' } }, 'Bearer abc'],
  ])('%s', async (_, options, authorization) => {
    await run('/ok', { options }, taskContext(), { inputs: { token: 'abc' } });
    expect(server.last().headers.authorization).toBe(authorization);
  });

  test('yields to a header of the flow', async () => {
    const options = { auth: { type: 'BEARER', token: 'abc' } };
    await run('/ok', { options, headers: { authorization: 'Mine' } });
    expect(server.last().headers.authorization).toBe('Mine');
  });

  test('by AWS signature holds against the same signature made again', async () => {
    const credentials = { accessKeyId: 'AKIA', secretAccessKey: 's', sessionToken: 'token' };
    const context = taskContext({ aws: { region: 'eu-west-1', credentials } });
    const options = { auth: { type: 'AWS_SIGV4' } };
    await run('/a b?x=ü', { ...post, body: 'ü', options }, context);

    const { headers, url } = server.last();
    const signer = new AwsV4Signer({
      ...credentials,
      method: 'POST',
      url: `${server.origin}${url}`,
      body: 'ü',
      region: 'eu-west-1',
      service: 'lambda',
      datetime: String(headers['x-amz-date']),
    });
    expect(headers['x-amz-security-token']).toBe('token');
    expect(headers.authorization).toBe((await signer.sign()).headers.get('authorization'));
  });

  test('by AWS signature needs credentials', async () => {
    const before = process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_ACCESS_KEY_ID'];
    const failure = await failureOf(run('/ok', { options: { auth: { type: 'AWS_SIGV4' } } }));
    if (before !== undefined) process.env['AWS_ACCESS_KEY_ID'] = before;
    expect(failure).toMatchObject({ code: 'aws-credentials', retryable: false });
  });
});

describe('an exchange that breaks', () => {
  test.each([
    [
      'by being cut off',
      '/cut',
      /^Invalid size, got 4, expected 100. The connection was closed before the response was complete \(GET http/,
    ],
    ['by a body that cannot be unpacked', '/broken-gzip', /incorrect header check/],
  ])('%s fails and may be repeated', async (_, path, message) => {
    const failure = await failureOf(run(path));
    expect(failure).toMatchObject({
      code: 'http-exchange',
      message: expect.stringMatching(message),
    });
    expect(failure.retryable).toBeUndefined();
  });

  test.each(['/silence', '/stall'])('by being idle fails: %s', async (path) => {
    const options = { timeout: { readIdleTimeout: 'PT0.05S' } };
    expect((await failureOf(run(path, { options }))).message).toContain(
      'Read timed out after 50 ms',
    );
    const older = { readTimeout: 'PT0.05S' };
    expect((await failureOf(run(path, { options: older }))).message).toContain('Read timed out');
  });

  test('by finding nobody fails', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    taken.close();
    await once(taken, 'close');
    const failure = await failureOf(run('', { uri: `http://127.0.0.1:${port}/` }));
    expect(failure.message).toBe(
      `connect ECONNREFUSED 127.0.0.1:${port} (GET http://127.0.0.1:${port})`,
    );
  });

  test('by a body that is no text fails as in Kestra', async () => {
    expect((await failureOf(run('/binary'))).message).toMatch(
      /^Illegal unicode code point in request body: 65535, the Request task only support valid Unicode/,
    );
  });

  test('stops when the task is stopped', async () => {
    const controller = new AbortController();
    const running = run('/silence', {}, taskContext({ signal: controller.signal }));
    controller.abort();
    await expect(running).rejects.toThrow('aborted');
  });
});

describe('a request that makes no sense is not repeated', () => {
  test.each([
    ['no address', { uri: 'nowhere' }, 'http-uri'],
    ['a file', { uri: 'file:///etc/passwd' }, 'http-destination'],
    ['a header with a line break', { headers: { a: 'x\r\nb: y' } }, 'http-header'],
    ['a header name with a space', { headers: { 'a b': 'x' } }, 'http-header'],
    ['a body to encrypt without a key', { encryptBody: true }, 'no-encryption-key'],
    ['a map as a parameter', { params: { a: { b: 1 } } }, 'http-property'],
    [
      'a charset nobody knows',
      { body: 'x', options: { defaultCharset: 'klingon' } },
      'http-charset',
    ],
  ])('%s', async (_, properties, code) => {
    expect(await failureOf(run('/ok', properties))).toMatchObject({ code, retryable: false });
  });
});

describe('certificates', () => {
  test('are checked unless the flow says otherwise', async () => {
    // dynalite comes with a self-signed certificate.
    const { resolve } = createRequire(import.meta.url);
    const key = readFileSync(resolve('dynalite/ssl/server-key.pem'));
    const cert = readFileSync(resolve('dynalite/ssl/server-crt.pem'));
    const https = createHttpsServer({ key, cert }, (_, response) => response.end('ok'));
    https.listen(0, '127.0.0.1');
    await once(https, 'listening');
    const uri = `https://127.0.0.1:${(https.address() as AddressInfo).port}/`;
    const trusting = (insecureTrustAllCertificates: boolean) =>
      run('', { uri, options: { ssl: { insecureTrustAllCertificates } } });
    expect(await trusting(true)).toMatchObject({ body: 'ok' });
    expect(await failureOf(trusting(false))).toMatchObject({ code: 'http-exchange' });
    expect(await failureOf(run('', { uri }))).toMatchObject({ code: 'http-exchange' });
    https.close();
  });
});

test('headers and bodies are logged when asked for, secrets hidden', async () => {
  const context = taskContext();
  const logs = ['REQUEST_HEADERS', 'REQUEST_BODY', 'RESPONSE_HEADERS', 'RESPONSE_BODY'];
  const options = { logs, auth: { type: 'BEARER', token: 'hidden' } };
  await run('/ok', { ...post, body: 'sent', options, headers: { 'X-Api-Key': 'hidden' } }, context);
  const text = context.lines.map(({ level, message }) => `${level} ${message}`).join('\n');
  expect(text).toContain(`DEBUG request:\n    method: POST\n    uri: ${server.origin}/ok`);
  expect(text).toContain('TRACE request body:\nsent');
  expect(text).toContain('DEBUG response:\n    status: 200');
  expect(text).toContain('TRACE response body:\nok');
  expect(text).toContain('X-Api-Key: ***');
  expect(text).not.toContain('hidden');
});
