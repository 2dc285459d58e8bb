/**
 * settle: what one attempt came to, as the record to be written. Time and chance are arguments.
 */
import { assert } from './assert.ts';
import type { Baton } from './baton.ts';
import { allowed } from './decide.ts';
import type { Attempt, Failure, Packed, Slot, Usage } from './execution.ts';
import type { Flow } from './flow.ts';
import { limits } from './limits.ts';
import { nextAttemptAt } from './retry.ts';
import { canFollow, type EndState, type State } from './states.ts';
import { type Place, placeAt, retryOf } from './tree.ts';

export type Outcome =
  | { readonly type: 'success'; readonly state: 'SUCCESS' | 'WARNING'; readonly outputs?: Packed }
  | { readonly type: 'failure'; readonly failure: Failure; readonly outputs?: Packed }
  | { readonly type: 'skipped' }
  /** Not done: the task looks again at that time, or somebody resumes it. */
  | {
      readonly type: 'waiting';
      readonly paused: boolean;
      readonly resumeAt?: number;
      readonly outputs?: Packed;
    }
  /** A flowable opened. */
  | { readonly type: 'opened'; readonly fan: Packed; readonly outputs?: Packed };

export interface Moment {
  readonly startedAt: number;
  readonly now: number;
  /** In [0, 1), for the random retry. */
  readonly random: number;
  readonly used?: Usage;
}

export function settle(flow: Flow, baton: Baton, outcome: Outcome, moment: Moment): Slot {
  const slot = slotOf(flow, baton, outcome, moment);
  assert(canFollow('RUNNING', slot.state), `a task run that ran can become ${slot.state}`);
  return slot;
}

function slotOf(flow: Flow, baton: Baton, outcome: Outcome, moment: Moment): Slot {
  const place = placeAt(flow, baton.path);
  const base = {
    path: baton.path,
    epoch: baton.epoch,
    turn: baton.turn,
    startedAt: baton.attempts?.[0]?.startedAt ?? baton.since ?? moment.startedAt,
    endedAt: moment.now,
    ...(moment.used && { used: moment.used }),
  };
  switch (outcome.type) {
    case 'skipped':
      return { ...base, state: 'SKIPPED', attempts: attemptsAfter(baton, moment, 'SKIPPED') };
    case 'waiting': {
      const { paused, resumeAt, outputs } = outcome;
      const { attempts } = baton;
      return {
        ...base,
        state: paused ? 'PAUSED' : 'RUNNING',
        ...(resumeAt !== undefined && { resumeAt }),
        ...(attempts && { attempts }),
        ...(outputs !== undefined && { outputs }),
      };
    }
    case 'opened': {
      const { fan, outputs } = outcome;
      return { ...base, state: 'RUNNING', fan, ...(outputs !== undefined && { outputs }) };
    }
    case 'success': {
      const state = successState(place, baton, outcome.state);
      const { outputs } = outcome;
      const attempts = attemptsAfter(baton, moment, outcome.state);
      return { ...base, state, attempts, ...(outputs !== undefined && { outputs }) };
    }
    case 'failure':
      return { ...base, ...failed(flow, place, baton, outcome, moment) };
  }
}

function successState(place: Place, baton: Baton, state: 'SUCCESS' | 'WARNING'): EndState {
  const warned = place.task.retry?.warningOnRetry === true && baton.attempt > 1;
  return allowed(place.task, warned ? 'WARNING' : state);
}

function failed(
  flow: Flow,
  place: Place,
  baton: Baton,
  { failure, outputs }: Extract<Outcome, { type: 'failure' }>,
  moment: Moment,
): Omit<Slot, 'path' | 'epoch' | 'turn' | 'startedAt' | 'endedAt'> {
  const error = bounded(failure);
  const attempts = attemptsAfter(baton, moment, 'FAILED', error);
  const kept = { attempts, error, ...(outputs !== undefined && { outputs }) };
  const retry = retryOf(flow, place);
  if (retry && failure.retryable !== false) {
    const tried = {
      attempts: baton.attempt,
      firstStartedAt: attempts[0]?.startedAt ?? moment.startedAt,
      lastEndedAt: moment.now,
    };
    const due = nextAttemptAt(retry, tried, moment.random);
    if (due !== undefined) {
      const resumeAt = Math.max(due, moment.now + (failure.retryAfterMs ?? 0));
      return { ...kept, state: 'RETRYING', resumeAt };
    }
  }
  return { ...kept, state: allowed(place.task, 'FAILED') };
}

/** The first attempt and the latest ones: a slot does not grow with the retries. */
function attemptsAfter(
  baton: Baton,
  moment: Moment,
  state: State,
  error?: Failure,
): readonly Attempt[] {
  const attempt: Attempt = {
    number: baton.attempt,
    state,
    startedAt: baton.since ?? moment.startedAt,
    endedAt: moment.now,
    ...(error && { error }),
  };
  const all = [...(baton.attempts ?? []), attempt];
  return all.length <= limits.attemptsKept ? all : [all[0] ?? attempt, ...all.slice(2)];
}

function bounded(failure: Failure): Failure {
  if (failure.message.length <= limits.messageCharsMax) return failure;
  return { ...failure, message: `${failure.message.slice(0, limits.messageCharsMax)}…` };
}
