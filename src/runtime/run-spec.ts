/** Runs a task that a flow gives as text: read when it is used, by the flow reader loaded then. */
import { settle } from '../expression/pending.ts';
import type { Scope } from '../expression/render.ts';
import { type RunResult, type TaskContext, TaskFailure } from '../tasks/define.ts';
import { findTask } from '../tasks/registry.ts';
import type { TaskHost } from './host.ts';
import { renderProperties } from './render.ts';

export interface TaskScope extends Scope {
  readonly host: TaskHost;
}

/** Retries, time-out and conditions are those of the task run; only the task's own properties count. */
export async function runSpec(
  spec: string,
  scope: TaskScope,
  context: TaskContext,
): Promise<RunResult<Record<string, unknown>>> {
  const { readTaskSpec } = await import('../flow/task-spec.ts');
  const { task, problems } = await readTaskSpec(spec);
  if (task === undefined) throw refused(`The task cannot be read:\n${problems.join('\n')}`);
  const definition = await findTask(task.type);
  if (definition?.kind !== 'runnable') {
    throw refused(`The templated task must be a runnable task, and ${task.type} is not`);
  }
  const { rendersItself } = definition;
  const properties = await settle(() => renderProperties(task, scope, rendersItself));
  return definition.run(properties, {
    ...context,
    runSpec: () => Promise.reject(refused('A templated task cannot run another one')),
  });
}

function refused(message: string): TaskFailure {
  return new TaskFailure({ code: 'templated-task', message, retryable: false });
}
