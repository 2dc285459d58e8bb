/**
 * Starting an execution: the header first, then the first baton. A crash between the two leaves a
 * header that the sweep finds; a caller who repeats the request with the same key finishes the job.
 */
import { createHash } from 'node:crypto';
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { limits } from '../engine/limits.ts';
import type { Random } from '../engine/ports.ts';
import type { Value, ValueMap } from '../expression/value.ts';
import { pack } from './pack.ts';
import type { Runtime } from './runtime.ts';
import { advance } from './advance.ts';
import { begin } from './begin.ts';
import { base62 } from './task-run-id.ts';

export interface StartRequest {
  readonly flow: Flow;
  /** Typed and checked (src/flow/inputs.ts). */
  readonly inputs: ValueMap;
  readonly labels?: Readonly<Record<string, string>>;
  readonly trigger?: Value;
  /** Repeating a request with the same key starts nothing new. */
  readonly idempotencyKey?: string;
}

export interface Started {
  readonly execution: Execution;
  /** False when the key had started it before. */
  readonly created: boolean;
}

export async function startExecution(runtime: Runtime, request: StartRequest): Promise<Started> {
  const { flow, labels, trigger, idempotencyKey } = request;
  const id =
    idempotencyKey === undefined
      ? newExecutionId(runtime.random)
      : keyedExecutionId(flow, idempotencyKey);
  const now = runtime.clock.now();
  const execution: Execution = {
    id,
    flow: { namespace: flow.namespace, id: flow.id, revision: flow.revision },
    state: 'RUNNING',
    epoch: 1,
    createdAt: now,
    inputs: await pack(request.inputs, runtime.blobs, `${id}/inputs`),
    labels: { ...flow.labels, ...labels, 'system.correlationId': id },
    ...(trigger !== undefined && { trigger: await pack(trigger, runtime.blobs, `${id}/trigger`) }),
    dueAt: now + limits.sweepAfterMs,
  };
  if ((await runtime.store.createExecution(execution)) === 'exists') {
    return { execution: await resume(runtime, execution), created: false };
  }
  await advance(runtime, await begin(runtime, flow, execution));
  await runtime.store.settled();
  return { execution, created: true };
}

/** The first request may have died before its baton was sent: sending it again is harmless (B3). */
async function resume(runtime: Runtime, wanted: Execution): Promise<Execution> {
  const standing = (await runtime.store.readExecution(wanted.id)) ?? wanted;
  if (standing.state === 'RUNNING' && !(await hasSlots(runtime, standing.id))) {
    const flow = await runtime.flows.load(standing.flow);
    await advance(runtime, await begin(runtime, flow, standing));
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
