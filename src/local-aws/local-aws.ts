/**
 * A local AWS for the AWS calls that flows make in local runs. The engine itself does not use it.
 *
 * One address answers for all services: DynamoDB (dynalite), Lambda's Invoke API, Function URLs, and
 * at the first request SQS, SNS, S3 (fauxqs) and AssumeRole. It listens on 127.0.0.1 only and checks
 * no signature. With a directory, tables and the address outlive the process, `kill -9` included.
 */
import { mkdirSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamodbServer, ensureTable } from './dynamodb.ts';
import { answerFunctionUrl, functionUrlPrefix } from './function-url.ts';
import { type FunctionHost, functionHost, type LocalFunction } from './functions.ts';
import { type Answer, json, send } from './http.ts';
import { answerInvoke } from './lambda-endpoint.ts';
import { type OtherServices, otherServices } from './other-services.ts';
import { readRemembered, writeRemembered } from './remembered.ts';

export interface LocalAwsOptions {
  /** Where tables and the port are kept. Without it everything is gone at the end. */
  readonly directory?: string;
  /** By name; the samples are always there unless another function takes their name. */
  readonly functions?: Readonly<Record<string, LocalFunction>>;
  /** `items` by default. */
  readonly itemsTable?: string;
  /** `us-east-1` by default. */
  readonly region?: string;
}

export interface LocalAws {
  /** The address of every service: what `endpointOverride` and AWS_ENDPOINT_URL take. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly itemsTable: string;
  /** The Function URL of the sample that stores an item. */
  readonly postItemUrl: string;
  functionUrl(name: string): string;
  close(): Promise<void>;
}

const host = '127.0.0.1';
const identityPath = '/_local-aws';
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

export const sampleFunctions: Readonly<Record<'post-item' | 'update-timestamp', LocalFunction>> = {
  'post-item': { module: new URL('../../functions/samples/post-item.ts', import.meta.url) },
  'update-timestamp': {
    module: new URL('../../functions/samples/update-timestamp.ts', import.meta.url),
  },
};

export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const directory = options.directory === undefined ? undefined : resolve(options.directory);
  const region = options.region ?? 'us-east-1';
  const itemsTable = options.itemsTable ?? 'items';
  const remembered = directory === undefined ? undefined : readRemembered(directory);
  if (directory !== undefined) {
    mkdirSync(directory, { recursive: true });
    await refuseSecond(directory, remembered?.port);
  }
  const isComplete = remembered?.isComplete ?? false;
  const server = dynamodbServer({ directory, isComplete });
  const port = await listen(server, remembered?.port ?? 0);
  const endpoint = `http://${host}:${port}`;
  if (directory !== undefined) writeRemembered(directory, { port, isComplete });

  const functions = startFunctions(options.functions ?? {}, { endpoint, region, itemsTable });
  const others = otherServices(region);
  serve(server, { functions, others, identity: { directory, processId: process.pid } });

  const client = new DynamoDBClient({ endpoint, region, credentials });
  await ensureTable(client, itemsTable);
  client.destroy();
  if (directory !== undefined) writeRemembered(directory, { port, isComplete: true });

  async function close(): Promise<void> {
    await Promise.all([...functions.values(), others].map((part) => part.close()));
    await closeServer(server);
  }
  const functionUrl = (name: string): string => `${endpoint}${functionUrlPrefix}${name}/`;
  const postItemUrl = functionUrl('post-item');
  return { endpoint, region, credentials, itemsTable, postItemUrl, functionUrl, close };
}

function startFunctions(
  given: Readonly<Record<string, LocalFunction>>,
  { endpoint, region, itemsTable }: Pick<LocalAws, 'endpoint' | 'region' | 'itemsTable'>,
): Map<string, FunctionHost> {
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ITEMS_TABLE: itemsTable,
  };
  const all = Object.entries({ ...sampleFunctions, ...given });
  return new Map(
    all.map(([name, definition]) => [
      name,
      functionHost(definition, { name, region, environment }),
    ]),
  );
}

interface Parts {
  readonly functions: ReadonlyMap<string, FunctionHost>;
  readonly others: OtherServices;
  readonly identity: object;
}

/**
 * Puts our routes in front of dynalite's own listener on its own server: closing that server is what
 * closes its database.
 */
function serve(server: Server, parts: Parts): void {
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

/** The remembered port, or a fresh one where that is taken by now. */
async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
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

/** Two processes cannot share the database, and dynalite would end the second with a bare crash. */
async function refuseSecond(directory: string, port: number | undefined): Promise<void> {
  if (port === undefined) return;
  const found = await identityAt(`http://${host}:${port}${identityPath}`);
  if (found?.directory !== directory) return;
  throw new Error(
    `The local AWS of ${directory} is already running, in process ${String(found.processId)}.`,
  );
}

async function identityAt(
  url: string,
): Promise<{ directory?: unknown; processId?: unknown } | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

async function closeServer(server: Server): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.close((error) => (error === undefined || error === null ? resolve() : reject(error)));
  server.closeAllConnections();
  return promise;
}
