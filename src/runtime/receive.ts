/** One message of the queue: a baton, or word about a whole execution. */
import type { ExecutionId } from '../engine/execution.ts';
import type { Runtime } from './runtime.ts';
import { keepDeadlines } from './sla.ts';
import { enter } from './start.ts';
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
  if (execution && wake.wake === 'start') await enter(runtime, execution);
  if (execution && wake.wake === 'deadline') await keepDeadlines(runtime, execution);
  return wake.execution;
}
