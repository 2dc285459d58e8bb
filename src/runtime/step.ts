/**
 * One step: a baton arrives, one task runs, its result is committed, its successors are sent.
 *
 * B1: the commit is conditional on the slot; a loser goes on from the record that stands (B3).
 * B2: `step` resolves only when result and successors are durable; then the message may be deleted.
 */
import { BrokenInvariant } from '../engine/assert.ts';
import { type Baton, headOfExecution, readBaton } from '../engine/baton.ts';
import { decide } from '../engine/decide.ts';
import { noView, type View } from '../engine/effect.ts';
import type { Execution, ExecutionId, Slot } from '../engine/execution.ts';
import type { Fan, Flow } from '../engine/flow.ts';
import { type Outcome, settle as settleOutcome } from '../engine/settle.ts';
import { isEnd } from '../engine/states.ts';
import { answers, continued } from '../engine/standing.ts';
import { placeAt, taskIdOf } from '../engine/tree.ts';
import { settle } from '../expression/pending.ts';
import type { Value } from '../expression/value.ts';
import { runAttempt } from './attempt.ts';
import { halt } from './halt.ts';
import { perform } from './perform.ts';
import { nestedLabels, Records } from './records.ts';
import type { Runtime } from './runtime.ts';
import { unpack, unpackFan } from './pack.ts';

/**
 * `receives`: how often the queue has handed this message out, this time included. Resolves with the
 * execution the message belongs to.
 */
export async function step(runtime: Runtime, body: string, receives: number): Promise<ExecutionId> {
  const baton = readBaton(body);
  if (await runtime.halts.isHalted(baton)) return baton.execution;
  const flow = await runtime.flows.load(baton.flow);
  if (baton.range) {
    await spread(runtime, flow, baton);
    return baton.execution;
  }
  // On a redelivery and after a restart the work may be done already, and who waited may have been
  // killed meanwhile: one read saves doing it.
  const looks = receives > 1 || baton.epoch > 1 || baton.turn > 1;
  const found = looks ? await runtime.store.readSlot(baton.execution, baton.path) : undefined;
  const hasBegun = baton.turn > 1 && baton.asked === undefined;
  if (hasBegun && !found) return baton.execution; // Its execution has been deleted.
  const committed =
    found && answers(flow, found, baton)
      ? { won: false, slot: found }
      : await runAndCommit(runtime, flow, found ? continued(flow, baton, found) : baton);
  await proceed(runtime, flow, baton, committed);
  return baton.execution;
}

interface Committed {
  readonly won: boolean;
  /** The record that stands. */
  readonly slot: Slot;
}

async function runAndCommit(runtime: Runtime, flow: Flow, baton: Baton): Promise<Committed> {
  const startedAt = runtime.clock.now();
  const outcome: Outcome = isHeld(baton)
    ? { type: 'held', state: 'BREAKPOINT' }
    : await runAttempt(runtime, flow, baton, new Records(runtime, baton));
  const now = runtime.clock.now();
  const moment = { startedAt, now, random: runtime.random.next() };
  const slot = settleOutcome(flow, baton, outcome, moment);
  const committed = await runtime.store.commitSlot(baton.execution, slot);
  if (!committed.won) return committed;
  measure(runtime, flow, slot);
  return { won: true, slot };
}

/** Before a breakpoint, the first time it is reached. */
function isHeld({ breakpoints, path, turn, frames }: Baton): boolean {
  if (!breakpoints || turn > 1) return false;
  const id = taskIdOf(path);
  return breakpoints.includes(id) || breakpoints.includes(`${id}.${frames.at(-1)?.member?.value}`);
}

/** By few dimensions: each combination of values is billed as a metric of its own. */
function measure(runtime: Runtime, flow: Flow, slot: Slot): void {
  const { type } = placeAt(flow, slot.path).task;
  const attempt = slot.attempts?.at(-1);
  if (attempt) runtime.metrics.duration('task', attempt.endedAt - attempt.startedAt, { type });
  if (slot.state === 'RETRYING') runtime.metrics.count('retries', 1, {});
}

