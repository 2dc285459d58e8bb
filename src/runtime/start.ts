/**
 * Starting an execution: the header first, then the first baton. A crash between the two leaves a
 * header that the sweep finds; a caller who repeats the request with the same key finishes the job.
 *
 * Most flows begin at once, and their header says RUNNING from the start. One that is to start later
 * or has to be admitted is CREATED first: `enter` goes on from there, as often as it is called.
 */
import { hash } from 'node:crypto';
import type { Execution, ExecutionId, Failure } from '../engine/execution.ts';
import type { Flow, LogLevel } from '../engine/flow.ts';
import { limits } from '../engine/limits.ts';
import type { Random } from '../engine/ports.ts';
import type { State } from '../engine/states.ts';
import type { ValueMap } from '../expression/value.ts';
import { admit } from './admit.ts';
import { finish } from './finish.ts';
import { fireFlowTriggers } from './flow-triggers.ts';
import { pack } from './pack.ts';
import { isWaiting, needsAdmission } from './places.ts';
import { recover } from './recover.ts';
import type { Runtime } from './runtime.ts';
import { armDeadlines } from './deadlines.ts';
import { keepAssertionsOf } from './sla.ts';
import { advance } from './advance.ts';
import { begin } from './begin.ts';
import { base62 } from './task-run-id.ts';
import { type TriggerRecord, triggerValue } from './trigger-record.ts';
import { wakeMessage } from './wake.ts';

export interface StartRequest {
  readonly flow: Flow;
  /** Typed and checked (src/flow/inputs.ts). */
  readonly inputs: ValueMap;
  /** Inputs that were given and the flow does not declare: the log says that they were dropped. */
  readonly undeclared?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly trigger?: TriggerRecord;
  /** Task ids, or `id.value`, before which it stops. */
  readonly breakpoints?: readonly string[];
  /** Text of the baton to be sent when it has ended. */
  readonly waiter?: string;
  /** It does not begin before; one that has passed is as none. */
  readonly scheduleDate?: number;
  /** A check has failed that lets the execution be created, but FAILED. */
  readonly failure?: Failure;
  /** Repeating a request with the same key starts nothing new. */
  readonly idempotencyKey?: string;
  /** Its id, where the inputs were resolved with one. Goes before the key, with the same effect. */
  readonly id?: ExecutionId;
}

export interface Started {
  /** As it was created. */
  readonly execution: Execution;
  /** As it stands: QUEUED, CANCELLED or FAILED where it was not admitted. */
  readonly state: State;
  /** False when the key had started it before. */
  readonly created: boolean;
  /** Somebody has deleted it since, and it is not started again. */
  readonly deleted?: true;
}

export async function startExecution(runtime: Runtime, request: StartRequest): Promise<Started> {
  const { store } = runtime;
  const execution = await headerOf(runtime, request);
  const created = (await store.createExecution(execution)) === 'created';
  const standing = created ? execution : await store.readExecution(execution.id);
  if (!standing) return { execution, state: execution.state, created, deleted: true };
  if (created) report(runtime, execution, request);
  const entered = await goFrom(runtime, request.flow, standing, created);
  await store.settled();
  return { execution: standing, state: entered.state, created };
}

/** From the header on, which this call has made or found. */
async function goFrom(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
  created: boolean,
): Promise<Execution> {
  if (created && execution.endedAt !== undefined) {
    await advance(runtime, ...(await finish(runtime, flow, execution)));
    return execution;
  }
  await armDeadlines(runtime, flow, execution);
  if (!created || isWaiting(execution)) return enter(runtime, execution);
  await advance(runtime, await begin(runtime, flow, execution));
  return execution;
}

