/** Who may begin: places, queue, quotas, dates and checks, on the embedded engine. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { storeFlow } from '../../src/api/flows.ts';
import type { Flow } from '../../src/engine/flow.ts';
import { deleteExecution } from '../../src/runtime/amend.ts';
import { forceRun } from '../../src/runtime/force-run.ts';
import { restart } from '../../src/runtime/restart.ts';
import { resume } from '../../src/runtime/resume.ts';
import { enter, startExecution } from '../../src/runtime/start.ts';
import { sweep } from '../../src/runtime/sweep.ts';
import { unqueue } from '../../src/runtime/unqueue.ts';
import { viewExecution } from '../../src/runtime/view.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';

let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await startEmbedded();
});
afterAll(async () => engine.close());

/** It holds its place until somebody resumes it. */
const held = '[{id: hold, type: io.kestra.plugin.core.flow.Pause}]';
const short = '[{id: t, type: io.kestra.plugin.core.log.Log, message: m}]';

let made = 0;
async function flowOf(properties: string, tasks = held): Promise<Flow> {
  made += 1;
  const source = `id: f${made}\nnamespace: admission\n${properties}\ntasks: ${tasks}`;
  return (await storeFlow(engine.runtime, source)).flow;
}

async function start(flow: Flow, more: { scheduleDate?: number } = {}) {
  const { execution, state } = await startExecution(engine.runtime, {
    flow,
    inputs: new Map(),
    ...more,
  });
  return { id: execution.id, state };
}

async function stateOf(id: string) {
  return (await viewExecution(engine.runtime, id))?.state;
}

async function end(id: string) {
  await resume(engine.runtime, id);
  await engine.whenEnded(id);
  await engine.idle();
}

const holders = ({ namespace, id }: Flow) =>
  engine.runtime.store.readFlowSet({ namespace, id, set: 'places' });

async function messages(id: string) {
  return (await engine.logs.readLogs(id)).map(({ level, message }) => `${level} ${message}`);
}

