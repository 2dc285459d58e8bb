/** Commands that act on one execution of the embedded store. */
import type { State } from '../engine/states.ts';
import type { Amended } from '../runtime/amend.ts';
import type { Replayed } from '../runtime/fork.ts';
import type { Restarted } from '../runtime/restart.ts';
import type { ExecutionView } from '../runtime/view.ts';
import { textOf, UserError, type Values } from './command.ts';
import { type Local, openLocal } from './local.ts';

/** Does it and goes no further: nothing is worked on meanwhile. Resolves with the exit code. */
export async function withExecutions(
  values: Values,
  act: (local: Local) => Promise<string>,
): Promise<number> {
  const local = await openLocal({ directory: directoryIn(values), works: false });
  try {
    const done = await act(local);
    await local.runtime.store.settled();
    print(done);
    return 0;
  } finally {
    await local.close();
  }
}

function directoryIn(values: Values): string {
  return textOf(values, 'directory') ?? '.baton';
}

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What goes on, or the reason why nothing does. */
export function goingOn(
  { directory }: Local,
  id: string,
  result: Restarted | Replayed,
): ExecutionView {
  switch (result.type) {
    case 'restarted':
    case 'replayed':
      return result.view;
    case 'unknown-execution':
      throw unknownExecution(directory, id);
    case 'unknown-revision':
      throw new UserError(`the flow of execution ${id} has no such revision`);
    case 'not-restartable':
      throw new UserError(`execution ${id} is ${result.state}; only what has ended goes on`);
    case 'nothing-failed':
      throw new UserError(`nothing of execution ${id} has failed; replay runs it again`);
    case 'unknown-task-run': {
      const known = result.taskRuns.map((path) => `\n  ${path}`).join('');
      throw new UserError(`name one task run, by path or id:${known}`);
    }
  }
}

export function amended({ directory }: Local, id: string, result: Amended): void {
  if (result.type === 'unknown-execution') throw unknownExecution(directory, id);
  if (result.type === 'not-ended') throw new UserError(hasNotEnded(id, result.state));
}

function hasNotEnded(id: string, state: State): string {
  return `execution ${id} has not ended, it is ${state}; kill it first`;
}

export function unknownExecution(directory: string, id: string): UserError {
  return new UserError(`there is no execution ${id} in ${directory}`);
}
