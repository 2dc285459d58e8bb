/**
 * Loops, rounds and subflows in operations of the embedded store, of all executions together: linear
 * in what there is to do, and no record or message grows with it. Counts, not times. CI goes widest.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeFlow } from '../../src/api/flows.ts';
import type { ExecutionId, Packed } from '../../src/engine/execution.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { around, core, flow, log, returns } from './scenario.ts';

const isWide = process.env['CI'] !== undefined;
const wide = isWide ? 10_000 : 500;
const kib = 1024;
/** Once a second each process reads the list of listeners: a slow run is no reason to fail. */
const perSecond = 0.3;

let engine: EmbeddedEngine;
let messageBytesMax = 0;
beforeAll(async () => {
  engine = await startEmbedded();
  engine.lose(({ body }) => {
    messageBytesMax = Math.max(messageBytesMax, Buffer.byteLength(body));
    return false;
  });
});
afterAll(async () => {
  await engine.close();
  expect(messageBytesMax).toBeLessThan(64 * kib);
});

interface Counts {
  readonly writes: number;
  readonly sends: number;
  readonly reads: number;
}

/** The first flow is run to its end, once all of them are stored. */
async function counted(...sources: readonly string[]): Promise<Counts> {
  const stored = [];
  for (const source of sources) stored.push((await storeFlow(engine.runtime, source)).flow);
  const [first] = stored;
  if (!first) throw new Error('there is no flow');
  const before = totals();
  const { execution } = await startExecution(engine.runtime, { flow: first, inputs: new Map() });
  const { state } = await engine.whenEnded(execution.id);
  await engine.idle();
  await engine.runtime.store.settled();
  expect(state).toBe('SUCCESS');
  const after = totals();
  expect(await recordBytesMax(execution.id)).toBeLessThan(400 * kib);
  return {
    writes: after.writes - before.writes,
    sends: after.sends - before.sends,
    reads: after.reads - before.reads,
  };
}

function totals(): Counts {
  const { write, send, read } = engine.meter.counts();
  return { writes: write?.calls ?? 0, sends: send?.calls ?? 0, reads: read?.calls ?? 0 };
}

async function recordBytesMax(id: ExecutionId): Promise<number> {
  let largest = 0;
  for await (const { outputs, fan, ...rest } of engine.runtime.store.readSlots(id)) {
    const bytes = JSON.stringify(rest).length + bytesOf(outputs) + bytesOf(fan);
    largest = Math.max(largest, bytes);
  }
  return largest;
}

function bytesOf(packed: Packed | undefined): number {
  if (packed === undefined) return 0;
  if (typeof packed === 'string') return Buffer.byteLength(packed);
  return packed instanceof Uint8Array ? packed.length : packed.blob.length;
}

/** What one more costs, between so many and ten times as many. */
async function perItem(few: number, make: (count: number) => readonly string[]): Promise<Counts> {
  const small = await counted(...make(few));
  const large = await counted(...make(few * 10));
  const of = (name: keyof Counts): number =>
    Math.round(((large[name] - small[name]) / (few * 9)) * 100) / 100;
  return { writes: of('writes'), sends: of('sends'), reads: of('reads') };
}

function expectAtMost(counts: Counts, budget: Counts): void {
  for (const name of ['writes', 'sends', 'reads'] as const) {
    expect(counts[name], `${name} of ${JSON.stringify(counts)}`).toBeLessThanOrEqual(budget[name]);
  }
}

const values = (count: number): string =>
  JSON.stringify(Array.from({ length: count }, (_, index) => `v${index}`));
const loop = (id: string, count: number, tasks: readonly string[], more = ''): string =>
  around('Loop', id, tasks, `, values: ${values(count)}${more}`);
const said = ', outputs: [{id: said, type: STRING, value: "{{ outputs.say.value }}"}]';
const say = returns('say', '{{ item.value }}');
const batch = `id: batch\nnamespace: control\ntasks: [${log('a')}]\n`;
const call = (more = ''): string =>
  core('flow.Subflow', 'sub', `namespace: control, flowId: batch${more}`);
const items = (lines: number, rows: number): readonly string[] => [
  flow([
    core(
      'storage.Write',
      'rows',
      `content: ${JSON.stringify('x\n'.repeat(lines))}, extension: .txt`,
    ),
    core(
      'flow.ForEachItem',
      'each',
      `items: "{{ outputs.rows.uri }}", batch: {rows: ${rows}}, namespace: control, flowId: batch`,
    ),
  ]),
  batch,
];

