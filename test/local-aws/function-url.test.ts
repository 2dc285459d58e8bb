import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalAws, startLocalAws } from '../../src/local-aws/local-aws.ts';

interface UrlEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: { readonly http: object };
}

let aws: LocalAws;
let result: unknown;
let event: UrlEvent | undefined;
const logged: string[] = [];

beforeAll(async () => {
  aws = await startLocalAws({
    log: (name, text) => logged.push(`${name} ${text}`),
    functions: {
      echo: (given) => {
        event = given as UrlEvent;
        if (result instanceof Error) throw result;
        return result;
      },
    },
  });
});

afterAll(() => aws.close());

test('a request becomes an event of payload format 2.0', async () => {
  result = {};
  await fetch(`${aws.functionUrl('echo')}a/b%20c?x=1&y=2&x=3`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', cookie: 'a=1; b=2', 'x-many': 'one' },
    body: '{"ü": 1}',
  });
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/a/b%20c',
    rawQueryString: 'x=1&y=2&x=3',
    queryStringParameters: { x: '1,3', y: '2' },
    cookies: ['a=1', 'b=2'],
    headers: { 'content-type': 'application/json', 'x-many': 'one' },
    requestContext: { http: { method: 'PUT', path: '/a/b%20c', sourceIp: '127.0.0.1' } },
    body: '{"ü": 1}',
    isBase64Encoded: false,
  });
  expect(event?.headers).not.toHaveProperty('cookie');
});

test('a body that is no text arrives as base64', async () => {
  result = {};
  await fetch(aws.functionUrl('echo'), { method: 'POST', body: new Uint8Array([0, 255]) });
  expect(event).toMatchObject({ body: Buffer.from([0, 255]).toString('base64') });
});

describe('a result becomes a response', () => {
  test.each([
    ['as the body', { a: 1 }, 200, 'application/json', '{"a":1}'],
    ['as text', 'hi', 200, 'application/json', 'hi'],
    ['as null', null, 200, 'application/json', 'null'],
    [
      'with a status code and headers',
      { statusCode: 404, headers: { 'Content-Type': 'text/plain' }, body: 'no' },
      404,
      'text/plain',
      'no',
    ],
    [
      'from base64',
      { statusCode: 200, body: 'aGk=', isBase64Encoded: true },
      200,
      'application/json',
      'hi',
    ],
    ['as an error', new Error('boom'), 502, 'text/plain', 'Internal Server Error'],
  ])('%s', async (_, given, status, contentType, body) => {
    result = given;
    const response = await fetch(aws.functionUrl('echo'));
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe(contentType);
    expect(await response.text()).toBe(body);
  });

  test('with cookies', async () => {
    result = { statusCode: 204, cookies: ['a=1', 'b=2; Secure'] };
    const response = await fetch(aws.functionUrl('echo'));
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2; Secure']);
  });
});

test('what a function throws is told, since the response does not say it', async () => {
  result = new Error('boom');
  await fetch(aws.functionUrl('echo'));
  expect(logged.at(-1)).toMatch(/^echo \{"errorType":"Error","errorMessage":"boom"/);
});

test('a name nobody has is not found, and 6 MB are the limit', async () => {
  expect((await fetch(aws.functionUrl('nobody'))).status).toBe(404);
  const body = new Uint8Array(6 * 1024 * 1024 + 1);
  expect((await fetch(aws.functionUrl('echo'), { method: 'POST', body })).status).toBe(413);
});
