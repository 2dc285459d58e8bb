/**
 * settle: what one attempt came to, as the record to be written. Time and chance are arguments.
 */
import { assert } from './assert.ts';
import type { Baton } from './baton.ts';
import { allowed } from './allowed.ts';
import type { Attempt, ExecutionId, Failure, Packed, Slot, Usage } from './execution.ts';
import type { Flow, Retry } from './flow.ts';
import { limits } from './limits.ts';
import { nextAttemptAt, type Tried } from './retry.ts';
import { canFollow, type EndState, type State } from './states.ts';
import { isAfterEnd, type Place, placeAt, retryOf } from './tree.ts';

/** What an attempt came to, and what it left beside. */
export type Outcome = Result & {
  /** What was left in a directory shared with other tasks. */
  readonly directory?: string;
  /** Where its log is, if that is in a file. */
  readonly logFile?: string;
};

type Result =
  | {
      readonly type: 'success';
      /** KILLED, CANCELLED: what it waited for ended so. */
      readonly state: 'SUCCESS' | 'WARNING' | 'KILLED' | 'CANCELLED';
      readonly outputs?: Packed;
      /** The whole execution ends with it. */
      readonly exits?: EndState;
    }
  | { readonly type: 'failure'; readonly failure: Failure; readonly outputs?: Packed }
  | { readonly type: 'skipped' }
  /** Not begun, by a breakpoint or because the whole execution is paused. */
  | { readonly type: 'held'; readonly state: 'BREAKPOINT' | 'PAUSED' }
  /**
   * Not done: the task looks again at that time, or somebody resumes it. `fan`: how a flowable that
   * was asked had opened.
   */
  | {
      readonly type: 'waiting';
      readonly child?: ExecutionId;
      readonly paused: boolean;
      readonly resumeAt?: number;
      readonly outputs?: Packed;
      readonly fan?: Packed;
      /** When it first opened, where it was asked since. */
      readonly since?: number;
    }
  /** A flowable opened. */
  | {
      readonly type: 'opened';
      readonly fan: Packed;
      /** That of the fan. */
      readonly outcome?: EndState;
      readonly outputs?: Packed;
      readonly exits?: EndState;
      /** Why the fan has a bad outcome from the start. */
      readonly failure?: Failure;
      readonly since?: number;
      /** It is shown as a task that ran, and this is how. */
      readonly attempt?: EndState;
    };

export interface Moment {
  readonly startedAt: number;
  readonly now: number;
  /** In [0, 1), for the random retry. */
  readonly random: number;
  readonly used?: Usage;
}

type Ended = Moment & Pick<Attempt, 'logFile'>;

export function settle(flow: Flow, baton: Baton, outcome: Outcome, moment: Moment): Slot {
  const { logFile } = outcome;
  const ended = { ...moment, ...(logFile !== undefined && { logFile }) };
  const slot = slotOf(flow, baton, outcome, ended);
  const from = outcome.type === 'held' ? 'CREATED' : 'RUNNING';
  assert(canFollow(from, slot.state), `a task run that was ${from} can become ${slot.state}`);
  return slot;
}

function slotOf(flow: Flow, baton: Baton, outcome: Outcome, moment: Ended): Slot {
  const place = placeAt(flow, baton.path);
  const base = {
    path: baton.path,
    epoch: baton.epoch,
    turn: baton.turn,
    startedAt:
      openedAt(outcome) ?? baton.attempts?.[0]?.startedAt ?? baton.since ?? moment.startedAt,
    endedAt: moment.now,
    ...(baton.pausedAt !== undefined && { pausedAt: baton.pausedAt }),
    ...(outcome.directory !== undefined && { directory: outcome.directory }),
    ...(moment.used && { used: moment.used }),
  };
  switch (outcome.type) {
    case 'skipped':
      return { ...base, state: 'SKIPPED', attempts: attemptsAfter(baton, moment, 'SKIPPED') };
    case 'waiting': {
      const { paused, resumeAt, outputs, fan, child } = outcome;
      const { attempts } = baton;
      return {
        ...base,
        state: paused ? 'PAUSED' : 'RUNNING',
        ...(resumeAt !== undefined && { resumeAt }),
        ...(attempts && { attempts }),
        ...(outputs !== undefined && { outputs }),
        ...(fan !== undefined && { fan }),
        ...(child !== undefined && { child }),
      };
    }
    case 'held':
      return { ...base, state: outcome.state, held: true };
    case 'opened': {
      const { fan, outputs, failure } = outcome;
      const exits = exitOf(place, outcome);
      return {
        ...base,
        state: 'RUNNING',
        fan,
        ...(outcome.outcome && { outcome: outcome.outcome }),
        ...(outputs !== undefined && { outputs }),
        ...(exits && { exits }),
        ...(failure && { error: bounded(failure) }),
        ...(outcome.attempt && { attempts: attemptsAfter(baton, moment, outcome.attempt) }),
      };
    }
    case 'success': {
      const { outputs } = outcome;
      const exits = exitOf(place, outcome);
      const state = outcome.exits ?? successState(place, baton, outcome.state);
      const attempts = attemptsAfter(baton, moment, outcome.state);
      return {
        ...base,
        state,
        attempts,
        ...(outputs !== undefined && { outputs }),
        ...(exits && { exits }),
      };
    }
    case 'failure':
      return { ...base, ...failed(flow, place, baton, outcome, moment) };
  }
}

