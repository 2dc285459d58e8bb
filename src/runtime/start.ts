/**
 * Starting an execution: the header first, then the first baton. A crash between the two leaves a
 * header that the sweep finds; a caller who repeats the request with the same key finishes the job.
 */
import { createHash } from 'node:crypto';
import type { Execution, Failure } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import type { Random } from '../engine/ports.ts';
import type { ValueMap } from '../expression/value.ts';
import { pack } from './pack.ts';
import type { Runtime } from './runtime.ts';
import { begin } from './step.ts';
import { base62 } from './task-run-id.ts';
import { type TriggerRecord, triggerValue } from './trigger-record.ts';
import { fireFlowTriggers } from './flow-triggers.ts';

/** When the sweep first looks at an execution that has not ended. */
export const sweepAfterMs = 20 * 60_000;

export interface StartRequest {
  readonly flow: Flow;
  /** Typed and checked (src/flow/inputs.ts). */
  readonly inputs: ValueMap;
  readonly labels?: Readonly<Record<string, string>>;
  readonly trigger?: TriggerRecord;
  /** Repeating a request with the same key starts nothing new. */
  readonly idempotencyKey?: string;
}

export interface Started {
  readonly execution: Execution;
  /** False when the key had started it before. */
  readonly created: boolean;
}

export async function startExecution(runtime: Runtime, request: StartRequest): Promise<Started> {
  const { flow } = request;
  const execution: Execution = {
    ...(await headerOf(runtime, request)),
    dueAt: runtime.clock.now() + sweepAfterMs,
  };
  if ((await runtime.store.createExecution(execution)) === 'exists') {
    return { execution: await resume(runtime, execution), created: false };
  }
  await begin(runtime, flow, execution);
  await runtime.store.settled();
  return { execution, created: true };
}

/** An execution that could not be started, recorded as FAILED with the reason. No task of it runs. */
export async function recordFailedStart(
  runtime: Runtime,
  request: StartRequest,
  error: Failure,
): Promise<Execution> {
  const header = await headerOf(runtime, request);
  const execution: Execution = { ...header, state: 'FAILED', endedAt: header.createdAt, error };
  await runtime.store.createExecution(execution);
  await fireFlowTriggers(runtime, request.flow, execution);
  await runtime.store.settled();
  return execution;
}

async function headerOf(runtime: Runtime, request: StartRequest): Promise<Execution> {
  const { flow, labels, trigger, idempotencyKey } = request;
  const id =
    idempotencyKey === undefined
      ? newExecutionId(runtime.random)
      : keyedExecutionId(flow, idempotencyKey);
  const record = trigger && (await pack(triggerValue(trigger), runtime.blobs, `${id}/trigger`));
  return {
    id,
    flow: { namespace: flow.namespace, id: flow.id, revision: flow.revision },
    state: 'RUNNING',
    epoch: 1,
    createdAt: runtime.clock.now(),
    inputs: await pack(request.inputs, runtime.blobs, `${id}/inputs`),
    labels: { ...flow.labels, ...labels, 'system.correlationId': id },
    ...(record !== undefined && { trigger: record }),
  };
}

/** The first request may have died before its baton was sent: sending it again is harmless (B3). */
async function resume(runtime: Runtime, wanted: Execution): Promise<Execution> {
  const standing = (await runtime.store.readExecution(wanted.id)) ?? wanted;
  if (standing.state === 'RUNNING' && !(await hasSlots(runtime, standing.id))) {
    await begin(runtime, await runtime.flows.load(standing.flow), standing);
  }
  await runtime.store.settled();
  return standing;
}

async function hasSlots(runtime: Runtime, id: string): Promise<boolean> {
  for await (const _ of runtime.store.readSlots(id)) return true;
  return false;
}

export function newExecutionId(random: Random): string {
  const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(random.next() * 256));
  return base62(bytes);
}

function keyedExecutionId(flow: Flow, key: string): string {
  const text = `${flow.namespace}\n${flow.id}\n${key}`;
  return base62(createHash('sha256').update(text).digest());
}
