import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, runTask, taskContext, type TestContext } from '../../helpers/task-context.ts';
import { type EchoServer, startEchoServer } from './echo-server.ts';

let server: EchoServer;

beforeAll(async () => {
  server = await startEchoServer();
});

afterAll(() => server.close());

const root = 'kestra:///company/team/test/executions/execution-1';

function run(
  path: string,
  properties: object = {},
  context: TestContext = taskContext(),
): Promise<Record<string, unknown>> {
  const type = 'io.kestra.plugin.core.http.Download';
  return runTask(type, { uri: `${server.origin}${path}`, ...properties }, context);
}

test('the body becomes a file', async () => {
  const context = taskContext();
  const outputs = await run('/ok', {}, context);
  expect(outputs).toEqual({
    uri: `${root}/ok`,
    code: 200,
    length: 2,
    headers: expect.objectContaining({ 'Content-Type': ['text/plain'] }),
  });
  expect(Buffer.from(context.files.get(`${root}/ok`) ?? []).toString()).toBe('ok');
  expect(context.lines).toEqual([
    { level: 'DEBUG', message: `File '${server.origin}/ok' downloaded with size '2'` },
  ]);
});

test.each([
  ['/binary', 4],
  ['/gzip', 6],
  ['/brotli', 6],
  // A body that would be too large for an output.
  [`/large/${20 * 1024 * 1024}`, 20 * 1024 * 1024],
])('%s has %i bytes', async (path, length) => {
  const context = taskContext();
  const { uri, length: told } = await run(path, {}, context);
  expect(told).toBe(length);
  expect(context.files.get(String(uri))?.length).toBe(length);
});

test('what is larger than 100 MiB is refused', async () => {
  const bytes = 100 * 1024 * 1024;
  const failure = await failureOf(run(`/large/${bytes + 1}`));
  expect(failure.message).toContain(`The response body is larger than the limit of ${bytes} bytes`);
});

test('it is asked for as any request is', async () => {
  await run('/redirect/302?to=/ok', {
    method: 'POST',
    body: 'x',
    options: { auth: { type: 'BEARER', token: 't' } },
  });
  expect(server.received.at(-2)).toMatchObject({
    method: 'POST',
    headers: { authorization: 'Bearer t', 'idempotency-key': 'execution-1/task' },
  });
  expect(server.last()).toMatchObject({ method: 'GET', url: '/ok' });
});

describe('the name of the file', () => {
  test.each([
    ['/ok', 'ok'],
    ['/status/200?body=x', '200'],
    ['/a%20b.csv', 'a b.csv'],
    ['/a%2Fb.csv', 'b.csv'],
    ['/100%25.csv', '100%.csv'],
    ['/', 'download'],
    ['/files/', 'download'],
    ['/%2E%2E', 'download'],
  ])('of the address %s is %s', async (path, name) => {
    expect(await run(path)).toMatchObject({ uri: `${root}/${name}` });
  });

  test.each([
    ['inline', 'name.txt'],
    ['attachment; filename=report.csv', 'report.csv'],
    ['attachment; filename="a; b.csv"', 'a; b.csv'],
    ['attachment; filename="say \\"hi\\".csv"', 'say "hi".csv'],
    ["attachment; filename*=UTF-8''%E2%82%AC.csv", '€.csv'],
    ["attachment; filename*=ISO-8859-1''%FC.csv", '%FC.csv'],
    ["attachment; filename=plain.csv; filename*=UTF-8'en'better.csv", 'better.csv'],
    ['attachment; filename="../../etc/passwd"', 'passwd'],
    ['attachment; filename="C:\\\\temp\\\\a.csv"', 'a.csv'],
    ['attachment; filename=".."', 'name.txt'],
    ['attachment; filename=""', 'name.txt'],
  ])('of %s is %s', async (disposition, name) => {
    const path = `/file/name.txt?as=${encodeURIComponent(disposition)}`;
    expect(await run(path)).toMatchObject({ uri: `${root}/${name}` });
    expect(await run(path, { saveAs: 'mine.csv' })).toMatchObject({ uri: `${root}/mine.csv` });
  });
});

describe('an empty body', () => {
  const path = '/status/200';

  test('fails', async () => {
    const failure = { code: 'http-empty', message: 'No response from server' };
    expect(await failureOf(run(path))).toEqual(failure);
  });

  test('is a file with a warning where the flow says so', async () => {
    const context = taskContext();
    expect(await run(path, { failOnEmptyResponse: false }, context)).toMatchObject({ length: 0 });
    const message = `File '${server.origin}${path}' is empty`;
    expect(context.lines).toContainEqual({ level: 'WARN', message });
  });

  test.each([{ allowFailed: true }, { options: { allowFailed: true } }])(
    'is a file where failures are allowed: %j',
    async (properties) => {
      expect(await run('/status/404', properties)).toMatchObject({ code: 404, length: 0 });
    },
  );
});

describe('nothing is stored', () => {
  test.each([
    ['/cut', {}, 'http-exchange', 'Invalid size, got 4, expected 100. The connection was closed'],
    ['/chunks-cut', {}, 'http-exchange', 'The connection was closed before the response'],
    ['/status/404?body=no', {}, 'http-status', "response code '404' and body:\nno"],
    ['/ok', { options: { allowedResponseCodes: [201] } }, 'http-status', "code '200'"],
    ['/redirect/302?to=file:///etc/passwd', {}, 'http-destination', 'not an http or https'],
  ])('of %s with %j', async (path, properties, code, message) => {
    const context = taskContext();
    const failure = await failureOf(run(path, properties, context));
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(context.files.size).toBe(0);
  });
});
