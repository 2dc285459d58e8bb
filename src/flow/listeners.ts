/**
 * `listeners` (Kestra 1.x): lists of tasks that run after the end of an execution for which all
 * their conditions hold. Their tasks become part of `afterExecution`, those with conditions inside a
 * task that looks at them.
 */
import type { Condition } from '../engine/trigger.ts';
import type { Json, Task } from '../engine/flow.ts';
import { checkProperties } from './check.ts';
import { mapsOf } from './declarations.ts';
import { child, type DocumentPath, type MapNode } from './node.ts';
import type { Report } from './report.ts';
import { type Shape, z } from './schema.ts';
import { readTasks, type TaskReader } from './task.ts';

const shape: Shape = {
  description: z.string().optional(),
  /** Read by `readCondition`. */
  conditions: z.array(z.unknown()).optional(),
  /** Read by `readTasks`. */
  tasks: z.unknown(),
};

/** What runs after every execution, in its order. */
export async function readListeners(root: MapNode, reader: TaskReader): Promise<readonly Task[]> {
  const { report } = reader;
  const after: Task[] = [];
  const listeners = mapsOf(child(root, 'listeners'), ['listeners'], report);
  for (const [index, { item, path }] of listeners.entries()) {
    checkProperties(shape, item, { path, owner: 'a listener' }, report);
    const conditions = await conditionsOf(item, path, report);
    const list = child(item, 'tasks');
    if (list === undefined) continue;
    const tasks = await readTasks(list, [...path, 'tasks'], reader);
    after.push(...(conditions.length === 0 ? tasks : [listenerTask(index, conditions, tasks)]));
  }
  return after;
}

async function conditionsOf(
  listener: MapNode,
  path: DocumentPath,
  report: Report,
): Promise<readonly Condition[]> {
  const written = child(listener, 'conditions');
  if (written?.type !== 'list') return [];
  // Loaded where there are any: they bring what triggers need.
  const { readCondition } = await import('./conditions.ts');
  return mapsOf(written, [...path, 'conditions'], report).flatMap(
    ({ item, path: at }) => readCondition(item, at, report) ?? [],
  );
}

/** No task of a flow has a dot in its id. */
function listenerTask(
  index: number,
  conditions: readonly Condition[],
  tasks: readonly Task[],
): Task {
  const id = `listeners.${index}`;
  return {
    id,
    type: 'io.kestra.plugin.core.flow.Listener',
    hidden: true,
    properties: { conditions: conditions as unknown as Json },
    conversions: {},
    branches: { tasks: tasks.map((task, position) => onItsOwn(`${id}.${position}`, task)) },
  };
}

/** Those after it run whatever becomes of it. */
function onItsOwn(id: string, task: Task): Task {
  return {
    id,
    type: 'io.kestra.plugin.core.flow.Sequential',
    hidden: true,
    properties: {},
    conversions: {},
    allowFailure: true,
    fan: { type: 'sequence', branch: 'tasks' },
    branches: { tasks: [task] },
  };
}
