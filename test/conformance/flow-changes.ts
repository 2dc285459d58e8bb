/** Changes of a flow that a case describes in words. */
import { parseDocument, isMap, isSeq, visit, type YAMLMap } from 'yaml';

const becomes = /^task `([^`]+)` becomes (\S+) with (\w+) `([^`]*)`/;

export function isKnownChange(change: unknown): boolean {
  return typeof change === 'string' && becomes.test(change);
}

/** The source with one task replaced by another of the same id. */
export function changeFlow(source: string, change: string): string {
  const [, id, type, property = '', value] = becomes.exec(change) ?? [];
  const document = parseDocument(source);
  let changed = false;
  visit(document, {
    Map(_, task, ancestors) {
      if (task.get('id') !== id || !isSeq(ancestors.at(-1))) return undefined;
      changed = true;
      replaceTask(task, { id, type, [property]: value });
      return visit.SKIP;
    },
  });
  if (!changed || !isMap(document.contents)) throw new Error(`cannot change the flow: ${change}`);
  return document.toString();
}

function replaceTask(task: YAMLMap, by: Readonly<Record<string, unknown>>): void {
  task.items.length = 0;
  for (const [key, value] of Object.entries(by)) task.set(key, value);
}
