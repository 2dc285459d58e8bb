/** How an execution begins: its first batons. Doing it again is harmless (B3). */
import { headOfExecution } from '../engine/baton.ts';
import { decide } from '../engine/decide.ts';
import { noView } from '../engine/effect.ts';
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import type { Value } from '../expression/value.ts';
import { fireFlowTriggers } from './flow-triggers.ts';
import { unpack } from './pack.ts';
import type { Work } from './perform.ts';
import { nestedLabels } from './records.ts';
import type { Runtime } from './runtime.ts';
import { triggerVariables } from './trigger-record.ts';

export async function begin(runtime: Runtime, flow: Flow, execution: Execution): Promise<Work> {
  const live = new Map<string, Value>([
    ['inputs', await unpack(execution.inputs, runtime.blobs)],
    ['labels', nestedLabels(execution.labels)],
  ]);
  if (execution.trigger !== undefined)
    live.set('trigger', triggerVariables(await unpack(execution.trigger, runtime.blobs)));
  await fireFlowTriggers(runtime, flow, { ...execution, state: 'RUNNING' });
  const head = headOfExecution(execution);
  return { flow, effects: decide(flow, noView, { type: 'begin', head, live }) };
}
