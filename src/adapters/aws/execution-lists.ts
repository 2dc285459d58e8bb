/**
 * Lists of executions, newest first.
 *
 * Index entries say which executions there are, in order; their headers say what is shown, so that a
 * list never shows a state that has passed. The index is chosen so that few entries are read in vain:
 * open executions and failures have their own, and successes are nearly everything there is.
 */
import type { Execution } from '../../engine/execution.ts';
import type { ExecutionQuery, Page } from '../../engine/ports.ts';
import { isEnd, type State } from '../../engine/states.ts';
import { reader, text } from './attributes.ts';
import type { Database, Item, Query } from './database.ts';
import { isHeader, readExecution, shownAttributes, unlisted } from './executions.ts';
import { buckets, executionKey, listPartition, readTimeKey, timeKey } from './table.ts';

export async function listExecutions(
  database: Database,
  query: ExecutionQuery,
): Promise<Page<Execution>> {
  const found: Execution[] = [];
  let chunk: string[] = [];
  // One more than the page tells whether there is a next one.
  const wanted = query.limit + 1;
  let size = Math.min(wanted, 100);
  const show = async () => {
    found.push(...(await readShown(database, chunk, query.state)));
    chunk = [];
  };
  for await (const key of entries(database, query)) {
    chunk.push(key);
    if (chunk.length < size) continue;
    await show();
    if (found.length >= wanted) break;
    // Where the state turns many down, fewer and larger reads find the rest.
    size = 100;
  }
  if (chunk.length > 0) await show();
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  if (found.length <= query.limit || last === undefined) return { items };
  return { items, next: timeKey(last.createdAt, last.id) };
}

/** Headers by time key, in the order of the keys. One that is gone meanwhile is left out. */
async function readShown(
  database: Database,
  timeKeys: readonly string[],
  state: State | undefined,
): Promise<Execution[]> {
  const ids = timeKeys.map((key) => readTimeKey(key).id);
  const headers = await database.getMany(ids.map(executionKey), shownAttributes);
  const executions = headers.filter(isHeader).map(readExecution);
  const byId = new Map(executions.map((execution) => [execution.id, execution]));
  return ids.flatMap((id) => {
    const execution = byId.get(id);
    return execution === undefined || (state ?? execution.state) !== execution.state
      ? []
      : [execution];
  });
}

/** Time keys of candidates, newest first. */
function entries(database: Database, query: ExecutionQuery): AsyncIterable<string> {
  const { state } = query;
  if (state !== undefined && !isEnd(state)) return openEntries(database, query);
  return merged(buckets.map((bucket) => database.query(listQuery(query, bucket))));
}

function listQuery(query: ExecutionQuery, bucket: number): Query {
  const { state, namespace, flowId, after } = query;
  const from = {
    newestFirst: true,
    ...(after !== undefined && { sort: '#sk < :after' }),
  };
  const values: Item = after === undefined ? {} : { ':after': text(after) };
  if (state !== undefined && !unlisted.includes(state)) {
    const partition = listPartition.state(state, bucket);
    return { index: 'state', partition, ...from, ...filtered(query, values) };
  }
  if (namespace !== undefined && flowId !== undefined) {
    const partition = listPartition.flow(namespace, flowId, bucket);
    return { index: 'flow', partition, ...from, values, pageSize: query.limit + 1 };
  }
  const partition = listPartition.time(bucket);
  if (namespace === undefined) {
    return { index: 'time', partition, ...from, values, pageSize: query.limit + 1 };
  }
  return { index: 'time', partition, ...from, ...filtered({ namespace }, values) };
}

function filtered(
  { namespace, flowId }: { namespace?: string | undefined; flowId?: string | undefined },
  values: Item,
): Pick<Query, 'filter' | 'values'> {
  const conditions = [
    ...(namespace === undefined ? [] : ['#ns = :ns']),
    ...(flowId === undefined ? [] : ['#f = :f']),
  ];
  if (conditions.length === 0) return { values };
  return {
    filter: conditions.join(' AND '),
    values: {
      ...values,
      ...(namespace !== undefined && { ':ns': text(namespace) }),
      ...(flowId !== undefined && { ':f': text(flowId) }),
    },
  };
}

/** What has not ended is ordered by due date: all of it is read, and put into order here. */
async function* openEntries(database: Database, query: ExecutionQuery): AsyncGenerator<string> {
  const { after } = query;
  const all = await Promise.all(
    buckets.map(async (bucket) => {
      const keys: string[] = [];
      const partition = listPartition.open(bucket);
      for await (const item of database.query({
        index: 'open',
        partition,
        ...filtered(query, {}),
      })) {
        const key = reader(item).text('xt');
        if (after === undefined || key < after) keys.push(key);
      }
      return keys;
    }),
  );
  yield* all.flat().sort().reverse();
}

/** Merges lists that are each newest first. Each is asked for more only when its head was taken. */
async function* merged(lists: readonly AsyncIterable<Item>[]): AsyncGenerator<string> {
  const iterators = lists.map((list) => list[Symbol.asyncIterator]());
  const next = async (iterator: AsyncIterator<Item>) => {
    const { value, done } = await iterator.next();
    return done === true ? undefined : { iterator, key: reader(value).text('xt') };
  };
  const heads = await Promise.all(iterators.map(next));
  for (;;) {
    let newest: number | undefined;
    for (const [index, head] of heads.entries()) {
      if (head === undefined) continue;
      if (newest === undefined || head.key > (heads[newest]?.key ?? '')) newest = index;
    }
    const head = newest === undefined ? undefined : heads[newest];
    if (newest === undefined || head === undefined) return;
    yield head.key;
    heads[newest] = await next(head.iterator);
  }
}
