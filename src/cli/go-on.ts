/** For commands that make an execution go on here: they wait until it ends, or waits again. */
import { viewExecution } from '../runtime/view.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { textOf, UserError, type Values } from './command.ts';
import { openLocal } from './local.ts';
import { showProgress } from './progress.ts';

/** `act` says why it cannot be done, or `unknown-execution`. Resolves with the exit code. */
export async function goOn(
  id: string,
  values: Values,
  act: (runtime: Runtime) => Promise<string | undefined>,
): Promise<number> {
  const print = (line: string): void => void process.stderr.write(`${line}\n`);
  const progress = showProgress(print);
  const directory = textOf(values, 'directory') ?? '.baton';
  const local = await openLocal({ directory, watcher: progress, onLog: progress.log });
  try {
    const complaint = await act(local.runtime);
    if (complaint === 'unknown-execution') {
      throw new UserError(`there is no execution ${id} in ${local.directory}`);
    }
    if (complaint !== undefined) throw new UserError(complaint);
    await Promise.race([progress.whenEnded(id), local.deliveries.idle(), local.failed]);
    await local.runtime.store.settled();
    const state = (await viewExecution(local.runtime, id))?.state;
    print(`${state} ${id}`);
    return state === 'FAILED' || state === 'KILLED' ? 1 : 0;
  } finally {
    await local.close();
  }
}
