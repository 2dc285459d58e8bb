/** For commands that make an execution go on here: they wait until it ends, or waits again. */
import { viewExecution } from '../runtime/view.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { textOf, UserError, type Values } from './command.ts';
import { type Local, openLocal } from './local.ts';
import { unknownExecution } from './on-execution.ts';
import { showProgress } from './progress.ts';

/** `act` says why it cannot be done, or `unknown-execution`. Resolves with the exit code. */
export function goOn(
  id: string,
  values: Values,
  act: (runtime: Runtime) => Promise<string | undefined>,
): Promise<number> {
  return goOnWith(values, async ({ runtime, directory }) => {
    const complaint = await act(runtime);
    if (complaint === 'unknown-execution') throw unknownExecution(directory, id);
    if (complaint !== undefined) throw new UserError(complaint);
    return id;
  });
}

/** `act` resolves with the execution that goes on by it. */
export async function goOnWith(
  values: Values,
  act: (local: Local) => Promise<string>,
): Promise<number> {
  const print = (line: string): void => void process.stderr.write(`${line}\n`);
  const progress = showProgress(print);
  const directory = textOf(values, 'directory') ?? '.baton';
  const local = await openLocal({ directory, watcher: progress, onLog: progress.log });
  try {
    const id = await act(local);
    await Promise.race([progress.whenEnded(id), local.deliveries.idle(), local.failed]);
    await local.runtime.store.settled();
    const state = (await viewExecution(local.runtime, id))?.state;
    print(`${state} ${id}`);
    return state === 'FAILED' || state === 'KILLED' ? 1 : 0;
  } finally {
    await local.close();
  }
}
