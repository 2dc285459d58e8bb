/**
 * The server in front: one port on the loopback address, and which service a request is for.
 *
 * It is dynalite's own server with our routes before dynalite's listener, because closing that server
 * is what closes its database.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerFunctionUrl, functionUrlPrefix } from './function-url.ts';
import type { FunctionHost } from './functions.ts';
import { type Answer, json, loopback, send } from './http.ts';
import { answerInvoke } from './lambda-endpoint.ts';
import { type Identity, identityPath } from './one-process.ts';
import type { OtherServices } from './other-services.ts';

export interface Parts {
  readonly functions: ReadonlyMap<string, FunctionHost>;
  readonly others: OtherServices;
  readonly identity: Identity;
}

export function serve(server: Server, parts: Parts): void {
  const [dynamodb] = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (isDynamoDb(request)) {
      dynamodb?.call(server, request, response);
      return;
    }
    route(request, parts)
      .catch((error: unknown) => json(500, { message: String(error) }))
      .then((answer) => send(response, answer))
      .catch(() => response.destroy());
  });
}

function isDynamoDb(request: IncomingMessage): boolean {
  return String(request.headers['x-amz-target'] ?? '').startsWith('DynamoDB');
}

async function route(request: IncomingMessage, parts: Parts): Promise<Answer> {
  const path = request.url ?? '/';
  if (path === identityPath) return json(200, parts.identity);
  if (path.startsWith('/2015-03-31/functions/')) return answerInvoke(request, parts.functions);
  if (path.startsWith(functionUrlPrefix)) return answerFunctionUrl(request, parts.functions);
  return parts.others.answer(request);
}

/** Listens on this port, or on a fresh one where that is taken. Resolves to the port. */
export async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, loopback, resolve);
  try {
    await promise;
  } catch (error) {
    if (port === 0 || !isTaken(error)) throw error;
    return listen(server, 0);
  } finally {
    server.off('error', reject);
  }
  // Of a listening TCP server the address is never a pipe's name.
  return (server.address() as AddressInfo).port;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

export async function closeServer(server: Server): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.close((error) => (error === undefined || error === null ? resolve() : reject(error)));
  server.closeAllConnections();
  return promise;
}