/** What the standing record leads to. */
async function proceed(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  { won, slot }: Committed,
): Promise<void> {
  if (slot.epoch > baton.epoch) return; // A restart or halt took over; this baton leads nowhere.
  if (slot.exits) return void (await halt(runtime, baton.execution, { state: slot.exits }));
  const fan =
    slot.fan === undefined || isEnd(slot.state)
      ? undefined
      : await unpackFan(slot.fan, runtime.blobs);
  const live = await withOutputs(runtime, baton, slot);
  const view = viewOf(baton, fan);
  const effects = decide(flow, view, {
    type: 'done',
    baton: { ...baton, live },
    slot,
    ...(fan && { fan }),
  });
  await perform(runtime, flow, view, effects, !won);
}

/** The baton's live values and what this task run put out; large outputs stay in their slot. */
async function withOutputs(runtime: Runtime, baton: Baton, slot: Slot): Promise<Baton['live']> {
  const { outputs } = slot;
  if (outputs === undefined || (typeof outputs === 'object' && 'blob' in outputs))
    return baton.live;
  const before = baton.live.get('outputs');
  const byPath = new Map<string, Value>(before instanceof Map ? before : []);
  byPath.set(baton.path, await unpack(outputs, runtime.blobs));
  return new Map([...baton.live, ['outputs', byPath]]);
}

/**
 * Gives up on a baton that was handed out too often: its task run fails with the reason, and the
 * execution goes on from there. A message that is no baton is reported and harms nobody.
 */
export async function giveUp(runtime: Runtime, body: string, reason: string): Promise<void> {
  const baton = readBaton(body);
  const flow = await runtime.flows.load(baton.flow);
  if (baton.range)
    throw new BrokenInvariant(`members of ${baton.path} could not be started: ${reason}`);
  const message = `The step crashed every time: ${reason}`;
  const failure = { code: 'crashed', message, retryable: false };
  await conclude(runtime, flow, baton, { type: 'failure', failure });
}

/** Writes what became of a task run without running it, and goes on from there. */
export async function conclude(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  outcome: Outcome,
): Promise<boolean> {
  const now = runtime.clock.now();
  const slot = settleOutcome(flow, baton, outcome, { startedAt: now, now, random: 0 });
  const committed = await runtime.store.commitSlot(baton.execution, slot);
  await proceed(runtime, flow, baton, committed.won ? { won: true, slot } : committed);
  return committed.won;
}

async function spread(runtime: Runtime, flow: Flow, baton: Baton): Promise<void> {
  const records = new Records(runtime, baton);
  // Members that have not been started have no slot that a halt could claim: the header says it.
  if ((await settle(() => records.header())).epoch !== baton.epoch) return;
  const place = placeAt(flow, baton.path);
  const fan = place.task.fan ?? (await settle(() => records.fan(baton.path)));
  if (!fan) throw new Error(`the fan of ${baton.path} was opened before it is spread`);
  const view = viewOf(baton, fan);
  await perform(runtime, flow, view, decide(flow, view, { type: 'spread', baton, fan }));
}

function viewOf(baton: Baton, fan: Fan | undefined): View {
  return {
    values: (path) => (path === baton.path && fan?.type === 'values' ? fan.values : undefined),
  };
}

/** The first batons of an execution, delivered from `notBefore` on. Doing it again is harmless (B3). */
export async function begin(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
  notBefore?: number,
): Promise<void> {
  const live = new Map<string, Value>([
    ['inputs', await unpack(execution.inputs, runtime.blobs)],
    ['labels', nestedLabels(execution.labels)],
  ]);
  if (execution.trigger !== undefined)
    live.set('trigger', await unpack(execution.trigger, runtime.blobs));
  const head = headOfExecution(execution);
  const effects = decide(flow, noView, { type: 'begin', head, live });
  const later = effects.map((effect) =>
    effect.type === 'send' && notBefore !== undefined ? { ...effect, notBefore } : effect,
  );
  await perform(runtime, flow, noView, later);
}