describe('concurrency', () => {
  test('QUEUE: the oldest that waits takes the place of the one that has ended', async () => {
    const flow = await flowOf('concurrency: {limit: 1}');
    const [a, b, c] = [await start(flow), await start(flow), await start(flow)];
    await engine.idle();
    expect([a.state, b.state, c.state]).toEqual(['RUNNING', 'QUEUED', 'QUEUED']);
    expect(await messages(b.id)).toEqual([
      'INFO Execution is queued due to concurrency limit exceeded, 1 running(s)',
    ]);
    expect(await viewExecution(engine.runtime, b.id)).toMatchObject({ taskRuns: [] });
    await end(a.id);
    expect([await stateOf(b.id), await stateOf(c.id)]).toEqual(['PAUSED', 'QUEUED']);
    expect(await holders(flow)).toEqual([b.id]);
    await end(b.id);
    await end(c.id);
    expect(await stateOf(c.id)).toBe('SUCCESS');
    expect(await holders(flow)).toEqual([]);
    const { history } = (await engine.runtime.store.readExecution(c.id)) ?? {};
    expect(history?.map(({ state }) => state).join(' ')).toBe(
      'CREATED QUEUED RUNNING PAUSED RESTARTED RUNNING',
    );
  });

  test.each([
    ['CANCEL', 'CANCELLED', 'INFO Execution is CANCELLED due to concurrency limit exceeded'],
    ['FAIL', 'FAILED', 'ERROR Execution is FAILED due to concurrency limit exceeded'],
  ])('%s: one too many ends %s without a task run', async (behavior, state, message) => {
    const flow = await flowOf(`concurrency: {limit: 2, behavior: ${behavior}}`);
    const [a, b, c] = [await start(flow), await start(flow), await start(flow)];
    expect([a.state, b.state, c.state]).toEqual(['RUNNING', 'RUNNING', state]);
    expect(await messages(c.id)).toContain(message);
    expect((await viewExecution(engine.runtime, c.id))?.taskRuns).toEqual([]);
    await end(a.id);
    expect((await start(flow)).state).toBe('RUNNING');
    expect((await holders(flow)).length).toBe(2);
  });

  test('one that has found a place while it was being turned away runs', async () => {
    const flow = await flowOf('concurrency: {limit: 1, behavior: CANCEL}');
    const { runtime } = engine;
    const first = await start(flow);
    const request = { flow, inputs: new Map(), idempotencyKey: 'twice' };
    let asked = 0;
    const joinFlowSet: typeof runtime.store.joinFlowSet = async (...place) => {
      const joined = await runtime.store.joinFlowSet(...place);
      asked += 1;
      // After the last look for a place, and before the end.
      if (asked === 2) {
        await end(first.id);
        expect((await startExecution(runtime, request)).state).toBe('RUNNING');
      }
      return joined;
    };
    const late = await startExecution(
      { ...runtime, store: { ...runtime.store, joinFlowSet } },
      request,
    );
    await engine.idle();
    expect(asked).toBe(2);
    expect(late.state).not.toBe('CANCELLED');
    const { id } = late.execution;
    expect(await stateOf(id)).toBe('PAUSED');
    expect((await messages(id)).filter((line) => line.includes('CANCELLED'))).toEqual([]);
    await end(id);
    expect(await stateOf(id)).toBe('SUCCESS');
    expect(await holders(flow)).toEqual([]);
  });

  test('a place whose holder has ended unnoticed turns nobody away', async () => {
    const flow = await flowOf('concurrency: {limit: 1, behavior: CANCEL}');
    const { namespace, id } = flow;
    await engine.runtime.store.joinFlowSet({ namespace, id, set: 'places' }, 'gone', 1);
    expect((await start(flow)).state).toBe('RUNNING');
  });

  test('a message that comes when its execution has been deleted keeps no place', async () => {
    const flow = await flowOf('concurrency: {limit: 1, behavior: CANCEL}');
    const { id } = await start(flow);
    await engine.idle();
    const begun = await engine.runtime.store.readExecution(id);
    await end(id);
    expect(await deleteExecution(engine.runtime, id)).toEqual({ type: 'amended' });
    // It has read the header before that.
    if (begun) await enter(engine.runtime, { ...begun, state: 'CREATED' });
    expect(await holders(flow)).toEqual([]);
  });

  test('the sweep promotes one that waits for a place nobody holds', async () => {
    const flow = await flowOf('concurrency: {limit: 1}');
    const { namespace, id } = flow;
    await engine.runtime.store.joinFlowSet({ namespace, id, set: 'places' }, 'gone', 1);
    const waiting = await start(flow);
    expect(waiting.state).toBe('QUEUED');
    await sweep({ ...engine.runtime, clock: { now: () => Date.now() + 3_600_000 } });
    await engine.idle();
    expect(await stateOf(waiting.id)).toBe('PAUSED');
    expect(await holders(flow)).toEqual([waiting.id]);
  });

  test('a flow that has lost its limit lets all that wait run', async () => {
    const flow = await flowOf('concurrency: {limit: 1}');
    const [a, b, c] = [await start(flow), await start(flow), await start(flow)];
    await storeFlow(engine.runtime, `id: ${flow.id}\nnamespace: admission\ntasks: ${held}`);
    await end(a.id);
    expect([await stateOf(b.id), await stateOf(c.id)]).toEqual(['PAUSED', 'PAUSED']);
  });

  test('unqueue runs one past the limit, and it counts; or it ends it', async () => {
    const flow = await flowOf('concurrency: {limit: 1}');
    const [a, b, c] = [await start(flow), await start(flow), await start(flow)];
    expect(await unqueue(engine.runtime, a.id)).toEqual({ type: 'not-queued' });
    expect(await unqueue(engine.runtime, 'nobody')).toEqual({ type: 'unknown-execution' });
    expect(await unqueue(engine.runtime, b.id)).toEqual({ type: 'unqueued' });
    await engine.idle();
    expect(await stateOf(b.id)).toBe('PAUSED');
    expect([...(await holders(flow))].sort()).toEqual([a.id, b.id].sort());
    expect(await unqueue(engine.runtime, c.id, 'CANCELLED')).toEqual({ type: 'unqueued' });
    expect(await stateOf(c.id)).toBe('CANCELLED');
    await end(a.id);
    await end(b.id);
    expect(await holders(flow)).toEqual([]);
  });

  test('force-run makes one go on from whatever it waits for', async () => {
    const flow = await flowOf('concurrency: {limit: 1}');
    const [a, b] = [await start(flow), await start(flow)];
    expect(await forceRun(engine.runtime, b.id)).toEqual({ type: 'forced' });
    await engine.idle();
    expect(await stateOf(b.id)).toBe('PAUSED');
    expect(await forceRun(engine.runtime, a.id)).toEqual({ type: 'forced' });
    await engine.whenEnded(a.id);
    expect(await forceRun(engine.runtime, a.id)).toEqual({ type: 'has-ended' });
    const later = await start(flow, { scheduleDate: Date.now() + 1_500 });
    expect(await stateOf(later.id)).toBe('CREATED');
    expect(await forceRun(engine.runtime, later.id)).toEqual({ type: 'forced' });
    await engine.idle();
    expect(await stateOf(later.id)).toBe('PAUSED');
  });
});

