/**
 * Who may run at once of a flow, and who waits.
 *
 * A set is one item: whether somebody joins is decided by its condition, in the one update that adds
 * them, so no two take the last place. It is written whole, so a set costs a write unit for every 25
 * members or so. Who waits has an item each, in the order of their dates. Neither expires.
 */
import type { StateStore, Waiting } from '../../engine/ports.ts';
import { number, reader, text } from './attributes.ts';
import type { Database } from './database.ts';
import { queuedPartition, flowSetKey, queuedKey, readTimeKey } from './table.ts';

export function places(
  database: Database,
): Pick<
  StateStore,
  | 'joinFlowSet'
  | 'leaveFlowSet'
  | 'readFlowSet'
  | 'enqueueExecution'
  | 'dequeueExecution'
  | 'nextQueued'
> {
  return {
    async joinFlowSet(key, member, max) {
      const joined = await database.update(flowSetKey(key), {
        expression: 'ADD #m :m',
        condition: 'attribute_not_exists(#m) OR size(#m) < :max OR contains(#m, :member)',
        values: { ':m': { SS: [member] }, ':member': text(member), ':max': number(max) },
      });
      return joined !== undefined;
    },

    async leaveFlowSet(key, members) {
      if (members.length === 0) return;
      // Never makes an item where there is none.
      await database.update(flowSetKey(key), {
        expression: 'DELETE #m :m',
        condition: 'attribute_exists(#m)',
        values: { ':m': { SS: [...members] } },
      });
    },

    async readFlowSet(key) {
      return (await database.get(flowSetKey(key)))?.['m']?.SS ?? [];
    },

    async enqueueExecution(flow, waiting) {
      const { pk, sk } = queuedKey(flow, waiting);
      await database.put({ pk: text(pk), sk: text(sk) });
    },

    async dequeueExecution(flow, waiting) {
      await database.remove(queuedKey(flow, waiting));
    },

    async nextQueued(flow): Promise<Waiting | undefined> {
      const waiting = database.query({ partition: queuedPartition(flow), pageSize: 1 });
      for await (const item of waiting) return readTimeKey(reader(item).text('sk'));
      return undefined;
    },
  };
}
