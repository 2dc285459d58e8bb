/**
 * Flow triggers on PAUSED, and on RUNNING after it. The header says neither: whether an execution is
 * paused follows from its records, which are read only if some flow wants to know.
 */
import type { Baton } from '../engine/baton.ts';
import type { Slot } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import type { State } from '../engine/states.ts';
import { fireFlowTriggers } from './flow-triggers.ts';
import type { Runtime } from './runtime.ts';

/** After the slot of a task run became PAUSED. */
export async function firePaused(
  runtime: Runtime,
  flow: Flow,
  { execution: id }: Baton,
  { path, turn }: Slot,
): Promise<void> {
  if ((await runtime.listeners.for('PAUSED')).length === 0) return;
  const execution = await runtime.store.readExecution(id);
  if (execution === undefined) return;
  const { readShownState } = await import('./shown-state.ts');
  const state = await readShownState(runtime, flow, execution);
  if (state !== 'PAUSED') return;
  await fireFlowTriggers(runtime, flow, { ...execution, state }, `${path} ${turn}`);
}

/** Before a baton's record is written: if that ends a pause, the execution runs again. */
export async function fireResumed(runtime: Runtime, flow: Flow, baton: Baton): Promise<void> {
  if (baton.turn === 1 || (await runtime.listeners.for('RUNNING')).length === 0) return;
  const { execution: id, path, turn } = baton;
  const before = await runtime.store.readSlot(id, path);
  if (before?.state !== 'PAUSED' || before.epoch !== baton.epoch) return;
  const execution = await runtime.store.readExecution(id);
  if (execution === undefined) return;
  const state: State = 'RUNNING';
  await fireFlowTriggers(runtime, flow, { ...execution, state }, `${path} ${turn}`);
}