describe('of one more', () => {
  test('round of a LoopUntil with one task: its slot, the answer and the next opening', async () => {
    const cost = await perItem(5, (count) => {
      const condition = `, condition: "{{ outputs.poll.iterationCount >= ${count - 1} }}"`;
      const often = ', checkFrequency: {interval: PT0.001S}';
      return [flow([around('LoopUntil', 'poll', [log('a')], condition + often)])];
    });
    expectAtMost(cost, { writes: 3, sends: 3, reads: 3 + perSecond });
  });
  test('item of a Loop: as of a ForEach', async () => {
    const cost = await perItem(100, (count) => [flow([loop('each', count, [log('a')])])]);
    expectAtMost(cost, { writes: 2.05, sends: 0.15, reads: 0.05 });
  });
  test('item of a Loop with outputs: one more task run', async () => {
    const cost = await perItem(100, (count) => [flow([loop('each', count, [say], said)])]);
    expectAtMost(cost, { writes: 3.05, sends: 1.15, reads: 0.05 });
  });
  test('item of a Loop with a limit: a claim instead of the join, and a send', async () => {
    const cost = await perItem(50, (count) => [
      flow([loop('each', count, [log('a')], ', concurrencyLimit: 10')]),
    ]);
    expectAtMost(cost, { writes: 2.05, sends: 1.05, reads: 0.05 });
  });
  test('Loop of ten in a Loop: linear in all items', async () => {
    const cost = await perItem(5, (count) => [
      flow([loop('outer', count, [loop('inner', 10, [say], said)])]),
    ]);
    // Thirty of the items, and opening, answer and join of the inner loop.
    expectAtMost(cost, { writes: 33.5, sends: 12.5, reads: 5 + perSecond });
  });
  test('Subflow that is waited for: two writes here, three there, and a message back', async () => {
    const cost = await perItem(5, (count) => [
      flow([
        around('ForEach', 'each', [call()], `, concurrencyLimit: 1, values: ${values(count)}`),
      ]),
      batch,
    ]);
    expectAtMost(cost, { writes: 5, sends: 3.05, reads: 6 + perSecond });
  });
  test('Subflow that is not waited for', async () => {
    const tasks = [call(', wait: false')];
    const cost = await perItem(5, (count) => [
      flow([around('ForEach', 'each', tasks, `, concurrencyLimit: 1, values: ${values(count)}`)]),
      batch,
    ]);
    expectAtMost(cost, { writes: 4, sends: 2.05, reads: 3 + perSecond });
  });
  test('batch of a ForEachItem: as of a Subflow, and the join', async () => {
    const cost = await perItem(20, (count) => items(count, 1));
    expectAtMost(cost, { writes: 6.1, sends: 2.2, reads: 6.1 + perSecond });
  });
});

describe('very many', () => {
  const heap = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / 1e6;
  };

  test.each([
    [
      `ForEach of ${wide}`,
      () => [
        flow([
          around('ForEach', 'each', [log('a')], `, concurrencyLimit: 0, values: ${values(wide)}`),
        ]),
      ],
      wide,
      2.2,
    ],
    [`Loop of ${wide} with outputs`, () => [flow([loop('each', wide, [say], said)])], wide, 3.2],
    [
      'Loop of 100 in a Loop of 100',
      () => [flow([loop('outer', isWide ? 100 : 20, [loop('inner', 100, [say], said)])])],
      isWide ? 10_000 : 2_000,
      3.3,
    ],
    [
      'ForEachItem, a hundred lines a batch',
      () => items(isWide ? 100_000 : 10_000, 100),
      isWide ? 1_000 : 100,
      6.5,
    ],
    [
      'ForEachItem, one line a batch',
      () => items(isWide ? 10_000 : 200, 1),
      isWide ? 10_000 : 200,
      6.5,
    ],
  ] as const)('%s', async (name, make, count, writes) => {
    const before = heap();
    const counts = await counted(...make());
    expect(counts.writes / count).toBeLessThanOrEqual(writes);
    // With nothing collected in between: a bound on what a run may leave, not a measure.
    expect(heap() - before).toBeLessThan(300);
    if (process.env['BATON_FIGURES']) console.log(name, counts, Math.round(heap() - before), 'MB');
  });
});
