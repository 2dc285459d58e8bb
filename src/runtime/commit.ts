/**
 * Writes records under a few characters made by chance. A client repeats a write whose answer was
 * lost, and is then refused by what it has written itself: by these it knows its own again.
 */
import type { ExecutionId, Slot } from '../engine/execution.ts';
import type { Random } from '../engine/ports.ts';
import type { Runtime } from './runtime.ts';

export interface Committed {
  readonly won: boolean;
  /** The record that stands. */
  readonly slot: Slot;
}

/** On the condition of B1. */
export async function commit(
  { store, random }: Runtime,
  id: ExecutionId,
  result: Slot,
): Promise<Committed> {
  const slot = { ...result, writer: newWriter(random) };
  const committed = await store.commitSlot(id, slot);
  const isOurs = committed.won || committed.slot.writer === slot.writer;
  return isOurs ? { won: true, slot } : committed;
}

export function newWriter(random: Random): string {
  return random.next().toString(36).slice(2, 8);
}
