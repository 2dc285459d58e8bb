/**
 * One step: a baton arrives, one task runs, its result is committed, its successors are sent.
 *
 * B1: the commit is conditional on the slot. A loser goes on from the record that stands (B3), where
 * whoever won may have died over the same message; else it has nothing to add.
 * B2: `step` resolves only when result and successors are durable; then the message may be deleted.
 */
import { BrokenInvariant } from '../engine/assert.ts';
import { type Baton, readBaton, UnreadableBaton } from '../engine/baton.ts';
import { decide, memberCount } from '../engine/decide.ts';
import type { ExecutionId, Slot } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { type Outcome, settle as settleOutcome } from '../engine/settle.ts';
import { answers, continued, isOfAttempt } from '../engine/standing.ts';
import { CorruptRecord } from '../engine/ports.ts';
import { isEnd } from '../engine/states.ts';
import { isPlaced, placeAt } from '../engine/tree.ts';
import { settle } from '../expression/pending.ts';
import { runAttempt } from './attempt.ts';
import { advance } from './advance.ts';
import { holdBack } from './hold-back.ts';
import { fireResumed } from './pause-triggers.ts';
import { type Committed, commit } from './commit.ts';
import { conclude, proceed, viewOf } from './proceed.ts';
import { Records } from './records.ts';
import type { RunClaim } from './run-once.ts';
import type { Runtime } from './runtime.ts';
import { readWake } from './wake.ts';

/**
 * `receives`: how often the queue has handed this message out, this time included. Resolves with the
 * execution the message belongs to.
 */
export async function step(runtime: Runtime, body: string, receives: number): Promise<ExecutionId> {
  const baton = readBaton(body);
  if (await runtime.halts.isHalted(baton)) {
    if (receives > 1) await goOnHalting(runtime, baton.execution);
    return baton.execution;
  }
  const flow = await flowOf(runtime, baton);
  if (baton.range) {
    await spread(runtime, flow, baton);
    return baton.execution;
  }
  // On a redelivery and after a restart the work may be done already, and who waited may have been
  // killed meanwhile: one read saves doing it.
  const looks = receives > 1 || baton.epoch > 1 || baton.turn > 1;
  const found = looks ? await runtime.store.readSlot(baton.execution, baton.path) : undefined;
  // Deleted, unless what it waited for was faster than the record of the wait.
  if (baton.turn > 1 && !found && !(await runtime.store.readExecution(baton.execution))) {
    return baton.execution;
  }
  const committed =
    found && answers(flow, found, baton)
      ? await takeOver(runtime, baton, found)
      : await runAndCommit(runtime, flow, found ? continued(flow, baton, found) : baton, found);
  if (receives > 1 || !isOfAnother(committed, baton)) {
    await proceed(runtime, flow, baton, committed);
  }
  return baton.execution;
}

/**
 * Somebody else has done the work, with a message of their own: should they die, that comes again. Two
 * that both went on would be two at every step from there on, and more behind every join.
 */
function isOfAnother({ won, slot }: Committed, { epoch }: Baton): boolean {
  return !won && slot.epoch === epoch;
}

/**
 * What was kept of an earlier epoch is written once more, as it is: one of several messages that come
 * to it goes on (B1). Members of a flowable that had opened do so one by one.
 */
async function takeOver(runtime: Runtime, baton: Baton, found: Slot): Promise<Committed> {
  if (found.epoch >= baton.epoch || !isEnd(found.state) || found.fan !== undefined) {
    return { won: false, slot: found };
  }
  return commit(runtime, baton.execution, { ...found, epoch: baton.epoch });
}

/** A halt that came from this very message may have died on its way: an Exit, a broken SLA. */
async function goOnHalting(runtime: Runtime, id: ExecutionId): Promise<void> {
  const execution = await runtime.store.readExecution(id);
  if (!execution) return;
  const { state, dueAt } = execution;
  if (state !== 'KILLING' && !(isEnd(state) && dueAt !== undefined)) return;
  const { recover } = await import('./recover.ts');
  await recover(runtime, execution);
}

/** `found`: the record there is, where somebody has looked. */
async function runAndCommit(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  found: Slot | undefined,
): Promise<Committed> {
  const claim = (await holdBack(runtime, flow, baton)) ?? (await claimed(runtime, flow, baton));
  if (claim.type === 'stands') return { won: false, slot: claim.slot };
  const startedAt = runtime.clock.now();
  const outcome =
    claim.type === 'lost' ? claim.outcome : await outcomeOf(runtime, flow, claim.baton, found);
  const standing = await stillWaiting(runtime, claim.baton, outcome);
  if (standing) return { won: false, slot: standing };
  const moment = { startedAt, now: runtime.clock.now(), random: runtime.random.next() };
  const slot = settleOutcome(flow, claim.baton, outcome, moment);
  if (slot.state !== 'PAUSED') await fireResumed(runtime, flow, claim.baton);
  const committed = await commit(runtime, claim.baton.execution, slot);
  if (committed.won) measure(runtime, flow, slot);
  return committed;
}

