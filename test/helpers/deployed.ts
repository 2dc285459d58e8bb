/**
 * The Lambda handlers on the emulators: batches of messages become SQS events, and what the handler
 * does not report as failed is deleted, as the event source mapping does it.
 */
import { type AttributeValue, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { vi } from 'vitest';
import { Template } from 'aws-cdk-lib/assertions';
import { makeStacks } from '../infra/stacks.ts';
import type { Lane } from '../../src/engine/flow.ts';
import { credentials, type Emulators, region, startEmulators } from './emulators.ts';
import { type Need, rolesOf } from './iam.ts';
import { type Calls, underRoles } from './roles.ts';

export interface DeployedEngine {
  readonly emulators: Emulators;
  /** What the functions have asked AWS for; what their roles do not allow was refused. */
  readonly calls: Calls;
  /** The API behind the ingest function's URL. */
  request(
    method: string,
    path: string,
    body?: string,
    headers?: Record<string, string>,
    /** Who signed it; null: nobody. */
    signer?: string | null,
  ): Promise<Response>;
  /** Hands out one batch from each lane, and tells how many messages there were. */
  pump(waitSeconds?: number): Promise<number>;
  /** Takes messages out of the queues, as if they had been handled. */
  take(): Promise<readonly { readonly body: string; readonly lane: Lane }[]>;
  /** Gives a batch to a function and resolves with the indexes of those that it says failed. */
  handle(
    name: 'step' | 'dead-letter',
    bodies: readonly string[],
    /** Of all, or of each. */
    receives?: number | readonly number[],
  ): Promise<readonly number[]>;
  /** From now on what this is true of gets no answer from AWS. */
  failing(isLost: (need: Need) => boolean): void;
  /** Runs the sweep, as if it were so much later. */
  sweep(laterMs?: number): Promise<{ readonly recovered: number }>;
  /** The record of an execution as it is stored. */
  header(id: string): Promise<Record<string, AttributeValue> | undefined>;
  close(): Promise<void>;
}

const lanes = ['fast', 'long'] as const;

/** As Lambda names them. */
export const signers = {
  admin: 'arn:aws:iam::000000000000:user/admin',
  team: 'arn:aws:sts::000000000000:assumed-role/team-deployer/session',
  reader: 'arn:aws:sts::111111111111:assumed-role/reader/session',
} as const;

/** `through`: what stands between the functions and an emulator at this address. */
export async function startDeployed(
  environment: Readonly<Record<string, string>> = {},
  through: (endpoint: string) => Promise<string> = async (endpoint) => endpoint,
): Promise<DeployedEngine> {
  const emulators = await startEmulators();
  Object.assign(process.env, emulators.options.environment, {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: await through(emulators.dynamodbEndpoint),
    AWS_ENDPOINT_URL_SQS: await through(emulators.endpoint),
    AWS_ENDPOINT_URL_S3: await through(emulators.endpoint),
    // The logger then writes to the console, which the test runner keeps to itself.
    POWERTOOLS_DEV: 'true',
    POWERTOOLS_METRICS_DISABLED: 'true',
    BATON_ALLOWED_NETWORKS: 'loopback',
    ...environment,
  });
  const ingest = await import('../../functions/ingest.ts');
  const step = await import('../../functions/step.ts');
  const deadLetter = await import('../../functions/dead-letter.ts');
  const sweep = await import('../../functions/sweep.ts');
  const roles = underRoles(rolesOf(Template.fromStack(makeStacks().orchestrator)));
  const stepOf = {
    fast: roles.as('StepFast', step.handler),
    long: roles.as('StepLong', step.handler),
  };
  const giveUp = roles.as('DeadLetter', deadLetter.handler);
  const answer = roles.as('Ingest', ingest.handler);
  const dynamodb = new DynamoDBClient({
    region,
    credentials,
    endpoint: emulators.dynamodbEndpoint,
  });
  const sqs = new SQSClient({ region, credentials, endpoint: emulators.endpoint });
  return {
    emulators,
    calls: roles.calls,
    failing: roles.failing,
    async request(method, path, body, headers = {}, signer = signers.admin) {
      const event = functionUrlEvent(method, path, body, { headers, signer });
      const result = await answer(event as never, {} as never);
      const {
        statusCode,
        headers: answered,
        body: text,
      } = result as {
        statusCode: number;
        headers: Record<string, string>;
        body: string;
      };
      return new Response(text === '' ? null : text, { status: statusCode, headers: answered });
    },
    async pump(waitSeconds = 0) {
      const counts = await Promise.all(
        lanes.map((lane) =>
          pumpQueue(sqs, { ...emulators.queues[lane], waitSeconds }, stepOf[lane]),
        ),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async take() {
      const taken: { body: string; lane: Lane }[] = [];
      for (const lane of lanes) {
        const queue = { ...emulators.queues[lane], waitSeconds: 0 };
        const handler = async ({ Records }: SQSEvent) => {
          taken.push(...Records.map(({ body }) => ({ body, lane })));
          return { batchItemFailures: [] };
        };
        while ((await pumpQueue(sqs, queue, handler)) > 0) continue;
      }
      return taken;
    },
    async handle(name, bodies, receives = 1) {
      const arn = `arn:aws:sqs:${region}:000000000000:${emulators.queues.fast.name}`;
      const Records = bodies.map((Body, index) => {
        const count = typeof receives === 'number' ? receives : receives[index];
        const Attributes = { ApproximateReceiveCount: String(count) };
        return recordOf({ MessageId: String(index), Body, Attributes }, arn);
      });
      const handler = name === 'step' ? stepOf.fast : giveUp;
      const { batchItemFailures } = await handler({ Records });
      return batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier));
    },
    async sweep(laterMs = 0) {
      const now = vi
        .spyOn(Date, 'now')
        .mockImplementation(() => performance.timeOrigin + performance.now() + laterMs);
      try {
        return await roles.as('Sweep', sweep.handler)();
      } finally {
        now.mockRestore();
      }
    },
    async header(id) {
      const Key = { pk: { S: `X#${id}` }, sk: { S: '#' } };
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: emulators.table, Key }));
      return Item;
    },
    async close() {
      roles.end();
      sqs.destroy();
      dynamodb.destroy();
      await emulators.close();
    },
  };
}

