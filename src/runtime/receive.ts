/** One message of the queue: a baton, or word about a whole execution. */
import type { ExecutionId } from '../engine/execution.ts';
import type { Runtime } from './runtime.ts';
import { step } from './step.ts';
import { readWake } from './wake.ts';

/** `receives`, and what it resolves with, are as of `step`. */
export async function receive(
  runtime: Runtime,
  body: string,
  receives: number,
): Promise<ExecutionId> {
  const wake = readWake(body);
  if (wake === undefined) return step(runtime, body, receives);
  const execution = await runtime.store.readExecution(wake.execution);
  if (!execution) return wake.execution;
  // Few flows are ever woken: what it takes is loaded when one is.
  if (wake.wake === 'start') await (await import('./start.ts')).enter(runtime, execution);
  else await (await import('./sla.ts')).keepDeadlines(runtime, execution);
  return wake.execution;
}
