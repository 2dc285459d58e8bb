/** Templates (Kestra 1.x): lists of tasks that flows take in by name, with a Template task. */
import type { Branches, Flow, Task } from '../engine/flow.ts';
import { placesOf } from '../engine/tree.ts';
import { checkProperties, textProperty } from './check.ts';
import { readDocument } from './document.ts';
import type { Issue } from './issues.ts';
import { child, type DocumentPath, type Place } from './node.ts';
import { inOrder, nameShape } from './read.ts';
import { createReport, kindOf } from './report.ts';
import { type Shape, z } from './schema.ts';
import { readTasks } from './task.ts';

export interface Template {
  readonly namespace: string;
  readonly id: string;
  readonly tasks: readonly Task[];
}

const type = 'io.kestra.plugin.core.flow.Template';

const shape: Shape = {
  ...nameShape,
  description: z.string().optional(),
  tasks: z.array(z.unknown()).min(1),
  errors: z.unknown().optional(),
};

/** The template is there exactly when no issue is an error. */
export async function readTemplate(
  source: string,
): Promise<{ readonly template?: Template; readonly issues: readonly Issue[] }> {
  const report = createReport();
  const root = readDocument(source, report);
  if (root === undefined) return { issues: report.issues };
  report.useRoot(root);
  if (root.type !== 'map') {
    report.error([], { code: 'not-a-flow', found: kindOf(root) });
    return { issues: report.issues };
  }
  const read = checkProperties(shape, root, { path: [], owner: 'the template' }, report);
  if (child(root, 'errors') !== undefined) {
    report.error(['errors'], { code: 'unsupported', name: 'errors of a template' }, 'key');
  }
  const list = child(root, 'tasks');
  const reader = {
    report,
    ids: new Map<string, Place>(),
    paths: new Map<string, DocumentPath>(),
  };
  const tasks = list ? await readTasks(list, ['tasks'], reader) : [];
  const issues = inOrder(report.issues);
  if (read === undefined || report.hasErrors) return { issues };
  const name = { namespace: textProperty(read, 'namespace'), id: textProperty(read, 'id') };
  return { template: { ...name, tasks }, issues };
}

export function hasTemplates(flow: Pick<Flow, 'branches'>): boolean {
  for (const { task } of placesOf(flow as Flow)) if (task.type === type) return true;
  return false;
}

/** The same tasks, where those of type Template have what `tasksOf` gives for them. */
export async function filled(
  branches: Branches,
  tasksOf: (task: Task) => Promise<readonly Task[] | undefined>,
): Promise<Branches> {
  const entries = Object.entries(branches).map(async ([branch, tasks]) => {
    const done: Task[] = [];
    for (const task of tasks) {
      const within = task.branches && { branches: await filled(task.branches, tasksOf) };
      const found = task.type === type ? await tasksOf(task) : undefined;
      const taken = found && { branches: { ...within?.branches, tasks: found } };
      done.push({ ...task, ...within, ...taken });
    }
    return [branch, done] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
