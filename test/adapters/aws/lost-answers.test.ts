/** Answers that never arrive: the write was made, the client sends it again (B1, B3). */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openAws } from '../../../src/adapters/aws/open.ts';
import type { StateStore } from '../../../src/engine/ports.ts';
import { aClaim, aFlow, anExecution, aSlot, epochMs, fresh } from '../../contract/fixtures.ts';
import { type Emulators, startEmulators } from '../../helpers/emulators.ts';

let emulators: Emulators;
let proxy: Server;
let store: StateStore;
/** Answers still to be lost. */
let losses = 0;

beforeAll(async () => {
  emulators = await startEmulators();
  proxy = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await fetch(emulators.dynamodbEndpoint, {
      method: 'POST',
      headers: {
        'x-amz-target': String(request.headers['x-amz-target']),
        'content-type': 'application/x-amz-json-1.0',
        authorization: String(request.headers.authorization),
        'x-amz-date': String(request.headers['x-amz-date']),
      },
      body: Buffer.concat(chunks),
    });
    const body = await answer.text();
    losses -= 1;
    if (losses >= 0) request.socket.destroy();
    else
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  ({ store } = openAws({ ...emulators.options, endpoint: { dynamodb: endpoint } }));
});

afterAll(async () => {
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await emulators.close();
});

it('a commit whose answer is lost finds its own record', async () => {
  const id = fresh('execution');
  const slot = aSlot({ outputs: '"mine"' });
  losses = 1;
  expect(await store.commitSlot(id, slot)).toEqual({ won: false, slot });
});

it('a claim whose answer is lost is given the same member, and none is skipped', async () => {
  const id = fresh('execution');
  losses = 1;
  expect(await store.claimMember(id, aClaim())).toBe(2);
  expect(await store.claimMember(id, aClaim({ place: 1, after: 1 }))).toBe(3);
});

it('a join whose answer is lost has its member once', async () => {
  const id = fresh('execution');
  losses = 1;
  const join = { path: 'each', epoch: 1, shard: '0.0' };
  expect(await store.addToJoin(id, join, '7')).toEqual(['7']);
});

it('a flow whose answer is lost is one revision', async () => {
  losses = 2;
  const put = await store.putFlow('source', aFlow());
  expect(put.flow.revision).toBe(1);
});

it('an execution whose answers are lost exists, and has ended once', async () => {
  const execution = anExecution();
  losses = 1;
  expect(await store.createExecution(execution)).toBe('exists');
  losses = 1;
  const end = { state: 'SUCCESS', endedAt: epochMs } as const;
  expect(await store.endExecution(execution.id, 1, end)).toBeUndefined();
  expect(await store.readExecution(execution.id)).toEqual({ ...execution, ...end });
});
