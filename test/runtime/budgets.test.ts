/**
 * The budgets of the design, counted in requests that leave the process (AWS) and by the embedded
 * meter. Counts, not times.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeFlow } from '../../src/api/flows.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { type DeployedEngine, startDeployed } from '../helpers/deployed.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { countRequests } from '../helpers/requests.ts';

const task = (id: string, message = 'hi'): string =>
  `{id: ${id}, type: io.kestra.plugin.core.log.Log, message: "${message}"}`;

const linear = `
id: linear
namespace: budgets
tasks: [${['a', 'b', 'c', 'd', 'e'].map((id) => task(id)).join(', ')}]`;

const parallel = `
id: parallel
namespace: budgets
tasks:
  - id: p
    type: io.kestra.plugin.core.flow.Parallel
    tasks: [${['a', 'b', 'c', 'd', 'e'].map((id) => task(id)).join(', ')}]`;

const chained = `
id: chained
namespace: budgets
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: "{{ execution.id }}"}
  - {id: b, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.a.value }}"}
  - {id: c, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.b.value ~ labels.system.correlationId }}"}`;

const retried = `
id: retried
namespace: budgets
tasks: [{id: a, type: io.kestra.plugin.core.execution.Fail, retry: {type: constant, interval: PT0.001S, maxAttempts: 3}}]`;

const special = (id: string, more: string): string => `
id: ${id}
namespace: budgets
tasks: [{id: a, type: io.kestra.plugin.core.debug.Return, format: x, ${more}}]`;

const heard = special('heard', 'description: somebody listens');
const listener = `
id: listener
namespace: budgets
tasks: [${task('a')}]
triggers:
  - id: t
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - {type: io.kestra.plugin.core.condition.ExecutionFlow, namespace: budgets, flowId: heard}
      - {type: io.kestra.plugin.core.condition.Expression, expression: "{{ false }}"}`;

const loopOf = (values: number, limit: number): string => `
id: loop-${values}-${limit}
namespace: budgets
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    concurrencyLimit: ${limit}
    values: ${JSON.stringify(Array.from({ length: values }, (_, index) => `v${index}`))}
    tasks: [${task('one', '{{ taskrun.value }}')}]`;

describe('operations on AWS', () => {
  let engine: DeployedEngine;
  beforeAll(async () => {
    engine = await startDeployed();
    // Before anything has looked for listeners: what is known of them may be a second old.
    await engine.request('POST', '/flows', listener);
  });
  afterAll(async () => engine.close());

  const inBatches = async (): Promise<void> => {
    while ((await engine.pump()) > 0);
  };
  const oneByOne = async (): Promise<void> => {
    for (let all = await engine.take(); all.length > 0; all = await engine.take()) {
      for (const { body } of all) await engine.handle('step', [body]);
    }
  };

  /** Runs the flow once and counts after that, when the flow is in memory. */
  async function counted(source: string, toEnd = inBatches): Promise<Record<string, number>> {
    const { namespace, id } = (await (
      await engine.request('POST', '/flows', source)
    ).json()) as Record<string, string>;
    const run = async (): Promise<void> => {
      await engine.request('POST', `/executions/${namespace}/${id}`, '{}');
      await toEnd();
    };
    await run();
    // Once a second each process reads what all may want to know; of several runs one is without.
    const runs: Record<string, number>[] = [];
    for (let made = 0; made < 8; made++) runs.push(await countRequests(run));
    const reads = ({ Query = 0, GetItem = 0 }: Record<string, number>) => Query + GetItem;
    const [fewest = {}] = runs.toSorted((a, b) => reads(a) - reads(b));
    return fewest;
  }
  /** Sends in requests: a batch is one. Reads that the API makes to find the flow are its own. */
  const costs = ({
    PutItem = 0,
    UpdateItem = 0,
    SendMessage = 0,
    SendMessageBatch = 0,
    Query = 0,
    GetItem = 0,
  }) => ({
    writes: PutItem + UpdateItem,
    sends: SendMessage + SendMessageBatch,
    reads: Query + GetItem,
  });

  test('a linear flow: one send and one write per task run, two header writes, no reads', async () => {
    const { writes, sends, reads } = costs(await counted(linear));
    expect({ writes, sends }).toEqual({ writes: 5 + 2, sends: 5 });
    expect(reads - readsToStart).toBe(0);
  });
  test('outputs and labels that later tasks refer to cost no reads', async () => {
    const { writes, sends, reads } = costs(await counted(chained));
    expect({ writes, sends, reads: reads - readsToStart }).toEqual({
      writes: 3 + 2,
      sends: 3,
      reads: 0,
    });
  });
  test('a Parallel: one more write per branch, for the join', async () => {
    const { writes, sends, reads } = costs(await counted(parallel, oneByOne));
    expect(writes).toBe(5 * 2 + 2);
    expect(sends).toBeLessThanOrEqual(5);
    expect(reads - readsToStart).toBe(0);
  });
  test('a retry: one write and one send per attempt', async () => {
    const { writes, sends } = costs(await counted(retried));
    expect({ writes, sends }).toEqual({ writes: 3 + 2, sends: 3 });
  });
  test('a task that may run once: one more write, and no read', async () => {
    const { writes, sends, reads } = costs(await counted(special('once', 'runOnce: true')));
    expect({ writes, sends, reads: reads - readsToStart }).toEqual({
      writes: 2 + 2,
      sends: 1,
      reads: 0,
    });
  });
  test('an end that others listen to: one more header write, which other flows do not pay', async () => {
    expect(costs(await counted(heard)).writes).toBe(1 + 3);
  });
  test('a cached task that is found: one read, and no more writes than any', async () => {
    const cached = special('cached', 'taskCache: {enabled: true, ttl: PT1H}');
    const { writes, sends, reads } = costs(await counted(cached));
    expect({ writes, sends, reads: reads - readsToStart }).toEqual({
      writes: 1 + 2,
      sends: 1,
      reads: 1,
    });
  });
  test('a ForEach of 100: two writes per child and the join tree', async () => {
    const { writes } = costs(await counted(loopOf(100, 0), oneByOne));
    expect(writes).toBe(100 * 2 + 2 + 2);
  });
  test('a limited ForEach: a slot and a claim per child', async () => {
    const { writes } = costs(await counted(loopOf(40, 4), oneByOne));
    expect(writes).toBe(40 * 2 + 4 + 2);
  });
  test.each([
    ['joins', loopOf(100, 0), 100 * 2 + 2 + 2],
    ['claims', loopOf(40, 4), 40 * 2 + 4 + 2],
  ])('%s of one batch leave together', async (_, source, alone) => {
    expect(costs(await counted(source)).writes).toBeLessThan(alone);
  });
});

