/**
 * What AWS would charge for a million task runs: the handlers' own code on DynamoDB, SQS and S3
 * emulators, with operations counted by the meter on the SDK clients, beside what others charge for
 * the same work. A quiet queue delivers messages singly, a busy one by ten.
 */
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { countDelivery } from '../../src/adapters/aws/meter.ts';
import { openAws } from '../../src/adapters/aws/open.ts';
import { storeFlow } from '../../src/api/flows.ts';
import { costOf } from '../../src/engine/cost.ts';
import type { ExecutionId } from '../../src/engine/execution.ts';
import type { Meter } from '../../src/engine/ports.ts';
import { fromPlain, type ValueMap } from '../../src/expression/value.ts';
import { type CostMeter, costMeter } from '../../src/runtime/cost-meter.ts';
import { receive } from '../../src/runtime/receive.ts';
import { type Runtime, runtimeOf, noSettings, silentMetrics } from '../../src/runtime/runtime.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { type Emulators, startEmulators } from '../../test/helpers/emulators.ts';
import { addingTo, forEach, handingOn, linear, parallel } from '../flows.ts';
import type { Effort, Figure, Measure } from '../measurement.ts';
import { noise, prose } from '../payloads.ts';
import {
  durableFunctionsUsd,
  invocationUsd,
  stepFunctionsExpressUsd,
  stepFunctionsStandardUsd,
  type Workload,
} from '../prices.ts';

