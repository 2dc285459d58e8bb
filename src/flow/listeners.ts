/**
 * `listeners` (Kestra 1.x): lists of tasks that run after the end of an execution for which all
 * their conditions hold. Each list is a branch of the root; conditions are kept as written.
 */
import type { Branches, Json, Listener, Task } from '../engine/flow.ts';
import { checkProperties } from './check.ts';
import { mapsOf } from './declarations.ts';
import { child, type MapNode, toJson } from './node.ts';
import { type Shape, z } from './schema.ts';
import { readTasks, type TaskReader } from './task.ts';

const shape: Shape = {
  description: z.string().optional(),
  conditions: z.array(z.looseObject({ type: z.string() })).optional(),
  /** Read by `readTasks`. */
  tasks: z.unknown(),
};

export interface Listeners {
  readonly listeners: readonly Listener[];
  readonly branches: Branches;
}

export async function readListeners(root: MapNode, reader: TaskReader): Promise<Listeners> {
  const { report } = reader;
  const listeners: Listener[] = [];
  const branches: Record<string, readonly Task[]> = {};
  for (const { item, path } of mapsOf(child(root, 'listeners'), ['listeners'], report)) {
    checkProperties(shape, item, { path, owner: 'a listener' }, report);
    const tasks = child(item, 'tasks');
    if (tasks === undefined) continue;
    // Not `listeners[0]`: an index in brackets is a round of a loop in paths.
    const branch = `listener-${listeners.length}`;
    branches[branch] = await readTasks(tasks, [...path, 'tasks'], reader);
    const conditions = child(item, 'conditions');
    const written = conditions?.type === 'list' ? (toJson(conditions) as readonly Json[]) : [];
    listeners.push({ branch, conditions: written });
  }
  return { listeners, branches };
}
