/** Making an execution go on, whatever it waits for: its date, a place, somebody to resume it, or nothing. */
import type { ExecutionId } from '../engine/execution.ts';
import { isEnd } from '../engine/states.ts';
import { isWaiting } from './places.ts';
import { recover } from './recover.ts';
import { resume } from './resume.ts';
import type { Runtime } from './runtime.ts';
import { keepAssertionsOf } from './sla.ts';
import { runNow } from './unqueue.ts';

export type Forced =
  | { readonly type: 'forced' }
  | { readonly type: 'has-ended' }
  | { readonly type: 'unknown-execution' };

export async function forceRun(runtime: Runtime, id: ExecutionId): Promise<Forced> {
  const execution = await runtime.store.readExecution(id);
  if (!execution) return { type: 'unknown-execution' };
  if (isEnd(execution.state)) return { type: 'has-ended' };
  const flow = await runtime.flows.load(execution.flow);
  // Whoever created it may have died before that was looked at.
  if (execution.state === 'CREATED' && (await keepAssertionsOf(runtime, flow, execution))) {
    return { type: 'forced' };
  }
  if (isWaiting(execution)) await runNow(runtime, id);
  // Where nothing is paused, what may have been lost is sent again.
  else if ((await resume(runtime, id)).type === 'not-paused') await recover(runtime, execution);
  await runtime.store.settled();
  return { type: 'forced' };
}
