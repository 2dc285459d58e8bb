/** Executions that follow from one another: retries of a whole flow, and replays. */
import type { Execution, ExecutionId } from '../engine/execution.ts';
import { limits } from '../engine/limits.ts';

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
