/**
 * recover: sends again whatever an execution is waiting for (B4). What was lost is thereby made
 * good, what was not collapses on the slots (B1). Recovered batons carry no live values; their tasks
 * read what they refer to.
 */
import { headOfExecution } from '../engine/baton.ts';
import type { Execution, Path } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { type Record, replay } from '../engine/replay.ts';
import { isEnd } from '../engine/states.ts';
import { advance } from './advance.ts';
import { lastTry } from './chain.ts';
import { halt } from './halt.ts';
import { withMarked } from './mark.ts';
import { readPlaces, readRecords } from './read-records.ts';
import { lookAgain, type Waiting } from './look-again.ts';
import type { Runtime } from './runtime.ts';

export async function recover(runtime: Runtime, execution: Execution): Promise<void> {
  const { id, state, halting } = execution;
  if (state === 'KILLING') return void (await halt(runtime, id, halting ?? { state: 'KILLED' }));
  const flow = await runtime.flows.load(execution.flow);
  const found = await readRecords(runtime, id);
  // Read after the records: whoever has restarted it meanwhile, or halted it, goes on from there.
  if ((await runtime.store.readExecution(id))?.epoch !== execution.epoch) return;
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
  await releaseHeld(runtime, flow, execution, waiting);
}

/**
 * The end of a child is told once; whoever missed it is told here. By its own record: the baton in the
 * child's header may be of an attempt that was held back before it was written.
 */
async function wakeFromChildren(
  runtime: Runtime,
  flow: Flow,
  waiting: readonly Waiting[],
): Promise<void> {
  for (const each of waiting) {
    const { child: id } = each.slot;
    if (id === undefined) continue;
    const child = await lastTry(runtime.store, id);
    // One that is retried as a whole is not the end of it: who waits must not be woken too early.
    const isOver = !child || (child.endedAt !== undefined && child.state !== 'RETRIED');
    if (isOver) await lookAgain(runtime, flow, each);
  }
}

/**
 * What a pause of the whole execution held back, and its resume did not let go: it died, its message
 * was lost, or it came before there was a record. The header is read after the records, so that it
 * tells of the pause that held them.
 */
async function releaseHeld(
  runtime: Runtime,
  flow: Flow,
  { id }: Execution,
  waiting: readonly Waiting[],
): Promise<void> {
  const held = waiting.filter(({ slot }) => slot.held && slot.state === 'PAUSED');
  if (held.length === 0) return;
  if ((await runtime.store.readExecution(id))?.state !== 'RUNNING') return;
  for (const each of held) await lookAgain(runtime, flow, each);
}
