/**
 * The states of executions and task runs, and the one table of legal transitions.
 *
 * Severity orders the outcomes of a list of tasks: a parent takes the worst state of its children
 * (KILLED over RETRIED over FAILED over CANCELLED over WARNING over SUCCESS). SKIPPED counts as
 * success; RETRIED: the whole execution is run again as a new one.
 */

export const endStates = [
  'SUCCESS',
  'WARNING',
  'FAILED',
  'KILLED',
  'CANCELLED',
  'SKIPPED',
  'RETRIED',
] as const;

export const states = [
  'CREATED',
  'RUNNING',
  'PAUSED',
  'QUEUED',
  'RETRYING',
  'RESTARTED',
  'BREAKPOINT',
  'KILLING',
  ...endStates,
] as const;

export type State = (typeof states)[number];

const known: ReadonlySet<unknown> = new Set(states);

export function isState(value: unknown): value is State {
  return known.has(value);
}

/** How a task run, a list of tasks or an execution can end. */
export type EndState = (typeof endStates)[number];

const ends: ReadonlySet<State> = new Set(endStates);

export function isEnd(state: State): state is EndState {
  return ends.has(state);
}

const severity: Readonly<Record<EndState, number>> = {
  SKIPPED: 0,
  SUCCESS: 0,
  WARNING: 1,
  CANCELLED: 2,
  FAILED: 3,
  RETRIED: 4,
  KILLED: 5,
};

/** The worse of two outcomes; the result is never SKIPPED, which a parent sees as success. */
export function worseOf(a: EndState, b: EndState): EndState {
  const worse = severity[b] > severity[a] ? b : a;
  return severity[worse] === 0 ? 'SUCCESS' : worse;
}

/** What may follow what. End states are left only by restart, which opens a new epoch. */
const transitions: Readonly<Record<State, readonly State[]>> = {
  CREATED: ['RUNNING', 'PAUSED', 'QUEUED', 'BREAKPOINT', 'KILLING', ...ends],
  RUNNING: ['RUNNING', 'PAUSED', 'RETRYING', 'KILLING', ...ends],
  PAUSED: ['RUNNING', 'RESTARTED', 'KILLING', ...ends],
  QUEUED: ['RUNNING', 'KILLING', 'CANCELLED', 'FAILED', 'KILLED'],
  RETRYING: ['RUNNING', 'RETRYING', 'KILLING', ...ends],
  // CREATED: where it has to be admitted again.
  RESTARTED: ['CREATED', 'RUNNING', 'PAUSED', 'KILLING', ...ends],
  BREAKPOINT: ['RUNNING', 'KILLING', 'KILLED'],
  KILLING: ['KILLED'],
  SUCCESS: ['RESTARTED'],
  WARNING: ['RESTARTED'],
  FAILED: ['RESTARTED'],
  KILLED: ['RESTARTED'],
  CANCELLED: ['RESTARTED'],
  SKIPPED: ['RESTARTED'],
  RETRIED: [],
};

export function canFollow(from: State, to: State): boolean {
  return transitions[from].includes(to);
}
