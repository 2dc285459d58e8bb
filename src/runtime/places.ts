/**
 * The places of a flow with a limit of executions, and who waits for one.
 *
 * Who runs is a set, keyed by execution and epoch: what somebody gives back late is not the place that
 * a restart has taken since. It is asked before a header says RUNNING and given back
 * after the header has ended, and each step looks at the header again when it has changed the set. So
 * the order of any two of them does not matter, and repeating one changes nothing. A crash between
 * two calls leaves a place too many, never one too few:
 *
 *   admit     place → header RUNNING                      no place: entry in the queue → header QUEUED
 *   release   header has ended → place given back → promote
 *   promote   oldest entry → place → header RUNNING → message that it may start → entry taken out
 *
 * Whoever enters the queue promotes as well: the place it missed may have been given back meanwhile.
 * A place whose holder has ended is found when somebody else is to be turned away for it, an entry of
 * one that has ended by the next that promotes.
 */
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { limits } from '../engine/limits.ts';
import type { FlowName, FlowSetKey, Waiting } from '../engine/ports.ts';
import { isEnd } from '../engine/states.ts';
import { changeExecution } from './changes.ts';
import { withState } from './history.ts';
import type { Runtime } from './runtime.ts';
import { wakeMessage } from './wake.ts';

/** Not begun: for its date to come, or for a place. */
export function isWaiting({ state }: Execution): boolean {
  return state === 'CREATED' || state === 'QUEUED';
}

/** Flows that have none of this are started without asking, and pay nothing for it. */
export function needsAdmission({ concurrency, quotas, sla = [] }: Flow): boolean {
  const isAsserted = sla.some(({ type }) => type === 'EXECUTION_ASSERTION');
  return concurrency !== undefined || quotas !== undefined || isAsserted;
}

/** What became of a header; `isOurs`: by this call. */
export interface Moved {
  readonly execution: Execution;
  readonly isOurs: boolean;
}

/** Asks for a place and lets the execution run with it. Undefined: there is none. */
export async function runWithPlace(
  runtime: Runtime,
  execution: Execution,
  limit: number,
): Promise<Moved | undefined> {
  const { flow, id, epoch } = execution;
  const { store } = runtime;
  // A crash may have kept the one it had before it was restarted.
  if (epoch > 1) await store.leaveFlowSet(placesOf(flow), placesUpTo({ id, epoch: epoch - 1 }));
  if (!(await store.joinFlowSet(placesOf(flow), placeOf(execution), limit))) return undefined;
  const moved = await setRunning(runtime, execution);
  if (!runsIn(epoch, moved.execution)) {
    await store.leaveFlowSet(placesOf(flow), [placeOf(execution)]);
  }
  return moved;
}

/** Not one that has ended meanwhile; nor one that has been deleted, which nobody could set RUNNING. */
function runsIn(epoch: number, execution: Execution): boolean {
  return execution.epoch === epoch && !isEnd(execution.state) && !isWaiting(execution);
}

function placeOf({ id, epoch }: Pick<Execution, 'id' | 'epoch'>): string {
  return epoch === 1 ? id : `${id}#${epoch}`;
}

/** Of the epochs before a crash may have kept one; of those long past somebody else gives it back. */
function placesUpTo({ id, epoch }: Pick<Execution, 'id' | 'epoch'>): readonly string[] {
  const first = Math.max(1, epoch - 9);
  return Array.from({ length: epoch - first + 1 }, (_, index) =>
    placeOf({ id, epoch: first + index }),
  );
}

export async function setRunning(runtime: Runtime, execution: Execution): Promise<Moved> {
  const now = runtime.clock.now();
  return move(runtime, execution, (seen) =>
    isWaiting(seen) && seen.epoch === execution.epoch
      ? { ...withState(seen, ['RUNNING'], now), dueAt: now + limits.sweepAfterMs }
      : undefined,
  );
}

/** Into the queue. The entry comes first: what says QUEUED is in it. */
export async function waitForPlace(runtime: Runtime, execution: Execution): Promise<Moved> {
  const { store, clock } = runtime;
  await store.enqueueExecution(execution.flow, execution);
  const moved = await move(runtime, execution, (seen) =>
    seen.state === 'CREATED' ? withState(seen, ['QUEUED'], clock.now()) : undefined,
  );
  await promote(runtime, execution.flow);
  return moved;
}

