/** The contract of ports.ts on the AWS back end, against emulators on loopback. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { vi } from 'vitest';
import { openLogReader } from '../../src/adapters/aws/log-reader.ts';
import { openLogSink } from '../../src/adapters/aws/log-sink.ts';
import { openAws } from '../../src/adapters/aws/open.ts';
import {
  credentials,
  type Emulators,
  region,
  startEmulators,
  startStub,
} from '../helpers/emulators.ts';
import { describeBlobs } from './blobs.ts';
import { describeKeyValues } from './key-values.ts';
import { describeLogs } from './logs.ts';
import { describeQueue, type Taken } from './queue.ts';
import { describeStateStore } from './state-store.ts';

describeStateStore('aws', async () => {
  const emulators = await startEmulators();
  const { store } = openAws(emulators.options);
  return { store, close: () => emulators.close() };
});

describeBlobs('aws', async () => {
  const emulators = await startEmulators();
  const { blobs } = openAws(emulators.options);
  return { blobs, close: () => emulators.close() };
});

describeKeyValues('aws', async () => {
  const emulators = await startEmulators();
  const { keyValues } = openAws(emulators.options);
  return { keyValues, close: () => emulators.close() };
});

const realTime =
  'the emulator goes by the real time; test/adapters/aws checks what is sent instead';

describeQueue(
  'aws',
  async () => {
    const emulators = await startEmulators();
    const { queue } = openAws(emulators.options);
    const client = new SQSClient({ ...emulators.options, endpoint: emulators.endpoint });
    return {
      queue,
      now: Date.now,
      take: (count) => takeAll(client, emulators, count),
      advance: () => Promise.reject(new Error(realTime)),
      close: () => emulators.close(),
    };
  },
  {
    'bodies are any text up to 64 KiB, and ten of them fit into one call':
      'fauxqs refuses characters beyond U+FFFF, which SQS takes; test/adapters/aws sends the rest',
    'a message waits for its date, in either lane': realTime,
    'messages wait from a second to a year': realTime,
    'a long wait sent twice comes once': realTime,
  },
);

async function takeAll(client: SQSClient, { queues }: Emulators, count: number): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (let round = -1; taken.length > round || taken.length < count; ) {
    round = taken.length;
    for (const lane of ['fast', 'long'] as const) {
      const messages = await receive(client, queues[lane].url);
      taken.push(...messages.map(({ Body = '' }) => ({ body: Body, lane })));
    }
  }
  return taken;
}

async function receive(client: SQSClient, QueueUrl: string): Promise<Message[]> {
  const request = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
  const { Messages = [] } = await client.send(request);
  if (Messages.length === 0) return [];
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({
    Id: String(index),
    ReceiptHandle,
  }));
  await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  return Messages;
}

/** CloudWatch Logs in the middle: what is written to standard output is what can be filtered. */
describeLogs(
  'aws',
  async () => {
    const lines: string[] = [];
    const take = (text: string | Uint8Array): boolean => {
      lines.push(...String(text).split('\n').filter(Boolean));
      return true;
    };
    vi.spyOn(process.stdout, 'write').mockImplementation(take);
    vi.spyOn(process.stderr, 'write').mockImplementation(take);
    const stub = await startStub(({ body }) => {
      if (body['logGroupName'] !== '/baton/fast') return { body: { events: [] } };
      const start = Number(body['nextToken'] ?? 0);
      const events = lines.slice(start, start + 2).map((message) => ({ message, timestamp: 0 }));
      const more = start + 2 < lines.length;
      return { body: { events, ...(more && { nextToken: String(start + 2) }) } };
    });
    const client = new CloudWatchLogsClient({ endpoint: stub.endpoint, region, credentials });
    const groups = ['/baton/fast', '/baton/long'];
    return {
      logs: { ...openLogSink(), ...openLogReader(client, { groups }), lagMs: 0 },
      async close() {
        vi.restoreAllMocks();
        await stub.close();
      },
    };
  },
  {
    'of more lines than are wanted the oldest come':
      'the stub hands lines out as they were written, CloudWatch by their time',
    'a line of 1 MB comes back, and an unknown execution has none':
      'Lambda cuts lines of more than 256 KB; a longer message is shortened before',
  },
);
