/** Storing flows in the engine of a case. */
import { readFlow } from '../../src/flow/read.ts';
import { withTemplates } from '../../src/runtime/templates.ts';
import type { Flow } from '../../src/engine/flow.ts';
import { describeIssues } from './flow-sources.ts';
import type { CaseWorld } from './world.ts';

export async function loadFlow(world: CaseWorld, path: string): Promise<Flow> {
  return loadSource(world, await world.folder.readText(path), path);
}

export async function loadSource(world: CaseWorld, source: string, name: string): Promise<Flow> {
  const { flow: compiled, issues } = await readFlow(source);
  if (compiled === undefined) throw new Error(`refused:\n${describeIssues(issues, name)}`);
  const { store, blobs } = world.engine.runtime;
  const whole = await withTemplates(blobs, compiled);
  if (whole.flow === undefined) throw new Error(`refused: ${whole.reason}`);
  const { flow } = await store.putFlow(source, whole.flow);
  world.namespaces.set(flow.id, flow.namespace);
  return flow;
}
