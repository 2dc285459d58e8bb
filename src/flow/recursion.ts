/** A flow that starts itself would never end; where its task says so plainly it is refused. */
import type { Branches, Task } from '../engine/flow.ts';
import type { DocumentPath } from './node.ts';
import type { Report } from './report.ts';

/** Types whose `namespace` and `flowId` name a flow to start. */
const starting: ReadonlySet<string> = new Set([
  'io.kestra.plugin.core.flow.Subflow',
  'io.kestra.plugin.core.flow.ForEachItem$Item',
]);

/** `paths`: where each task stands, by its id. */
export function checkRecursion(
  flow: { readonly id: string; readonly namespace: string; readonly branches: Branches },
  paths: ReadonlyMap<string, DocumentPath>,
  report: Report,
): void {
  for (const { id, type, properties } of tasksIn(flow.branches)) {
    if (!starting.has(type)) continue;
    if (properties['flowId'] !== flow.id || properties['namespace'] !== flow.namespace) continue;
    // A part of a task has the id of the task in front.
    const path = paths.get(id) ?? paths.get(id.split('.')[0] ?? id);
    const facts = { code: 'recursive-flow', name: `${flow.namespace}.${flow.id}` } as const;
    if (path) report.error([...path, 'flowId'], facts);
  }
}

function* tasksIn(branches: Branches): Iterable<Task> {
  for (const tasks of Object.values(branches)) {
    for (const task of tasks) {
      yield task;
      if (task.branches) yield* tasksIn(task.branches);
    }
  }
}
