/** One task by itself, as text: what a flow makes at run time. */
import type { Task } from '../engine/flow.ts';
import { readDocument } from './document.ts';
import { describe } from './issues.ts';
import { child, listNode, mapNode, type MapNode, type Node } from './node.ts';
import { createReport, kindOf } from './report.ts';
import { readTasks } from './task.ts';

export interface TaskSpec {
  /** Absent where there are problems. */
  readonly task?: Task;
  /** In words, each with its place in the text. */
  readonly problems: readonly string[];
}

export async function readTaskSpec(source: string): Promise<TaskSpec> {
  const report = createReport();
  const root = readDocument(source, report);
  if (root !== undefined && root.type !== 'map') {
    report.error([], { code: 'wrong-type', expected: 'a task', found: kindOf(root) });
  }
  if (root?.type === 'map' && !report.hasErrors) {
    const list = listNode(root.at, [withId(root)]);
    report.useRoot(list);
    const tasks = await readTasks(list, [], { report, ids: new Map(), paths: new Map() });
    const [task] = tasks;
    if (task !== undefined && !report.hasErrors) return { task, problems: [] };
  }
  const problems = report.issues
    .filter(({ severity }) => severity === 'error')
    .map((issue) => describe(issue));
  return { problems: problems.length > 0 ? problems : ['The task is disabled.'] };
}

/** It runs as the task run it is made for, and so may lack an id. */
function withId(node: MapNode): MapNode {
  if (child(node, 'id') !== undefined) return node;
  const id = 'templated';
  const value: Node = { type: 'scalar', at: node.at, size: 1, height: 0, value: id, text: id };
  const entry = { keyAt: node.at, value };
  return mapNode(node.at, new Map(node.entries).set('id', entry));
}
