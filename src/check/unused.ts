/**
 * Inputs that no expression of the document names, and values that a task computes for nobody.
 * Expressions anywhere count, also where nothing renders them: this is a hint and may miss much.
 */
import type { Flow } from '../engine/flow.ts';
import { placesOf } from '../engine/tree.ts';
import { references } from '../expression/references.ts';
import { dependenciesOf } from '../flow/declarations.ts';
import type { Facts } from '../flow/issues.ts';
import type { DocumentPath, Node } from '../flow/node.ts';
import type { FlowDocument } from '../flow/read.ts';
import { type Mention, overlap } from './chain.ts';
import { inputPaths } from './expressions.ts';
import { writtenKeys } from './known-outputs.ts';
import { readTemplate } from './syntax.ts';

export interface Unused {
  readonly path: DocumentPath;
  readonly facts: Facts;
}

export function* unusedIn(flow: Flow, { root, tasks }: FlowDocument): Iterable<Unused> {
  const mentions = new Map(
    Array.from(mentionsBelow(root), (mention) => [JSON.stringify(mention), mention]),
  );
  const used = [...mentions.values()];
  if (used.some(([name]) => name === '*')) return;
  const isUsed = (mention: Mention): boolean => used.some((other) => overlap(other, mention));
  const needed = new Set(flow.inputs.flatMap(dependenciesOf));
  const inputs = inputPaths(root);
  for (const { id } of flow.inputs) {
    const path = inputs.get(id);
    if (path === undefined || needed.has(id) || isUsed(['inputs', ...id.split('.')])) continue;
    yield { path: [...path, 'id'], facts: { code: 'unused-input', id } };
  }
  for (const { task } of placesOf(flow)) {
    const path = tasks.get(task.id);
    for (const name of (path && writtenKeys(task)) ?? []) {
      // Loop values may stand between the task and its outputs.
      const isRead = used.some(
        (mention) =>
          overlap(mention.slice(0, 2), ['outputs', task.id]) &&
          (mention.length <= 3 || mention.includes(null) || mention.includes(name)),
      );
      if (isRead || path === undefined) continue;
      const facts = { code: 'unused-output', task: task.id, name } as const;
      yield { path: [...path, 'values', name], facts };
    }
  }
}

function* mentionsBelow(node: Node): Iterable<Mention> {
  if (node.type === 'scalar') {
    yield* mentionsIn(node.text);
  } else if (node.type === 'list') {
    for (const item of node.items) yield* mentionsBelow(item);
  } else {
    for (const [key, entry] of node.entries) {
      yield* mentionsIn(key);
      yield* mentionsBelow(entry.value);
    }
  }
}

function mentionsIn(text: string): readonly Mention[] {
  if (!text.includes('{')) return [];
  // What cannot be read may have meant anything.
  if (readTemplate(text).template === undefined) return [['*']];
  return references(text).map(({ root, path }) => [root, ...path]);
}