describe('quotas', () => {
  test('as many as the quota has begin within its span', async () => {
    const flow = await flowOf(
      'quotas: [{duration: PT1H, limit: 2, behavior: CANCEL}, {duration: P1D, limit: 3, behavior: FAIL}]',
      short,
    );
    const at = (ms: number) => ({ ...engine.runtime, clock: { now: () => Date.now() + ms } });
    const startAt = async (ms: number) =>
      (await startExecution(at(ms), { flow, inputs: new Map() })).state;
    const hour = 3_600_000;
    expect(await startAt(0)).toBe('RUNNING');
    expect(await startAt(1_000)).toBe('RUNNING');
    expect(await startAt(2_000)).toBe('CANCELLED');
    expect(await startAt(hour + 60_000)).toBe('RUNNING');
    expect(await startAt(2 * hour)).toBe('FAILED');
    expect(await startAt(30 * hour)).toBe('RUNNING');
    await engine.idle();
  });
});

describe('a date', () => {
  test('an execution is CREATED until its date, then it runs', async () => {
    const flow = await flowOf('concurrency: {limit: 1}', short);
    const scheduleDate = Date.now() + 300;
    const { id, state } = await start(flow, { scheduleDate });
    expect(state).toBe('CREATED');
    expect(await viewExecution(engine.runtime, id)).toMatchObject({
      state: 'CREATED',
      scheduleDate: new Date(scheduleDate).toISOString(),
      taskRuns: [],
    });
    expect(await holders(flow)).toEqual([]);
    await engine.whenEnded(id);
    const [run] = (await viewExecution(engine.runtime, id))?.taskRuns ?? [];
    expect(Date.parse(run?.startDate ?? '')).toBeGreaterThanOrEqual(scheduleDate);
  });

  test('the sweep starts one whose message was lost', async () => {
    const flow = await flowOf('description: later', short);
    engine.lose(({ key }) => key.includes(':start'));
    const { id } = await start(flow, { scheduleDate: Date.now() + 1_000 });
    engine.lose(() => false);
    const later = { ...engine.runtime, clock: { now: () => Date.now() + 7_200_000 } };
    await sweep(later);
    await engine.whenEnded(id);
    expect(await stateOf(id)).toBe('SUCCESS');
  });
});

