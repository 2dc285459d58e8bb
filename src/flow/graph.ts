/** What tasks of a graph wait for: known tasks of the same graph, and no circle. */
import type { ChildList } from '../tasks/define.ts';
import { circleFrom } from './circle.ts';
import { nearest } from './nearest.ts';
import { child, type DocumentPath, type MapNode, nodeAt, textOf } from './node.ts';
import type { Report } from './report.ts';

export function checkGraph(
  lists: readonly ChildList[],
  parent: { readonly node: MapNode; readonly path: DocumentPath },
  report: Report,
): void {
  const waits = new Map<string, readonly string[]>();
  const places = new Map<string, DocumentPath>();
  for (const { at, after } of lists) {
    const node = nodeAt(parent.node, at);
    const id = node?.type === 'map' ? textOf(child(node, 'id')) : undefined;
    if (after === undefined || id === undefined) continue;
    waits.set(id, after);
    places.set(id, [...parent.path, ...at.slice(0, -1), 'dependsOn']);
  }
  for (const [id, after] of waits) {
    const path = places.get(id) ?? parent.path;
    for (const [index, other] of after.entries()) {
      if (waits.has(other)) continue;
      const suggestion = nearest(other, [...waits.keys()]);
      report.error([...path, index], { code: 'unknown-dependency', id: other, suggestion });
    }
    const circle = circleFrom(id, waits);
    if (circle) report.error(path, { code: 'cyclic-tasks', ids: circle }, 'key');
  }
}
