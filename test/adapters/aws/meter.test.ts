import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { countDelivery } from '../../../src/adapters/aws/meter.ts';
import { type Aws, openAws } from '../../../src/adapters/aws/open.ts';
import type { Operation } from '../../../src/engine/ports.ts';
import { aSlot, fresh } from '../../contract/fixtures.ts';
import { type Emulators, startEmulators } from '../../helpers/emulators.ts';

let emulators: Emulators;
let aws: Aws;
const counted: [Operation, number, string | undefined][] = [];
const metering = {
  meter: {
    count: (operation: Operation, units: number, execution?: string) => {
      counted.push([operation, units, execution]);
    },
  },
  executionOf: (body: string) => body.split(' ')[0],
};

beforeAll(async () => {
  emulators = await startEmulators();
  aws = openAws({ ...emulators.options, metering });
});
afterAll(() => emulators.close());
beforeEach(() => {
  counted.length = 0;
});

const sum = (operation: Operation, execution?: string) =>
  counted
    .filter(([name, , of]) => name === operation && (execution ?? of) === of)
    .reduce((total, [, units]) => total + units, 0);

it('a batch is one request per 64 KiB, shared by its messages by length', async () => {
  const messages = ['e1 small', `e2 ${'x'.repeat(60_000)}`, `e3 ${'x'.repeat(60_000)}`].map(
    (body) => ({ body, lane: 'fast' as const, key: body }),
  );
  await aws.queue.send(messages);
  expect(sum('send')).toBeCloseTo(2);
  expect(sum('send', 'e1')).toBeLessThan(0.01);
  expect(sum('send', 'e2')).toBeCloseTo(1, 2);
});

it('values in the blob store are one request each', async () => {
  const address = await aws.blobs.put('e1/large', new Uint8Array(10));
  await aws.blobs.get(address);
  expect(counted).toEqual([
    ['put', 1, undefined],
    ['get', 1, undefined],
  ]);
});

it('task runs side by side are each counted for their own execution', async () => {
  const ids = Array.from({ length: 10 }, () => fresh('execution'));
  await Promise.all(ids.map((id) => aws.store.commitSlot(id, aSlot())));
  for (const id of ids) expect(sum('write', id)).toBe(1);
});

it('a delivered batch is one receive, one delete and one invocation', () => {
  const bodies = ['e1 a', 'e1 b', 'e2 c', 'e2 d'];
  countDelivery(metering, bodies);
  for (const operation of ['receive', 'delete', 'invoke'] as const) {
    expect(sum(operation)).toBeCloseTo(1);
    expect(sum(operation, 'e1')).toBeCloseTo(0.5);
  }
});
