/** Tasks that do not begin: before a breakpoint, or because the whole execution is paused. */
import type { Baton } from '../engine/baton.ts';
import type { Flow } from '../engine/flow.ts';
import { isAfterEnd, parentPath, placeAt } from '../engine/tree.ts';
import { settle } from '../expression/pending.ts';
import { isPaused } from './pause.ts';
import { Records } from './records.ts';
import type { RunClaim } from './run-once.ts';
import type { Runtime } from './runtime.ts';

/** What is to be written instead of running the task; undefined where it may begin. */
export async function holdBack(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
): Promise<RunClaim | undefined> {
  if (baton.turn > 1) return undefined; // It has begun, or been let go on.
  const state = (await isAtBreakpoint(runtime, flow, baton))
    ? 'BREAKPOINT'
    : (await isPaused(runtime, baton))
      ? 'PAUSED'
      : undefined;
  return state && { type: 'lost', baton, outcome: { type: 'held', state } };
}

async function isAtBreakpoint(runtime: Runtime, flow: Flow, baton: Baton): Promise<boolean> {
  const { breakpoints = [] } = baton;
  if (breakpoints.length === 0) return false;
  const place = placeAt(flow, baton.path);
  // What has ended cannot be resumed.
  if (isAfterEnd(place)) return false;
  const { id } = place.task;
  if (breakpoints.includes(id)) return true;
  const member = baton.frames.at(-1)?.member;
  const isNamed = breakpoints.some((name) => name.startsWith(`${id}.`));
  if (!isNamed || member?.iteration === undefined || !place.parent) return false;
  const records = new Records(runtime, baton);
  const path = parentPath(place, baton.path);
  const fan = place.parent.task.fan ?? (await settle(() => records.fan(path)));
  const value = fan?.type === 'values' ? fan.values[member.iteration] : undefined;
  return breakpoints.includes(`${id}.${value}`);
}
