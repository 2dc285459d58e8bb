/**
 * A local AWS for the AWS calls that flows make in local runs. The engine itself does not use it.
 *
 * One address answers for all services: DynamoDB (dynalite), Lambda's Invoke API, Function URLs, and
 * at the first request SQS, SNS, S3 (fauxqs) and AssumeRole. It listens on 127.0.0.1 only and checks
 * no signature. With a directory, tables and the address outlive the process, `kill -9` included.
 */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamodbServer, ensureTable } from './dynamodb.ts';
import { closeServer, listen, serve } from './front.ts';
import { functionUrlPrefix } from './function-url.ts';
import type { FunctionResult } from './function-protocol.ts';
import { type FunctionHost, functionHost, type LocalFunction } from './functions.ts';
import { loopback } from './http.ts';
import { refuseSecond } from './one-process.ts';
import { otherServices } from './other-services.ts';
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
  /** Told what functions print and what they throw. */
  readonly log?: (functionName: string, text: string) => void;
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

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

const sampleFunctions: Readonly<Record<'post-item' | 'update-timestamp', LocalFunction>> = {
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
  const endpoint = `http://${loopback}:${port}`;
  if (directory !== undefined) writeRemembered(directory, { port, isComplete });

  const functions = startFunctions(options, { endpoint, region, itemsTable });
  const others = otherServices(region);
  serve(server, { functions, others, identity: { directory, processId: process.pid } });

  async function close(): Promise<void> {
    await Promise.all([...functions.values(), others].map((part) => part.close()));
    await closeServer(server);
  }
  const client = new DynamoDBClient({ endpoint, region, credentials });
  try {
    await ensureTable(client, itemsTable);
  } catch (error) {
    await close();
    throw error;
  } finally {
    client.destroy();
  }
  if (directory !== undefined) writeRemembered(directory, { port, isComplete: true });
  const functionUrl = (name: string): string => `${endpoint}${functionUrlPrefix}${name}/`;
  const postItemUrl = functionUrl('post-item');
  return { endpoint, region, credentials, itemsTable, postItemUrl, functionUrl, close };
}

function startFunctions(
  { functions = {}, log }: LocalAwsOptions,
  { endpoint, region, itemsTable }: Pick<LocalAws, 'endpoint' | 'region' | 'itemsTable'>,
): Map<string, FunctionHost> {
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ITEMS_TABLE: itemsTable,
  };
  const all = Object.entries({ ...sampleFunctions, ...functions });
  return new Map(
    all.map(([name, definition]) => [
      name,
      logged(name, functionHost(definition, { name, region, environment }), log),
    ]),
  );
}

/** Behind a Function URL nobody sees what a function prints, or why it failed. */
function logged(name: string, inner: FunctionHost, log: LocalAwsOptions['log']): FunctionHost {
  if (log === undefined) return inner;
  async function invoke(event: string): Promise<FunctionResult> {
    const result = await inner.invoke(event);
    if (result.log !== '') log?.(name, result.log);
    if (result.failed) log?.(name, result.payload);
    return result;
  }
  return { invoke, close: () => inner.close() };
}