async function pumpQueue(
  sqs: SQSClient,
  queue: { readonly url: string; readonly name: string; readonly waitSeconds: number },
  handler: (event: SQSEvent) => Promise<SQSBatchResponse>,
): Promise<number> {
  const { url, name, waitSeconds } = queue;
  const received = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    }),
  );
  const messages = received.Messages ?? [];
  if (messages.length === 0) return 0;
  const arn = `arn:aws:sqs:${region}:000000000000:${name}`;
  const { batchItemFailures } = await handler({
    Records: messages.map((message) => recordOf(message, arn)),
  });
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const done = messages.filter(({ MessageId }) => !failed.has(MessageId ?? ''));
  if (done.length > 0) {
    const Entries = done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
  }
  return messages.length;
}

function recordOf(message: Message, arn: string): SQSEvent['Records'][number] {
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: {
      ApproximateReceiveCount: message.Attributes?.ApproximateReceiveCount ?? '1',
      SentTimestamp: '0',
      SenderId: 'test',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: region,
  };
}

function functionUrlEvent(
  method: string,
  path: string,
  body: string | undefined,
  { headers, signer }: { headers: Record<string, string>; signer: string | null },
) {
  const [rawPath = '/', rawQueryString = ''] = path.split('?');
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: { host: 'ingest.lambda-url.us-east-1.on.aws', ...headers },
    requestContext: {
      ...(signer !== null && {
        authorizer: {
          iam: {
            accessKey: 'AKIAEXAMPLE',
            accountId: signer.split(':')[4],
            callerId: 'AROAEXAMPLE:session',
            cognitoIdentity: null,
            principalOrgId: null,
            userArn: signer,
            userId: 'AROAEXAMPLE:session',
          },
        },
      }),
      domainName: 'ingest.lambda-url.us-east-1.on.aws',
      http: {
        method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'test',
      },
    },
    ...(body !== undefined && { body }),
    isBase64Encoded: false,
  };
}
