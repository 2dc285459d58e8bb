/**
 * `listeners` (Kestra 1.x): lists of tasks that run after the end of an execution for which all
 * their conditions hold. Without conditions they are the same as `afterExecution`, and become part of
 * it. Each of the others is a branch of the root, with its conditions as written.
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
  /** What runs after every execution. */
  readonly always: readonly Task[];
}

export async function readListeners(root: MapNode, reader: TaskReader): Promise<Listeners> {
  const { report } = reader;
  const listeners: Listener[] = [];
  const branches: Record<string, readonly Task[]> = {};
  const always: Task[] = [];
  for (const { item, path } of mapsOf(child(root, 'listeners'), ['listeners'], report)) {
    checkProperties(shape, item, { path, owner: 'a listener' }, report);
    const tasks = child(item, 'tasks');
    if (tasks === undefined) continue;
    const read = await readTasks(tasks, [...path, 'tasks'], reader);
    const conditions = child(item, 'conditions');
    const written = conditions?.type === 'list' ? (toJson(conditions) as readonly Json[]) : [];
    if (written.length === 0) {
      always.push(...read);
      continue;
    }
    // Whoever runs these lists takes this refusal away.
    const name = 'listeners.conditions';
    report.error([...path, 'conditions'], { code: 'unsupported', name }, 'key');
    // Not `listeners[0]`: an index in brackets is a round of a loop in paths.
    const branch = `listener-${listeners.length}`;
    branches[branch] = read;
    listeners.push({ branch, conditions: written });
  }
  return { listeners, branches, always };
}
