/**
 * Admission: whether an execution may begin, by the quotas and the concurrency of its flow.
 *
 * Who runs is the set of places of the flow, keyed by execution. It is asked before the header says
 * RUNNING and given back after the header has ended, and each step looks at the header again when it
 * has changed the set. So the order of any two of them does not matter, and repeating one changes
 * nothing. A crash between two calls leaves a place too many, never one too few:
 *
 *   admit     place → header RUNNING                      no place: entry in the queue → header QUEUED
 *   release   header has ended → place given back → promote
 *   promote   oldest entry → place → header RUNNING → message that it may start → entry taken out
 *
 * Whoever enters the queue promotes as well: the place it missed may have been given back meanwhile.
 * A place whose holder has ended is found when somebody else is to be turned away for it.
 */
import type { End, Execution, ExecutionId } from '../engine/execution.ts';
import type { Flow, LogLevel } from '../engine/flow.ts';
import { limits } from '../engine/limits.ts';
import type { FlowName, FlowSetKey } from '../engine/ports.ts';
import { isEnd } from '../engine/states.ts';
import { changeHeader, type Changed, inState } from './change-header.ts';
import { sweepAfterMs } from './due.ts';
import { takeQuotas } from './quotas.ts';
import type { Runtime } from './runtime.ts';
import { wakeMessage } from './wake.ts';

/** Flows that have none of this are started without asking, and pay nothing for it. */
export function needsAdmission({ concurrency, quotas }: Flow): boolean {
  return concurrency !== undefined || quotas !== undefined;
}

/** For an execution that has not begun. The header as it stands then: RUNNING, QUEUED or ended. */
export async function admit(runtime: Runtime, flow: Flow, execution: Execution): Promise<Changed> {
  const overrun = await takeQuotas(runtime, flow, execution);
  if (overrun) return turnAway(runtime, execution, overrun.behavior, overrun.reason);
  const { concurrency } = flow;
  if (concurrency === undefined) return setRunning(runtime, execution);
  const { limit, behavior } = concurrency;
  if (await takePlace(runtime, flow, execution.id, limit)) return withPlace(runtime, execution);
  if (behavior === 'QUEUE') return wait(runtime, flow, execution);
  await freeEnded(runtime, flow);
  if (await takePlace(runtime, flow, execution.id, limit)) return withPlace(runtime, execution);
  return turnAway(runtime, execution, behavior, 'concurrency limit exceeded');
}

/**
 * After an execution has ended, however: gives its place to the one that has waited longest. May be
 * called any number of times, and for executions that never had a place.
 */
export async function release(runtime: Runtime, flow: Flow, id: ExecutionId): Promise<void> {
  if (flow.concurrency === undefined) return;
  await runtime.store.leaveFlowSet(placesOf(flow), [id]);
  await promote(runtime, flow);
}

/** Lets those that wait run, as many as there are places for by the flow as it is now. */
export async function promote(runtime: Runtime, flow: FlowName): Promise<void> {
  const { store } = runtime;
  const latest = await store.readFlow(flow.namespace, flow.id);
  const limit = latest?.flow.concurrency?.limit ?? unlimited;
  for (;;) {
    const waiting = await store.nextQueued(flow);
    if (waiting === undefined) return;
    if (!(await takePlace(runtime, flow, waiting.id, limit))) return;
    const seen = await store.readExecution(waiting.id);
    const standing = seen && (await withPlace(runtime, seen)).execution;
    if (standing?.state === 'RUNNING') {
      await runtime.queue.send([wakeMessage({ wake: 'start', execution: waiting.id })]);
    } else if (!standing) await store.leaveFlowSet(placesOf(flow), [waiting.id]);
    await store.dequeueExecution(flow, waiting);
  }
}

/** Runs at once, whatever the limit says; it counts all the same. */
export async function admitPastLimit(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
): Promise<Changed> {
  if (flow.concurrency) await takePlace(runtime, flow, execution.id, unlimited);
  const changed = await withPlace(runtime, execution);
  await runtime.store.dequeueExecution(flow, execution);
  return changed;
}

