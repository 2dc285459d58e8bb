/**
 * recover: sends again whatever an execution is waiting for (B4). What was lost is thereby made
 * good, what was not collapses on the slots (B1). Recovered batons carry no live values; their tasks
 * read what they refer to.
 */
import { headOfExecution } from '../engine/baton.ts';
import { decide } from '../engine/decide.ts';
import { noView } from '../engine/effect.ts';
import type { Execution, Path } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { type Record, type Replay, replay } from '../engine/replay.ts';
import { isEnd } from '../engine/states.ts';
import { advance } from './advance.ts';
import { lastTry } from './chain.ts';
import { halt } from './halt.ts';
import { withMarked } from './mark.ts';
import { readPlaces, readRecords } from './read-records.ts';
import type { Runtime } from './runtime.ts';

export async function recover(runtime: Runtime, execution: Execution): Promise<void> {
  const { id, state, halting } = execution;
  if (state === 'KILLING') return void (await halt(runtime, id, halting ?? { state: 'KILLED' }));
  const flow = await runtime.flows.load(execution.flow);
  const found = await readRecords(runtime, id);
  if (isEnd(state)) return goOn(runtime, flow, execution, found, 'after');
  const records = await withMarked(runtime, execution, found);
  // Whoever found an assertion to be false may have died before it said so.
  if (flow.sla) {
    const { keepAssertionsOf } = await import('./sla.ts');
    if (await keepAssertionsOf(runtime, flow, execution)) return;
  }
  await goOn(runtime, flow, execution, records, 'begin');
}

/** From its tasks, or from those for afterwards. */
async function goOn(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
  records: ReadonlyMap<Path, Record>,
  from: 'begin' | 'after',
): Promise<void> {
  const places = await readPlaces(runtime, flow, execution, records, from);
  const known = { records, places: (path: Path) => places.get(path) };
  const { joined, frontier, waiting, exits } = replay(
    flow,
    headOfExecution(execution),
    known,
    from,
  );
  if (exits) return void (await halt(runtime, execution.id, { state: exits }));
  if (execution.epoch > 1) {
    for (const { key, step } of joined) {
      await runtime.store.addToJoin(execution.id, key, step.member);
    }
  }
  await advance(runtime, { flow, effects: frontier });
  await wakeFromChildren(runtime, flow, waiting);
}

/**
 * The end of a child is told once; whoever missed it is told here. By its own record: the baton in the
 * child's header may be of an attempt that was held back before it was written.
 */
async function wakeFromChildren(
  runtime: Runtime,
  flow: Flow,
  waiting: Replay['waiting'],
): Promise<void> {
  for (const { baton, slot } of waiting) {
    if (slot.child === undefined) continue;
    const child = await lastTry(runtime.store, slot.child);
    // One that is retried as a whole is not the end of it: who waits must not be woken too early.
    const isOver = !child || (child.endedAt !== undefined && child.state !== 'RETRIED');
    if (!isOver) continue;
    const due = { ...slot, resumeAt: runtime.clock.now() };
    await advance(runtime, {
      flow,
      effects: decide(flow, noView, { type: 'done', baton, slot: due }),
    });
  }
}
