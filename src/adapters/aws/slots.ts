/**
 * Slots: the record of each task run, written by one conditional write and no read.
 *
 * A slot far out in a wide fan lies in a shard of the execution's partition (table.ts). Whoever reads
 * all slots has to know whether shards are in use, at no cost to the executions that have none: a
 * marker among the slots says so. It is written before the first wide slot that this process sees of
 * an execution, so a slot in a shard is never there without it.
 */
import type { Attempt, ExecutionId, Failure, Slot } from '../../engine/execution.ts';
import { readRecord, type StateStore } from '../../engine/ports.ts';
import { endStates } from '../../engine/states.ts';
import { itemOf, json, number, packed, present, reader, text, when } from './attributes.ts';
import type { Database, Item } from './database.ts';
import type { Retention } from './retention.ts';
import {
  isWide,
  shards,
  slotKey,
  slotPartition,
  slotPrefix,
  slotSortPrefix,
  wideMarkerKey,
} from './table.ts';

type Slots = Pick<StateStore, 'commitSlot' | 'replaceSlot' | 'readSlot' | 'readSlots'>;

const endValues = Object.fromEntries(endStates.map((state, n) => [`:e${n}`, text(state)]));
const hasEnded = `#s IN (${Object.keys(endValues).join(', ')})`;

/** B1 as one condition: absent, or of an older epoch, or of an older turn and not at its end. */
const isNewer = `attribute_not_exists(#pk) OR #n < :n OR (#n = :n AND #u < :u AND NOT ${hasEnded})`;

/** Executions whose marker this process need not write again. */
const markersKept = 1000;

export function slots(database: Database, retention: Retention): Slots {
  const markWide = marker(database, retention);
  const readSlot: Slots['readSlot'] = async (id, path) => {
    const item = await database.get(slotKey(id, path));
    return item === undefined ? undefined : fromItem(item);
  };
  const put = async (id: ExecutionId, slot: Slot, condition: string, values?: Item) => {
    if (isWide(slot.path)) await markWide(id, slot.endedAt);
    const item = { ...toItem(id, slot), ttl: number(retention.expiresAt(slot.endedAt)) };
    return database.put(item, condition, values);
  };
  return {
    readSlot,

    async commitSlot(id, slot) {
      const order = { ':n': number(slot.epoch), ':u': number(slot.turn), ...endValues };
      if (await put(id, slot, isNewer, order)) return { won: true };
      // Slots only move forward and are never deleted before they expire, so a record stands.
      const standing = await readSlot(id, slot.path);
      if (standing === undefined) throw new Error(`The slot ${slot.path} of ${id} has expired.`);
      return { won: false, slot: standing };
    },

    replaceSlot(id, seen, slot) {
      if (!seen) return put(id, slot, 'attribute_not_exists(#pk)');
      const order = { ':n': number(seen.epoch), ':u': number(seen.turn) };
      return put(id, slot, '#n = :n AND #u = :u', order);
    },

    async *readSlots(id, prefix = '') {
      const { pk, sk } = wideMarkerKey(id);
      let isSharded = prefix !== '' && (await database.get({ pk, sk })) !== undefined;
      for await (const item of slotItems(database, slotPartition(id), prefix)) {
        if (item['sk']?.S === slotPrefix) isSharded = true;
        else yield* within(prefix, item);
      }
      if (!isSharded) return;
      for (const shard of shards) {
        for await (const item of slotItems(database, slotPartition(id, shard), prefix)) {
          yield* within(prefix, item);
        }
      }
    },
  };
}

/** A sort key that had to be cut tells less than the path. */
function* within(prefix: string, item: Item): Iterable<Slot> {
  const slot = fromItem(item);
  if (slot.path.startsWith(prefix)) yield slot;
}

function slotItems(database: Database, partition: string, prefix: string): AsyncIterable<Item> {
  return database.query({
    partition,
    sort: 'begins_with(#sk, :prefix)',
    values: { ':prefix': text(prefix === '' ? slotPrefix : slotSortPrefix(prefix)) },
  });
}

/** Writes the marker of an execution once per process; calls meanwhile wait for the same write. */
function marker(database: Database, retention: Retention) {
  const written = new Map<ExecutionId, Promise<boolean>>();
  return async (id: ExecutionId, now: number): Promise<void> => {
    let write = written.get(id);
    if (write === undefined) {
      const { pk, sk } = wideMarkerKey(id);
      write = database.put({
        pk: text(pk),
        sk: text(sk),
        ttl: number(retention.expiresAt(now)),
      });
      written.set(id, write);
      const oldest = written.keys().next();
      if (written.size > markersKept && oldest.done !== true) written.delete(oldest.value);
    }
    try {
      await write;
    } catch (error) {
      written.delete(id);
      throw error;
    }
  };
}

function toItem(id: ExecutionId, slot: Slot): Item {
  const { pk, sk } = slotKey(id, slot.path);
  return itemOf({
    pk: text(pk),
    sk: text(sk),
    // Only where the key had to be cut does it not tell the path.
    p: sk === `T#${slot.path}` ? undefined : text(slot.path),
    n: number(slot.epoch),
    u: number(slot.turn),
    s: text(slot.state),
    b: number(slot.startedAt),
    d: number(slot.endedAt),
    a: when(slot.attempts, json),
    o: when(slot.outputs, packed),
    x: when(slot.error, json),
    f: when(slot.fan, packed),
    e: when(slot.outcome, text),
    r: when(slot.resumeAt, number),
    g: when(slot.pausedAt, number),
    z: when(slot.exits, text),
    c: when(slot.child, text),
    v: when(slot.directory, text),
    w: when(slot.held, json),
    k: when(slot.claimed, json),
    y: when(slot.writer, text),
    m: when(slot.used?.ms, number),
    q: when(slot.used?.reads, number),
  });
}

function fromItem(item: Item): Slot {
  return readRecord(`${item['pk']?.S} ${item['sk']?.S}`, () => slotIn(item));
}

function slotIn(item: Item): Slot {
  const read = reader(item);
  const ms = read.optionalNumber('m');
  return present<Slot>({
    path: read.optionalText('p') ?? read.text('sk').slice('T#'.length),
    epoch: read.number('n'),
    turn: read.number('u'),
    state: read.text('s') as Slot['state'],
    startedAt: read.number('b'),
    endedAt: read.number('d'),
    attempts: read.optionalJson<readonly Attempt[]>('a'),
    outputs: read.optionalPacked('o'),
    error: read.optionalJson<Failure>('x'),
    fan: read.optionalPacked('f'),
    outcome: read.optionalText('e') as Slot['outcome'],
    resumeAt: read.optionalNumber('r'),
    pausedAt: read.optionalNumber('g'),
    exits: read.optionalText('z') as Slot['exits'],
    child: read.optionalText('c'),
    directory: read.optionalText('v'),
    held: read.optionalJson<true>('w'),
    claimed: read.optionalJson<true>('k'),
    writer: read.optionalText('y'),
    used: ms === undefined ? undefined : { ms, reads: read.optionalNumber('q') ?? 0 },
  });
}
