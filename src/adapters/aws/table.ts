/**
 * Keys and indexes of the one table. The store writes by them and the infrastructure creates them,
 * so this file imports no SDK.
 *
 * What an execution costs decides the indexes. An entry costs one write when it appears, one when a
 * projected attribute changes, and two when its key moves. Therefore lists (`flow`, `time`) hold
 * only what never changes, at one write per execution, and a list reads the headers it shows. `open`
 * is left when an execution ends, and `state` is entered only by ends that are not a success. A
 * successful execution costs four index writes beside the two of its header.
 *
 * Every key attribute is text. Nothing else is ever a key: no attribute of a record is one by chance.
 */
import { createHash } from 'node:crypto';
import type { ExecutionId, Path } from '../../engine/execution.ts';
import type { FlowName, FlowSetKey, TriggerStateKey, Waiting } from '../../engine/ports.ts';
import type { State } from '../../engine/states.ts';

export const tableKeys = { partitionKey: 'pk', sortKey: 'sk', ttl: 'ttl' } as const;

export interface TableIndex {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  /** Attributes beside the keys. Empty: project the keys only. */
  readonly projection: readonly string[];
}

/** All sparse: only headers of executions carry their keys. */
export const indexes = [
  /** The executions of one flow, by time. */
  { name: 'flow', partitionKey: 'xf', sortKey: 'xt', projection: [] },
  /** All executions, by time; those of a namespace by filter, over entries of about 150 bytes. */
  { name: 'time', partitionKey: 'xa', sortKey: 'xt', projection: ['ns'] },
  /** Executions that ended otherwise than in success, by state and time. */
  { name: 'state', partitionKey: 'xs', sortKey: 'xt', projection: ['ns', 'f'] },
  /** Executions that have not ended, by when the sweep should look at them. */
  { name: 'open', partitionKey: 'xo', sortKey: 'xd', projection: ['xt', 'ns', 'f'] },
] as const satisfies readonly TableIndex[];

export type IndexName = (typeof indexes)[number]['name'];

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/**
 * Partitions of each index key. One partition takes 1,000 writes a second, and keys that grow with
 * time all land at its end: four of them carry as many starts as a table's default quota does.
 */
export const buckets = [0, 1, 2, 3] as const;

/** Suffixes over which the slots of a wide fan spread. */
export const shards: readonly number[] = Array.from({ length: 16 }, (_, shard) => shard);

/** Positions beyond which slots leave the execution's own partition. */
const narrow = 256;

export function bucketOf(id: ExecutionId): number {
  return hash(id) % buckets.length;
}

/** Partition keys of executions, and of what lies below them, begin with it. */
export const executionPrefix = 'X#';

/** Header of an execution. */
export function executionKey(id: ExecutionId): Key {
  return { pk: `X#${id}`, sk: '#' };
}

/** The slot of a path. A pure function of both: whoever handles a baton finds the same record. */
export function slotKey(id: ExecutionId, path: Path): Key {
  const pk = isWide(path) ? slotPartition(id, hash(path) % shards.length) : slotPartition(id);
  return { pk, sk: bounded(`T#${path}`) };
}

/** Where slots lie: the execution's own partition, or one of its shards. */
export function slotPartition(id: ExecutionId, shard?: number): string {
  return shard === undefined ? `X#${id}` : `X#${id}#${shard}`;
}

/** What the sort keys of slots begin with whose paths begin so, those that had to be cut as well. */
export function slotSortPrefix(pathPrefix: string): string {
  return `T#${pathPrefix}`.slice(0, keptCharacters);
}

/** Sort keys of slots begin with it; the marker of an execution with wide fans is it. */
export const slotPrefix = 'T';

/** Says that slots lie in shards too. Written before the first of them. */
export function wideMarkerKey(id: ExecutionId): Key {
  return { pk: `X#${id}`, sk: slotPrefix };
}

/**
 * Whether a path lies so far out in its loops that its execution may have more slots than one
 * partition should take. Positions multiply, so that loops inside loops count as well.
 */
export function isWide(path: Path): boolean {
  let position = 1;
  for (const [, index] of path.matchAll(/\[(\d+)\]/g)) position *= Number(index) + 1;
  return position > narrow;
}

