/**
 * Function URLs of the local functions: `/_url/{name}/…` becomes an event of payload format 2.0, and
 * the handler's result an HTTP response. Signatures are accepted and not checked.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { FunctionResult } from './function-protocol.ts';
import { type Answer, json, readBody } from './http.ts';
import { type Functions, requestBytesMax, withinLimit } from './lambda-endpoint.ts';

export const functionUrlPrefix = '/_url/';

/** Bodies of these types reach the handler as text, others as base64; without a type the bytes decide. */
const textTypes = /^(?:text\/|application\/(?:json|javascript|xml|[\w.-]+\+(?:json|xml))\b)/i;

export async function answerFunctionUrl(
  request: IncomingMessage,
  functions: Functions,
): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const [, , name = '', ...rest] = url.pathname.split('/');
  const body = await readBody(request, requestBytesMax);
  if (body === undefined) return json(413, { Message: 'Request Too Large' });
  const host = functions.get(name);
  if (host === undefined) return json(404, { Message: `No function is named "${name}".` });
  const event = eventOf(request, { url, rawPath: `/${rest.join('/')}`, body });
  return responseOf(withinLimit(await host.invoke(JSON.stringify(event))));
}

interface Parts {
  readonly url: URL;
  readonly rawPath: string;
  readonly body: Buffer;
}

function eventOf(request: IncomingMessage, { url, rawPath, body }: Parts): object {
  const headers = joinedHeaders(request.headers);
  const cookies = (headers['cookie'] ?? '').split('; ').filter((cookie) => cookie !== '');
  delete headers['cookie'];
  const query = queryOf(url);
  const type = headers['content-type'];
  const isText = type === undefined ? isUtf8(body) : textTypes.test(type);
  const now = new Date();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: url.search.slice(1),
    headers,
    ...(cookies.length > 0 ? { cookies } : {}),
    ...(url.search === '' ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      domainName: headers['host'] ?? '127.0.0.1',
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 ? { body: body.toString(isText ? 'utf8' : 'base64') } : {}),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

function joinedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : (value ?? ''),
    ]),
  );
}

function queryOf(url: URL): Record<string, string> {
  const names = new Set(url.searchParams.keys());
  return Object.fromEntries(
    [...names].map((name) => [name, url.searchParams.getAll(name).join(',')]),
  );
}

/** A result without a `statusCode` is the body itself, sent as JSON. */
function responseOf(result: FunctionResult): Answer {
  if (result.failed) {
    return {
      status: 502,
      headers: { 'content-type': 'text/plain' },
      body: 'Internal Server Error',
    };
  }
  const value: unknown = JSON.parse(result.payload);
  if (!isObject(value) || typeof value['statusCode'] !== 'number') {
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: typeof value === 'string' ? value : result.payload,
    };
  }
  const body = typeof value['body'] === 'string' ? value['body'] : '';
  const headers: Record<string, string | string[]> = { 'content-type': 'application/json' };
  for (const [name, header] of Object.entries(isObject(value['headers']) ? value['headers'] : {})) {
    headers[name.toLowerCase()] = String(header);
  }
  if (Array.isArray(value['cookies'])) headers['set-cookie'] = value['cookies'].map(String);
  return {
    status: value['statusCode'],
    headers,
    body: value['isBase64Encoded'] === true ? Buffer.from(body, 'base64') : body,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
