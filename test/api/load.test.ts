/** Many at once and large ones, through the local server: refused with a clear answer, or finished. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';

const type = (name: string) => `io.kestra.plugin.core.${name}`;
const mib = 1024 * 1024;

let engine: EmbeddedEngine;
let url: string;
let close: () => Promise<unknown>;
beforeAll(async () => {
  engine = await startEmbedded();
  const app = createApp({ runtime: engine.runtime, logs: engine.logs });
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => new Promise((resolve) => server.close(resolve));
});
afterAll(async () => {
  await close();
  await engine.close();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly id: string };
}

async function ask(method: string, path: string, body?: string): Promise<Answer> {
  const response = await fetch(url + path, { method, ...(body !== undefined && { body }) });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

/** Starts it and waits for its end. */
async function run(source: string): Promise<Answer> {
  const started = await ask('POST', '/', source);
  if (started.status !== 201) return started;
  await engine.whenEnded(started.body.id);
  return ask('GET', `/executions/${started.body.id}`);
}

/** The most that the heap grows by while this is done, in MiB. */
async function heapMib(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().heapUsed;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().heapUsed);
  }, 10);
  await work();
  clearInterval(timer);
  return (Math.max(most, process.memoryUsage().heapUsed) - before) / mib;
}

test('2,000 executions posted as fast as one client can are all accepted, and all end', async () => {
  const source = `
id: small
namespace: load
inputs: [{ id: n, type: INT }]
tasks:
  - { id: one, type: ${type('debug.Return')}, format: "{{ inputs.n }}" }
  - { id: two, type: ${type('debug.Return')}, format: "{{ outputs.one.value }}" }
outputs: [{ id: n, type: STRING, value: "{{ outputs.two.value }}" }]
`;
  expect((await ask('POST', '/flows', source)).status).toBe(201);
  const ids: string[] = [];
  const began = Date.now();
  let acceptedMs = 0;
  const grown = await heapMib(async () => {
    let next = 0;
    const client = async (): Promise<void> => {
      for (let n = next++; n < 2000; n = next++) {
        const { status, body } = await ask('POST', '/executions/load/small', JSON.stringify({ n }));
        expect({ status, body }).toMatchObject({ status: 201 });
        ids[n] = body.id;
      }
    };
    await Promise.all(Array.from({ length: 100 }, client));
    acceptedMs = Date.now() - began;
    await engine.idle();
  });
  console.log(
    `accepted in ${acceptedMs} ms, ended in ${Date.now() - began} ms, heap + ${grown} MiB`,
  );
  expect(new Set(ids).size).toBe(2000);
  for (const [n, id] of ids.entries()) {
    const ended = await engine.runtime.store.readExecution(id);
    expect({ state: ended?.state, outputs: ended?.outputs }).toEqual({
      state: 'SUCCESS',
      outputs: `{"n":"${n}"}`,
    });
  }
  expect(grown).toBeLessThan(400);
});

test('a body at its limit is taken, and one byte more is refused', async () => {
  const flow = `id: long\nnamespace: load\ntasks: [{ id: a, type: ${type('debug.Return')} }]\n#`;
  const filled = (bytes: number) => flow.padEnd(bytes, 'x');
  expect((await run(filled(mib))).body).toMatchObject({ state: 'SUCCESS' });
  expect(await ask('POST', '/', filled(mib + 1))).toMatchObject({
    status: 413,
    body: { code: 'too-large' },
  });
});

test('a task that logs 100 MB has all of it in bounded lines', async () => {
  const message = JSON.stringify(Array.from({ length: 1000 }, () => '{{ vars.big }}'));
  const big = 'x'.repeat(100_000);
  const source = `
id: loud
namespace: load
variables: { big: ${big} }
tasks: [{ id: loud, type: ${type('log.Log')}, message: ${message} }]
`;
  let ended: Answer | undefined;
  const grown = await heapMib(async () => {
    ended = await run(source);
  });
  console.log(`100 MB of log: heap + ${grown} MiB`, ended?.body['state']);
  expect(ended?.body['state']).toBe('SUCCESS');
  const lines = await engine.logs.readLogs(ended?.body.id ?? '');
  const ours = lines.filter(({ message: text }) => text.startsWith('x'));
  expect(ours.reduce((sum, { message: text }) => sum + text.length, 0)).toBe(100_000_000);
  expect(Math.max(...lines.map(({ message: text }) => text.length))).toBeLessThanOrEqual(10_240);
});

test('a task that never ends is timed out, and the next one gets its place', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const source = `
id: endless
namespace: load
concurrency: { limit: 1, behavior: QUEUE }
tasks:
  - { id: ask, type: io.kestra.plugin.core.http.Request, uri: "http://127.0.0.1:${port}/", timeout: PT0.2S }
`;
  const started = await Promise.all([1, 2, 3].map(() => ask('POST', '/', source)));
  for (const { body } of started) {
    await engine.whenEnded(body.id);
    const { body: ended } = await ask('GET', `/executions/${body.id}`);
    expect(ended['state']).toBe('FAILED');
    expect(JSON.stringify(ended)).toContain('Timeout after PT0.2S');
  }
  await engine.idle();
  const set = { namespace: 'load', id: 'endless', set: 'places' };
  expect(await engine.runtime.store.readFlowSet(set)).toEqual([]);
});

test('a flow with 5,000 tasks ends', async () => {
  const branch = (n: number) =>
    Array.from(
      { length: 99 },
      (_, m) => `          - { id: t${n}-${m}, type: ${type('debug.Return')}, format: "${m}" }`,
    ).join('\n');
  const branches = Array.from(
    { length: 50 },
    (_, n) =>
      `      - id: s${n}\n        type: ${type('flow.Sequential')}\n        tasks:\n${branch(n)}`,
  );
  const source = `
id: wide
namespace: load
tasks:
  - id: all
    type: ${type('flow.Parallel')}
    tasks:
${branches.join('\n')}
`;
  const began = Date.now();
  const { status, body } = await run(source);
  expect(status).toBe(200);
  console.log(`5,000 tasks: ${Date.now() - began} ms`);
  expect(body['state']).toBe('SUCCESS');
  expect(body['taskRuns']).toHaveLength(50 * 100 + 1);
});

test.each([20, 60, 200, 2000])(
  'tasks nested %i deep end, or are refused in words',
  async (depth) => {
    let tasks = `[{ id: inmost, type: ${type('debug.Return')}, format: x }]`;
    for (let n = 0; n < depth; n += 1) {
      tasks = `[{ id: n${n}, type: ${type('flow.Sequential')}, tasks: ${tasks} }]`;
    }
    const { status, body } = await run(`{ id: deep${depth}, namespace: load, tasks: ${tasks} }`);
    console.log(depth, status, JSON.stringify(body).slice(0, 300));
    if (status === 200) expect(body['state']).toBe('SUCCESS');
    else expect({ status, body }).toMatchObject({ status: 422, body: { code: 'invalid-flow' } });
  },
);
