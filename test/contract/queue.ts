/** The promises of `Queue`. Order is none of them, and neither is that a message comes only once. */
import { afterAll, beforeAll, expect } from 'vitest';
import type { Lane } from '../../src/engine/flow.ts';
import type { Message, Queue } from '../../src/engine/ports.ts';
import { fresh } from './fixtures.ts';
import { describePromises, type Deviations, type KeepsPromise } from './promises.ts';

export interface QueueUnderTest {
  readonly queue: Queue;
  now(): number;
  /**
   * Takes what may be delivered now out of both lanes, for good. Returns once `count` messages were
   * taken by this call and nothing more is there.
   */
  take(count: number): Promise<readonly Taken[]>;
  /** Moves the time the queue goes by. A queue on real time lists the tests of delays instead. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface Taken {
  readonly body: string;
  readonly lane: Lane;
}

const minute = 60_000;
const day = 24 * 60 * minute;

function aMessage(parts: Partial<Message> = {}): Message {
  const key = `${fresh('execution')}:task:1:1`;
  return { body: JSON.stringify({ key }), lane: 'fast', key, ...parts };
}

const bodies = (messages: readonly { readonly body: string }[]) =>
  messages.map(({ body }) => body).sort();

export function describeQueue(
  name: string,
  open: () => Promise<QueueUnderTest>,
  deviations: Deviations = {},
): void {
  describePromises(`${name}: queue`, deviations, (promise) => {
    let opened: QueueUnderTest | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => opened?.close(), 60_000);
    const subject = (): QueueUnderTest => {
      if (opened === undefined) throw new Error('the queue is not open');
      return opened;
    };
    sending(promise, subject);
    delaying(promise, subject);
  });
}

function sending(promise: KeepsPromise, subject: () => QueueUnderTest): void {
  const passesThrough = async (messages: readonly Message[]) => {
    await subject().queue.send(messages);
    const taken = await subject().take(messages.length);
    expect(bodies(taken)).toEqual(bodies(messages));
    return taken;
  };

  promise('a message comes out of its lane as it went in', async () => {
    const fast = aMessage({ lane: 'fast' });
    const long = aMessage({ lane: 'long' });
    const taken = await passesThrough([fast, long]);
    for (const { body, lane } of [fast, long]) expect(taken).toContainEqual({ body, lane });
  });

  promise('nothing is sent by sending nothing', async () => {
    await passesThrough([]);
  });

  promise('one call sends any number of messages to both lanes', async () => {
    const lanes = ['fast', 'long', 'fast'] as const;
    await passesThrough(Array.from({ length: 37 }, (_, n) => aMessage({ lane: lanes[n % 3]! })));
  });

  promise('bodies are any text up to 64 KiB, and ten of them fit into one call', async () => {
    const letters = Array.from({ length: 10 }, (_, n) => String.fromCharCode(97 + n));
    await passesThrough(letters.map((letter) => aMessage({ body: letter.repeat(64 * 1024) })));
    await passesThrough([aMessage({ body: JSON.stringify('Grüße 👋 \u0000 "\\\n\t') })]);
    await passesThrough([aMessage({ body: 'é'.repeat(32 * 1024) })]);
  });

  promise('messages sent at once by many all arrive', async () => {
    const messages = Array.from({ length: 40 }, () => aMessage());
    await Promise.all(messages.map((message) => subject().queue.send([message])));
    expect(bodies(await subject().take(40))).toEqual(bodies(messages));
  });
}

function delaying(promise: KeepsPromise, subject: () => QueueUnderTest): void {
  const takesNothing = async () => expect(await subject().take(0)).toEqual([]);

  promise('a date in the past is no delay', async () => {
    const message = aMessage({ notBefore: subject().now() - day });
    await subject().queue.send([message]);
    expect(bodies(await subject().take(1))).toEqual([message.body]);
  });

  promise('a message waits for its date, in either lane', async () => {
    const notBefore = subject().now() + 5 * minute;
    const now = aMessage();
    const later = [aMessage({ notBefore }), aMessage({ notBefore, lane: 'long' })];
    await subject().queue.send([now, ...later]);
    expect(bodies(await subject().take(1))).toEqual([now.body]);
    await subject().advance(5 * minute - 1000);
    await takesNothing();
    await subject().advance(1000);
    expect(bodies(await subject().take(2))).toEqual(bodies(later));
  });

  promise('messages wait from a second to a year', async () => {
    const start = subject().now();
    const waits = [1000, 14 * minute, 16 * minute, day, 40 * day, 365 * day];
    const messages = waits.map((wait) => aMessage({ notBefore: start + wait }));
    await subject().queue.send(messages);
    await takesNothing();
    for (const [index, wait] of waits.entries()) {
      await subject().advance(start + wait - 1 - subject().now());
      await takesNothing();
      await subject().advance(1);
      expect(bodies(await subject().take(1))).toEqual([messages[index]?.body]);
    }
  });

  promise('a long wait sent twice comes once', async () => {
    const message = aMessage({ notBefore: subject().now() + 2 * day });
    await subject().queue.send([message]);
    await subject().queue.send([message]);
    await subject().advance(2 * day);
    expect(bodies(await subject().take(1))).toEqual([message.body]);
  });
}
