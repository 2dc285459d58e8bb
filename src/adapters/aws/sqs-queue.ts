/**
 * The queue on two SQS queues, one per lane.
 *
 * A request is billed whether it carries one message or ten, and an invocation handles several
 * batons side by side. So messages that come while a request of their lane is under way wait for it
 * and leave together; a full batch does not wait. A lone message leaves at once: gathering costs
 * nobody a timer. Every message has its own outcome, and `send` resolves when all of its are taken.
 *
 * Waits of up to 15 minutes are SQS delays; longer ones become one-time schedules.
 */
import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Lane } from '../../engine/flow.ts';
import type { Clock, Message, Queue } from '../../engine/ports.ts';
import type { Scheduler } from './scheduler.ts';

export interface QueueOptions {
  readonly urls: Readonly<Record<Lane, string>>;
  readonly scheduler: Scheduler;
  readonly clock?: Clock;
}

const limits = {
  batch: 10,
  batchBytes: 1024 * 1024,
  delaySeconds: 900,
  /** Requests of one lane under way at once. */
  requests: 8,
  /** Times a message is put into a batch that succeeds for others before its failure counts. */
  attempts: 4,
} as const;

interface Waiting {
  readonly body: string;
  readonly bytes: number;
  readonly delaySeconds: number;
  attempts: number;
  taken(): void;
  failed(error: unknown): void;
}

export function openQueue(client: SQSClient, options: QueueOptions): Queue {
  const clock = options.clock ?? { now: Date.now };
  const lanes = {
    fast: openLane(client, options.urls.fast),
    long: openLane(client, options.urls.long),
  };
  const sendOne = (message: Message): Promise<void> => {
    const waitMs = (message.notBefore ?? 0) - clock.now();
    const delaySeconds = Math.max(0, Math.ceil(waitMs / 1000));
    if (delaySeconds > limits.delaySeconds) return options.scheduler.schedule(message);
    return lanes[message.lane].send(message.body, delaySeconds);
  };
  return {
    async send(messages) {
      const outcomes = await Promise.allSettled(messages.map(sendOne));
      // All outcomes are known before a failure is told: nothing is still under way behind it.
      const failure = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failure !== undefined) throw failure.reason;
    },
  };
}

function openLane(client: SQSClient, url: string) {
  const waiting: Waiting[] = [];
  let underWay = 0;
  let isPumping = false;

  const request = async (batch: readonly Waiting[]): Promise<void> => {
    underWay += 1;
    try {
      for (const message of await sendBatch(client, url, batch)) waiting.push(message);
    } finally {
      underWay -= 1;
      pump();
    }
  };
  const pump = (): void => {
    isPumping = false;
    while (waiting.length > 0 && underWay < limits.requests) {
      const count = fitting(waiting);
      const isFull = count === limits.batch || count < waiting.length;
      if (!isFull && underWay > 0) return;
      void request(waiting.splice(0, count));
    }
  };

  return {
    send: (body: string, delaySeconds: number): Promise<void> =>
      new Promise((taken, failed) => {
        const bytes = Buffer.byteLength(body);
        waiting.push({ body, bytes, delaySeconds, attempts: 0, taken, failed });
        // Messages of one call come one after another: gather them first.
        if (!isPumping) queueMicrotask(pump);
        isPumping = true;
      }),
  };
}

/** How many of the first messages fit into one request. */
function fitting(waiting: readonly Waiting[]): number {
  let bytes = 0;
  let count = 0;
  for (const message of waiting) {
    bytes += message.bytes;
    if (count > 0 && (count === limits.batch || bytes > limits.batchBytes)) break;
    count += 1;
  }
  return count;
}

/** Settles what was taken or cannot be, and returns what is worth another request. */
async function sendBatch(
  client: SQSClient,
  url: string,
  batch: readonly Waiting[],
): Promise<readonly Waiting[]> {
  try {
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      const { body, delaySeconds } = only;
      await client.send(
        new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...delayed(delaySeconds) }),
      );
      only.taken();
      return [];
    }
    const Entries = batch.map(toEntry);
    const answer = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    const taken = new Set(answer.Successful?.map(({ Id }) => Id));
    const failures = new Map(answer.Failed?.map((failure) => [failure.Id, failure]));
    // Every message is settled or tried again, even one that the answer does not mention.
    const again: Waiting[] = [];
    for (const [index, message] of batch.entries()) {
      const { SenderFault, Code = 'unanswered', Message = '' } = failures.get(String(index)) ?? {};
      message.attempts += 1;
      if (taken.has(String(index))) message.taken();
      else if (SenderFault !== true && message.attempts < limits.attempts) again.push(message);
      else message.failed(new Error(`SQS did not take a message: ${Code} ${Message}`.trim()));
    }
    return again;
  } catch (error) {
    for (const message of batch) message.failed(error);
    return [];
  }
}

function toEntry({ body, delaySeconds }: Waiting, index: number): SendMessageBatchRequestEntry {
  return { Id: String(index), MessageBody: body, ...delayed(delaySeconds) };
}

function delayed(delaySeconds: number): { DelaySeconds?: number } {
  return delaySeconds > 0 ? { DelaySeconds: delaySeconds } : {};
}
