/**
 * Messages and records that are damaged, of another version, or somebody's invention: each is
 * reported and let go, and harms no execution but its own, on both back ends.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { WakingClock } from '../../src/adapters/embedded/clock.ts';
import { openEmbedded } from '../../src/adapters/embedded/open.ts';
import { headOfExecution, writeBaton } from '../../src/engine/baton.ts';
import { storeFlow } from '../../src/api/flows.ts';
import { type Deliveries, runLocal } from '../../src/runtime/local.ts';
import { noSettings, runtimeOf, silentMetrics } from '../../src/runtime/runtime.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { sweep } from '../../src/runtime/sweep.ts';
import { newFolder } from '../adapters/embedded/folders.ts';
import { credentials, region } from '../helpers/emulators.ts';
import { type DeployedEngine, startDeployed } from '../helpers/deployed.ts';
import { flow as healthy, otherFlow, poisonFrom } from './poison.ts';

const began = Date.now();
/** A thousand times as fast: back-offs are milliseconds. */
const clock: WakingClock = {
  now: () => began + (Date.now() - began) * 1000,
  after(ms, wake) {
    const timer = setTimeout(wake, Math.min(ms, 60_000) / 1000);
    return () => clearTimeout(timer);
  },
};

async function anEngine() {
  const directory = newFolder();
  const embedded = await openEmbedded({ directory, clock });
  onTestFinished(() => embedded.close());
  const held: string[] = [];
  let isHeld = false;
  const runtime = runtimeOf({
    ...embedded,
    queue: {
      send: async (messages) => {
        if (isHeld) held.push(...messages.map(({ body }) => body));
        else await embedded.queue.send(messages);
      },
    },
    metrics: silentMetrics,
    clock,
    random: { next: Math.random },
    settings: noSettings,
  });
  const errors: string[] = [];
  // Each message comes as one whose process has died before.
  const again: Deliveries = {
    start: ({ handle, ...options }) =>
      embedded.deliveries.start({
        ...options,
        handle: ({ body, receives }) => handle({ body, receives: receives + 1 }),
      }),
  };
  runLocal(runtime, again, { onError: (error) => errors.push(String(error)) });
  await storeFlow(runtime, otherFlow);
  const { flow } = await storeFlow(runtime, healthy);
  const start = async () => (await startExecution(runtime, { flow, inputs: new Map() })).execution;
  return {
    runtime,
    errors,
    start,
    idle: () => embedded.deliveries.idle(),
    /** An execution whose first message has not been sent, and that message. */
    async held() {
      isHeld = true;
      const execution = await start();
      isHeld = false;
      return { execution, body: held.splice(0).join('') };
    },
    send: (body: string) =>
      embedded.queue.send([{ body, lane: 'fast', key: `x:${body.length}:${errors.length}` }]),
    /** What is on disk, changed behind the engine's back. */
    change(sql: string, ...values: readonly string[]) {
      const database = new DatabaseSync(join(directory, 'baton.db'));
      expect(database.prepare(sql).run(...values).changes).toBe(1);
      database.close();
    },
  };
}

const aBaton = writeBaton({
  ...headOfExecution({
    id: 'unsent',
    flow: { namespace: 'poison', id: 'healthy', revision: 1 },
    state: 'RUNNING',
    epoch: 1,
    createdAt: began,
    inputs: '{}',
    labels: {},
  }),
  path: 'first',
  turn: 1,
  attempt: 1,
  frames: [{ worst: 'SUCCESS' }],
  live: new Map(),
});

