/** What the queue sends, seen by a server that speaks the SQS protocol. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, expect, it } from 'vitest';
import { openQueue } from '../../../src/adapters/aws/sqs-queue.ts';
import type { Message } from '../../../src/engine/ports.ts';
import { fresh } from '../../contract/fixtures.ts';
import {
  credentials,
  region,
  startStub,
  type StubAnswer,
  type StubRequest,
} from '../../helpers/emulators.ts';

const minute = 60_000;
const start = 1_700_000_000_000;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
}

async function open(
  answer: (entries: readonly Entry[], request: StubRequest) => StubAnswer = taken,
) {
  const requests: (readonly Entry[])[] = [];
  const stub = await startStub((request) => {
    const { body } = request;
    const entries = (body['Entries'] ?? [body]) as Entry[];
    requests.push(entries);
    return answer(entries, request);
  });
  closing.push(() => stub.close());
  const scheduled: Message[] = [];
  const client = new SQSClient({ endpoint: stub.endpoint, region, credentials, md5: false });
  const urls = { fast: `${stub.endpoint}/0/fast`, long: `${stub.endpoint}/0/long` };
  const scheduler = { schedule: async (message: Message) => void scheduled.push(message) };
  const queue = openQueue(client, { urls, scheduler, clock: { now: () => start } });
  return { queue, requests, scheduled };
}

function taken(entries: readonly Entry[]): StubAnswer {
  return { body: { MessageId: 'm', Successful: entries.map(({ Id }) => ({ Id, MessageId: Id })) } };
}

function some(count: number, parts: Partial<Message> = {}): Message[] {
  return Array.from({ length: count }, () => {
    const key = fresh('message');
    return { body: key, lane: 'fast', key, ...parts };
  });
}

it('one message is one request, and so are ten of one call', async () => {
  const { queue, requests } = await open();
  await queue.send(some(1));
  await queue.send(some(10));
  expect(requests.map((entries) => entries.length)).toEqual([1, 10]);
});

it('messages of many callers leave together while a request is under way', async () => {
  const { queue, requests } = await open();
  const first = queue.send(some(1));
  // The first has left by the next turn of the loop; the others find it under way.
  await Promise.resolve();
  await Promise.all([first, ...some(9).map((message) => queue.send([message]))]);
  expect(requests.map((entries) => entries.length)).toEqual([1, 9]);
});

it('a full batch does not wait, and batches stay below their bytes', async () => {
  const { queue, requests } = await open();
  await queue.send([...some(25), ...some(5, { body: 'x'.repeat(300 * 1024) })]);
  expect(requests.flat()).toHaveLength(30);
  for (const entries of requests) {
    expect(entries.length).toBeLessThanOrEqual(10);
    const bytes = entries.reduce((sum, { MessageBody }) => sum + MessageBody.length, 0);
    expect(bytes).toBeLessThanOrEqual(1024 * 1024);
  }
});

it('waits of up to 15 minutes are delays, longer ones are scheduled', async () => {
  const { queue, requests, scheduled } = await open();
  const waits = [-minute, 1, 1000, 15 * minute, 15 * minute + 1, 400 * 24 * 60 * minute];
  const messages = waits.flatMap((wait) => some(1, { notBefore: start + wait }));
  await queue.send(messages);
  const delays = requests.flat().map(({ DelaySeconds }) => DelaySeconds);
  expect(delays).toEqual([undefined, 1, 1, 900]);
  expect(scheduled).toEqual(messages.slice(4));
});

it('what a batch leaves out is sent again', async () => {
  const { queue, requests } = await open((entries) => {
    const [failed, second, ...rest] = entries;
    if (failed === undefined || second === undefined) return taken(entries);
    rest.push(second);
    const Failed = [{ Id: failed.Id, SenderFault: false, Code: 'InternalError' }];
    return { body: { Successful: rest.map(({ Id }) => ({ Id, MessageId: Id })), Failed } };
  });
  await queue.send(some(5));
  expect(requests.map((entries) => entries.length)).toEqual([5, 1]);
});

it('what is never taken is an error, after the others were taken', async () => {
  const { queue, requests } = await open((entries) => ({
    body: {
      Successful: entries.slice(2).map(({ Id }) => ({ Id, MessageId: Id })),
      Failed: entries.slice(0, 2).map(({ Id }, n) => ({
        Id,
        SenderFault: n === 0,
        Code: 'Refused',
        Message: 'not this one',
      })),
    },
  }));
  await expect(queue.send(some(6))).rejects.toThrow('SQS did not take a message: Refused');
  expect(requests[0]).toHaveLength(6);
});

it('a message that the answer does not mention is sent again, and then is an error', async () => {
  const { queue, requests } = await open(() => ({ body: {} }));
  await expect(queue.send(some(2))).rejects.toThrow('SQS did not take a message: unanswered');
  expect(requests).toHaveLength(4);
});

it('a request that fails fails its messages, and only those', async () => {
  const { queue } = await open((entries) =>
    entries.length > 1
      ? { status: 400, error: 'AWS.SimpleQueueService.BatchRequestTooLong', body: {} }
      : taken(entries),
  );
  await expect(queue.send(some(3))).rejects.toThrow();
  await queue.send(some(1));
});