interface Case extends Workload {
  readonly name: string;
  readonly source: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

const kib = 1024;
const five = { taskRuns: 5, flowables: 0, branches: 1 };
const list = (length: number) => ({ values: Array.from({ length }, (_, index) => index) });
const loop = (length: number) => ({ taskRuns: length, flowables: 1, kilobytes: 0.1 });

/** A text that goes through five tasks as it is, and one that each of them changes. */
function handedOn(what: string, text: string): readonly Case[] {
  const rest = { inputs: { text }, ...five, kilobytes: text.length / kib };
  return [
    { name: `five tasks, ${what} handed on`, source: handingOn, ...rest },
    { name: `five tasks, ${what} changed by each`, source: addingTo, ...rest },
  ];
}

function casesOf(effort: Effort): readonly Case[] {
  const all: readonly Case[] = [
    { name: 'five tasks, no outputs', source: linear, ...five, kilobytes: 0.1 },
    ...handedOn('2 KB of prose', prose(2 * kib)),
    ...handedOn('2 KB of noise', noise(2 * kib)),
    ...handedOn('64 KB of noise', noise(64 * kib)),
    ...handedOn('1 MB of noise', noise(kib * kib)),
    {
      name: 'Parallel of 20',
      source: parallel,
      taskRuns: 20,
      flowables: 1,
      branches: 20,
      kilobytes: 0.1,
    },
    {
      name: 'ForEach of 100, no limit',
      source: forEach(0),
      inputs: list(100),
      ...loop(100),
      branches: 100,
    },
    {
      name: 'ForEach of 1000, no limit',
      source: forEach(0),
      inputs: list(1_000),
      ...loop(1_000),
      branches: 1_000,
    },
    {
      name: 'ForEach of 1000, 10 at a time',
      source: forEach(10),
      inputs: list(1_000),
      ...loop(1_000),
      branches: 10,
    },
  ];
  return effort === 'full' ? all : all.filter(({ taskRuns }) => taskRuns <= 100);
}

export default (async (effort) => {
  const emulators = await startEmulators();
  let counted = costMeter();
  const meter: Meter = { count: (...what) => counted.count(...what) };
  const runtime = runtimeOn(emulators, meter);
  const sqs = new SQSClient({ ...emulators.options, endpoint: emulators.endpoint });
  const figures: Figure[] = [];
  for (const each of casesOf(effort)) {
    for (const batch of [1, 10]) {
      const place = { runtime, sqs, emulators, meter, batch };
      // The first run reads the flow and the list of listeners, which stay in memory.
      await runAll(each, place);
      counted = costMeter();
      const ids = await runAll(each, place);
      const name = `${each.name}: Baton, batches of ${batch}`;
      figures.push(perMillion(name, usdOf(counted) / ids.length, each));
      if (batch === 1) figures.push(...operations(each, counted));
      await check(runtime, ids);
    }
    figures.push(...others(each));
  }
  await emulators.close();
  return figures;
}) satisfies Measure;

function runtimeOn(emulators: Emulators, meter: Meter): Runtime {
  const aws = openAws({ ...emulators.options, metering: { meter } });
  return runtimeOf({
    ...aws,
    logs: { ...aws.logs, write: () => undefined },
    metrics: silentMetrics,
    clock: { now: () => Date.now() },
    random: { next: Math.random },
    settings: noSettings,
  });
}

interface Place {
  readonly runtime: Runtime;
  readonly sqs: SQSClient;
  readonly emulators: Emulators;
  readonly meter: Meter;
  readonly batch: number;
}

/** So many at once that a busy queue has whole batches to deliver; a fan-out has them by itself. */
const atOnce = ({ branches }: Case, batch: number): number => (branches < batch ? batch : 1);

async function runAll(work: Case, place: Place): Promise<ExecutionId[]> {
  const { source, inputs = {} } = work;
  const { runtime, meter, batch } = place;
  const ids: ExecutionId[] = [];
  while (ids.length < atOnce(work, batch)) {
    const { flow } = await storeFlow(runtime, source);
    const request = { flow, inputs: fromPlain(inputs) as ValueMap };
    ids.push((await startExecution(runtime, request)).execution.id);
    meter.count('invoke', 1);
  }
  while ((await pump(place)) > 0);
  return ids;
}

async function check({ store }: Runtime, ids: readonly ExecutionId[]): Promise<void> {
  for (const id of ids) {
    const ended = await store.readExecution(id);
    if (ended?.state !== 'SUCCESS') throw new Error(`an execution ended ${ended?.state}`);
  }
}

/** What the event source mapping does: one receive, the function once, one delete. */
async function pump({ runtime, sqs, emulators, meter, batch }: Place): Promise<number> {
  const { url: QueueUrl } = emulators.queues.fast;
  const received = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: batch, WaitTimeSeconds: 0 }),
  );
  const messages: readonly Message[] = received.Messages ?? [];
  if (messages.length === 0) return 0;
  const bodies = messages.map(({ Body = '' }) => Body);
  await Promise.all(bodies.map((body) => receive(runtime, body, 1)));
  countDelivery({ meter }, bodies);
  const Entries = messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  return messages.length;
}

/** The counted operations, and the time of the functions at 20 ms an invocation. */
function usdOf(counted: CostMeter): number {
  const { operations, usd } = costOf(counted.counts());
  const invokes = operations.invoke?.units ?? 0;
  return usd + invokes * (invocationUsd - 0.2e-6);
}

function operations({ name, taskRuns }: Case, counted: CostMeter): Figure[] {
  return Object.entries(counted.counts()).map(([operation, { units }]) => ({
    name: `${name}: ${operation} units per task run`,
    value: units / taskRuns,
    unit: '',
  }));
}

function others(work: Case): Figure[] {
  const all: readonly (readonly [string, number | undefined])[] = [
    ['Step Functions Standard', stepFunctionsStandardUsd(work)],
    ['Step Functions Express with its logs', stepFunctionsExpressUsd(work, true)],
    ['Step Functions Express without history', stepFunctionsExpressUsd(work, false)],
    ['Lambda durable functions', durableFunctionsUsd(work)],
  ];
  return all.map(([who, usd]) => perMillion(`${work.name}: ${who}`, usd ?? Number.NaN, work));
}

function perMillion(name: string, usd: number, { taskRuns }: Workload): Figure {
  return { name, value: (usd / taskRuns) * 1e6, unit: '$' };
}
