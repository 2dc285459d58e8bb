/** A flow from its source to its end on the embedded engine. */
import { storeFlow } from '../../src/api/flows.ts';
import { resolveFlowInputs } from '../../src/runtime/inputs.ts';
import { newExecutionId, startExecution } from '../../src/runtime/start.ts';
import { type ExecutionView, viewExecution } from '../../src/runtime/view.ts';
import type { EmbeddedEngine } from './embedded.ts';

export async function runFlow(
  engine: EmbeddedEngine,
  source: string,
  given: Readonly<Record<string, unknown>> = {},
): Promise<ExecutionView> {
  const { runtime } = engine;
  const { flow } = await storeFlow(runtime, source, { force: true });
  const id = newExecutionId(runtime.random);
  const { inputs, issues } = await resolveFlowInputs(runtime, flow, given, id);
  if (!inputs) throw new Error(issues.map(({ message }) => message).join('\n'));
  await startExecution(runtime, { flow, inputs, id });
  await engine.whenEnded(id);
  const view = await viewExecution(runtime, id);
  if (!view) throw new Error('the execution is gone');
  return view;
}
