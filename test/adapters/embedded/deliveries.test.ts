import { cpSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import type { Delivered } from '../../../src/adapters/embedded/deliveries.ts';
import { openEmbedded, openEmbeddedReadOnly } from '../../../src/adapters/embedded/open.ts';
import { virtualClock } from '../../../src/adapters/simulated/clock.ts';
import type { Message } from '../../../src/engine/ports.ts';
import { aSlot, epochMs, fresh } from '../../contract/fixtures.ts';
import { newFolder } from './folders.ts';
import { turns } from './turns.ts';

const minute = 60_000;

async function open(directory = newFolder()) {
  const clock = virtualClock(epochMs);
  const embedded = await openEmbedded({ directory, clock });
  onTestFinished(() => embedded.close());
  return { directory, clock, ...embedded };
}

const aMessage = (body: string, parts: Partial<Message> = {}): Message => ({
  body,
  lane: 'fast',
  key: `${fresh('execution')}:task:1:1`,
  ...parts,
});

/** A handler that answers when told to. */
function handledByHand() {
  const inHand = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const seen: Delivered[] = [];
  const handle = (message: Delivered) =>
    new Promise<void>((resolve, reject) => {
      seen.push(message);
      inHand.set(message.body, { resolve, reject });
    });
  const answer = async (body: string, error?: Error) => {
    const message = inHand.get(body);
    inHand.delete(body);
    if (error) message?.reject(error);
    else message?.resolve();
    await turns();
  };
  return { handle, seen, answer, inHand: () => [...inHand.keys()] };
}

const noDead = async () => undefined;

test('a message is handed out after the commit of it and of everything done before', async () => {
  const { store, queue, deliveries, directory } = await open();
  const found = Promise.withResolvers<unknown>();
  deliveries.start({
    concurrency: 1,
    dead: noDead,
    handle: async () => {
      const reader = await openEmbeddedReadOnly({ directory });
      found.resolve(await reader.store.readSlot('x', 'post_item'));
      await reader.close();
    },
  });
  void store.commitSlot('x', aSlot());
  void queue.send([aMessage('go')]);
  expect(await found.promise).toEqual(aSlot());
  await deliveries.idle();
});

test('a rejected message comes again after 1, 2, 4 and 8 s, then it is dead', async () => {
  const { queue, deliveries, clock } = await open();
  const received: { at: number; receives: number }[] = [];
  const dead: unknown[] = [];
  deliveries.start({
    concurrency: 2,
    handle: async ({ receives }) => {
      received.push({ at: (clock.now() - epochMs) / 1000, receives });
      throw new Error(`no ${receives}`);
    },
    dead: async (message, error) => void dead.push([message.body, (error as Error).message]),
  });
  await queue.send([aMessage('poison')]);
  for (let second = 0; second < 20; second += 1) {
    await turns();
    clock.advance(1000);
  }
  expect(received).toEqual([
    { at: 0, receives: 1 },
    { at: 1, receives: 2 },
    { at: 3, receives: 3 },
    { at: 7, receives: 4 },
    { at: 15, receives: 5 },
  ]);
  expect(dead).toEqual([['poison', 'no 5']]);
  await deliveries.idle();
});

test('a message nobody buries stays, and is offered for burial again', async () => {
  const { queue, deliveries, clock } = await open();
  let refusals = 2;
  const buried = Promise.withResolvers<void>();
  deliveries.start({
    concurrency: 1,
    handle: () => Promise.reject(new Error('never')),
    dead: async () => {
      refusals -= 1;
      if (refusals >= 0) throw new Error('not now');
      buried.resolve();
    },
  });
  await queue.send([aMessage('poison')]);
  for (let tries = 0; tries < 8; tries += 1) {
    await turns();
    clock.advance(minute);
  }
  await buried.promise;
  await deliveries.idle();
});

test('a process that ends leaves its messages to the next one, receives counted', async () => {
  let directory = newFolder();
  for (const receives of [1, 2, 3, 4, 5]) {
    const { queue, deliveries } = await open(directory);
    const { handle, seen, answer } = handledByHand();
    if (receives === 1) await queue.send([aMessage('kills')]);
    deliveries.start({ concurrency: 1, handle, dead: noDead });
    await turns();
    expect(seen).toEqual([{ body: 'kills', lane: 'fast', receives }]);
    // What is on disk at this moment is what a kill would leave.
    directory = copyOf(directory);
    await answer('kills');
  }
  const { deliveries } = await open(directory);
  const dead: Delivered[] = [];
  deliveries.start({
    concurrency: 1,
    handle: () => Promise.reject(new Error('must not be handled a sixth time')),
    dead: async (message) => void dead.push(message),
  });
  await deliveries.idle();
  expect(dead).toEqual([{ body: 'kills', lane: 'fast', receives: 5 }]);
});

test('no more are in hand than there are places, and long ones take half of them', async () => {
  const { queue, deliveries } = await open();
  const { handle, answer, inHand } = handledByHand();
  const lanes = ['long', 'fast'] as const;
  for (const lane of lanes) {
    const bodies = [1, 2, 3, 4, 5].map((n) => `${lane}${n}`);
    await queue.send(bodies.map((body) => aMessage(body, { lane })));
  }
  deliveries.start({ concurrency: 4, handle, dead: noDead });
  await turns();
  expect(inHand().sort()).toEqual(['fast1', 'fast2', 'long1', 'long2']);
  await answer('fast1');
  await answer('fast2');
  await answer('fast3');
  expect(inHand().sort()).toEqual(['fast4', 'fast5', 'long1', 'long2']);
  await answer('long2');
  expect(inHand().sort()).toEqual(['fast4', 'fast5', 'long1', 'long3']);
  for (let rest = inHand()[0]; rest !== undefined; rest = inHand()[0]) await answer(rest);
  await deliveries.idle();
});

test('neither lane waits for ever behind the other, with a single place', async () => {
  const { queue, deliveries } = await open();
  const order: string[] = [];
  for (const lane of ['fast', 'long'] as const) {
    await queue.send([1, 2].map((n) => aMessage(`${lane}${n}`, { lane })));
  }
  const handle = async ({ body }: Delivered) => void order.push(body);
  deliveries.start({ concurrency: 1, handle, dead: noDead });
  await deliveries.idle();
  expect(order).toEqual(['fast1', 'long1', 'fast2', 'long2']);
});

test('idle waits for delayed messages, stop waits for those in hand', async () => {
  const { queue, deliveries, clock } = await open();
  const { handle, answer, inHand } = handledByHand();
  deliveries.start({ concurrency: 2, handle, dead: noDead });
  const done: string[] = [];
  await queue.send([aMessage('later', { notBefore: clock.now() + minute })]);
  void deliveries.idle().then(() => done.push('idle'));
  await turns();
  clock.advance(minute);
  await turns();
  expect(inHand()).toEqual(['later']);
  void deliveries.stop().then(() => done.push('stop'));
  await queue.send([aMessage('after the stop')]);
  await turns();
  expect(done).toEqual([]);
  await answer('later');
  expect(done).toEqual(['stop']);
  expect(inHand()).toEqual([]);
});

test('a date set back does not hold up what was to be delivered at once', async () => {
  const { queue, deliveries, clock } = await open();
  const { handle, answer, inHand } = handledByHand();
  deliveries.start({ concurrency: 1, handle, dead: noDead });
  await queue.send([aMessage('first'), aMessage('second')]);
  await turns();
  clock.set(epochMs - 24 * 60 * minute);
  await answer('first');
  expect(inHand()).toEqual(['second']);
  await answer('second');
  await deliveries.idle();
});

test('a date set forward makes waiting messages due at the next wake', async () => {
  const { queue, deliveries, clock } = await open();
  const { handle, answer, inHand } = handledByHand();
  deliveries.start({ concurrency: 1, handle, dead: noDead });
  await queue.send([aMessage('tomorrow', { notBefore: epochMs + 24 * 60 * minute })]);
  await turns();
  clock.set(epochMs + 48 * 60 * minute);
  clock.advance(0);
  await turns();
  expect(inHand()).toEqual(['tomorrow']);
  await answer('tomorrow');
});

function copyOf(directory: string): string {
  const copy = newFolder();
  cpSync(directory, copy, { recursive: true });
  return copy;
}

test('what ends processes is given up, and nothing that was in hand beside it', async () => {
  let directory = newFolder();
  const bodies = ['good 1', 'poison', 'good 2', 'good 3'];
  const dead: string[] = [];
  const done: string[] = [];
  for (let life = 0; dead.length === 0; life += 1) {
    const { queue, deliveries } = await open(directory);
    const { handle, answer, inHand } = handledByHand();
    if (life === 0) await queue.send(bodies.map((body) => aMessage(body)));
    deliveries.start({
      concurrency: 4,
      handle,
      dead: async ({ body }) => void dead.push(body),
    });
    await turns();
    while (inHand().length > 0 && !inHand().includes('poison')) {
      done.push(...inHand());
      for (const body of inHand()) await answer(body);
    }
    // What is on disk at this moment is what a kill would leave.
    directory = copyOf(directory);
    const stopped = deliveries.stop();
    for (const body of inHand()) await answer(body);
    await stopped;
  }
  expect({ dead, done: done.sort() }).toEqual({
    dead: ['poison'],
    done: ['good 1', 'good 2', 'good 3'],
  });
});
