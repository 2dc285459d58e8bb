/**
 * A retry that makes a new execution: the failed one has ended RETRIED, and the flow is run again
 * from the start, with the same inputs, when the retry is due. Its id follows from the failed one's,
 * so that asking again makes no other.
 */
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { isGivenUp, nextInChain, retryId } from './chain.ts';
import { armDeadlines } from './deadlines.ts';
import type { Work } from './perform.ts';
import { needsAdmission } from './places.ts';
import type { Runtime } from './runtime.ts';
import { begin } from './begin.ts';
import { wakeMessage } from './wake.ts';

export async function retryWhole(
  runtime: Runtime,
  flow: Flow,
  failed: Execution,
): Promise<readonly Work[]> {
  const now = runtime.clock.now();
  const dueAt = (await retryDate(runtime, failed)) ?? now;
  // A baton that waits for long would not notice that its execution has been halted.
  const waits = needsAdmission(flow) || dueAt > now;
  const next: Execution = {
    ...nextInChain(failed, retryId(failed), now),
    // It, and not the failed one, is what somebody waits for.
    ...(failed.waiter !== undefined && { waiter: failed.waiter }),
    ...(waits && { state: 'CREATED' }),
    scheduleDate: dueAt,
  };
  await runtime.store.createExecution(next);
  const standing = await runtime.store.readExecution(next.id);
  // In a later epoch it has begun before, and is being ended or has been restarted; or it was deleted.
  if (!standing || standing.endedAt !== undefined || standing.epoch > 1) return [];
  if (await isGivenUp(runtime.store, next.waiter)) {
    await (await import('./halt.ts')).halt(runtime, next.id, { state: 'KILLED' });
    return [];
  }
  await armDeadlines(runtime, flow, standing);
  if (!waits) return [await begin(runtime, flow, standing)];
  await runtime.queue.send([wakeMessage({ wake: 'start', execution: next.id }, dueAt)]);
  return [];
}

/** When the failed task run said it should be tried again. */
async function retryDate(runtime: Runtime, { id }: Execution): Promise<number | undefined> {
  let due: number | undefined;
  for await (const { state, resumeAt } of runtime.store.readSlots(id)) {
    if (state === 'RETRIED' && resumeAt !== undefined) due = Math.max(due ?? 0, resumeAt);
  }
  return due;
}
