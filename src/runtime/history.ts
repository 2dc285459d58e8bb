/**
 * The states an execution has gone through. The header keeps what requests from outside made of it;
 * of an execution that nobody touched nothing is kept, its states follow from its dates.
 */
import type { Execution, StateChange } from '../engine/execution.ts';
import { limits } from '../engine/limits.ts';
import type { State } from '../engine/states.ts';

/**
 * Oldest first; the last one is its state, which it has been in `since` then. One that was turned
 * away, or had nothing to run, has never begun.
 */
export function historyOf(
  { state, createdAt, endedAt, history = [] }: Execution,
  since = endedAt,
  hasBegun = state !== 'CREATED' && state !== 'QUEUED',
): readonly StateChange[] {
  const created = { state: 'CREATED', at: createdAt } as const;
  const running = { state: 'RUNNING', at: createdAt } as const;
  const begun = hasBegun && history.length === 0 ? [created, running] : [created];
  const kept = history[0]?.state === 'CREATED' ? history : [...begun, ...history];
  const last = kept.at(-1);
  if (last?.state === state) return kept;
  return [...kept, { state, at: since ?? last?.at ?? createdAt }];
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
