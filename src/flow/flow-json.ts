/**
 * A flow as JSON, the way Kestra's API shows one: what its source says and nothing that is filled in,
 * but for `disabled` and `deleted`, which are always there. Labels are a list.
 */
import type { Json } from '../engine/flow.ts';
import { readDocument } from './document.ts';
import { readLabels } from './labels.ts';
import { child, type MapNode, toJson } from './node.ts';
import { createReport } from './report.ts';

export type FlowJson = { readonly [name: string]: Json };

/** Of a source that `readFlow` accepts. Without a revision: the one it names itself, if any. */
export function flowJson(source: string, revision?: number): FlowJson {
  const report = createReport();
  const document = readDocument(source, report);
  if (document?.type !== 'map') throw new TypeError('the source is no flow');
  const { id, namespace, labels: _, disabled, deleted, ...rest } = withoutNulls(document);
  const labels = readLabels(child(document, 'labels'), ['labels'], report);
  const pairs = Object.entries(labels).map(([key, value]) => ({ key, value }));
  return {
    ...(id !== undefined && { id }),
    ...(namespace !== undefined && { namespace }),
    ...rest,
    ...(revision !== undefined && { revision }),
    disabled: disabled === true,
    deleted: deleted === true,
    ...(pairs.length > 0 && { labels: pairs }),
  };
}

/** No client expects null for a property that is not set. */
function withoutNulls(document: MapNode): { readonly [name: string]: Json } {
  const json = toJson(document) as { readonly [name: string]: Json };
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
}
