/** Executions that follow from one another: retries of a whole flow, replays, and subflows. */
import { type Baton, readBaton } from '../engine/baton.ts';
import type { Execution, ExecutionId } from '../engine/execution.ts';
import { limits } from '../engine/limits.ts';
import type { StateStore } from '../engine/ports.ts';
import { isEnd } from '../engine/states.ts';
import { derivedId } from './task-run-id.ts';

/** The header of a new execution of the same flow with the same inputs, not begun. */
export function nextInChain(from: Execution, id: ExecutionId, now: number): Execution {
  const { flow, inputs, labels, variables, trigger, createdAt } = from;
  const chain = from.chain ?? { number: 1, since: createdAt };
  return {
    id,
    flow,
    state: 'RUNNING',
    epoch: 1,
    createdAt: now,
    inputs,
    labels: { ...labels, 'system.replay': 'true' },
    ...(variables !== undefined && { variables }),
    ...(trigger !== undefined && { trigger }),
    parentId: from.id,
    originalId: from.originalId ?? from.id,
    chain: { number: chain.number + 1, since: chain.since },
    dueAt: now + limits.sweepAfterMs,
  };
}

/** Of the execution that is made when this one has ended RETRIED: asking again makes no other. */
export function retryId({ id, epoch }: Execution): ExecutionId {
  return derivedId(id, `retry:${epoch}`);
}

/** Of the execution that an attempt of a task run starts. */
export function childId({ execution, path, epoch, attempt }: Baton): ExecutionId {
  return derivedId(execution, `${path}#${epoch}.${attempt}`);
}

/**
 * Whether who waits for an execution was halted. Asked once the execution is there to be found: a halt
 * looks for it after its first write, so that one of the two sees the other.
 */
export async function isGivenUp(
  store: Pick<StateStore, 'readExecution'>,
  waiter: string | undefined,
): Promise<boolean> {
  if (waiter === undefined) return false;
  const { execution, epoch } = readBaton(waiter);
  const waiting = await store.readExecution(execution);
  // In the epoch of the baton it may have ended, and the task runs afterwards.
  if (waiting === undefined || waiting.epoch === epoch) return false;
  return waiting.state === 'KILLING' || isEnd(waiting.state);
}

/**
 * The execution, or the last of those that its retries have made; undefined where that one is gone.
 * RETRIED: the next is on its way.
 */
export async function lastTry(
  store: Pick<StateStore, 'readExecution'>,
  id: ExecutionId,
): Promise<Execution | undefined> {
  let last = await store.readExecution(id);
  while (last?.state === 'RETRIED') {
    const next = await store.readExecution(retryId(last));
    // What has nothing left to do has made it: it was deleted since.
    if (!next) return last.dueAt === undefined ? undefined : last;
    last = next;
  }
  return last;
}
