/**
 * Lambda's Invoke API over the local functions, with the limits and the error shapes of the real
 * one: `POST /2015-03-31/functions/{name or ARN}/invocations`.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FunctionResult } from './function-protocol.ts';
import type { FunctionHost } from './functions.ts';
import { type Answer, json, readBody } from './http.ts';

/** Payload limits, in bytes. Synchronous answers may be 100 bytes longer than requests. */
export const requestBytesMax = 6 * 1024 * 1024;
const eventBytesMax = 1024 * 1024;
const responseBytesMax = requestBytesMax + 100;
const logTailBytes = 4 * 1024;

export type Functions = ReadonlyMap<string, FunctionHost>;

const pathPattern = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?|$)/;
/** A name, `name:qualifier`, `account:function:name`, or an ARN with or without a qualifier. */
const namePattern = /^(?:(?:arn:[^:]+:lambda:[^:]*:)?\d*:?function:)?([\w-]{1,64})(?::[\w$-]+)?$/;

export async function answerInvoke(
  request: IncomingMessage,
  functions: Functions,
): Promise<Answer> {
  const body = await readBody(request, requestBytesMax);
  const given = decodeURIComponent(pathPattern.exec(request.url ?? '')?.[1] ?? '');
  const name = namePattern.exec(given)?.[1];
  if (name === undefined || request.method !== 'POST') {
    return refusal(404, 'UnknownOperationException', `No operation at ${request.url}.`);
  }
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const tooLarge = sizeRefusal(body, String(type));
  if (tooLarge !== undefined || body === undefined) return tooLarge ?? refuseSize('', 0);
  const host = functions.get(name);
  if (host === undefined) {
    return refusal(404, 'ResourceNotFoundException', `Function not found: ${given}`);
  }
  const event = body.length === 0 ? '{}' : body.toString();
  const malformed = jsonError(event);
  if (malformed !== undefined) {
    const message = `Could not parse request body into json: ${malformed}`;
    return refusal(400, 'InvalidRequestContentException', message);
  }
  if (type === 'DryRun') return { status: 204 };
  if (type === 'Event') {
    // Nobody waits for it; the host turns every failure into a result, so nothing can reject.
    void host.invoke(event);
    return { status: 202, headers: { 'x-amzn-requestid': randomUUID() } };
  }
  return invocationAnswer(await host.invoke(event), request.headers['x-amz-log-type'] === 'Tail');
}

/** The result as Lambda would hand it on: an answer over the limit becomes an error. */
export function withinLimit(result: FunctionResult): FunctionResult {
  if (Buffer.byteLength(result.payload) <= responseBytesMax) return result;
  const payload = JSON.stringify({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${responseBytesMax} bytes).`,
  });
  return { ...result, payload, failed: true };
}

function invocationAnswer(full: FunctionResult, tail: boolean): Answer {
  const result = withinLimit(full);
  const log = Buffer.from(result.log).subarray(-logTailBytes).toString('base64');
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': result.requestId,
      'x-amz-executed-version': '$LATEST',
      ...(result.failed ? { 'x-amz-function-error': 'Unhandled' } : {}),
      ...(tail ? { 'x-amz-log-result': log } : {}),
    },
    body: result.payload,
  };
}

function sizeRefusal(body: Buffer | undefined, type: string): Answer | undefined {
  if (body === undefined) return refuseSize(type, requestBytesMax);
  return type === 'Event' && body.length > eventBytesMax
    ? refuseSize(type, eventBytesMax)
    : undefined;
}

function refuseSize(type: string, limit: number): Answer {
  const message = `The payload is too large for the ${type} invocation type (limit ${limit} bytes)`;
  return refusal(413, 'RequestTooLargeException', message);
}

function refusal(status: number, type: string, message: string): Answer {
  return json(status, { Type: 'User', Message: message, message }, { 'x-amzn-errortype': type });
}

function jsonError(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
