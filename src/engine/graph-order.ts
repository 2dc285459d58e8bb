/** What tasks of a graph wait for: by their positions in the list. */
import type { Task } from './flow.ts';

/** Which of the tasks of its graph a task waits for. Disabled ones are not there to wait for. */
export function waitsFor(task: Task, tasks: readonly Task[]): readonly number[] {
  const { after = [] } = task;
  return tasks.flatMap(({ id }, index) => (after.includes(id) ? [index] : []));
}

/** The tasks of a graph that wait for a task, directly or not. */
export function dependentsOf(index: number, tasks: readonly Task[]): ReadonlySet<number> {
  const found = new Set<number>();
  const waiting = [index];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const [other, task] of tasks.entries()) {
      if (found.has(other) || !waitsFor(task, tasks).includes(at)) continue;
      found.add(other);
      waiting.push(other);
    }
  }
  return found;
}
