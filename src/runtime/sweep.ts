/**
 * The sweep: executions that should have moved by now are recovered (B4), then looked at again
 * later, each time twice as late after the last change of their state. It costs one index query
 * while nothing is overdue.
 */
import type { Execution, ExecutionId } from '../engine/execution.ts';
import { limits } from '../engine/limits.ts';
import { CorruptRecord } from '../engine/ports.ts';
import { abandon } from './abandon.ts';
import { historyOf } from './history.ts';
import { isWaiting, promoteAgain } from './places.ts';
import { recover } from './recover.ts';
import type { Runtime } from './runtime.ts';
import { keepDeadlines } from './sla.ts';
import { enter } from './start.ts';

const perSweep = 100;

/** How many executions were recovered. Those that could not be are told of when all have been tried. */
export async function sweep(runtime: Runtime): Promise<number> {
  const now = runtime.clock.now();
  let recovered = 0;
  const failures: Error[] = [];
  for (const id of await runtime.store.listOverdue(now, perSweep)) {
    try {
      if (await look(runtime, id, now)) recovered += 1;
    } catch (error) {
      // Whatever is wrong with one, the others are looked at.
      failures.push(new Error(`${id} could not be recovered: ${String(error)}`, { cause: error }));
      await runtime.store.postpone(id, now + limits.sweepAfterMs);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
  return recovered;
}

async function look(runtime: Runtime, id: ExecutionId, now: number): Promise<boolean> {
  const execution = await runtime.store.readExecution(id);
  if (execution?.dueAt === undefined) return false;
  try {
    await goOn(runtime, execution);
  } catch (error) {
    if (!(error instanceof CorruptRecord)) throw error;
    await abandon(runtime, id, error);
  }
  await runtime.store.postpone(id, nextSweepAt(execution, now));
  return true;
}

async function goOn(runtime: Runtime, execution: Execution): Promise<void> {
  if (await keepDeadlines(runtime, execution)) return;
  if (!isWaiting(execution)) return recover(runtime, execution);
  if (execution.state === 'CREATED') await enter(runtime, execution);
  else await promoteAgain(runtime, execution);
}

/** One that was set going again lately, by a resume or a restart, counts as a young one. */
function nextSweepAt(execution: Execution, now: number): number {
  const { createdAt, scheduleDate = createdAt } = execution;
  const since = Math.max(scheduleDate, historyOf(execution).at(-1)?.at ?? createdAt);
  return now + Math.max(limits.sweepAfterMs, now - since);
}