/** A set of the join tree. Sets beyond the first few spread like the slots that fill them. */
export function joinKey(id: ExecutionId, path: Path, shard: string, epoch: number): Key {
  const index = Number(/\d+$/.exec(shard)?.[0] ?? 0);
  const pk = index < 4 ? `X#${id}` : slotPartition(id, hash(path + shard) % shards.length);
  return { pk, sk: bounded(`J#${path}#${shard}#${epoch}`) };
}

/** Places of a limited fan. */
export function placesKey(id: ExecutionId, path: Path, epoch: number): Key {
  return { pk: `X#${id}`, sk: bounded(`P#${path}#${epoch}`) };
}

/** Notes of what was halted within a span of time. */
export function haltedKey(span: number): Key {
  return { pk: 'H', sk: String(span) };
}

/** What somebody has paused as a whole. */
export const pausedKey: Key = { pk: 'H', sk: 'paused' };

export function flowPartition(namespace: string, id: string): string {
  return `F#${namespace}#${id}`;
}

export function revisionKey(namespace: string, id: string, revision: number): Key {
  return { pk: flowPartition(namespace, id), sk: `R#${String(revision).padStart(8, '0')}` };
}

/** A set of a flow. Before the revisions in order, the latest of which is the last of all items. */
export function flowSetKey({ namespace, id, set }: FlowSetKey): Key {
  return { pk: flowPartition(namespace, id), sk: `M#${set}` };
}

/** What the partition keys of executions that wait for a place begin with. */
export const queuedPrefix = 'Q#';

export function queuedPartition({ namespace, id }: FlowName): string {
  return `${queuedPrefix}${namespace}#${id}`;
}

/** By date and id. */
export function queuedKey(flow: FlowName, { createdAt, id }: Waiting): Key {
  return { pk: queuedPartition(flow), sk: timeKey(createdAt, id) };
}

/** One entry per flow, so that flows can be listed. */
export const flowListPartition = 'F';

export function flowListKey(namespace: string, id: string): Key {
  return { pk: flowListPartition, sk: `${namespace}#${id}` };
}

/** One entry per flow that had Flow triggers once. */
export const listenerPartition = 'L';

export function listenerKey(namespace: string, id: string): Key {
  return { pk: listenerPartition, sk: `${namespace}#${id}` };
}

/** Apart from the flow's revisions, of which the last item is the latest. */
export function triggerStateKey({ namespace, flowId, triggerId, name }: TriggerStateKey): Key {
  return { pk: `W#${namespace}#${flowId}`, sk: bounded(`${triggerId}#${name}`) };
}

/** What the partition keys of key-value pairs begin with. */
export const keyValuePrefix = 'K#';

export function keyValueKey(namespace: string, key: string): Key {
  return { pk: `${keyValuePrefix}${namespace}`, sk: key };
}

/** Sorts by time, and executions of one millisecond by id. */
export function timeKey(createdAt: number, id: ExecutionId): string {
  return `${sortable(createdAt)}#${id}`;
}

export function readTimeKey(key: string): { createdAt: number; id: ExecutionId } {
  const [createdAt = '', ...id] = key.split('#');
  return { createdAt: Number(createdAt), id: id.join('#') };
}

/** The due date of an open execution; without one it sorts after all that have one. */
export function dueKey(dueAt: number | undefined): string {
  return dueAt === undefined ? 'never' : sortable(dueAt);
}

export function readDueKey(key: string | undefined): number | undefined {
  return key === undefined || key === 'never' ? undefined : Number(key);
}

/** Partition keys of the lists, one per bucket. */
export const listPartition = {
  flow: (namespace: string, flowId: string, bucket: number) => `${namespace}#${flowId}#${bucket}`,
  time: (bucket: number) => String(bucket),
  state: (state: State, bucket: number) => `${state}#${bucket}`,
  open: (bucket: number) => String(bucket),
};

function sortable(ms: number): string {
  return String(Math.max(0, Math.trunc(ms))).padStart(15, '0');
}

/** Of a sort key that had to be cut. */
const keptCharacters = 200;

/** Sort keys end at 1,024 bytes: a longer one keeps its beginning and the digest of the whole. */
function bounded(sortKey: string): string {
  const bytes = Buffer.from(sortKey);
  if (bytes.length <= 1000) return sortKey;
  const digest = createHash('sha256').update(bytes).digest('base64url');
  return `${sortKey.slice(0, keptCharacters)}~${digest}`;
}

/** FNV-1a: spreads keys that differ in a digit, needs no state, and never changes. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}
