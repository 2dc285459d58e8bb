/** How many executions there are, found by walking the lists. */
import type { StateStore } from '../engine/ports.ts';
import { type ExecutionCountQuery, TaskFailure } from '../tasks/define.ts';

const pageSize = 100;
/** Each is a read that somebody pays, and takes its time. */
const lookedAtMax = 10_000;

export async function countExecutions(
  store: Pick<StateStore, 'listExecutions'>,
  { namespace, flowId, states = [], from, to }: ExecutionCountQuery,
): Promise<number> {
  const [only] = states;
  const query = {
    namespace,
    limit: pageSize,
    ...(flowId !== undefined && { flowId }),
    ...(only !== undefined && states.length === 1 && { state: only }),
  };
  let [count, lookedAt] = [0, 0];
  let after: string | undefined;
  do {
    const { items, next } = await store.listExecutions(
      after === undefined ? query : { ...query, after },
    );
    for (const { createdAt, state } of items) {
      // Newest first: whatever follows is older still.
      if (createdAt < from) return count;
      if (createdAt <= to && (states.length === 0 || states.includes(state))) count += 1;
    }
    lookedAt += items.length;
    if (lookedAt >= lookedAtMax && next !== undefined) throw tooMany(namespace, flowId);
    after = next;
  } while (after !== undefined);
  return count;
}

function tooMany(namespace: string, flowId: string | undefined): TaskFailure {
  const of = flowId === undefined ? namespace : `${namespace}.${flowId}`;
  const message = `${of} has more than ${lookedAtMax} executions in that time: choose a later start date`;
  return new TaskFailure({ code: 'too-many-executions', message, retryable: false });
}
