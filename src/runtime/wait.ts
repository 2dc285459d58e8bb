/** Waiting for the end of an execution, for whoever holds a request open. */
import type { Execution, ExecutionId } from '../engine/execution.ts';
import { isEnd } from '../engine/states.ts';
import type { Runtime } from './runtime.ts';

const firstPauseMs = 50;
const pauseMsMax = 1_000;

/** As it is at its end, or after `limitMs`. Looks less and less often: a wait costs few reads. */
export async function waitForEnd(
  runtime: Runtime,
  id: ExecutionId,
  limitMs: number,
): Promise<Execution | undefined> {
  const until = runtime.clock.now() + limitMs;
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, pauseMsMax)) {
    const execution = await runtime.store.readExecution(id);
    const left = until - runtime.clock.now();
    if (execution === undefined || isEnd(execution.state) || left <= 0) return execution;
    await new Promise((resolve) => {
      setTimeout(resolve, Math.min(pause, left));
    });
  }
}
