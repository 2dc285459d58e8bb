/**
 * AWS in this process: dynalite for DynamoDB, fauxqs for SQS and S3, on loopback ports of their own.
 *
 * Tests take what they need and close it. What the emulators lack (EventBridge Scheduler, CloudWatch
 * Logs) has a small server of its own below, which knows the one operation that Baton uses.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { type AwsOptions, environment } from '../../src/adapters/aws/open.ts';
import { indexes, tableKeys } from '../../src/adapters/aws/table.ts';

export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
export const region = 'us-east-1';

export interface Emulators {
  /** What `openAws` needs to work on them. */
  readonly options: AwsOptions & { readonly environment: Record<string, string> };
  readonly dynamodbEndpoint: string;
  /** SQS and S3. */
  readonly endpoint: string;
  readonly fauxqs: FauxqsServer;
  /** Operations that reached DynamoDB, counted at the server, in order. */
  readonly dynamodbRequests: string[];
  readonly table: string;
  readonly bucket: string;
  readonly queues: Readonly<
    Record<'fast' | 'long', { readonly name: string; readonly url: string }>
  >;
  close(): Promise<void>;
}

export async function startEmulators(): Promise<Emulators> {
  const dynamodb = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const dynamodbRequests: string[] = [];
  dynamodb.on('request', ({ headers }) => {
    dynamodbRequests.push(String(headers['x-amz-target']).split('.')[1] ?? '');
  });
  const [dynamodbEndpoint, fauxqs] = await Promise.all([
    listen(dynamodb),
    startFauxqs({ port: 0, logger: false, host: '127.0.0.1', defaultRegion: region }),
  ]);
  const table = 'baton';
  const bucket = 'baton-blobs';
  await createTable(dynamodbEndpoint, table);
  fauxqs.createBucket(bucket);
  const [fast, long] = [fauxqs.createQueue('baton-fast'), fauxqs.createQueue('baton-long')];
  const endpoint = `http://127.0.0.1:${fauxqs.port}`;
  return {
    options: {
      region,
      credentials,
      endpoint: { dynamodb: dynamodbEndpoint, sqs: endpoint, s3: endpoint },
      environment: {
        [environment.table]: table,
        [environment.bucket]: bucket,
        [environment.fastQueueUrl]: fast.queueUrl,
        [environment.longQueueUrl]: long.queueUrl,
        [environment.fastQueueArn]: fast.queueArn,
        [environment.longQueueArn]: long.queueArn,
        [environment.scheduleGroup]: 'baton',
        [environment.scheduleRoleArn]: 'arn:aws:iam::000000000000:role/baton-schedules',
        [environment.stepLogGroups]: '/baton/fast,/baton/long,/baton/dead-letter',
      },
    },
    dynamodbEndpoint,
    endpoint,
    fauxqs,
    dynamodbRequests,
    table,
    bucket,
    queues: {
      fast: { name: fast.queueName, url: fast.queueUrl },
      long: { name: long.queueName, url: long.queueUrl },
    },
    async close() {
      await Promise.all([stop(dynamodb), fauxqs.stop()]);
    },
  };
}

/** The table as `infra` makes it: keys, sparse indexes, nothing else. */
async function createTable(endpoint: string, table: string): Promise<void> {
  const client = new DynamoDBClient({ endpoint, region, credentials });
  const names = [tableKeys, ...indexes].flatMap((keys) => [keys.partitionKey, keys.sortKey]);
  const schema = (keys: { partitionKey: string; sortKey: string }) => [
    { AttributeName: keys.partitionKey, KeyType: 'HASH' as const },
    { AttributeName: keys.sortKey, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...new Set(names)].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: schema(tableKeys),
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: schema(index),
        Projection:
          index.projection.length === 0
            ? { ProjectionType: 'KEYS_ONLY' }
            : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.projection] },
      })),
    }),
  );
  client.destroy();
}

export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly target: string;
  readonly body: Record<string, unknown>;
}

export interface StubAnswer {
  readonly status?: number;
  /** Sent as `x-amzn-errortype`. */
  readonly error?: string;
  readonly body?: unknown;
}

/** A service that speaks JSON over HTTP, one answer per request. */
export async function startStub(
  answer: (request: StubRequest) => StubAnswer,
): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, error, body } = answer({
        method: request.method ?? '',
        path: request.url ?? '',
        target: String(request.headers['x-amz-target'] ?? ''),
        body: JSON.parse(Buffer.concat(chunks).toString() || '{}'),
      });
      response.writeHead(status ?? 200, {
        'content-type': 'application/json',
        ...(error !== undefined && { 'x-amzn-errortype': error }),
      });
      response.end(JSON.stringify(body ?? {}));
    });
  });
  return { endpoint: await listen(server), close: () => stop(server) };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections?.();
  });
}
