/** Pages of lists, over values in memory. */
import type { Execution } from '../../engine/execution.ts';
import type { Flow, FlowKey } from '../../engine/flow.ts';
import type { ExecutionQuery, Page, PageRequest } from '../../engine/ports.ts';

export function executionPage(
  executions: Iterable<Execution>,
  { namespace, flowId, state, ...page }: ExecutionQuery,
): Page<Execution> {
  const matching = [...executions].filter(
    (execution) =>
      (namespace === undefined || execution.flow.namespace === namespace) &&
      (flowId === undefined || execution.flow.id === flowId) &&
      (state === undefined || execution.state === state),
  );
  const newestFirst = matching.sort((a, b) => b.createdAt - a.createdAt || compare(b.id, a.id));
  return pageOf(newestFirst, ({ id }) => id, page);
}

export function flowPage(
  flows: readonly Flow[],
  { namespace, ...page }: PageRequest & { namespace?: string },
): Page<FlowKey> {
  const keys = flows
    .filter((flow) => namespace === undefined || flow.namespace === namespace)
    .map((flow) => ({ namespace: flow.namespace, id: flow.id, revision: flow.revision }))
    .sort((a, b) => compare(a.namespace, b.namespace) || compare(a.id, b.id));
  return pageOf(keys, (key) => `${key.namespace} ${key.id}`, page);
}

export function pageOf<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  { limit, after }: PageRequest,
): Page<T> {
  const start = after === undefined ? 0 : items.findIndex((item) => nameOf(item) === after) + 1;
  const page = items.slice(start, start + limit);
  const last = page.at(-1);
  if (last === undefined || start + limit >= items.length) return { items: page };
  return { items: page, next: nameOf(last) };
}

export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
