/**
 * Headers of executions: created once, ended once per epoch, and looked at by the sweep (B4).
 *
 * A header is written twice in an ordinary execution. Its index keys are written with it: what never
 * changes at the start; the end takes it out of `open` and, unless it is a success, into `state`.
 *
 * What is left of one that was deleted is a mark (`dl`) that expires as it would have: its id stays
 * taken.
 */
import type { Execution, ExecutionId, Failure } from '../../engine/execution.ts';
import { readRecord, type StateStore } from '../../engine/ports.ts';
import { itemOf, json, number, packed, present, reader, text, when } from './attributes.ts';
import type { Database, Item } from './database.ts';
import {
  bucketOf,
  buckets,
  dueKey,
  executionKey,
  type Key,
  listPartition,
  readDueKey,
  readTimeKey,
  shards,
  slotPartition,
  slotPrefix,
  timeKey,
} from './table.ts';
import type { Retention } from './retention.ts';

type Executions = Pick<
  StateStore,
  | 'createExecution'
  | 'readExecution'
  | 'endExecution'
  | 'replaceExecution'
  | 'deleteExecution'
  | 'listOverdue'
  | 'postpone'
>;

/** Successes are found in the lists by time, where nearly everything is one. */
export const unlisted: readonly string[] = ['SUCCESS', 'SKIPPED'];

export function executions(database: Database, retention: Retention): Executions {
  const itemFor = (execution: Execution): Item => {
    const { endedAt, scheduleDate, createdAt } = execution;
    const ttl = number(retention.expiresAt(endedAt ?? scheduleDate ?? createdAt));
    return { ...writeExecution(execution), ttl };
  };
  return {
    async createExecution(execution) {
      const created = await database.put(itemFor(execution), 'attribute_not_exists(#pk)');
      return created ? 'created' : 'exists';
    },

    replaceExecution(seen, next) {
      const item = itemFor({ ...next, version: (seen.version ?? 0) + 1 });
      return database.put(item, ...asSeen(seen));
    },

    async deleteExecution(seen) {
      if (!(await database.put(markOf(itemFor(seen)), ...asSeen(seen)))) return false;
      await removeBelow(database, seen.id);
      return true;
    },

    async readExecution(id) {
      const item = await database.get(executionKey(id));
      return item !== undefined && isHeader(item) ? readExecution(item) : undefined;
    },

    async endExecution(id, epoch, end) {
      const listed = unlisted.includes(end.state) ? undefined : text(stateKey(end.state, id));
      const values = itemOf({
        s: text(end.state),
        e: number(end.endedAt),
        o: when(end.outputs, packed),
        er: when(end.error, json),
        xs: listed,
        xd: when(end.dueAt, (dueAt) => text(dueKey(dueAt))),
        ttl: number(retention.expiresAt(end.endedAt)),
      });
      const left = end.dueAt === undefined ? ' REMOVE #xo, #xd' : '';
      const changes = Object.keys(values).map((name) => `#${name} = :${name}`);
      const ended = await database.update(executionKey(id), {
        expression: `SET ${changes.join(', ')}${left}`,
        condition: '#ep = :ep AND attribute_not_exists(#e)',
        values: { ...asValues(values), ':ep': number(epoch) },
      });
      return ended && readExecution(ended);
    },

    async listOverdue(now, limit) {
      const due = await Promise.all(
        buckets.map((bucket) => overdueOf(database, bucket, now, limit)),
      );
      return due
        .flat()
        .sort((a, b) => (a.due < b.due ? -1 : 1))
        .slice(0, limit)
        .map(({ id }) => id);
    },

    async postpone(id, dueAt) {
      // Refused where it has ended meanwhile: then nothing is due any more.
      await database.update(executionKey(id), {
        expression: 'SET #xd = :xd',
        condition: 'attribute_exists(#xo)',
        values: { ':xd': text(dueKey(dueAt)) },
      });
    },
  };
}

/** The condition that nothing has changed a header since it was read, with its values. */
function asSeen({ epoch, state, version }: Execution): [condition: string, values: Item] {
  const isVersion = version === undefined ? 'attribute_not_exists(#vn)' : '#vn = :vn';
  const values = { ':ep': number(epoch), ':s': text(state), ':vn': when(version, number) };
  return [`#ep = :ep AND #s = :s AND ${isVersion}`, itemOf(values)];
}

/** The marker of wide fans is left to expire: a process that has written it does not do so again. */
async function removeBelow(database: Database, id: ExecutionId): Promise<void> {
  const kept = [slotPrefix, executionKey(id).sk];
  const removeIn = async (partition: string): Promise<void> => {
    const keys: Key[] = [];
    for await (const { pk, sk } of database.query({ partition })) {
      if (pk?.S !== undefined && sk?.S !== undefined && !kept.includes(sk.S)) {
        keys.push({ pk: pk.S, sk: sk.S });
      }
    }
    await database.removeMany(keys);
  };
  await removeIn(slotPartition(id));
  // Join sets spread over shards where slots need not.
  for (const shard of shards) await removeIn(slotPartition(id, shard));
}

