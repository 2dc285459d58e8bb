/**
 * The sweep: executions that should have moved by now are recovered (B4), then looked at again
 * later, each time twice as late. It costs one index query while nothing is overdue.
 */
import type { Execution } from '../engine/execution.ts';
import { limits } from '../engine/limits.ts';
import { isWaiting, promoteAgain } from './places.ts';
import { recover } from './recover.ts';
import type { Runtime } from './runtime.ts';
import { keepDeadlines } from './sla.ts';
import { enter } from './start.ts';

const perSweep = 100;

/** How many executions were recovered. */
export async function sweep(runtime: Runtime): Promise<number> {
  const now = runtime.clock.now();
  let recovered = 0;
  for (const id of await runtime.store.listOverdue(now, perSweep)) {
    const execution = await runtime.store.readExecution(id);
    if (execution?.dueAt === undefined) continue;
    await goOn(runtime, execution);
    await runtime.store.postpone(id, nextSweepAt(execution, now));
    recovered += 1;
  }
  return recovered;
}

async function goOn(runtime: Runtime, execution: Execution): Promise<void> {
  if (await keepDeadlines(runtime, execution)) return;
  if (!isWaiting(execution)) return recover(runtime, execution);
  if (execution.state === 'CREATED') await enter(runtime, execution);
  else await promoteAgain(runtime, execution);
}

function nextSweepAt({ createdAt }: Execution, now: number): number {
  return now + Math.max(limits.sweepAfterMs, now - createdAt);
}
