/**
 * `runOnce`: each attempt of a task runs at most once, also where a worker crashes or a message comes
 * twice. Other tasks run at least once.
 *
 * Before the run the slot is claimed, with the turn of the message (B1); the result takes the turn
 * after it. To the rest of the engine a claim is a task that looks again later: at the moment when
 * nobody can be running it any more. Whoever finds the claim in a message's way sends that later
 * look, as does recovery (B4); and a look that still finds the claim fails the attempt, since it may
 * have run. A retry is a further attempt, with a claim of its own.
 */
import type { Baton } from '../engine/baton.ts';
import type { Failure, Slot } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { limits } from '../engine/limits.ts';
import { type Outcome, settle } from '../engine/settle.ts';
import { answers } from '../engine/standing.ts';
import { placeAt } from '../engine/tree.ts';
import { commit } from './commit.ts';
import type { Runtime } from './runtime.ts';
import { logTo } from './task-context.ts';

/** Beyond the room of the lane: rendering, and the function's own end. */
const marginMs = 10_000;

export type RunClaim =
  /** Run it, and write the result with this baton. */
  | { readonly type: 'run'; readonly baton: Baton }
  /** Do not run it: write this. */
  | { readonly type: 'lost'; readonly baton: Baton; readonly outcome: Outcome }
  /** Do not run it: go on from the record that stands. */
  | { readonly type: 'stands'; readonly slot: Slot };

const failure: Failure = {
  code: 'may-have-run',
  message: 'It may have run already: its worker was lost, and `runOnce` does not run it again',
};

export async function claimRun(runtime: Runtime, flow: Flow, baton: Baton): Promise<RunClaim> {
  const { task } = placeAt(flow, baton.path);
  if (task.runOnce !== true) return { type: 'run', baton };
  return baton.since === undefined ? claim(runtime, flow, baton) : lookAgain(runtime, flow, baton);
}

async function claim(runtime: Runtime, flow: Flow, baton: Baton): Promise<RunClaim> {
  const { lane } = placeAt(flow, baton.path).task;
  const now = runtime.clock.now();
  const resumeAt = now + (lane === 'long' ? limits.longLaneMs : limits.fastLaneMs) + marginMs;
  const moment = { startedAt: now, now, random: 0 };
  const slot = settle(flow, baton, { type: 'waiting', paused: false, resumeAt }, moment);
  const committed = await commit(runtime, baton.execution, { ...slot, claimed: true });
  if (!committed.won) return { type: 'stands', slot: committed.slot };
  return { type: 'run', baton: { ...baton, turn: baton.turn + 1 } };
}

/** The task asked to be run again later, which is no new run; or somebody has claimed it before. */
async function lookAgain(runtime: Runtime, flow: Flow, baton: Baton): Promise<RunClaim> {
  const slot = await runtime.store.readSlot(baton.execution, baton.path);
  if (slot && answers(flow, slot, baton)) return { type: 'stands', slot };
  if (!slot?.claimed || slot.epoch !== baton.epoch) return { type: 'run', baton };
  const { task } = placeAt(flow, baton.path);
  logTo(runtime, flow, baton, { task, mask: (text) => text })('ERROR', failure.message);
  return { type: 'lost', baton, outcome: { type: 'failure', failure } };
}