/** A header to its next state, where it still is in one that this follows. */
export async function move(
  runtime: Runtime,
  execution: Execution,
  change: (seen: Execution) => Execution | undefined,
): Promise<Moved> {
  const changed = await changeExecution(runtime, execution.id, change);
  return {
    execution: changed?.now ?? changed?.seen ?? execution,
    isOurs: changed?.now !== undefined,
  };
}

/**
 * After an execution has ended, however: gives its place to the one that has waited longest. May be
 * called any number of times, and for executions that never had a place.
 */
export async function release(runtime: Runtime, flow: Flow, ended: Execution): Promise<void> {
  if (flow.concurrency === undefined) return;
  await runtime.store.leaveFlowSet(placesOf(flow), placesUpTo(ended));
  await promote(runtime, flow);
}

/** Lets those that wait run, as many as there are places for by the flow as it is now. */
export async function promote(runtime: Runtime, flow: FlowName): Promise<void> {
  const { store } = runtime;
  const latest = await store.readFlow(flow.namespace, flow.id);
  const limit = latest?.flow.concurrency?.limit ?? unlimited;
  for (;;) {
    const waiting = await store.nextQueued(flow);
    if (waiting === undefined || !(await letRun(runtime, flow, waiting, limit))) return;
  }
}

/** False: there is no place for it. */
async function letRun(
  runtime: Runtime,
  flow: FlowName,
  waiting: Waiting,
  limit: number,
): Promise<boolean> {
  const { store } = runtime;
  const seen = await store.readExecution(waiting.id);
  // A late sweep may have queued one that has ended since: it needs no place.
  const needsPlace = seen !== undefined && !isEnd(seen.state);
  const moved = needsPlace ? await runWithPlace(runtime, seen, limit) : undefined;
  if (needsPlace && !moved) return false;
  if (moved?.execution.state === 'RUNNING') {
    await runtime.queue.send([wakeMessage({ wake: 'start', execution: waiting.id })]);
  }
  await store.dequeueExecution(flow, waiting);
  return true;
}

/** Runs at once, whatever the limit says; it counts all the same. */
export async function runPastLimit(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
): Promise<Moved> {
  if (flow.concurrency === undefined) return setRunning(runtime, execution);
  const moved = await runWithPlace(runtime, execution, Number.MAX_SAFE_INTEGER);
  await runtime.store.dequeueExecution(flow, execution);
  return moved ?? { execution, isOurs: false };
}

/** What the sweep does for one that has waited long: nothing of its flow's places may be lost. */
export async function promoteAgain(runtime: Runtime, execution: Execution): Promise<void> {
  const holders = await freeEnded(runtime, execution.flow);
  await runtime.store.enqueueExecution(execution.flow, execution);
  // Whoever took a place for it may have died then, and one that is older has come to the queue.
  if (holders.includes(placeOf(execution))) await letRun(runtime, execution.flow, execution, 1);
  await promote(runtime, execution.flow);
}

/** A flow that has lost its limit lets as many run as a set can hold. */
const unlimited = limits.placesMax;

export function placesOf({ namespace, id }: FlowName): FlowSetKey {
  return { namespace, id, set: 'places' };
}

/** Holders looked at in one go. A set of more is looked through a part at a time. */
const holdersMax = 25;

/**
 * Gives back the places of executions that have ended or are gone: a crash has kept them. Resolves
 * with all who had one before.
 */
export async function freeEnded(runtime: Runtime, flow: FlowName): Promise<readonly string[]> {
  const { store, random } = runtime;
  const holders = await store.readFlowSet(placesOf(flow));
  const start = Math.floor(random.next() * Math.max(1, holders.length - holdersMax + 1));
  const ended = await Promise.all(
    holders.slice(start, start + holdersMax).map(async (holder) => {
      const [id = holder] = holder.split('#');
      const execution = await store.readExecution(id);
      return execution === undefined || isEnd(execution.state) ? [holder] : [];
    }),
  );
  await store.leaveFlowSet(placesOf(flow), ended.flat());
  return holders;
}
