/**
 * Which records count in an epoch. A restart begins a new one and keeps what was done well; a halt
 * begins one in which nothing that is under way counts any more.
 */
import type { Baton } from './baton.ts';
import type { Slot } from './execution.ts';
import type { Flow } from './flow.ts';
import { isEnd } from './states.ts';
import { type Place, placeAt } from './tree.ts';

/** Whether the record answers the baton, so that its task need not run. */
export function stands(flow: Flow, slot: Slot, baton: Pick<Baton, 'epoch' | 'turn'>): boolean {
  if (slot.epoch === baton.epoch) return slot.turn >= baton.turn;
  if (slot.epoch > baton.epoch) return false;
  return isKept(flow, slot);
}

/** Of an earlier epoch: what ended well, and flowables that had opened. */
function isKept(flow: Flow, slot: Slot): boolean {
  if (isAfterwards(placeAt(flow, slot.path))) return false;
  if (!isEnd(slot.state)) return slot.fan !== undefined;
  return slot.state === 'SUCCESS' || slot.state === 'WARNING' || slot.state === 'SKIPPED';
}

/** Handlers of failures and what comes after tell of an end that is no longer the end. */
function isAfterwards(place: Place): boolean {
  const afterwards = ['errors', 'finally', 'afterExecution'];
  for (let at: Place | undefined = place; at; at = at.parent) {
    if (afterwards.includes(at.branch)) return true;
  }
  return false;
}

/** The baton that runs a task again in a new epoch: its attempts count on. */
export function continued(flow: Flow, baton: Baton, slot: Slot): Baton {
  const { attempts } = slot;
  const isOther = slot.epoch >= baton.epoch || isAfterwards(placeAt(flow, slot.path));
  if (isOther || !attempts || attempts.length === 0) return baton;
  return { ...baton, attempts, attempt: (attempts.at(-1)?.number ?? 0) + 1 };
}
