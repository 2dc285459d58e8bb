/**
 * What the store asks of DynamoDB, counted at the server: the budgets of the cost model. The meter
 * on the clients has to tell the same.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openAws } from '../../../src/adapters/aws/open.ts';
import type { Operation, StateStore } from '../../../src/engine/ports.ts';
import {
  aClaim,
  aFlow,
  anExecution,
  aSlot,
  collect,
  epochMs,
  fresh,
} from '../../contract/fixtures.ts';
import { type Emulators, startEmulators } from '../../helpers/emulators.ts';

let emulators: Emulators;
let store: StateStore;
const metered: { operation: Operation; units: number; execution: string | undefined }[] = [];

beforeAll(async () => {
  emulators = await startEmulators();
  const meter = {
    count: (operation: Operation, units: number, execution?: string) => {
      metered.push({ operation, units, execution });
    },
  };
  ({ store } = openAws({ ...emulators.options, metering: { meter } }));
});

afterAll(() => emulators.close());

beforeEach(forget);

function forget(): void {
  emulators.dynamodbRequests.length = 0;
  metered.length = 0;
}

it('a task run costs one conditional write and no read', async () => {
  const id = fresh('execution');
  const outputs = JSON.stringify({ text: 'x'.repeat(2048) });
  const attempts = [{ number: 1, state: 'SUCCESS', startedAt: epochMs, endedAt: epochMs }] as const;
  const used = { ms: 12.5, reads: 0 };
  await store.commitSlot(id, aSlot({ outputs, attempts, used }));
  expect(emulators.dynamodbRequests).toEqual(['PutItem']);
  expect(metered).toEqual([{ operation: 'write', units: 3, execution: id }]);

  forget();
  await store.commitSlot(id, aSlot({ path: 'b', outputs: new Uint8Array(700), attempts, used }));
  expect(metered).toEqual([{ operation: 'write', units: 1, execution: id }]);
});

it('the loser of a slot pays one refused write and one read', async () => {
  const id = fresh('execution');
  await store.commitSlot(id, aSlot());
  forget();
  await store.commitSlot(id, aSlot());
  expect(emulators.dynamodbRequests).toEqual(['PutItem', 'GetItem']);
  expect(metered).toEqual([
    { operation: 'write', units: 1, execution: id },
    { operation: 'read', units: 1, execution: id },
  ]);
});

it('an execution costs two header writes beside its task runs', async () => {
  const execution = anExecution({ dueAt: epochMs + 60_000 });
  await store.createExecution(execution);
  await store.endExecution(execution.id, 1, { state: 'SUCCESS', endedAt: epochMs });
  expect(emulators.dynamodbRequests).toEqual(['PutItem', 'UpdateItem']);
  expect(metered.map(({ operation, units }) => [operation, units])).toEqual([
    ['write', 1],
    ['write', 1],
  ]);
});

it('a branch of a fan costs one write for its join, and a claim one', async () => {
  const id = fresh('execution');
  await store.addToJoin(id, { path: 'each', epoch: 1, shard: '0.0' }, '3:SUCCESS');
  await store.claimMember(id, aClaim());
  expect(emulators.dynamodbRequests).toEqual(['UpdateItem', 'UpdateItem']);
  expect(metered.map(({ units, execution }) => [units, execution])).toEqual([
    [1, id],
    [1, id],
  ]);
});

it('the slots of a small execution are one query, whatever else it has', async () => {
  const id = fresh('execution');
  for (const path of ['a', 'each[0]/b', 'each[255]/b']) await store.commitSlot(id, aSlot({ path }));
  forget();
  expect(await collect(store.readSlots(id))).toHaveLength(3);
  expect(emulators.dynamodbRequests).toEqual(['Query']);
});

it('a wide fan pays for its marker once, and its slots are found in the shards', async () => {
  const id = fresh('execution');
  const paths = Array.from({ length: 20 }, (_, n) => `each[${n + 300}]/b`);
  await Promise.all(paths.map((path) => store.commitSlot(id, aSlot({ path }))));
  expect(emulators.dynamodbRequests).toHaveLength(21);
  forget();
  const found = (await collect(store.readSlots(id))).map(({ path }) => path);
  expect(found.sort()).toEqual(paths);
  expect(emulators.dynamodbRequests).toHaveLength(17);
});

it('a flow that did not change costs one read to put, and one to read', async () => {
  const compiled = aFlow();
  await store.putFlow('source', compiled);
  forget();
  await store.putFlow('source', compiled);
  await store.readFlow(compiled.namespace, compiled.id, 1);
  expect(emulators.dynamodbRequests).toEqual(['Query', 'GetItem']);
});

it('a page of a list reads the indexes and then its headers at once', async () => {
  const flow = { namespace: fresh('company.list'), id: 'flow', revision: 1 };
  for (let n = 0; n < 12; n += 1) await store.createExecution(anExecution({ flow }));
  forget();
  const { namespace, id: flowId } = flow;
  await store.listExecutions({ namespace, flowId, limit: 5 });
  expect(emulators.dynamodbRequests.filter((name) => name === 'BatchGetItem')).toHaveLength(1);
  // One query per bucket, perhaps a second where the page took all that its first one had.
  expect(emulators.dynamodbRequests.length).toBeLessThanOrEqual(1 + 2 * 4);
});
