/**
 * Amendments to executions that have ended: another state, more labels, or gone altogether. Nothing
 * runs because of them. Each is one conditional write on the header (B6).
 */
import type { Execution, ExecutionId } from '../engine/execution.ts';
import { type EndState, isEnd, type State, states } from '../engine/states.ts';
import { changeExecution } from './changes.ts';
import { withState } from './history.ts';
import type { Runtime } from './runtime.ts';

export type Amended =
  | { readonly type: 'amended' }
  | { readonly type: 'unknown-execution' }
  | { readonly type: 'not-ended'; readonly state: State };

/** The ends that somebody can give. RETRIED is one that only a retry makes. */
export const givenStates: readonly EndState[] = states
  .filter((state) => isEnd(state))
  .filter((state) => state !== 'RETRIED');

export function givenState(text: string): EndState | undefined {
  return givenStates.find((state) => state === text.toUpperCase());
}

/** The task runs stay as they are. */
export function changeState(runtime: Runtime, id: ExecutionId, state: EndState): Promise<Amended> {
  const now = runtime.clock.now();
  return amend(runtime, id, (ended) =>
    ended.state === state ? ended : withState(ended, [state], now),
  );
}

/** Adds labels, or gives those that are there another value. */
export function setLabels(
  runtime: Runtime,
  id: ExecutionId,
  labels: Readonly<Record<string, string>>,
): Promise<Amended> {
  return amend(runtime, id, (ended) => ({ ...ended, labels: { ...ended.labels, ...labels } }));
}

/** With its task runs and, where the back end holds it, its log. */
export async function deleteExecution(runtime: Runtime, id: ExecutionId): Promise<Amended> {
  for (;;) {
    const seen = await runtime.store.readExecution(id);
    if (!seen) return { type: 'unknown-execution' };
    if (!hasEnded(seen)) return { type: 'not-ended', state: seen.state };
    // Before its slots are gone, which would stop what is left of its messages.
    await runtime.halts.note(id, seen.epoch + 1);
    if (await runtime.store.deleteExecution(seen)) break;
  }
  await runtime.store.settled();
  return { type: 'amended' };
}

async function amend(
  runtime: Runtime,
  id: ExecutionId,
  change: (ended: Execution) => Execution,
): Promise<Amended> {
  const changed = await changeExecution(runtime, id, (seen) =>
    hasEnded(seen) ? change(seen) : undefined,
  );
  if (!changed) return { type: 'unknown-execution' };
  if (!changed.now) return { type: 'not-ended', state: changed.seen.state };
  await runtime.store.settled();
  return { type: 'amended' };
}

/** Also what follows its end: tasks for afterwards, a retry, whoever waits for it. */
function hasEnded({ state, endedAt, dueAt }: Execution): boolean {
  return isEnd(state) && endedAt !== undefined && dueAt === undefined;
}
