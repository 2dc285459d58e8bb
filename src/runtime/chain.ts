/** Executions that follow from one another: retries of a whole flow, and replays. */
import type { Execution, ExecutionId } from '../engine/execution.ts';
import { limits } from '../engine/limits.ts';
import type { StateStore } from '../engine/ports.ts';
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

/** The execution, or the last of those that its retries have made. RETRIED: the next is on its way. */
export async function lastTry(
  store: Pick<StateStore, 'readExecution'>,
  id: ExecutionId,
): Promise<Execution | undefined> {
  let last = await store.readExecution(id);
  while (last?.state === 'RETRIED') {
    const next = await store.readExecution(retryId(last));
    if (!next) break;
    last = next;
  }
  return last;
}
