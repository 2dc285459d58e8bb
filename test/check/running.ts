/** What the check says of a flow next to how its tasks end when it runs all the same. */
import { checkExpressions } from '../../src/check/check-flow.ts';
import type { Issue } from '../../src/flow/issues.ts';
import type { DocumentPath } from '../../src/flow/node.ts';
import { readFlow } from '../../src/flow/read.ts';
import { storeFlow } from '../../src/api/flows.ts';
import { resolveFlowInputs } from '../../src/runtime/inputs.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { viewExecution } from '../../src/runtime/view.ts';
import type { EmbeddedEngine } from '../helpers/embedded.ts';

export interface Verdict {
  /** Errors of the task's own expressions. */
  readonly errors: readonly Issue[];
  /** Of its task runs; empty where it never ran. */
  readonly states: readonly string[];
}

export async function compare(
  engine: EmbeddedEngine,
  source: string,
  given: Readonly<Record<string, unknown>> = {},
): Promise<ReadonlyMap<string, Verdict>> {
  const read = await readFlow(source);
  const issues = await checkExpressions(source, read);
  const { document } = read;
  if (document === undefined) throw new Error('the flow cannot be read');
  const { flow } = await storeFlow(engine.runtime, source, { force: true });
  const { inputs = new Map() } = await resolveFlowInputs(engine.runtime, flow, given);
  const { execution } = await startExecution(engine.runtime, { flow, inputs });
  await engine.whenEnded(execution.id);
  const view = await viewExecution(engine.runtime, execution.id);
  const verdicts = new Map<string, Verdict>();
  for (const id of document.tasks.keys()) {
    const runs = view?.taskRuns.filter(({ taskId }) => taskId === id) ?? [];
    const errors = issues.filter(
      (issue) => issue.severity === 'error' && taskOf(issue.path, document.tasks) === id,
    );
    verdicts.set(id, { errors, states: runs.map(({ state }) => state) });
  }
  return verdicts;
}

/** The innermost task around a path. */
function taskOf(path: DocumentPath, tasks: ReadonlyMap<string, DocumentPath>): string | undefined {
  const around = [...tasks].filter(([, at]) => at.every((step, index) => path[index] === step));
  return around.toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0];
}
