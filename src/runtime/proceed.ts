/**
 * From the record that stands for a task run to what it leads to. Whoever commits a slot, or finds
 * one committed, goes on here (B3).
 */
import type { Baton } from '../engine/baton.ts';
import { decide } from '../engine/decide.ts';
import type { View } from '../engine/effect.ts';
import type { Slot } from '../engine/execution.ts';
import type { Fan, Flow } from '../engine/flow.ts';
import { type Outcome, settle } from '../engine/settle.ts';
import { asOpened } from '../engine/standing.ts';
import { isEnd } from '../engine/states.ts';
import { placeAt } from '../engine/tree.ts';
import type { Value } from '../expression/value.ts';
import { advance } from './advance.ts';
import { unpack, unpackFan } from './pack.ts';
import { firePaused, fireResumed } from './pause-triggers.ts';
import { type Committed, commit } from './commit.ts';
import type { Runtime } from './runtime.ts';

/** What the standing record leads to. */
export async function proceed(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  { won, slot }: Committed,
): Promise<void> {
  if (slot.epoch > baton.epoch) return; // A restart or halt took over; this baton leads nowhere.
  if (slot.exits) {
    const { halt } = await import('./halt.ts');
    await halt(runtime, baton.execution, { state: slot.exits });
    return;
  }
  if (slot.state === 'PAUSED') await firePaused(runtime, flow, baton, slot);
  const fan =
    slot.fan === undefined || isEnd(slot.state)
      ? undefined
      : await unpackFan(slot.fan, runtime.blobs);
  const live = await withOutputs(runtime, baton, slot);
  if (flow.sla) {
    const { keepAssertions } = await import('./sla.ts');
    if (await keepAssertions(runtime, flow, { ...baton, live })) return;
  }
  const view = viewOf(baton, fan);
  const effects = decide(flow, view, {
    type: 'done',
    baton: { ...baton, live },
    ...(fan && isAgain(flow, baton, slot) ? asOpened(slot, fan) : { slot, ...(fan && { fan }) }),
  });
  await advance(runtime, { flow, view, effects, again: !won });
}

/** It opened before a restart, and its members run again where they have failed. */
function isAgain(flow: Flow, { epoch, path, asked }: Baton, slot: Slot): boolean {
  return slot.epoch < epoch && asked === undefined && placeAt(flow, path).task.asks === true;
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

/** Writes what became of a task run without running it, and goes on from there. */
export async function conclude(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  outcome: Outcome,
): Promise<boolean> {
  const now = runtime.clock.now();
  const slot = settle(flow, baton, outcome, { startedAt: now, now, random: 0 });
  await fireResumed(runtime, flow, baton);
  const committed = await commit(runtime, baton.execution, slot);
  await proceed(runtime, flow, baton, committed);
  return committed.won;
}

/** What a loop that has just opened, or is being started, needs no read for. */
export function viewOf(baton: Baton, fan: Fan | undefined): View {
  return {
    values: (path) => (path === baton.path && fan?.type === 'values' ? fan.values : undefined),
  };
}
