/** An execution whose records cannot be read can only be ended; others go on as they were. */
import { atEnd } from '../engine/cursor.ts';
import type { ExecutionId } from '../engine/execution.ts';
import { advance } from './advance.ts';
import { end } from './end.ts';
import type { Runtime } from './runtime.ts';

/** Ends it FAILED with the reason. What of it is still under way then leads nowhere. */
export async function abandon(runtime: Runtime, id: ExecutionId, reason: Error): Promise<void> {
  const execution = await runtime.store.readExecution(id);
  if (!execution) return;
  const flow = await runtime.flows.load(execution.flow);
  const at = atEnd(execution, 'FAILED');
  const error = { code: 'corrupt-record', message: reason.message, retryable: false };
  const endedAt = runtime.clock.now();
  await advance(runtime, ...(await end(runtime, flow, at, { state: 'FAILED', endedAt, error })));
}