async function overdueOf(database: Database, bucket: number, now: number, limit: number) {
  const found: { due: string; id: ExecutionId }[] = [];
  const items = database.query({
    index: 'open',
    partition: listPartition.open(bucket),
    sort: '#sk <= :now',
    values: { ':now': text(dueKey(now)) },
    pageSize: limit,
  });
  for await (const item of items) {
    const read = reader(item);
    found.push({ due: read.text('xd'), id: readTimeKey(read.text('xt')).id });
    if (found.length === limit) break;
  }
  return found;
}

function stateKey(state: Execution['state'], id: ExecutionId): string {
  return listPartition.state(state, bucketOf(id));
}

function asValues(item: Item): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [`:${name}`, value]));
}

function writeExecution(execution: Execution): Item {
  const { id, flow, state, endedAt } = execution;
  const bucket = bucketOf(id);
  const { pk, sk } = executionKey(id);
  const open = endedAt === undefined || execution.dueAt !== undefined;
  const listed = endedAt !== undefined && !unlisted.includes(state);
  return itemOf({
    pk: text(pk),
    sk: text(sk),
    ns: text(flow.namespace),
    f: text(flow.id),
    r: number(flow.revision),
    s: text(state),
    ep: number(execution.epoch),
    sd: when(execution.scheduleDate, number),
    e: when(endedAt, number),
    in: packed(execution.inputs),
    lb: json(execution.labels),
    v: when(execution.variables, packed),
    tr: when(execution.trigger, packed),
    pa: when(execution.parentId, text),
    or: when(execution.originalId, text),
    vn: when(execution.version, number),
    y: when(execution.writer, text),
    hs: when(execution.history, json),
    ha: when(execution.halting, json),
    mk: when(execution.marked, json),
    wa: when(execution.waiter, text),
    ch: when(execution.chain, json),
    bp: when(execution.breakpoints, json),
    o: when(execution.outputs, packed),
    er: when(execution.error, json),
    xt: text(timeKey(execution.createdAt, id)),
    xf: text(listPartition.flow(flow.namespace, flow.id, bucket)),
    xa: text(listPartition.time(bucket)),
    xs: listed ? text(stateKey(state, id)) : undefined,
    xo: open ? text(listPartition.open(bucket)) : undefined,
    xd: open ? text(dueKey(execution.dueAt)) : undefined,
  });
}

/** What a list shows. Values may be large, and are read with the execution itself. */
export const shownAttributes = [
  'xt',
  'xd',
  'ns',
  'f',
  'r',
  's',
  'ep',
  'e',
  'lb',
  'pa',
  'or',
  'er',
  'dl',
];

/** What is left of a header that is deleted. */
function markOf({ pk, sk, ttl }: Item): Item {
  return itemOf({ pk, sk, ttl, dl: number(1) });
}

/** Not the mark of one that was deleted. */
export function isHeader(item: Item): boolean {
  return item['dl'] === undefined;
}

export function readExecution(item: Item): Execution {
  return readRecord(String(item['pk']?.S), () => executionIn(item));
}

function executionIn(item: Item): Execution {
  const read = reader(item);
  const { createdAt, id } = readTimeKey(read.text('xt'));
  return present<Execution>({
    id,
    flow: { namespace: read.text('ns'), id: read.text('f'), revision: read.number('r') },
    state: read.text('s') as Execution['state'],
    epoch: read.number('ep'),
    createdAt,
    scheduleDate: read.optionalNumber('sd'),
    endedAt: read.optionalNumber('e'),
    inputs: read.optionalPacked('in') ?? '',
    labels: read.optionalJson<Execution['labels']>('lb') ?? {},
    variables: read.optionalPacked('v'),
    trigger: read.optionalPacked('tr'),
    parentId: read.optionalText('pa'),
    originalId: read.optionalText('or'),
    version: read.optionalNumber('vn'),
    writer: read.optionalText('y'),
    history: read.optionalJson<NonNullable<Execution['history']>>('hs'),
    halting: read.optionalJson<NonNullable<Execution['halting']>>('ha'),
    marked: read.optionalJson<NonNullable<Execution['marked']>>('mk'),
    waiter: read.optionalText('wa'),
    chain: read.optionalJson<NonNullable<Execution['chain']>>('ch'),
    breakpoints: read.optionalJson<readonly string[]>('bp'),
    outputs: read.optionalPacked('o'),
    error: read.optionalJson<Failure>('er'),
    dueAt: readDueKey(read.optionalText('xd')),
  });
}
