/** All records of an execution at once, as `replay` wants them. */
import { headOfExecution } from '../engine/baton.ts';
import type { Execution, Path } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import type { Places } from '../engine/ports.ts';
import { type Record, replay } from '../engine/replay.ts';
import { unpackFan } from './pack.ts';
import type { Runtime } from './runtime.ts';

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
  from: 'begin' | 'after' = 'begin',
): Promise<Map<Path, Places>> {
  const found = new Map<Path, Places>();
  for (const path of replay(flow, headOfExecution(execution), { records }, from).claimed) {
    const places = await runtime.store.readPlaces(execution.id, path, execution.epoch);
    found.set(path, places ?? { next: 0, stop: false, held: [] });
  }
  return found;
}
