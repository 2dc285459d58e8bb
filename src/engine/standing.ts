/**
 * Which records count in an epoch. A restart begins a new one and keeps what was done well; a halt
 * begins one in which nothing that is under way counts any more.
 */
import { letsGoOn } from './allowed.ts';
import type { Baton } from './baton.ts';
import type { Slot } from './execution.ts';
import type { Fan, Flow } from './flow.ts';
import { isEnd } from './states.ts';
import { isAfterwards, placeAt } from './tree.ts';

type Held = Pick<Baton, 'epoch' | 'turn' | 'asked'>;

/** Whether the record answers the baton, so that its task need not run. */
function stands(flow: Flow, slot: Slot, baton: Held): boolean {
  if (slot.epoch === baton.epoch) return slot.turn >= baton.turn;
  if (slot.epoch > baton.epoch) return false;
  // What a failed member made it say is no answer once the member has run again.
  if (baton.asked !== undefined) return slot.turn >= baton.turn && letsGoOn(slot.outcome);
  return isKept(flow, slot);
}

/** Whether whoever holds the baton has nothing left to run: the record stands, or rules it out. */
export function answers(flow: Flow, slot: Slot, baton: Held): boolean {
  return slot.epoch > baton.epoch || stands(flow, slot, baton);
}

/**
 * Of an earlier epoch: what ended well, and flowables that had opened. Handlers of failures and what
 * comes after an end tell of an end that is no longer the end.
 */
export function isKept(flow: Flow, slot: Slot): boolean {
  const place = placeAt(flow, slot.path);
  if (isAfterwards(place)) return false;
  if (!isEnd(slot.state)) {
    // Without members that could run again, it opens again itself.
    const isOver = slot.outcome !== undefined && place.task.asks !== true;
    return slot.fan !== undefined && (!isOver || letsGoOn(slot.outcome));
  }
  return slot.state === 'SUCCESS' || slot.state === 'WARNING' || slot.state === 'SKIPPED';
}

/**
 * Whether the record tells of the attempt that a baton goes on with, or of a later one. Who waits may
 * be woken before its wait is written.
 */
export function isOfAttempt(slot: Slot, { epoch }: Held): boolean {
  return slot.epoch > epoch || (slot.epoch === epoch && slot.state !== 'RETRYING');
}

/** A flowable that is asked, as it was when it opened: what it said comes after its members. */
export function asOpened(
  { resumeAt: _, ...slot }: Slot,
  { outcome: __, ...fan }: Fan,
): { readonly slot: Slot; readonly fan: Fan } {
  return { slot, fan };
}

/** The baton that runs a task again in a new epoch: its attempts count on. */
export function continued(flow: Flow, baton: Baton, slot: Slot): Baton {
  const { attempts } = slot;
  const isOther = slot.epoch >= baton.epoch || isAfterwards(placeAt(flow, slot.path));
  if (isOther || !attempts || attempts.length === 0) return baton;
  return { ...baton, attempts, attempt: (attempts.at(-1)?.number ?? 0) + 1 };
}