/** POST of a stored flow reads the flow once. */
const readsToStart = 1;

describe('operations on the embedded store', () => {
  let engine: EmbeddedEngine;
  beforeAll(async () => {
    engine = await startEmbedded();
  });
  afterAll(async () => engine.close());

  async function counted(source: string): Promise<Record<string, number>> {
    const { flow } = await storeFlow(engine.runtime, source);
    const { execution } = await startExecution(engine.runtime, { flow, inputs: new Map() });
    await engine.whenEnded(execution.id);
    await engine.runtime.store.settled();
    const counts = engine.meter.counts(execution.id);
    return Object.fromEntries(Object.entries(counts).map(([name, { calls }]) => [name, calls]));
  }

  test('a linear flow', async () => {
    expect(await counted(linear)).toEqual({ write: 7, send: 5, receive: 5, delete: 5 });
  });
  test('10,000 values without a limit: linear, at most 2.2 writes per child', async () => {
    const { write = 0, read = 0 } = await counted(loopOf(10_000, 0));
    expect(write / 10_000).toBeLessThanOrEqual(2.2);
    expect(read / 10_000).toBeLessThanOrEqual(0.02);
  });
  test('10,000 values, ten at a time: at most 2.2 writes per child', async () => {
    const { write = 0 } = await counted(loopOf(10_000, 10));
    expect(write / 10_000).toBeLessThanOrEqual(2.2);
  });
});
