/** What the store does on DynamoDB beyond the contract: expiry, bounds, large records. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/aws/dynamodb-store.ts';
import { openKeyValues } from '../../../src/adapters/aws/key-values.ts';
import { executionKey, keyValueKey, placesKey, slotKey } from '../../../src/adapters/aws/table.ts';
import type { StateStore } from '../../../src/engine/ports.ts';
import { aClaim, anExecution, aSlot, epochMs, fresh } from '../../contract/fixtures.ts';
import { credentials, type Emulators, region, startEmulators } from '../../helpers/emulators.ts';

const day = 86_400;
let emulators: Emulators;
let client: DynamoDBClient;
let store: StateStore;

beforeAll(async () => {
  emulators = await startEmulators();
  client = new DynamoDBClient({ endpoint: emulators.dynamodbEndpoint, region, credentials });
  const clock = { now: () => epochMs };
  store = openStore(client, { table: emulators.table, retentionDays: 30, clock });
});

afterAll(() => emulators.close());

async function read({ pk, sk }: { pk: string; sk: string }) {
  const Key = { pk: { S: pk }, sk: { S: sk } };
  return (await client.send(new GetItemCommand({ TableName: emulators.table, Key }))).Item ?? {};
}

it('everything of an execution expires, the header never after what lies below it', async () => {
  const execution = anExecution();
  const { id } = execution;
  const created = epochMs / 1000;
  await store.createExecution(execution);
  expect(Number((await read(executionKey(id)))['ttl']?.N)).toBe(created + 30 * day);
  await store.commitSlot(id, aSlot({ endedAt: epochMs + 50_000 }));
  expect(Number((await read(slotKey(id, 'post_item')))['ttl']?.N)).toBe(created + 50 + 30 * day);
  await store.claimMember(id, aClaim());
  expect((await read(placesKey(id, 'each', 1)))['ttl']?.N).toBe(String(created + 30 * day));
  await store.endExecution(id, 1, { state: 'SUCCESS', endedAt: epochMs + 90_000 });
  expect(Number((await read(executionKey(id)))['ttl']?.N)).toBe(created + 90 + 30 * day);
});

it('a pair is removed by the table after its date, and not without one', async () => {
  const pairs = openKeyValues(client, emulators.table);
  const pair = { key: 'k', value: '1', type: 'NUMBER', writer: 'a' };
  await pairs.put('company.team', { ...pair, expiresAt: epochMs + 1 }, epochMs);
  const key = keyValueKey('company.team', 'k');
  expect(key).toEqual({ pk: 'K#company.team', sk: 'k' });
  expect((await read(key))['ttl']?.N).toBe(String(epochMs / 1000 + 1));
  await pairs.put('company.team', pair, epochMs);
  expect(Object.keys(await read(key)).toSorted()).toEqual(['cr', 'pk', 'sk', 't', 'up', 'v', 'w']);
});

it('a record of more than 400 KB is refused by name', async () => {
  const slot = aSlot({ path: 'large', outputs: new Uint8Array(401 * 1024) });
  await expect(store.commitSlot(fresh('execution'), slot)).rejects.toThrow(
    /The record X#execution\d+ T#large is larger than 400 KB/,
  );
});

it('the places of a fan stay below 4 KiB, and those beyond end after their first member', async () => {
  const id = fresh('execution');
  const fan = { first: 300, of: 10_000 };
  for (let place = 0; place < 300; place += 1) {
    const member = await store.claimMember(id, aClaim({ ...fan, place, after: place }));
    expect(member).toBe(place < 256 ? 300 + place : undefined);
  }
  const item = await read(placesKey(id, 'each', 1));
  const bytes = Object.entries(item).reduce(
    (sum, [name, { N = '', S = '' }]) => sum + name.length + S.length + N.length / 2 + 2,
    0,
  );
  expect(bytes).toBeLessThan(4096);
});

it('a path longer than a sort key comes back whole', async () => {
  const id = fresh('execution');
  const path = `${'sequence/'.repeat(200)}log`;
  await store.commitSlot(id, aSlot({ path }));
  expect((await store.readSlot(id, path))?.path).toBe(path);
  for await (const slot of store.readSlots(id)) expect(slot.path).toBe(path);
});

it('an open execution is found by state and taken out when it ends', async () => {
  const flow = { namespace: fresh('company.open'), id: 'flow', revision: 1 };
  const open = anExecution({ flow, state: 'RUNNING' });
  await store.createExecution(open);
  const list = async (state: 'RUNNING' | 'FAILED') =>
    (await store.listExecutions({ namespace: flow.namespace, state, limit: 5 })).items.map(
      ({ id }) => id,
    );
  expect(await list('RUNNING')).toEqual([open.id]);
  await store.endExecution(open.id, 1, { state: 'FAILED', endedAt: epochMs });
  expect(await list('RUNNING')).toEqual([]);
  expect(await list('FAILED')).toEqual([open.id]);
});
