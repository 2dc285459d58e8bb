/** When an execution must have ended by the SLA of its flow. */
import type { Execution } from '../engine/execution.ts';
import type { Flow, Sla } from '../engine/flow.ts';
import type { Runtime } from './runtime.ts';
import { wakeMessage } from './wake.ts';

type Deadline = Extract<Sla, { type: 'MAX_DURATION' }>;

/** Sends what will look at the deadlines when they come. Sending twice changes nothing. */
export async function armDeadlines(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
): Promise<void> {
  const dates = new Set(deadlinesOf(flow).map((sla) => dateOf(sla, execution)));
  if (dates.size === 0) return;
  const wake = { wake: 'deadline', execution: execution.id } as const;
  await runtime.queue.send([...dates].map((date) => wakeMessage(wake, date)));
}

export function deadlinesOf({ sla = [] }: Flow): readonly Deadline[] {
  return sla.filter((one) => one.type === 'MAX_DURATION');
}

/** Counted from its start, or from its last one. */
export function dateOf({ durationMs }: Deadline, execution: Execution): number {
  const { createdAt, scheduleDate, history = [] } = execution;
  const restarted = history.findLast(({ state }) => state === 'RESTARTED')?.at;
  return (restarted ?? scheduleDate ?? createdAt) + durationMs;
}