/**
 * The record of a task that was woken and waits for its child as before: the child was restarted. It
 * stays as it is, since the next end of the child sends this very turn once more.
 */
async function stillWaiting(
  runtime: Runtime,
  baton: Baton,
  outcome: Outcome,
): Promise<Slot | undefined> {
  if (baton.since === undefined || outcome.type !== 'waiting' || !outcome.child) return undefined;
  const standing = await runtime.store.readSlot(baton.execution, baton.path);
  return standing && isOfAttempt(standing, baton) ? standing : undefined;
}

async function claimed(runtime: Runtime, flow: Flow, baton: Baton): Promise<RunClaim> {
  if (placeAt(flow, baton.path).task.runOnce !== true) return { type: 'run', baton };
  const { claimRun } = await import('./run-once.ts');
  return claimRun(runtime, flow, baton);
}

async function outcomeOf(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  found: Slot | undefined,
): Promise<Outcome> {
  const records = new Records(runtime, baton);
  if (found) records.know([found]);
  return runAttempt(runtime, flow, baton, records);
}

/** By few dimensions: each combination of values is billed as a metric of its own. */
function measure(runtime: Runtime, flow: Flow, slot: Slot): void {
  const { type } = placeAt(flow, slot.path).task;
  const attempt = slot.attempts?.at(-1);
  if (attempt) runtime.metrics.duration('task', attempt.endedAt - attempt.startedAt, { type });
  if (slot.state === 'RETRYING') runtime.metrics.count('retries', 1, {});
}

/**
 * Gives up on a baton that was handed out too often: its task run fails with the reason, and the
 * execution goes on from there. A message that is no baton is reported and harms nobody.
 */
export async function giveUp(runtime: Runtime, body: string, reason: string): Promise<void> {
  if (readWake(body)) throw new UnreadableBaton(`A whole execution waits for the sweep: ${reason}`);
  const baton = readBaton(body);
  const flow = await flowOf(runtime, baton);
  const message = `The step crashed every time: ${reason}`;
  const failure = { code: 'crashed', message, retryable: false };
  try {
    // Its members have records of their own: there is nothing yet that could fail.
    if (baton.range) return await spread(runtime, flow, baton);
    // What crashes may be what follows a result: one of an earlier epoch counts as well.
    const found = await runtime.store.readSlot(baton.execution, baton.path);
    // Deleted: whatever else comes late would take the failure for a record of its task run.
    if (!found && !(await runtime.store.readExecution(baton.execution))) return;
    if (found && answers(flow, found, baton)) {
      return await proceed(runtime, flow, baton, { won: false, slot: found });
    }
    const again = found ? continued(flow, baton, found) : baton;
    await conclude(runtime, flow, again, { type: 'failure', failure });
  } catch (error) {
    if (!(error instanceof CorruptRecord)) throw error;
    await (await import('./abandon.ts')).abandon(runtime, baton.execution, error);
  }
}

/** The flow of a baton that can be one of its task runs; any other leads nowhere. */
async function flowOf(runtime: Runtime, baton: Baton): Promise<Flow> {
  const { flow: key, path, frames } = baton;
  const flow = await runtime.flows.load(key).catch((error: unknown) => {
    if (!(error instanceof BrokenInvariant)) throw error;
    throw new UnreadableBaton(`A message cannot be followed: ${error.message}`, { cause: error });
  });
  if (isPlaced(flow, path, frames.length)) return flow;
  const place = `${path.slice(0, 200)} with ${frames.length} frames`;
  throw new UnreadableBaton(`A message cannot be followed: ${key.id} has no ${place}`);
}

async function spread(runtime: Runtime, flow: Flow, baton: Baton): Promise<void> {
  // Members that have not been started have no slot that a halt could claim: the header says it.
  if ((await runtime.store.readExecution(baton.execution))?.epoch !== baton.epoch) return;
  const records = new Records(runtime, baton);
  const place = placeAt(flow, baton.path);
  const fan = place.task.fan ?? (await settle(() => records.fan(baton.path)));
  const members = fan && fan.type !== 'sequence' ? memberCount(flow, place, fan) : 0;
  if (!fan || (baton.range?.[1] ?? 0) > members) {
    const range = baton.range?.join(' to ');
    throw new UnreadableBaton(
      `A message cannot be followed: ${baton.path} has no members ${range}`,
    );
  }
  const view = viewOf(baton, fan);
  await advance(runtime, {
    flow,
    view,
    effects: decide(flow, view, { type: 'spread', baton, fan }),
  });
}
