/**
 * recover: sends again whatever an execution is waiting for (B4). What was lost is thereby made
 * good, what was not collapses on the slots (B1). Recovered batons carry no live values; their tasks
 * read what they refer to.
 */
import { headOfExecution } from '../engine/baton.ts';
import type { Execution, Path } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import type { Places } from '../engine/ports.ts';
import { noView } from '../engine/effect.ts';
import { type Record, type Replay, replay } from '../engine/replay.ts';
import { isEnd } from '../engine/states.ts';
import { wake } from './finish.ts';
import { halt } from './halt.ts';
import { withMarked } from './mark.ts';
import { unpackFan } from './pack.ts';
import { perform } from './perform.ts';
import type { Runtime } from './runtime.ts';

export async function recover(runtime: Runtime, execution: Execution): Promise<void> {
  const { id, state, halting, epoch } = execution;
  if (state === 'KILLING') return void (await halt(runtime, id, halting ?? { state: 'KILLED' }));
  const flow = await runtime.flows.load(execution.flow);
  const found = await readRecords(runtime, id);
  if (isEnd(state)) {
    const after = replay(flow, headOfExecution(execution), { records: found }, 'after');
    return perform(runtime, flow, noView, after.frontier);
  }
  const records = await withMarked(runtime, execution, found);
  const exit = [...records.values()].find(({ slot }) => slot.exits && slot.epoch === epoch);
  if (exit?.slot.exits) return void (await halt(runtime, id, { state: exit.slot.exits }));
  const places = await readPlaces(runtime, flow, execution, records);
  const known = { records, places: (path: Path) => places.get(path) };
  const { joined, frontier, waiting } = replay(flow, headOfExecution(execution), known);
  if (epoch > 1) {
    for (const { key, step } of joined) await runtime.store.addToJoin(id, key, step.member);
  }
  await perform(runtime, flow, noView, frontier);
  await wakeFromChildren(runtime, waiting);
}

/** The end of a child is told once; whoever missed it reads it here. */
async function wakeFromChildren(runtime: Runtime, waiting: Replay['waiting']): Promise<void> {
  for (const { slot } of waiting) {
    const child = slot.child && (await runtime.store.readExecution(slot.child));
    if (child && child.endedAt !== undefined) await wake(runtime, child);
  }
}

export async function readRecords(runtime: Runtime, id: string): Promise<Map<Path, Record>> {
  const records = new Map<Path, Record>();
  for await (const slot of runtime.store.readSlots(id)) {
    const fan = slot.fan && (await unpackFan(slot.fan, runtime.blobs));
    records.set(slot.path, { slot, ...(fan && { fan }) });
  }
  return records;
}

/** Places exist for fans with a limit above one; a first replay finds which of them have opened. */
export async function readPlaces(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
  records: ReadonlyMap<Path, Record>,
): Promise<Map<Path, Places>> {
  const found = new Map<Path, Places>();
  for (const path of replay(flow, headOfExecution(execution), { records }).claimed) {
    const places = await runtime.store.readPlaces(execution.id, path, execution.epoch);
    found.set(path, places ?? { next: 0, stop: false, held: [] });
  }
  return found;
}
