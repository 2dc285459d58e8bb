/** What both samples share: reading a Function URL request as JSON and answering as JSON. */
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from 'aws-lambda';

/** Far below DynamoDB's 400 KB per item, so that a record always fits. */
const bodyBytesMax = 64 * 1024;

export type Reply = APIGatewayProxyStructuredResultV2;
export type JsonObject = Readonly<Record<string, unknown>>;

/** A request that the caller has to change. Everything else that is thrown is the function's fault. */
class BadRequest extends Error {
  override readonly name = 'BadRequest';
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

export function reply(
  statusCode: number,
  body: unknown,
  headers: Record<string, string> = {},
): Reply {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

/** Answers a POST request by `respond`, and a refused request with its reason. */
export async function answer(
  event: LambdaFunctionURLEvent,
  respond: (body: JsonObject) => Reply | Promise<Reply>,
): Promise<Reply> {
  const method = event.requestContext.http.method;
  if (method !== 'POST') {
    return reply(405, { error: `Method ${method} is not allowed. Use POST.` }, { allow: 'POST' });
  }
  try {
    return await respond(readObject(event));
  } catch (error) {
    if (error instanceof BadRequest) return reply(error.statusCode, { error: error.message });
    throw error;
  }
}

/** The property as text, or a refusal that names it. */
export function text(body: JsonObject, name: string): string {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  if (typeof value !== 'string') throw new BadRequest(400, `"${name}" must be a string.`);
  return value;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readObject(event: LambdaFunctionURLEvent): JsonObject {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > bodyBytesMax) {
    throw new BadRequest(413, `The body has ${bytes.length} bytes; at most ${bodyBytesMax} fit.`);
  }
  let body: unknown;
  try {
    body = JSON.parse(bytes.toString());
  } catch {
    throw new BadRequest(400, 'The body is not JSON.');
  }
  if (!isObject(body)) throw new BadRequest(400, 'The body must be a JSON object.');
  return body;
}
