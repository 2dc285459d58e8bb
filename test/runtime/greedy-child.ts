/**
 * The engine in a process with little memory: runs the flows it is given, one after the other, and
 * prints what became of each. Argument: a file with the sources as JSON.
 */
import { readFileSync } from 'node:fs';
import { Problem } from '../../src/api/problem.ts';
import { storeFlow } from '../../src/api/flows.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { viewExecution } from '../../src/runtime/view.ts';
import { startEmbedded } from '../helpers/embedded.ts';

const engine = await startEmbedded();
for (const source of JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as string[]) {
  const stored = await storeFlow(engine.runtime, source, { force: true }).catch(
    (error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      const codes = error.issues.map(({ code }) => code).join();
      console.log(JSON.stringify({ id: 'none', state: 'refused', error: codes }));
    },
  );
  if (!stored) continue;
  const { flow } = stored;
  const { execution } = await startExecution(engine.runtime, { flow, inputs: new Map() });
  const { state } = await engine.whenEnded(execution.id);
  await engine.idle();
  const view = await viewExecution(engine.runtime, execution.id);
  const error = view?.taskRuns.find((run) => run.error)?.error?.message ?? '';
  console.log(JSON.stringify({ id: flow.id, state, error: error.slice(0, 200) }));
}
await engine.close();
