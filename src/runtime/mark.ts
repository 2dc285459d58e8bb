/**
 * Gives a task run another end, as the header asks for it. It is written before anything of the
 * header's epoch is sent, so that whoever comes later finds it; doing it again is harmless (B1).
 */
import type { Attempt, Execution, Path, Slot } from '../engine/execution.ts';
import type { Record } from '../engine/replay.ts';
import type { EndState } from '../engine/states.ts';
import type { Runtime } from './runtime.ts';

/** The records with the marked one among them. */
export async function withMarked(
  runtime: Runtime,
  { id, epoch, marked }: Execution,
  records: ReadonlyMap<Path, Record>,
): Promise<ReadonlyMap<Path, Record>> {
  if (!marked) return records;
  const { path, state } = marked;
  const before = records.get(path)?.slot;
  if (before?.epoch === epoch) return records;
  const now = runtime.clock.now();
  const wanted = {
    path,
    epoch,
    turn: 1,
    state,
    startedAt: now,
    endedAt: now,
    ...kept(before, state),
  };
  const committed = await runtime.store.commitSlot(id, wanted);
  return new Map([...records, [path, { slot: committed.won ? wanted : committed.slot }]]);
}

function kept(slot: Slot | undefined, state: EndState): Partial<Slot> {
  if (!slot) return {};
  const { startedAt, attempts, outputs } = slot;
  return {
    startedAt,
    ...(attempts && {
      attempts: attempts.map((each, index) =>
        index === attempts.length - 1 ? ended(each, state) : each,
      ),
    }),
    ...(outputs !== undefined && { outputs }),
  };
}

function ended({ error, ...attempt }: Attempt, state: EndState): Attempt {
  return { ...attempt, state, ...(state === 'FAILED' && error && { error }) };
}
