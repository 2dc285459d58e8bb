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
import { type Record, replay } from '../engine/replay.ts';
import { isEnd } from '../engine/states.ts';
import { unpackFan } from './pack.ts';
import { perform } from './perform.ts';
import type { Runtime } from './runtime.ts';

export async function recover(runtime: Runtime, execution: Execution): Promise<void> {
  if (isEnd(execution.state)) return;
  const flow = await runtime.flows.load(execution.flow);
  const records = await readRecords(runtime, execution.id);
  const places = await readAllPlaces(runtime, flow, execution, records);
  const known = { records, places: (path: Path) => places.get(path) };
  const { frontier } = replay(flow, headOfExecution(execution), known);
  await perform(runtime, flow, noView, frontier);
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
async function readAllPlaces(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
  records: Map<Path, Record>,
): Promise<Map<Path, Places>> {
  const found = new Map<Path, Places>();
  for (const path of replay(flow, headOfExecution(execution), { records }).claimed) {
    const places = await runtime.store.readPlaces(execution.id, path, execution.epoch);
    found.set(path, places ?? { next: 0, stop: false, held: [] });
  }
  return found;
}
