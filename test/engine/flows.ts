/** Small flows for engine tests, built without YAML: the engine never asks what a task type does. */
import type { Fan, Flow, Retry, Task } from '../../src/engine/flow.ts';

type Extra = Partial<Omit<Task, 'id' | 'branches' | 'fan'>>;

export function task(id: string, extra: Extra = {}): Task {
  return { id, type: 'test', properties: {}, conversions: {}, ...extra };
}

interface Handlers extends Extra {
  readonly errors?: readonly Task[];
  readonly finally?: readonly Task[];
}

export function sequence(id: string, tasks: readonly Task[], extra: Handlers = {}): Task {
  return flowable(id, { type: 'sequence', branch: 'tasks' }, tasks, extra);
}

export function parallel(
  id: string,
  tasks: readonly Task[],
  extra: Handlers & { limit?: number } = {},
): Task {
  const { limit = 0, ...rest } = extra;
  return flowable(id, { type: 'tasks', branch: 'tasks', limit }, tasks, rest);
}

/** Each task with the ids it waits for. */
export function graph(
  id: string,
  nodes: readonly (readonly [Task, ...string[]])[],
  extra: Handlers = {},
): Task {
  const tasks = nodes.map(([node, ...after]) => ({ ...node, after }));
  return flowable(id, { type: 'graph', branch: 'tasks' }, tasks, extra);
}

/** A loop whose values are known; with `values` undefined it opens when its baton runs. */
export function loop(
  id: string,
  values: readonly string[] | undefined,
  tasks: readonly Task[],
  extra: Handlers & { limit?: number; sideBySide?: boolean } = {},
): Task {
  const { limit = 1, sideBySide = false, ...rest } = extra;
  const fan: Fan | undefined = values && {
    type: 'values',
    branch: 'tasks',
    limit,
    values,
    ...(sideBySide && { sideBySide }),
  };
  return flowable(id, fan, tasks, rest);
}

/** Its tasks run again and again: when they have ended it is asked what comes next. */
export function rounds(id: string, tasks: readonly Task[], extra: Handlers = {}): Task {
  return flowable(id, undefined, tasks, { ...extra, asks: true, type: 'rounds' });
}

function flowable(id: string, fan: Fan | undefined, tasks: readonly Task[], extra: Handlers): Task {
  const { errors, finally: last, ...rest } = extra;
  const branches = { tasks, ...(errors && { errors }), ...(last && { finally: last }) };
  return { ...task(id, rest), branches, ...(fan && { fan }) };
}

interface Whole extends Handlers {
  readonly afterExecution?: readonly Task[];
  readonly retry?: Retry;
}

export function flowOf(tasks: readonly Task[], extra: Whole = {}): Flow {
  const { errors, finally: last, afterExecution, retry } = extra;
  return {
    namespace: 'test',
    id: 'flow',
    revision: 1,
    labels: {},
    inputs: [],
    outputs: [],
    variables: {},
    branches: {
      tasks,
      ...(errors && { errors }),
      ...(last && { finally: last }),
      ...(afterExecution && { afterExecution }),
    },
    ...(retry && { retry }),
  };
}