describe('embedded', () => {
  test.each(Object.keys(poisonFrom(aBaton)))('a message with %s', async (name) => {
    const engine = await anEngine();
    const { execution, body } = await engine.held();
    const poison = poisonFrom(body)[name] ?? '';
    await engine.send(poison);
    const other = await engine.start();
    await engine.idle();
    // To be a message of an execution nobody knows is no fault of form.
    if (name !== 'an unknown execution') {
      expect(engine.errors.join('\n')).toMatch(/UnreadableBaton: A message cannot be/);
    }
    expect((await engine.runtime.store.readExecution(other.id))?.state).toBe('SUCCESS');
    await engine.send(body);
    await engine.idle();
    expect((await engine.runtime.store.readExecution(execution.id))?.state).toBe('SUCCESS');
  });

  const damages: Readonly<Record<string, readonly [sql: string, value: string]>> = {
    'a record that is no JSON': ['UPDATE slots SET record = ?', '{"startedAt":'],
    'a record that is null': ['UPDATE slots SET record = ?', 'null'],
    'a state that is none': ['UPDATE slots SET state = ?', 'LOST'],
    'an epoch that is none': ['UPDATE slots SET epoch = ?', 'soon'],
    'outputs that are no JSON': ['UPDATE slots SET outputs = ?', '{"value":'],
  };
  test.each(Object.keys(damages))('a slot with %s', async (name) => {
    const engine = await anEngine();
    const { execution, body } = await engine.held();
    const other = await engine.start();
    // Its first task has run, and what follows was lost.
    const { store } = engine.runtime;
    await store.commitSlot(execution.id, {
      path: 'first',
      epoch: 1,
      turn: 1,
      state: 'SUCCESS',
      startedAt: began,
      endedAt: began,
      outputs: '{"value":"one"}',
    });
    await store.settled();
    const [sql, value] = damages[name] ?? ['', ''];
    engine.change(`${sql} WHERE execution = ? AND path = 'first'`, value, execution.id);
    await engine.send(body);
    await engine.idle();
    const ended = await store.readExecution(execution.id);
    expect(ended).toMatchObject({ state: 'FAILED', error: { code: 'corrupt-record' } });
    expect(engine.errors.join('\n')).toContain('cannot be read');
    expect((await store.readExecution(other.id))?.state).toBe('SUCCESS');
  });

  test('outputs in a blob that is gone fail the task that reads them', async () => {
    const engine = await anEngine();
    const { execution, body } = await engine.held();
    const { store } = engine.runtime;
    const slot = { path: 'first', epoch: 1, turn: 1, startedAt: 1, endedAt: 1 };
    const outputs = { blob: `${execution.id}/none`, bytes: 5 };
    await store.commitSlot(execution.id, { ...slot, state: 'SUCCESS', outputs });
    await engine.send(body);
    await engine.idle();
    expect((await store.readExecution(execution.id))?.state).toBe('FAILED');
    const { attempts = [] } = (await store.readSlot(execution.id, 'last')) ?? {};
    expect(attempts.at(-1)?.error?.message).toContain('A stored value cannot be read');
  });

  test('the sweep goes on past executions that it cannot recover', async () => {
    const engine = await anEngine();
    const { execution: noHeader } = await engine.held();
    const { execution: noSlot } = await engine.held();
    const { execution: lost } = await engine.held();
    const { store } = engine.runtime;
    const slot = { path: 'first', epoch: 1, turn: 1, startedAt: 1, endedAt: 1 };
    await store.commitSlot(noSlot.id, { ...slot, state: 'SUCCESS' });
    await store.settled();
    engine.change("UPDATE executions SET record = '{' WHERE id = ?", noHeader.id);
    engine.change("UPDATE slots SET record = '{' WHERE execution = ?", noSlot.id);
    const later = { ...engine.runtime, clock: { now: () => clock.now() + 7_200_000 } };
    await expect(sweep(later)).rejects.toThrow(`${noHeader.id} could not be recovered`);
    await engine.idle();
    expect((await store.readExecution(lost.id))?.state).toBe('SUCCESS');
    expect(await store.readExecution(noSlot.id)).toMatchObject({
      state: 'FAILED',
      error: { code: 'corrupt-record' },
    });
    expect(await sweep(later)).toBe(0);
  });
});

describe('on AWS', () => {
  let engine: DeployedEngine;
  let dynamodb: DynamoDBClient;
  beforeAll(async () => {
    engine = await startDeployed();
    dynamodb = new DynamoDBClient({
      region,
      credentials,
      endpoint: engine.emulators.dynamodbEndpoint,
    });
    await engine.request('POST', '/flows', otherFlow);
  });
  afterAll(async () => {
    dynamodb.destroy();
    await engine.close();
  });

  async function start(): Promise<string> {
    const response = await engine.request('POST', '/', healthy);
    return ((await response.json()) as { id: string }).id;
  }

  async function state(id: string) {
    const response = await engine.request('GET', `/executions/${id}`);
    return (await response.json()) as { state: string; error?: { code: string } };
  }

  async function work(): Promise<void> {
    while ((await engine.pump()) > 0) continue;
  }

  test('a batch of poison fails by item; as dead letters all are let go', async () => {
    const good = await start();
    const [message] = await engine.take();
    const poison = Object.entries(poisonFrom(message?.body ?? '')).filter(
      ([name]) => name !== 'an unknown execution',
    );
    const bodies = poison.map(([, body]) => body);
    const failed = await engine.handle('step', [...bodies, message?.body ?? '']);
    expect(poison.filter((_, index) => !failed.includes(index)).map(([name]) => name)).toEqual([]);
    expect(failed).not.toContain(bodies.length);
    await work();
    expect((await state(good)).state).toBe('SUCCESS');
    expect(await engine.handle('dead-letter', bodies)).toEqual([]);
  });

  test('a damaged slot ends its execution with the reason, as a dead letter', async () => {
    const [id, other] = [await start(), await start()];
    const messages = await engine.take();
    await engine.handle(
      'step',
      messages.map(({ body }) => body),
    );
    const Key = { pk: { S: `X#${id}` }, sk: { S: 'T#first' } };
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: engine.emulators.table,
        Key,
        UpdateExpression: 'SET n = :n',
        ExpressionAttributeValues: { ':n': { S: 'soon' } },
      }),
    );
    const own = messages.filter(({ body }) => body.includes(id)).map(({ body }) => body);
    expect(await engine.handle('step', own, 2)).toEqual([0]);
    expect(await engine.handle('dead-letter', own, 5)).toEqual([]);
    expect((await engine.header(id))?.['s']).toEqual({ S: 'FAILED' });
    expect(JSON.parse((await engine.header(id))?.['er']?.S ?? '{}')).toMatchObject({
      code: 'corrupt-record',
    });
    await work();
    expect((await state(other)).state).toBe('SUCCESS');
  });
});
