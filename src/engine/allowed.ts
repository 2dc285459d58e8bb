/** What an outcome means for what comes after it. */
import type { Task } from './flow.ts';
import type { EndState } from './states.ts';

/** Whether what comes after something that ended so may run. */
export function letsGoOn(state: EndState | undefined): boolean {
  return state === 'SUCCESS' || state === 'WARNING' || state === 'SKIPPED';
}

/** FAILED becomes WARNING where failure is allowed, WARNING becomes SUCCESS where warnings are. */
export function allowed(task: Task, state: EndState): EndState {
  const failure = state === 'FAILED' && task.allowFailure ? 'WARNING' : state;
  return failure === 'WARNING' && task.allowWarning ? 'SUCCESS' : failure;
}