async function headerOf(runtime: Runtime, request: StartRequest): Promise<Execution> {
  const { flow, labels, trigger, failure, idempotencyKey } = request;
  const id = request.id ?? executionIdFor(runtime.random, flow, idempotencyKey);
  const now = runtime.clock.now();
  const scheduleDate = (request.scheduleDate ?? 0) > now ? request.scheduleDate : undefined;
  return {
    id,
    flow: { namespace: flow.namespace, id: flow.id, revision: flow.revision },
    state: scheduleDate !== undefined || needsAdmission(flow) ? 'CREATED' : 'RUNNING',
    epoch: 1,
    createdAt: now,
    ...(scheduleDate !== undefined && { scheduleDate }),
    inputs: await pack(request.inputs, runtime.blobs, `${id}/inputs`),
    // One that started it passes its own on.
    labels: { ...flow.labels, 'system.correlationId': id, ...labels },
    ...(trigger && {
      trigger: await pack(triggerValue(trigger), runtime.blobs, `${id}/trigger`),
    }),
    ...(request.waiter !== undefined && { waiter: request.waiter }),
    ...(request.breakpoints && { breakpoints: request.breakpoints }),
    ...(failure
      ? { state: 'FAILED', endedAt: now, error: failure }
      : { dueAt: (scheduleDate ?? now) + limits.sweepAfterMs }),
  };
}

/** What the request itself leads to in the log. */
function report(
  runtime: Runtime,
  { id, flow }: Execution,
  { failure, undeclared = [] }: StartRequest,
): void {
  const log = (level: LogLevel, message: string): void =>
    runtime.logs.write({
      timestamp: runtime.clock.now(),
      level,
      message,
      executionId: id,
      namespace: flow.namespace,
      flowId: flow.id,
      revision: flow.revision,
    });
  if (undeclared.length > 0) {
    const names = undeclared.slice(0, 20).map((name) => `\`${name.slice(0, 100)}\``);
    log('WARN', `Inputs that the flow does not declare were dropped: ${names.join(', ')}`);
  }
  if (failure) log('ERROR', failure.message);
}

/**
 * Goes on with an execution from wherever its start got to: waits for its date, asks to be admitted,
 * sends the first batons. The header as it stands then. Doing it again is harmless (B3).
 */
export async function enter(runtime: Runtime, execution: Execution): Promise<Execution> {
  const { id, scheduleDate = 0 } = execution;
  if (isWaiting(execution) && scheduleDate > runtime.clock.now()) {
    await runtime.queue.send([wakeMessage({ wake: 'start', execution: id }, scheduleDate)]);
    return execution;
  }
  const flow = await runtime.flows.load(execution.flow);
  if (execution.state === 'CREATED') {
    if (await keepAssertionsOf(runtime, flow, execution)) {
      return (await runtime.store.readExecution(id)) ?? execution;
    }
    const { execution: admitted, isOurs } = await admit(runtime, flow, execution);
    if (isOurs && admitted.state === 'RUNNING') await goOn(runtime, flow, admitted);
    return admitted;
  }
  // Whoever admitted it may have died before its baton was sent.
  if (execution.state === 'RUNNING') await goOn(runtime, flow, execution);
  // One that a failed check let only be created has neither a message of its own that would tell of the
  // end again, nor a date. Who waits for it is the one who starts it.
  const isOver = execution.endedAt !== undefined && execution.dueAt === undefined;
  if (isOver && !(await hasSlots(runtime, id))) await fireFlowTriggers(runtime, flow, execution);
  return execution;
}

/** The first batons of what has not begun; after a restart, those that are due. */
export async function goOn(runtime: Runtime, flow: Flow, execution: Execution): Promise<void> {
  if (execution.epoch > 1) await recover(runtime, execution);
  else if (!(await hasSlots(runtime, execution.id))) {
    await advance(runtime, await begin(runtime, flow, execution));
  }
}

async function hasSlots(runtime: Runtime, id: ExecutionId): Promise<boolean> {
  for await (const _ of runtime.store.readSlots(id)) return true;
  return false;
}

export function newExecutionId(random: Random): string {
  const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(random.next() * 256));
  return base62(Buffer.from(bytes).toString('hex'));
}

/** The id of the execution that a request starts; the same for the same idempotency key. */
export function executionIdFor(random: Random, flow: Flow, key: string | undefined): ExecutionId {
  return key === undefined ? newExecutionId(random) : keyedExecutionId(flow, key);
}

function keyedExecutionId(flow: Flow, key: string): ExecutionId {
  const text = `${flow.namespace}\n${flow.id}\n${key}`;
  return base62(hash('sha256', text));
}
