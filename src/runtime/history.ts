/**
 * The states an execution has gone through. The header keeps what requests from outside made of it;
 * of an execution that nobody touched nothing is kept, its states follow from its dates.
 */
import type { Execution, StateChange } from '../engine/execution.ts';
import { limits } from '../engine/limits.ts';
import type { State } from '../engine/states.ts';

/** Oldest first; the last one is its state, which it has been in `since` then. */
export function historyOf(
  { state, createdAt, endedAt, history = [] }: Execution,
  since = endedAt,
): readonly StateChange[] {
  const kept =
    history[0]?.state === 'CREATED' ? history : [...beginning(state, createdAt), ...history];
  const last = kept.at(-1);
  if (last?.state === state) return kept;
  return [...kept, { state, at: since ?? last?.at ?? createdAt }];
}

function beginning(state: State, at: number): readonly StateChange[] {
  const hasBegun = state !== 'CREATED' && state !== 'QUEUED';
  return [{ state: 'CREATED', at }, ...(hasBegun ? ([{ state: 'RUNNING', at }] as const) : [])];
}

/** The header with its state changed, and the change noted in its history. */
export function withState(execution: Execution, states: readonly State[], at: number): Execution {
  const state = states.at(-1) ?? execution.state;
  const history = [...historyOf(execution), ...states.map((each) => ({ state: each, at }))];
  const kept =
    history.length > limits.historyKept
      ? [...history.slice(0, 1), ...history.slice(1 - limits.historyKept)]
      : history;
  return { ...execution, state, history: kept };
}