/** An execution that has ended does not end again: what comes after it goes on. */
function exitOf(place: Place, { exits }: Pick<Slot, 'exits'>): EndState | undefined {
  return isAfterEnd(place) ? undefined : exits;
}

function openedAt(outcome: Outcome): number | undefined {
  return outcome.type === 'waiting' || outcome.type === 'opened' ? outcome.since : undefined;
}

function successState(place: Place, baton: Baton, state: EndState): EndState {
  const warned =
    state === 'SUCCESS' && place.task.retry?.warningOnRetry === true && baton.attempt > 1;
  return allowed(place.task, warned ? 'WARNING' : state);
}

function failed(
  flow: Flow,
  place: Place,
  baton: Baton,
  { failure, outputs }: Extract<Outcome, { type: 'failure' }>,
  moment: Ended,
): Omit<Slot, 'path' | 'epoch' | 'turn' | 'startedAt' | 'endedAt'> {
  const error = bounded(failure);
  const attempts = attemptsAfter(baton, moment, 'FAILED', error);
  const kept = { attempts, error, ...(outputs !== undefined && { outputs }) };
  // A flowable that fails by itself could only fail again: its retry is for the tasks in it.
  const retry = place.task.branches ? undefined : retryOf(flow, place);
  if (retry && failure.retryable !== false) {
    const firstStartedAt = attempts[0]?.startedAt ?? moment.startedAt;
    const due = nextAttemptAt(
      retry,
      triedBefore(retry, baton, firstStartedAt, moment),
      moment.random,
    );
    if (due !== undefined) {
      const resumeAt = Math.max(due, moment.now + (failure.retryAfterMs ?? 0));
      return { ...kept, state: retry.newExecution === true ? 'RETRIED' : 'RETRYING', resumeAt };
    }
  }
  return { ...kept, state: allowed(place.task, 'FAILED') };
}

/** Retries that make a new execution count executions, from the creation of the first. */
function triedBefore(retry: Retry, baton: Baton, firstStartedAt: number, { now }: Moment): Tried {
  if (retry.newExecution !== true) {
    return { attempts: baton.attempt, firstStartedAt, lastEndedAt: now };
  }
  const { number, since } = baton.chain ?? { number: 1, since: baton.createdAt };
  return { attempts: number, firstStartedAt: since, lastEndedAt: now };
}

/** The first attempt and the latest ones: a slot does not grow with the retries. */
function attemptsAfter(
  baton: Baton,
  moment: Ended,
  state: State,
  error?: Failure,
): readonly Attempt[] {
  const attempt: Attempt = {
    number: baton.attempt,
    state,
    startedAt: baton.since ?? moment.startedAt,
    endedAt: moment.now,
    ...(error && { error }),
    ...(moment.logFile !== undefined && { logFile: moment.logFile }),
  };
  const all = [...(baton.attempts ?? []), attempt];
  return all.length <= limits.attemptsKept ? all : [all[0] ?? attempt, ...all.slice(2)];
}

function bounded(failure: Failure): Failure {
  if (failure.message.length <= limits.messageCharsMax) return failure;
  return { ...failure, message: `${failure.message.slice(0, limits.messageCharsMax)}…` };
}
