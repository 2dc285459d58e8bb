/** Reading requests and writing answers, as the endpoints of the local AWS need it. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The only address anything here listens on. */
export const loopback = '127.0.0.1';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
}

/**
 * The whole body, or undefined when it is longer than `bytesMax`. A longer body is read to its end
 * all the same: a client that is cut off while sending sees a broken connection, not the answer.
 */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bytesMax) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > bytesMax ? undefined : Buffer.concat(chunks);
}

export function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, answer.headers ?? {});
  response.end(answer.body ?? '');
}

export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
