/** The example flows that something else starts, started by it. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { storeFlow } from '../../src/api/flows.ts';
import { resolveFlowInputs } from '../../src/runtime/inputs.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';

let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await startEmbedded({}, { secrets: { WEBHOOK_KEY: 'opensesame' } });
});
afterAll(async () => engine.close());

const store = async (name: string) => {
  const file = resolve(import.meta.dirname, `../../flows/${name}.yaml`);
  return (await storeFlow(engine.runtime, readFileSync(file, 'utf8'))).flow;
};

test('follow-up runs after waiting', async () => {
  await store('follow-up');
  const flow = await store('waiting');
  const { inputs = new Map() } = await resolveFlowInputs(engine.runtime, flow, {});
  const { execution } = await startExecution(engine.runtime, { flow, inputs });
  await engine.whenEnded(execution.id);
  await engine.idle();
  const { items } = await engine.runtime.store.listExecutions({
    namespace: 'company.team',
    flowId: 'follow-up',
    limit: 10,
  });
  expect(items).toMatchObject([{ state: 'SUCCESS', labels: { cause: execution.id } }]);
  const logs = await engine.logs.readLogs(items[0]?.id ?? '');
  expect(logs[0]?.message).toBe('Started by waiting, which ended SUCCESS');
});

test('webhook answers with what the flow puts out', async () => {
  await store('webhook');
  const app = createApp({ runtime: engine.runtime, logs: engine.logs });
  const call = (body: unknown, key = 'opensesame') =>
    app.request(`/api/v1/executions/webhook/company.team/webhook/${key}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
  const answer = await call({ order: 42 });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ taken: 'order 42' });
  expect((await call({ nothing: 1 })).status).toBe(409);
  expect((await call({ order: 42 }, 'guess')).status).toBe(404);
});