describe('checks, at the API', () => {
  const post = async (checks: string) => {
    const app = createApp({ runtime: engine.runtime, logs: engine.logs });
    made += 1;
    const source = `id: f${made}\nnamespace: admission\ninputs: [{id: n, type: INT, defaults: 1}]\nchecks:\n${checks}\ntasks: ${short}`;
    const response = await app.request('/', { method: 'POST', body: source });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  test('those that hold are not heard of', async () => {
    const { status, body } = await post('- {when: "{{ inputs.n == 1 }}", message: one}');
    expect({ status, checks: body['checks'] }).toEqual({ status: 201, checks: undefined });
  });

  test.each([
    ['is false', '{{ inputs.n > 1 }}', 'more'],
    ['is no boolean', 'true', 'more'],
    ['cannot be told', '{{ inputs.n | jsonPath }}', 'more (the check cannot be told: '],
  ])('BLOCK_EXECUTION refuses the execution: one that %s', async (_, when, message) => {
    const force = when.includes('jsonPath') ? '/?force=true' : '/';
    const app = createApp({ runtime: engine.runtime, logs: engine.logs });
    made += 1;
    const source = `id: f${made}\nnamespace: admission\ninputs: [{id: n, type: INT, defaults: 1}]\nchecks: [{when: "${when}", message: more}]\ntasks: ${short}`;
    const response = await app.request(force, { method: 'POST', body: source });
    expect(response.status).toBe(422);
    const { issues } = (await response.json()) as { issues: { message: string }[] };
    expect(issues[0]?.message.startsWith(message)).toBe(true);
    const namespace = 'admission';
    const { items } = await engine.runtime.store.listExecutions({
      namespace,
      flowId: `f${made}`,
      limit: 5,
    });
    expect(items).toEqual([]);
  });

  test('FAIL_EXECUTION creates it FAILED, CREATE_EXECUTION runs it and says so', async () => {
    const failing = await post(
      '- {when: "{{ false }}", message: no, behavior: FAIL_EXECUTION}\n- {when: "{{ false }}", message: hm, behavior: CREATE_EXECUTION}',
    );
    expect(failing).toMatchObject({ status: 201, body: { state: 'FAILED' } });
    expect(await viewExecution(engine.runtime, String(failing.body['id']))).toMatchObject({
      state: 'FAILED',
      error: { code: 'check-failed', message: 'no' },
      taskRuns: [],
    });
    const running = await post(
      '- {when: "{{ false }}", message: hm, style: WARNING, behavior: CREATE_EXECUTION}',
    );
    expect(running).toMatchObject({
      status: 201,
      body: { state: 'RUNNING', checks: [{ message: 'hm', style: 'WARNING' }] },
    });
    await engine.whenEnded(String(running.body['id']));
  });
});

describe('what runs again asks for its place again', () => {
  const fails = '[{id: f, type: io.kestra.plugin.core.execution.Fail}]';

  test('a restart waits while somebody else has the place', async () => {
    const flow = await flowOf('concurrency: {limit: 1}', fails);
    const failed = await start(flow);
    await engine.whenEnded(failed.id);
    await engine.idle();
    expect(await holders(flow)).toEqual([]);
    await engine.runtime.store.joinFlowSet({ ...flow, set: 'places' }, 'other', 1);
    expect((await restart(engine.runtime, failed.id)).type).toBe('restarted');
    expect(await stateOf(failed.id)).toBe('QUEUED');
    await engine.runtime.store.leaveFlowSet({ ...flow, set: 'places' }, ['other']);
    await sweep({ ...engine.runtime, clock: { now: () => Date.now() + 3_600_000 } });
    await engine.idle();
    const view = await viewExecution(engine.runtime, failed.id);
    expect(view).toMatchObject({ state: 'FAILED', taskRuns: [{ attempts: [{}, {}] }] });
    expect(await holders(flow)).toEqual([]);
  });

  test('a retry of the whole flow', async () => {
    const retry =
      'retry: {type: constant, interval: PT0.01S, maxAttempts: 3, behavior: CREATE_NEW_EXECUTION}';
    const flow = await flowOf(`concurrency: {limit: 1}\n${retry}`, fails);
    await start(flow);
    await engine.idle();
    const { namespace, id: flowId } = flow;
    const { items } = await engine.runtime.store.listExecutions({ namespace, flowId, limit: 9 });
    expect(items.map(({ state }) => state)).toEqual(['FAILED', 'RETRIED', 'RETRIED']);
    expect(await holders(flow)).toEqual([]);
  });
});
