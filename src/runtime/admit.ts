/** Admission: whether an execution may begin, by the quotas and the concurrency of its flow. */
import { atEnd } from '../engine/cursor.ts';
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { advance } from './advance.ts';
import { dated, following } from './end.ts';
import {
  freeEnded,
  move,
  type Moved,
  placesOf,
  runWithPlace,
  setRunning,
  waitForPlace,
} from './places.ts';
import { takeQuotas } from './quotas.ts';
import type { Runtime } from './runtime.ts';

/** For an execution that is CREATED. Afterwards it is RUNNING, QUEUED or ended. */
export async function admit(runtime: Runtime, flow: Flow, execution: Execution): Promise<Moved> {
  const overrun = await takeQuotas(runtime, flow, execution);
  if (overrun) return turnAway(runtime, flow, execution, overrun);
  const { concurrency } = flow;
  if (concurrency === undefined) return setRunning(runtime, execution);
  const { limit, behavior } = concurrency;
  const admitted = await runWithPlace(runtime, execution, limit);
  if (admitted) return admitted;
  if (behavior === 'QUEUE') return wait(runtime, flow, execution);
  await freeEnded(runtime, flow);
  const reason = 'concurrency limit exceeded';
  return (
    (await runWithPlace(runtime, execution, limit)) ??
    turnAway(runtime, flow, execution, { behavior, reason })
  );
}

async function wait(runtime: Runtime, flow: Flow, execution: Execution): Promise<Moved> {
  const running = (await runtime.store.readFlowSet(placesOf(flow))).length;
  const moved = await waitForPlace(runtime, execution);
  const message = `Execution is queued due to concurrency limit exceeded, ${running} running(s)`;
  if (moved.isOurs) tell(runtime, execution, message);
  return moved;
}

/**
 * It ends before it has begun, as any execution ends. Unless somebody else, who looked later, has found
 * a place for it.
 */
async function turnAway(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
  { behavior, reason }: { readonly behavior: 'FAIL' | 'CANCEL'; readonly reason: string },
): Promise<Moved> {
  const state = behavior === 'FAIL' ? 'FAILED' : 'CANCELLED';
  const message = `Execution is ${state} due to ${reason}`;
  const error = { code: 'not-admitted', message, retryable: false };
  const endedAt = runtime.clock.now();
  const done = await dated(runtime, flow, { state, endedAt, ...(state === 'FAILED' && { error }) });
  const moved = await move(runtime, execution, (seen) => {
    if (seen.state !== 'CREATED' || seen.epoch !== execution.epoch) return undefined;
    const { dueAt: _, ...open } = seen;
    return { ...open, ...done };
  });
  const { execution: standing, isOurs } = moved;
  if (isOurs && state === 'CANCELLED') tell(runtime, execution, message);
  const at = atEnd(execution, state);
  await advance(runtime, ...(await following(runtime, flow, at, { standing, isOurs })));
  return moved;
}

function tell(runtime: Runtime, { id, flow }: Execution, message: string): void {
  runtime.logs.write({
    timestamp: runtime.clock.now(),
    level: 'INFO',
    message,
    executionId: id,
    namespace: flow.namespace,
    flowId: flow.id,
    revision: flow.revision,
  });
}