/** What the sweep does for one that has waited long: nothing of its flow's places may be lost. */
export async function promoteAgain(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
): Promise<void> {
  await freeEnded(runtime, flow);
  await runtime.store.enqueueExecution(flow, execution);
  await promote(runtime, flow);
}

const unlimited = limits.placesMax;

function placesOf({ namespace, id }: FlowName): FlowSetKey {
  return { namespace, id, set: 'places' };
}

function takePlace(
  runtime: Runtime,
  flow: FlowName,
  id: ExecutionId,
  limit: number,
): Promise<boolean> {
  return runtime.store.joinFlowSet(placesOf(flow), id, limit);
}

/** Holding a place: one that has ended meanwhile gives it back. */
async function withPlace(runtime: Runtime, execution: Execution): Promise<Changed> {
  const changed = await setRunning(runtime, execution);
  if (isEnd(changed.execution.state)) {
    await runtime.store.leaveFlowSet(placesOf(execution.flow), [execution.id]);
  }
  return changed;
}

function setRunning(runtime: Runtime, execution: Execution): Promise<Changed> {
  const now = runtime.clock.now();
  return changeHeader(runtime, execution, (standing) =>
    isWaiting(standing)
      ? { ...inState(standing, 'RUNNING', now), dueAt: now + sweepAfterMs }
      : undefined,
  );
}

/** Not begun: for its date to come, or for a place. */
export function isWaiting({ state }: Execution): boolean {
  return state === 'CREATED' || state === 'QUEUED';
}

async function wait(runtime: Runtime, flow: Flow, execution: Execution): Promise<Changed> {
  const { store, clock } = runtime;
  // The entry first: a header that says QUEUED is in the queue.
  await store.enqueueExecution(flow, execution);
  const changed = await changeHeader(runtime, execution, (standing) =>
    standing.state === 'CREATED' ? inState(standing, 'QUEUED', clock.now()) : undefined,
  );
  if (changed.changed) {
    const running = (await store.readFlowSet(placesOf(flow))).length;
    const message = `Execution is queued due to concurrency limit exceeded, ${running} running(s)`;
    log(runtime, execution, 'INFO', message);
  }
  await promote(runtime, flow);
  return changed;
}

async function turnAway(
  runtime: Runtime,
  execution: Execution,
  behavior: 'FAIL' | 'CANCEL',
  reason: string,
): Promise<Changed> {
  const { id, epoch } = execution;
  const state = behavior === 'FAIL' ? 'FAILED' : 'CANCELLED';
  const message = `Execution is ${state} due to ${reason}`;
  const error = { code: 'not-admitted', message, retryable: false };
  const end: End = { state, endedAt: runtime.clock.now(), ...(state === 'FAILED' && { error }) };
  const ended = await runtime.store.endExecution(id, epoch, end);
  if (!ended)
    return { execution: (await runtime.store.readExecution(id)) ?? execution, changed: false };
  log(runtime, execution, state === 'FAILED' ? 'ERROR' : 'INFO', message);
  return { execution: ended, changed: true };
}

/** Holders looked at in one go. A set of more is looked through a part at a time. */
const holdersMax = 25;

/** Gives back the places of executions that have ended or are gone: a crash has kept them. */
async function freeEnded(runtime: Runtime, flow: FlowName): Promise<void> {
  const { store, random } = runtime;
  const holders = await store.readFlowSet(placesOf(flow));
  const start = Math.floor(random.next() * Math.max(1, holders.length - holdersMax + 1));
  const headers = await Promise.all(
    holders.slice(start, start + holdersMax).map(async (id) => {
      const execution = await store.readExecution(id);
      return execution === undefined || isEnd(execution.state) ? [id] : [];
    }),
  );
  await store.leaveFlowSet(placesOf(flow), headers.flat());
}

function log(runtime: Runtime, execution: Execution, level: LogLevel, message: string): void {
  const { id, flow } = execution;
  runtime.logs.write({
    timestamp: runtime.clock.now(),
    level,
    message,
    executionId: id,
    namespace: flow.namespace,
    flowId: flow.id,
    revision: flow.revision,
  });
}
