/**
 * Halting: an execution is ended from outside, whatever it is doing (kill, a broken SLA, Exit).
 *
 * The header moves to KILLING in a new epoch, so that nothing of the old one can end it any more.
 * Then every slot that is about to be written is claimed in the new epoch (B6): a task that is
 * running loses its write, a baton still in the queue finds the claim. A task that was faster keeps
 * what it came to, and what that has led to is claimed next. Claiming goes on until there is nothing
 * left to claim. A crash on the way leaves KILLING behind, from which the sweep goes on.
 */
import { headOfExecution } from '../engine/baton.ts';
import { atEnd } from '../engine/cursor.ts';
import type { Effect } from '../engine/effect.ts';
import type { Execution, ExecutionId, Failure, Path, Slot } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { limits } from '../engine/limits.ts';
import { type Record, type Replay, replay } from '../engine/replay.ts';
import { type EndState, isEnd } from '../engine/states.ts';
import { placeAt } from '../engine/tree.ts';
import { childId, lastTry } from './chain.ts';
import { changeExecution } from './changes.ts';
import { advance } from './advance.ts';
import { end, reachEnd } from './end.ts';
import { withState } from './history.ts';
import { readPausedSince, withPause } from './pause-notes.ts';
import { readPlaces, readRecords } from './read-records.ts';
import { forgetPause } from './pause.ts';
import type { Runtime } from './runtime.ts';

/** How it is to end, and why where that is not obvious. */
export interface Halting {
  readonly state: EndState;
  readonly error?: Failure;
}

export type Halted = 'halted' | 'ended' | 'unknown-execution';

/** 'ended': it had ended before. Doing it again is harmless. */
export async function halt(runtime: Runtime, id: ExecutionId, to: Halting): Promise<Halted> {
  const since = await readPausedSince(runtime, id);
  const now = runtime.clock.now();
  const change = await changeExecution(runtime, id, (seen) => {
    if (isEnd(seen.state) || seen.state === 'KILLING') return undefined;
    // What is paused is woken up to be ended.
    const { marked: _, ...killing } =
      since === undefined || seen.state !== 'RUNNING'
        ? withState(seen, ['KILLING'], now)
        : withState(withPause(seen, since), ['RESTARTED', 'KILLING'], now);
    const hasBegun = seen.state !== 'CREATED' && seen.state !== 'QUEUED';
    return {
      ...killing,
      epoch: seen.epoch + 1,
      halting: { ...to, ...(!hasBegun && { unbegun: true }) },
      dueAt: now + limits.sweepAfterMs,
    };
  });
  if (!change) return 'unknown-execution';
  if (change.now && change.seen.state === 'PAUSED') await forgetPause(runtime, change.seen);
  const killing = change.now ?? change.seen;
  if (killing.state !== 'KILLING') return 'ended';
  await finishHalting(runtime, killing);
  return 'halted';
}

/** From KILLING on; what the header says decides, not who asks. */
async function finishHalting(runtime: Runtime, killing: Execution): Promise<void> {
  const flow = await runtime.flows.load(killing.flow);
  await runtime.halts.note(killing.id, killing.epoch);
  while (await claim(runtime, flow, killing)) continue;
  const { state, error } = killing.halting ?? { state: 'KILLED' };
  const at = atEnd(killing, state);
  const rendersOutputs = error === undefined && state !== 'KILLED' && state !== 'CANCELLED';
  const endedAt = runtime.clock.now();
  // No message comes again where a crash cuts this short: the sweep does what follows the end.
  const also = { dueAt: endedAt + limits.sweepAfterMs };
  const follows = rendersOutputs
    ? await reachEnd(runtime, flow, at, state, also)
    : await end(runtime, flow, at, { state, endedAt, ...(error && { error }), ...also });
  await advance(runtime, ...follows);
  await runtime.store.settled();
}

/** One pass over what the records leave open. False: there was nothing to claim. */
async function claim(runtime: Runtime, flow: Flow, killing: Execution): Promise<boolean> {
  const before = { ...killing, epoch: killing.epoch - 1 };
  const records = await readRecords(runtime, killing.id);
  // Who else halted it has ended it, and it has been restarted.
  if ([...records.values()].some(({ slot }) => slot.epoch > killing.epoch)) return false;
  const places = await readPlaces(runtime, flow, before, records);
  const walk = replay(flow, headOfExecution(before), {
    records,
    places: (path) => places.get(path),
  });
  // First of all: once their task run is claimed, nothing tells of them any more.
  for (const id of await childrenOf(runtime, flow, walk)) {
    const child = await lastTry(runtime.store, id);
    if (child) await halt(runtime, child.id, { state: 'KILLED' });
  }
  const slots = [...claimsOf(killing, walk, records, runtime.clock.now()).values()];
  for (let start = 0; start < slots.length; start += limits.claimsAtOnce) {
    const some = slots.slice(start, start + limits.claimsAtOnce);
    await Promise.all(
      some.map((slot) => {
        const seen = records.get(slot.path)?.slot;
        return runtime.store.replaceSlot(killing.id, seen, slot);
      }),
    );
  }
  const stopped = await stopPlaces(runtime, killing.id, walk.frontier);
  return slots.length > 0 || stopped;
}

/** Executions that are waited for. Whoever runs a task may have started one and not said so yet. */
async function childrenOf(
  runtime: Runtime,
  flow: Flow,
  { waiting, frontier }: Replay,
): Promise<readonly ExecutionId[]> {
  const children = waiting.flatMap(({ slot }) => slot.child ?? []);
  for (const effect of frontier) {
    if (effect.type !== 'send' || effect.baton.range) continue;
    const { task } = placeAt(flow, effect.baton.path);
    if (!Object.hasOwn(task.properties, 'flowId')) continue;
    const id = childId(effect.baton);
    if ((await runtime.store.readExecution(id))?.waiter !== undefined) children.push(id);
  }
  return children;
}

function claimsOf(
  { epoch, halting }: Execution,
  { frontier, waiting }: Replay,
  records: ReadonlyMap<Path, Record>,
  now: number,
): ReadonlyMap<Path, Slot> {
  const sent = frontier.flatMap((effect) =>
    effect.type === 'send' && !effect.baton.range ? [effect.baton.path] : [],
  );
  const open = new Set([...sent, ...waiting.map(({ slot }) => slot.path)]);
  const claims = new Map<Path, Slot>();
  for (const path of open) {
    const { startedAt = now, attempts, outputs } = records.get(path)?.slot ?? {};
    claims.set(path, {
      path,
      epoch,
      turn: 1,
      state: 'KILLED',
      startedAt,
      endedAt: now,
      ...(attempts && { attempts }),
      ...(outputs !== undefined && { outputs }),
      ...(halting?.unbegun && { held: true }),
    });
  }
  return claims;
}

/** Limited fans hand out no further member. */
async function stopPlaces(
  runtime: Runtime,
  id: ExecutionId,
  frontier: readonly Effect[],
): Promise<boolean> {
  const claims = frontier.flatMap((effect) => (effect.type === 'claim' ? [effect.claim] : []));
  for (const each of claims) await runtime.store.claimMember(id, { ...each, stop: true });
  return claims.length > 0;
}
